"""A person's cheapest plan that keeps every rule but the weekly rest: the program between what is held, compiled."""

from __future__ import annotations

from typing import cast

import numpy as np

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.compiled import inner
from rostering.model.program import Ending, best_end, forward, trace
from rostering.model.tour import (
    ALIVE,
    FAR,
    FREE,
    Last,
    Tables,
    View,
    last_before,
    make_tables,
    view_of,
    windows_of_codes,
)

# Numba compiles a function once more for each plain number that it is given.
OPEN = cast(int, np.int64(10**9))  # more than any code
REAL_HOURS = cast(int, np.int64(-1))  # instead of a code to come near
_NEAR = 24  # quarter-hours that a part of a plan may lie off its share


@inner
def filled(  # pragma: no cover - compiled
    week: Week, first: int, only: Ints, cost: Floats, weight: float, last: Last, low_code: int, high_code: int
) -> tuple[View, Tables, int]:
    """The program over the slots from ``first`` on, after ``last``, and the least code that it may end with.

    low_code, high_code : limits of the slots' code; where none can be kept the tables' ``high`` is below 0 somewhere
    """
    view = view_of(week, first, only, cost, weight)
    low, high = np.zeros(only.size + 1, np.int64), np.zeros(only.size + 1, np.int64)
    least = windows_of_codes(view, low_code, high_code, low, high)
    tables = make_tables(view, last, low, high)
    if high.min() >= 0:
        forward(view, last, weight, tables)
    return view, tables, least


@inner
def traced(  # pragma: no cover - compiled
    week: Week, first: int, view: View, last: Last, weight: float, tables: Tables, end: Ending, choice: Ints
) -> None:
    """The plan with this end into ``choice``."""
    plan = choice[first : first + view.slot.shape[0]]
    trace(view, last, weight, tables, end, plan)
    for k in range(plan.size):
        plan[k] += week.option_from[first] if plan[k] >= 0 else 0


@inner
def least_plan(  # pragma: no cover - compiled
    week: Week, person: int, first: int, only: Ints, cost: Floats, weight: float, near: int, choice: Ints
) -> float:
    """Least cost of the plans that keep every rule but the weekly rest; the plan into ``choice``.

    only : what a slot from ``first`` on is held to: FREE, NO_DUTY or an option, whose cost does not count
    near : REAL_HOURS, or a code that the whole plan is to come near instead of keeping its hours
    """
    n, code, off = only.size, 0, 0.0
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        if slot < first or slot >= first + n:
            code += week.code[choice[slot]] if choice[slot] >= 0 else 0
        elif only[slot - first] == FREE:
            off += weight * week.off[slot]
    if n == 0:
        hours_off = hours_cost(week, person, code, near)
        return weight * hours_off if hours_off < ALIVE else FAR
    low_code, high_code = week.low[person] - code, min(week.high[person], week.most_worked[person]) - code
    if near >= 0:
        low_code, high_code = near - _NEAR - code, near + _NEAR - code
    if week.modulus[person] > 0:
        low_code, high_code = -OPEN, OPEN
    last = last_before(week, person, first, choice)
    view, tables, least = filled(week, first, only, cost, weight, last, low_code, high_code)
    if tables.high.min() < 0:
        return FAR
    low, high = tables.low[n], tables.high[n]
    hours = np.empty(max(high - low + 1, 1))
    for p in range(low, high + 1):
        hours[p - low] = hours_cost(week, person, code + least + p, near)
    end = best_end(view, hours, weight, tables)
    if end.value >= ALIVE:
        return FAR
    traced(week, first, view, last, weight, tables, end, choice)
    return end.value + off


@inner
def hours_cost(week: Week, person: int, code: int, near: int) -> float:  # pragma: no cover - compiled
    """Quarter-hours off contract of a plan with this code, or off ``near``; FAR where hours forbid it."""
    if near >= 0:
        return float(abs(code - near)) if abs(code - near) <= _NEAR else FAR
    paid, worked, modulus = code, code, week.modulus[person]
    if modulus > 0:
        paid = code % modulus
        worked = paid + code // modulus
    if paid < week.low[person] or paid > week.high[person] or worked > week.most_worked[person]:
        return FAR
    return float((abs(15 * paid + week.balance_min[person]) + 14) // 15)
