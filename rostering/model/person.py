"""A person's cheapest legal plan under given prices, its value in the people and cost tiers, its heads.

It serves three times: greedy start, reinsertion in the search, pricing in the bounds. Breaks lie in windows that do not
depend on each other, so that each is placed at its own best inside every option.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.compiled import inner
from rostering.model.period import by_weeks, is_long, relaxed_weeks
from rostering.model.plan import REAL_HOURS
from rostering.model.rested import legal_plan
from rostering.model.tour import ALIVE, FAR, FREE
from rostering.model.weekly import unrested_week

__all__ = ["FAR", "best_week", "cost_value", "is_legal", "least_cost", "mark", "people_value", "price_options"]


@inner
def price_options(  # pragma: no cover - compiled
    week: Week, slot: int, price: Floats, people_weight: float, cost_weight: float, cost: Floats, at: Ints
) -> None:
    """Cost of each option of ``slot`` with its breaks at their best, into ``cost``; their starts, into ``at`` (3, )."""
    base, blocked, roles, horizon = week.base[slot], week.blocked[slot], week.roles[slot], price.shape[1]
    span, row = blocked.size, week.skill_class[slot]
    calls, held, training = np.zeros(span + 1), np.zeros(span + 1), np.zeros(span + 1, np.int64)
    for j in range(span):
        calls[j + 1], held[j + 1], training[j + 1] = calls[j], held[j], training[j] + blocked[j]
        if 0 <= base + j < horizon:
            if row >= 0 and not blocked[j]:
                calls[j + 1] += price[row, base + j]
            for role in range(roles.size):
                if roles[role]:
                    held[j + 1] += price[3 + role, base + j]
    starts, ends, off_calls, own, extra = week.start, week.end, week.off_calls, week.own, week.extra
    firsts, lasts, lengths = week.first, week.last, week.lengths
    for option in range(week.option_from[slot], week.option_from[slot + 1]):
        first, last = starts[option] - base, ends[option] - base
        value = calls[last] - calls[first + off_calls[option]] + held[last] - held[first]
        for kind in range(3):
            length, best, place = lengths[kind, option], -FAR, -1
            for start in range(firsts[kind, option] - base, lasts[kind, option] - base + 1):
                if training[start + length] == training[start]:
                    saved = calls[start + length] - calls[start]
                    if saved > best:
                        best, place = saved, start
            at[kind, option] = place + base if place >= 0 else -1
            if place >= 0:
                value -= best
        cost[option] = value + people_weight * own[option] + cost_weight * extra[option]


@njit(cache=True, nogil=True)
def best_week(  # pragma: no cover - compiled
    week: Week,
    person: int,
    first: int,
    last: int,
    price: Floats,
    people_weight: float,
    cost_weight: float,
    cost: Floats,
    at: Ints,
    choice: Ints,
) -> float:
    """Least cost of ``person``'s legal plans, slots ``first`` to before ``last`` free, the others as in ``choice``.

    The cost is that of the free slots' heads at ``price`` and the whole plan's people and cost tiers, weighted. The
    plan goes into ``choice`` (slots,), untouched where there is none and the value is FAR; break places of the free
    slots' options into ``at`` (3, options). Several free weeks at once are planned one after the other (``period``):
    legal, but not sure to be the least.

    price : of one more on calls, or of a role on duty, (rows, intervals); cost : work array over all options
    """
    for slot in range(first, last):
        price_options(week, slot, price, people_weight, cost_weight, cost, at)
    after = tail_end(week, person, last, choice)
    only = np.full(after - first, FREE, dtype=np.int64)
    for slot in range(last, after):
        only[slot - first] = choice[slot]
    trial, value = choice.copy(), FAR
    if is_long(week, person, first, last):
        value = by_weeks(week, person, cost, people_weight, trial)
    if value >= ALIVE:
        trial[:] = choice
        value = legal_plan(week, person, first, last, only, cost, people_weight, REAL_HOURS, trial)[0]
    if value >= ALIVE:
        return FAR
    total = 0.0
    for slot in range(first, last):
        option = trial[slot]
        if option >= 0:
            total += cost[option] - people_weight * week.own[option] - cost_weight * week.extra[option]
        choice[slot] = option
    total += people_weight * people_value(week, person, choice)
    return total + cost_weight * cost_value(week, person, choice)


@njit(cache=True, nogil=True)
def least_cost(  # pragma: no cover - compiled
    week: Week,
    person: int,
    price: Floats,
    people_weight: float,
    cost_weight: float,
    cost: Floats,
    at: Ints,
    choice: Ints,
) -> float:
    """A cost that no legal plan of ``person`` is below, the least one but where several weeks are free.

    Then, and where the search for a weekly rest ends early, rules are left out; the plan in ``choice`` is that of the
    bound. FAR where no plan keeps even the rest. Arguments as of ``best_week``.
    """
    first, last = week.slot_from[person], week.slot_from[person + 1]
    for slot in range(first, last):
        price_options(week, slot, price, people_weight, cost_weight, cost, at)
        choice[slot] = -1
    if is_long(week, person, first, last):
        value = relaxed_weeks(week, person, cost, people_weight, choice)
    else:
        only = np.full(last - first, FREE, dtype=np.int64)
        value = legal_plan(week, person, first, last, only, cost, people_weight, REAL_HOURS, choice)[1]
    return value + people_weight * week.fixed[person] if value < ALIVE else FAR


@inner
def tail_end(week: Week, person: int, last: int, choice: Ints) -> int:  # pragma: no cover - compiled
    """Slot after those from ``last`` on that the duties before them can touch: the next run of duties."""
    slot, day = last, -1
    while slot < week.slot_from[person + 1]:
        if choice[slot] >= 0:
            if day >= 0 and week.day[slot] != day + 1:
                return slot
            day = week.day[slot]
        slot += 1
    return slot


@njit(cache=True, nogil=True)
def people_value(week: Week, person: int, choice: Ints) -> int:  # pragma: no cover - compiled
    """The person's part of the people tier [quarter-hours moved]."""
    # Arrays as local names: each look-up in the tuple counts references up and down.
    before, days, clocks, nights, singles = week.before, week.day, week.clock, week.night, week.single
    start, end, own, off, paid = week.start, week.end, week.own, week.off, week.paid
    strain = week.strain
    day, clock, end_min, night = before[person, 0], before[person, 1], before[person, 2], before[person, 3] > 0
    run, night_run, hours, total = before[person, 4], before[person, 5], 0, week.fixed[person]
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        option = choice[slot]
        if option < 0:
            total += off[slot]
            continue
        gap = days[slot] - day
        if gap > 1:
            run, night_run = 0, 0
        run += 1
        night_run = night_run + 1 if nights[option] else 0
        total += own[option]
        if run > strain.duties_free:
            total += strain.per_duty
        if night_run > strain.nights_free:
            total += strain.per_night
        if gap == 2:
            total += singles[slot]
        if gap == 1 and clock - clocks[option] > strain.backward_min:
            total += strain.per_backward
        if night and not nights[option] and 15 * start[option] - end_min < strain.after_nights_min:
            total += strain.per_after_nights
        hours += paid[option]
        day, clock, end_min, night = days[slot], clocks[option], 15 * end[option], nights[option]
    return int(total + (abs(15 * hours + week.balance_min[person]) + 14) // 15)


@njit(cache=True, nogil=True)
def is_legal(week: Week, person: int, choice: Ints) -> bool:  # pragma: no cover - compiled
    """Whether the person's plan keeps every rule; options are legal each."""
    before, days, nights, must, frozen = week.before, week.day, week.night, week.must, week.frozen
    start, end, codes, strain = week.start, week.end, week.code, week.strain
    first, after = week.slot_from[person], week.slot_from[person + 1]
    day, end_min, run, night_run = before[person, 0], before[person, 2], before[person, 4], before[person, 5]
    code, stands = 0, True
    for slot in range(first, after):
        option = choice[slot]
        if option < 0:
            if must[slot]:
                return False
            continue
        if days[slot] > day + 1:
            run, night_run = 0, 0
        run += 1
        night_run = night_run + 1 if nights[option] else 0
        if not frozen[slot] and (run > strain.most_run or night_run > strain.most_nights):
            return False
        if not (frozen[slot] and stands) and 15 * start[option] < end_min + strain.rest_min:
            return False
        day, end_min, stands = days[slot], 15 * end[option], frozen[slot]
        code += codes[option]
    modulus, worked = week.modulus[person], code
    if modulus > 0:
        code = worked % modulus
        worked = code + worked // modulus
    if code < week.low[person] or code > week.high[person] or worked > week.most_worked[person]:
        return False
    return (
        unrested_week(
            before[person], first, after, start, end, frozen, choice, week.next_start_min[person], week.monday, strain
        )
        < 0
    )


@njit(cache=True, nogil=True)
def cost_value(week: Week, person: int, choice: Ints) -> int:  # pragma: no cover - compiled
    """The person's part of the cost tier, seats over the need left out."""
    total = 0
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        if choice[slot] >= 0:
            total += week.extra[choice[slot]]
    return total


@njit(cache=True, nogil=True)
def mark(  # pragma: no cover - compiled
    week: Week, slot: int, option: int, breaks: Ints, sign: int, count: Ints
) -> None:
    """Add ``sign`` heads of a slot's option, breaks and learning at ``breaks`` (4,), to ``count`` (rows, intervals)."""
    start, end = max(week.start[option], 0), min(week.end[option], count.shape[1])
    row, base, blocked, roles = week.skill_class[slot], week.base[slot], week.blocked[slot], week.roles[slot]
    if row >= 0:
        for t in range(max(week.start[option] + week.off_calls[option], 0), end):
            if not blocked[t - base]:
                count[row, t] += sign
        lengths = week.lengths
        for kind in range(3):
            if breaks[kind] >= 0:
                for t in range(max(breaks[kind], 0), min(breaks[kind] + lengths[kind, option], end)):
                    count[row, t] -= sign
        if breaks[3] >= 0:
            for t in range(breaks[3], min(breaks[3] + week.learning[slot], end)):
                count[row, t] -= sign
    for role in range(roles.size):
        if roles[role]:
            for t in range(start, end):
                count[3 + role, t] += sign
