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
    week: Week, duty: int, price: Floats, people_weight: float, cost: Floats, at: Ints
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
        cost[option] = value + people_weight * week.moved[option]


@njit(cache=True, nogil=True)
def best_week(  # pragma: no cover - compiled
    week: Week,
    person: int,
    price: Floats,
    people_weight: float,
    cost: Floats,
    at: Ints,
    choice: Ints,
) -> float:
    """Least cost of ``person``, duties' options into ``choice`` (duties,); FAR if no week is legal.

    price : of one more on calls, (3 skill classes, intervals); cost, at : work arrays over all options
    """
    first, after = week.duty_from[person], week.duty_from[person + 1]
    n = after - first
    if n == 0:
        return (
            people_weight * ((abs(week.balance_min[person]) + 14) // 15)
            if week.low[person] <= 0 <= week.high[person]
            else FAR
        )
    width, most_ends, least = 1, 1, 0
    for duty in range(first, after):
        price_options(week, duty, price, people_weight, cost, at)
        width += week.paid_width[duty]
        least += week.paid_low[duty]
        most_ends = max(most_ends, week.end_from[duty + 1] - week.end_from[duty])
    best = FAR
    value = np.empty((n, most_ends, width))
    arg = np.empty((n, most_ends, width), dtype=np.int64)
    for mode in range(week.mode_from[person], week.mode_from[person + 1]):
        forward(week, first, n, mode, cost, value, arg)
        final = week.end_from[after] - week.end_from[after - 1] - 1
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
