"""Several free weeks at once: their hours shared out between the weeks, then one week after the other, compiled.

The program over four weeks of free days would hold hundreds of values of the hours for dozens of classes of each of
hundreds of options a day. Week by week it is ten times as quick: each week alone, as if nobody had worked before,
gives its least cost by hours; these add up to a bound, and say how many hours each week is to have.
"""

from __future__ import annotations

import numpy as np

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.compiled import inner
from rostering.model.plan import OPEN, REAL_HOURS, filled, hours_cost, traced
from rostering.model.program import best_end
from rostering.model.rested import legal_plan
from rostering.model.tour import ALIVE, CERTAIN, END, FAR, FREE, NO_END, Last, last_before

_LONG = 10  # free days beyond which a plan is made week by week
_NOBODY = Last(-1000, 0, -150_000, 0, 0, 0, 1)
_TIE, _EVEN = 1e-6, 1e6  # prices of uneven shares: to choose among equal ones, to have them even


@inner
def is_long(week: Week, person: int, first: int, last: int) -> bool:  # pragma: no cover - compiled
    """Whether the slots are all of a person's in several weeks, most of them free."""
    optional = 0
    for slot in range(first, last):
        optional += 0 if week.must[slot] else 1
    everything = first == week.slot_from[person] and last == week.slot_from[person + 1]
    return bool(everything and optional > _LONG and week.modulus[person] == 0)


