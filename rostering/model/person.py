"""A person's cheapest legal week under given prices: a small dynamic program, compiled.

It serves three times: greedy start, reinsertion in the search, pricing in the Lagrangian bound. Breaks lie in windows
that do not depend on each other, so that each is placed at its own best inside every option.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.model.arrays import Floats, Ints, Week

FAR = 1e18


@njit(cache=True, nogil=True)
def price_options(  # pragma: no cover - compiled
    week: Week, duty: int, price: Floats, people_weight: float, cost_weight: float, cost: Floats, at: Ints
) -> None:
    """Cost of each option of ``duty`` with its breaks at their best, into ``cost``; their starts, into ``at`` (3, )."""
    base, span = week.base[duty], week.blocked.shape[1]
    horizon = price.shape[1]
    row = max(week.skill_class[duty], 0)
    total, training = np.zeros(span + 1), np.zeros(span + 1, dtype=np.int64)
    for j in range(span):
        quarter = base + j
        here = 0.0
        if week.blocked[duty, j]:
            training[j + 1] = training[j] + 1
        else:
            training[j + 1] = training[j]
            if 0 <= quarter < horizon:
                here = price[row, quarter]
        total[j + 1] = total[j] + here
    for option in range(week.option_from[duty], week.option_from[duty + 1]):
        value = total[week.end[option] - base] - total[week.start[option] - base]
        for kind in range(3):
            length = week.lengths[kind, option]
            best, place = -FAR, -1
            for start in range(week.first[kind, option], week.last[kind, option] + 1):
                j = start - base
                if training[j + length] == training[j]:
                    saved = total[j + length] - total[j]
                    if saved > best:
                        best, place = saved, start
            at[kind, option] = place
            if place >= 0:
                value -= best
        cost[option] = value + people_weight * week.own[option] + cost_weight * week.extra[option]


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

    The plan goes into ``choice`` (slots,), untouched where there is none and the value is FAR; break places of the
    slots' options into ``at`` (3, options).

    price : of one more on calls, or of a role on duty, (rows, intervals); cost : work array over all options
    """
    n = last - first
    if n == 0:
        if not week.low[person] <= 0 <= week.high[person]:
            return FAR
        return people_weight * people_value(week, person, choice) + cost_weight * cost_value(week, person, choice)
    width, most_ends, least = 1, 1, 0
    for duty in range(first, last):
        price_options(week, duty, price, people_weight, cost_weight, cost, at)
        width += week.paid_width[duty]
        least += week.paid_low[duty]
        most_ends = max(most_ends, week.end_from[duty + 1] - week.end_from[duty])
    best = FAR
    value = np.empty((n, most_ends, width))
    arg = np.empty((n, most_ends, width), dtype=np.int64)
    for mode in range(week.mode_from[person], week.mode_from[person + 1]):
        forward(week, first, n, mode, cost, value, arg)
        final = week.end_from[last] - week.end_from[last - 1] - 1
        found, at_paid = FAR, -1
        for paid in range(width):
            here = paid + least
            if week.low[person] <= here <= week.high[person] and value[n - 1, final, paid] < FAR:
                off = (abs(15 * here + week.balance_min[person]) + 14) // 15
                if value[n - 1, final, paid] + people_weight * off < found:
                    found, at_paid = value[n - 1, final, paid] + people_weight * off, paid
        if found < best:
            best = found
            trace(week, first, n, mode, at_paid, arg, choice)
    return best


@njit(cache=True, nogil=True)
def people_value(week: Week, person: int, choice: Ints) -> int:  # pragma: no cover - compiled
    """The person's part of the people tier [quarter-hours moved]."""
    paid, own = 0, 0
    for slot in range(week.slot_from[person], week.slot_from[person + 1]):
        option = choice[slot]
        if option >= 0:
            paid += week.paid[option]
            own += week.own[option]
    return int(own + (abs(15 * paid + week.balance_min[person]) + 14) // 15)


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
    row = week.skill_class[slot]
    if row >= 0:
        for t in range(start, end):
            if not week.blocked[slot, t - week.base[slot]]:
                count[row, t] += sign
        for kind in range(3):
            if breaks[kind] >= 0:
                for t in range(max(breaks[kind], 0), min(breaks[kind] + week.lengths[kind, option], end)):
                    count[row, t] -= sign
    for role in range(week.roles.shape[1]):
        if week.roles[slot, role]:
            for t in range(start, end):
                count[3 + role, t] += sign


@njit(cache=True, nogil=True)
def rank_before(week: Week, duty: int, limit: int) -> int:  # pragma: no cover - compiled
    """Place of the latest end of ``duty`` at or before ``limit``, -1 if there is none."""
    rank = -1
    for e in range(week.end_from[duty], week.end_from[duty + 1]):
        if week.ends[e] <= limit:
            rank = e - week.end_from[duty]
    return rank


@njit(cache=True, nogil=True)
def forward(  # pragma: no cover - compiled
    week: Week, first: int, n: int, mode: int, cost: Floats, value: Floats, arg: Ints
) -> None:
    """value[k, e, p]: least cost of duties 0..k, the last ending at or before its end e, p paid over the least."""
    value[:] = FAR
    arg[:] = -1
    reach = 0
    for k in range(n):
        duty = first + k
        for option in range(week.option_from[duty], week.option_from[duty + 1]):
            rank, extra = week.end_rank[option], week.paid[option] - week.paid_low[duty]
            if k == n - 1 and week.end[option] > week.mode_last[mode]:
                continue
            if k == 0:
                if week.start[option] >= week.mode_first[mode] and cost[option] < value[0, rank, extra]:
                    value[0, rank, extra], arg[0, rank, extra] = cost[option], option
                continue
            before = rank_before(week, duty - 1, week.start[option] - week.mode_gap[mode, k])
            if before < 0:
                continue
            for paid in range(reach + 1):
                new = value[k - 1, before, paid] + cost[option]
                if new < value[k, rank, paid + extra]:
                    value[k, rank, paid + extra], arg[k, rank, paid + extra] = new, option
        reach += week.paid_width[duty]
        for e in range(1, week.end_from[duty + 1] - week.end_from[duty]):
            for paid in range(reach + 1):
                if value[k, e - 1, paid] <= value[k, e, paid]:
                    value[k, e, paid], arg[k, e, paid] = value[k, e - 1, paid], arg[k, e - 1, paid]


@njit(cache=True, nogil=True)
def trace(  # pragma: no cover - compiled
    week: Week, first: int, n: int, mode: int, paid: int, arg: NDArray[np.int64], choice: Ints
) -> None:
    """Options on the cheapest path that ends at ``paid``, into ``choice``."""
    rank = week.end_from[first + n] - week.end_from[first + n - 1] - 1
    for k in range(n - 1, -1, -1):
        option = arg[k, rank, paid]
        choice[first + k] = option
        paid -= week.paid[option] - week.paid_low[first + k]
        if k > 0:
            rank = rank_before(week, first + k - 1, week.start[option] - week.mode_gap[mode, k])
