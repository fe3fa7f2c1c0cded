"""A person's cheapest legal plan under given prices, its value in the people and cost tiers, its heads.

It serves three times: greedy start, reinsertion in the search, pricing in the bounds. Breaks lie in windows that do not
depend on each other, so that each is placed at its own best inside every option. The dynamic program of ``program``
knows every rule but the weekly rest, which hardly ever binds: where its plan breaks it, ``weekly`` branches on rests.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.compiled import inner
from rostering.model.program import best_end, forward, trace
from rostering.model.tour import ALIVE, FAR, FREE, last_before, make_tables, view_of, windows_of_codes
from rostering.model.weekly import blocks_of, lacking, unrested_week

__all__ = ["FAR", "best_week", "cost_value", "is_legal", "mark", "people_value", "price_options"]
_MOST_DEPTH = 8  # rests that one plan may be made to hold: two a week
_MOST_BLOCKS = 1500  # more than the ends that duties of four weeks may have


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
    slots' options into ``at`` (3, options).

    price : of one more on calls, or of a role on duty, (rows, intervals); cost : work array over all options
    """
    for slot in range(first, last):
        price_options(week, slot, price, people_weight, cost_weight, cost, at)
    after = tail_end(week, person, last, choice)
    only = np.full(after - first, FREE, dtype=np.int64)
    for slot in range(last, after):
        only[slot - first] = choice[slot]
    trial = choice.copy()
    if legal_plan(week, person, first, last, only, cost, people_weight, trial) >= ALIVE:
        return FAR
    total = 0.0
    for slot in range(first, last):
        option = trial[slot]
        if option >= 0:
            total += cost[option] - people_weight * week.own[option] - cost_weight * week.extra[option]
        choice[slot] = option
    total += people_weight * people_value(week, person, choice)
    return total + cost_weight * cost_value(week, person, choice)


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


@inner
def least_plan(  # pragma: no cover - compiled
    week: Week, person: int, first: int, only: Ints, cost: Floats, weight: float, choice: Ints
) -> float:
    """Least cost of the plans that keep every rule but the weekly rest; the plan into ``choice``.

    only : what a slot from ``first`` on is held to: FREE, NO_DUTY or an option, whose cost does not count
    """
    n, code, off = only.size, 0, 0.0
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        if slot < first or slot >= first + n:
            code += week.code[choice[slot]] if choice[slot] >= 0 else 0
        elif only[slot - first] == FREE:
            off += weight * week.off[slot]
    if n == 0:
        return off + hours_cost(week, person, code)
    view = view_of(week, first, only, cost, weight)
    low, high = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
    low_code, high_code = week.low[person] - code, min(week.high[person], week.most_worked[person]) - code
    if week.modulus[person] > 0:
        low_code, high_code = 0, (week.most_worked[person] + 1) * (week.modulus[person] + 1)
    code += windows_of_codes(view, low_code, high_code, low, high)
    if high.min() < 0:
        return FAR
    hours = np.empty(max(high[n] - low[n] + 1, 1))
    for p in range(low[n], high[n] + 1):
        hours[p - low[n]] = hours_cost(week, person, code + p)
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
def hours_cost(week: Week, person: int, code: int) -> float:  # pragma: no cover - compiled
    """Quarter-hours off contract of a plan with this code; FAR where hours forbid it."""
    paid, worked, modulus = code, code, week.modulus[person]
    if modulus > 0:
        paid = code % modulus
        worked = paid + code // modulus
    if paid < week.low[person] or paid > week.high[person] or worked > week.most_worked[person]:
        return FAR
    return float((abs(15 * paid + week.balance_min[person]) + 14) // 15)


@inner
def legal_plan(  # pragma: no cover - compiled
    week: Week, person: int, first: int, last: int, only: Ints, cost: Floats, weight: float, choice: Ints
) -> float:
    """Least cost of the plans that keep every rule, into ``choice``: branch and bound where the weekly rest is broken.

    Each legal plan holds one of the rests of ``blocks_of``; the plan that lacks one is tried with each of them.
    """
    best, depth = FAR, -1
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
        value = least_plan(week, person, first, only, allowed, weight, choice)
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
        if depth < 0:
            choice[:] = found
            return best
        turn[depth] += 1


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
    """Add ``sign`` heads of a slot's option, breaks at ``breaks`` (3,), to ``count`` (rows, intervals)."""
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
    for role in range(roles.size):
        if roles[role]:
            for t in range(start, end):
                count[3 + role, t] += sign