@inner
def weeks_of(week: Week, person: int) -> Ints:  # pragma: no cover - compiled
    """First slot of each week, and the slot after the last, (weeks + 1,)."""
    n_weeks = week.monday.size - 2
    first = np.full(n_weeks + 1, week.slot_from[person + 1], np.int64)
    for slot in range(week.slot_from[person + 1] - 1, week.slot_from[person] - 1, -1):
        first[week.day[slot] // 7] = slot
    for w in range(n_weeks - 1, -1, -1):
        first[w] = min(first[w], first[w + 1])
    first[0] = week.slot_from[person]
    return first


@inner
def before_week(week: Week, person: int, w: int, first: Ints, choice: Ints) -> Last:  # pragma: no cover - compiled
    """The last duty before week ``w`` if those before it in the period are not known: none at all."""
    return last_before(week, person, first[0], choice) if w == 0 else _NOBODY


@inner
def alone(  # pragma: no cover - compiled
    week: Week, person: int, w: int, first: Ints, cost: Floats, weight: float, choice: Ints
) -> Floats:
    """Least cost of week ``w`` alone by its code, not to work at 0 each."""
    only = np.full(first[w + 1] - first[w], FREE, np.int64)
    if only.size == 0:
        return np.zeros(1)
    last = before_week(week, person, w, first, choice)
    view, tables, least = filled(week, first[w], only, cost, weight, last, -OPEN, OPEN)
    n, values = only.size, np.full(least + tables.high[only.size] + 1, FAR)
    for j in range(n - 1, -1, -1):
        for night in range(2):
            for rank in range(view.slot[j, NO_END] - view.slot[j, END]):
                for p in range(tables.low[n], tables.high[n] + 1):
                    values[least + p] = min(values[least + p], tables.done[j, night, rank, p])
        if view.slot[j, CERTAIN]:
            return values
    values[least] = min(values[least], 0.0)
    return values


@inner
def plan_alone(  # pragma: no cover - compiled
    week: Week, person: int, w: int, first: Ints, cost: Floats, weight: float, code: int, choice: Ints
) -> None:
    """The plan of week ``w`` alone that costs least of those with this code, into ``choice``."""
    only = np.full(first[w + 1] - first[w], FREE, np.int64)
    if only.size == 0:
        return
    last = before_week(week, person, w, first, choice)
    view, tables, _ = filled(week, first[w], only, cost, weight, last, code, code)
    end = best_end(view, np.zeros(1), weight, tables)
    traced(week, first[w], view, last, weight, tables, end, choice)


@inner
def shares(  # pragma: no cover - compiled
    week: Week, person: int, values: Floats, weight: float, spread: float, share: Ints
) -> float:
    """Hours of each week that cost least if no rule joined the weeks, into ``share`` (weeks,); their cost.

    values : least cost of each week by hours, (weeks, codes); spread : price of the square of an uneven share
    """
    n_weeks, even = values.shape[0], (week.low[person] + week.high[person]) / (2 * values.shape[0])
    total = np.zeros(1)
    table = np.full((n_weeks, n_weeks * values.shape[1]), -1, np.int64)
    for w in range(n_weeks):
        joined = np.full(total.size + values.shape[1] - 1, FAR)
        for paid in range(values.shape[1]):
            here = values[w, paid] + spread * (paid - even) ** 2
            for before in range(total.size if here < ALIVE else 0):
                if total[before] + here < joined[before + paid]:
                    joined[before + paid] = total[before] + here
                    table[w, before + paid] = paid
        total = joined
    best, code = FAR, -1
    for p in range(total.size):
        hours = hours_cost(week, person, p, REAL_HOURS)
        if hours < ALIVE and total[p] + weight * hours < min(best, ALIVE):
            best, code = total[p] + weight * hours, p
    for w in range(n_weeks - 1, -1, -1):
        share[w] = table[w, code] if code >= 0 else 0
        code -= share[w]
    return best


@inner
def values_of(  # pragma: no cover - compiled
    week: Week, person: int, first: Ints, cost: Floats, weight: float, choice: Ints
) -> Floats:
    """Least cost of each week alone by its code, (weeks, codes)."""
    n_weeks = first.size - 1
    values = np.full((n_weeks, 1), FAR)
    for w in range(n_weeks):
        mine = alone(week, person, w, first, cost, weight, choice)
        if mine.size > values.shape[1]:
            wider = np.full((n_weeks, mine.size), FAR)
            wider[:, : values.shape[1]] = values
            values = wider
        values[w, : mine.size] = mine
    return values


@inner
def relaxed_weeks(  # pragma: no cover - compiled
    week: Week, person: int, cost: Floats, weight: float, choice: Ints
) -> float:
    """A cost that no legal plan is below: weeks apart, without weekly rest; the plan of it into ``choice``."""
    first = weeks_of(week, person)
    share = np.zeros(first.size - 1, np.int64)
    best = shares(week, person, values_of(week, person, first, cost, weight, choice), weight, 0.0, share)
    if best >= ALIVE:
        return FAR
    for w in range(first.size - 1):
        plan_alone(week, person, w, first, cost, weight, share[w], choice)
    for slot in range(first[0], first[-1]):
        best += weight * week.off[slot]
    return best


@inner
def by_weeks(  # pragma: no cover - compiled
    week: Week, person: int, cost: Floats, weight: float, choice: Ints
) -> float:
    """A legal plan of low cost, into ``choice``: week after week near its share of the hours, the last one exactly.

    Where these shares leave a week without a plan, even ones are tried.
    """
    first = weeks_of(week, person)
    share = np.zeros(first.size - 1, np.int64)
    choice[first[0] : first[-1]] = -1
    values = values_of(week, person, first, cost, weight, choice)
    last_week, value = 0, FAR
    for w in range(first.size - 1):
        if first[w + 1] > first[w]:
            last_week = w
    for spread in (_TIE, _EVEN):
        choice[first[0] : first[-1]] = -1
        if shares(week, person, values, weight, spread, share) >= ALIVE:
            return FAR
        near = 0
        for w in range(last_week + 1):
            near += share[w]
            only = np.full(first[w + 1] - first[w], FREE, np.int64)
            target = REAL_HOURS if w == last_week else near
            value, _ = legal_plan(week, person, first[w], first[w + 1], only, cost, weight, target, choice)
            if value >= ALIVE:
                break
        if value < ALIVE:
            return value
    return FAR
