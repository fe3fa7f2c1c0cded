"""A person's cheapest plan with every rule: the program, branched where its plan lacks a weekly rest, compiled."""

from __future__ import annotations

import numpy as np

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.compiled import inner
from rostering.model.program import best_end, forward, trace
from rostering.model.tour import ALIVE, FAR, FREE, last_before, make_tables, view_of, windows_of_codes
from rostering.model.weekly import blocks_of, lacking

_MOST_DEPTH = 8  # rests that one plan may be made to hold: two a week
_MOST_BLOCKS = 1500  # more than the ends that duties of four weeks may have
_SHORT, _MOST_TRIALS, _MOST_LONG_TRIALS = 2500, 400, 20  # options of a short program, trials of it and of longer ones
_OPEN = 10**9
_NEAR = 24  # quarter-hours that a part of a plan may lie off its share
REAL_HOURS = -1  # instead of a code to come near


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
        return off + hours_cost(week, person, code, near)
    view = view_of(week, first, only, cost, weight)
    low, high = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    low_code, high_code = week.low[person] - code, min(week.high[person], week.most_worked[person]) - code
    if near >= 0:
        low_code, high_code = near - _NEAR - code, near + _NEAR - code
    if week.modulus[person] > 0:
        low_code, high_code = 0, _OPEN
    code += windows_of_codes(view, low_code, high_code, low, high)
    if high.min() < 0:
        return FAR
    hours = np.empty(max(high[n] - low[n] + 1, 1))
    for p in range(low[n], high[n] + 1):
        hours[p - low[n]] = hours_cost(week, person, code + p, near)
    last = last_before(week, person, first, choice)
    tables = make_tables(view, last, low, high)
    forward(view, last, weight, tables)
    end = best_end(view, hours, weight, tables)
    if end.value >= ALIVE:
        return FAR
    plan = choice[first : first + n]
    trace(view, last, weight, tables, end, plan)
    for k in range(n):
        plan[k] += week.option_from[first] if plan[k] >= 0 else 0
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


@inner
def legal_plan(  # pragma: no cover - compiled
    week: Week,
    person: int,
    first: int,
    last: int,
    only: Ints,
    cost: Floats,
    weight: float,
    choice: Ints,
    near: int = REAL_HOURS,
) -> tuple[float, float]:
    """Least cost of the plans that keep every rule, into ``choice``, and a cost that none of them is below.

    Each legal plan holds one of the rests of ``blocks_of``; a plan that lacks one is tried with each of them, by branch
    and bound. The two costs differ where that ends early.
    """
    best, depth, trials, least = FAR, -1, 0, FAR
    n_options = week.option_from[last] - week.option_from[first]
    most_trials = _MOST_TRIALS if n_options <= _SHORT else _MOST_LONG_TRIALS
    found, allowed, blocks = choice, cost, np.zeros((1, 1, 2), np.int64)
    count, turn = np.zeros(_MOST_DEPTH + 1, np.int64), np.zeros(_MOST_DEPTH + 1, np.int64)
    while True:
        for slot in range(first, last if depth >= 0 else first):
            for option in range(week.option_from[slot], week.option_from[slot + 1]):
                allowed[option] = cost[option]
                for d in range(depth + 1):
                    begin, end = blocks[d, turn[d] - 1, 0], blocks[d, turn[d] - 1, 1]
                    if 15 * week.end[option] > begin and 15 * week.start[option] < end:
                        allowed[option] = FAR
        value = least_plan(week, person, first, only, allowed, weight, near, choice)
        trials += 1
        if depth < 0:
            least = value
        if value < min(best, ALIVE):
            if lacking(week, person, choice) < 0:
                best, found = value, choice.copy()
            elif depth < _MOST_DEPTH:
                if depth < 0:
                    allowed, blocks = cost.copy(), np.zeros((_MOST_DEPTH + 1, _MOST_BLOCKS, 2), np.int64)
                depth += 1
                turn[depth] = 0
                count[depth] = blocks_of(week, person, first, only, choice, blocks[depth])
        while depth >= 0 and turn[depth] >= count[depth]:
            depth -= 1
        if depth < 0 or trials > most_trials:
            choice[:] = found
            return best, best if depth < 0 else least
        turn[depth] += 1
