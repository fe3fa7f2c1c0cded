"""Large-neighbourhood search over persons: take one to four out, put each back at its cheapest, keep what is better."""

from __future__ import annotations

import numpy as np
from numba import njit

from rostering.model.arrays import Floats, Ints, Need, Week
from rostering.model.person import FAR, best_week, people_value


@njit(cache=True, nogil=True)
def short_in(need: Need, t: int, a: int, b: int, c: int) -> tuple[int, int]:  # pragma: no cover - compiled
    """999 seats short and seats short in total in interval ``t``: only 999, only 101 and both on calls."""
    nines, ones = need.need[0, t], need.need[1, t]
    short_999 = max(nines - a - c, 0)
    return short_999, max(short_999, short_999 + ones - b - c, nines + ones - a - b - c)


@njit(cache=True, nogil=True)
def cover_cost(  # pragma: no cover - compiled
    need: Need, t: int, a: int, b: int, c: int, service_weight: float, cost_weight: float
) -> float:
    """Weighted service and cost tiers of interval ``t``."""
    short_999, short = short_in(need, t, a, b, c)
    beyond = max(short - need.first_tenth[t], 0)
    service = need.short[0] * short + (need.short[1] - need.short[0]) * beyond + need.short[2] * short_999
    over = a + b + c - need.need[0, t] - need.need[1, t] + short
    return float(service_weight * service + cost_weight * over)


@njit(cache=True, nogil=True)
def cost_at(need: Need, t: int, count: Ints, weights: Floats) -> float:  # pragma: no cover - compiled
    """Weighted service and cost tiers of interval ``t`` at today's count."""
    return cover_cost(need, t, count[0, t], count[1, t], count[2, t], weights[0], weights[2])


@njit(cache=True, nogil=True)
def on_calls(week: Week, duty: int, option: int, at: Ints, quarter: int) -> bool:  # pragma: no cover - compiled
    """Whether the duty, worked as ``option`` with breaks ``at`` (3,), answers calls in ``quarter``."""
    if week.blocked[duty, quarter - week.base[duty]]:
        return False
    working = True
    for kind in range(3):
        if at[kind] >= 0 and at[kind] <= quarter < at[kind] + week.lengths[kind, option]:
            working = False
    return working


@njit(cache=True, nogil=True)
def place(  # pragma: no cover - compiled
    week: Week, need: Need, person: int, sign: int, choice: Ints, breaks: Ints, count: Ints, weights: Floats
) -> float:
    """Add (+1) or take out (-1) a person in ``count``; change of the weighted cover cost."""
    change = 0.0
    horizon = count.shape[1]
    for duty in range(week.slot_from[person], week.slot_from[person + 1]):
        option, row = choice[duty], week.skill_class[duty]
        if row < 0:
            continue
        for t in range(max(week.start[option], 0), min(week.end[option], horizon)):
            if on_calls(week, duty, option, breaks[duty], t):
                a, b, c = count[0, t], count[1, t], count[2, t]
                change -= cover_cost(need, t, a, b, c, weights[0], weights[2])
                count[row, t] += sign
                a, b, c = count[0, t], count[1, t], count[2, t]
                change += cover_cost(need, t, a, b, c, weights[0], weights[2])
    return change


@njit(cache=True, nogil=True)
def insert(  # pragma: no cover - compiled
    week: Week,
    need: Need,
    person: int,
    choice: Ints,
    breaks: Ints,
    count: Ints,
    weights: Floats,
    price: Floats,
    cost: Floats,
    at: Ints,
) -> tuple[float, float]:
    """Put ``person`` back at the cheapest week by today's marginal costs; change of cover cost, people cost."""
    for duty in range(week.slot_from[person], week.slot_from[person + 1]):
        row = max(week.skill_class[duty], 0)
        low = max(week.base[duty], 0)
        for t in range(low, min(low + week.blocked.shape[1], count.shape[1])):
            a, b, c = count[0, t], count[1, t], count[2, t]
            now = cover_cost(need, t, a, b, c, weights[0], weights[2])
            count[row, t] += 1
            new = cover_cost(need, t, count[0, t], count[1, t], count[2, t], weights[0], weights[2])
            count[row, t] -= 1
            price[row, t] = new - now
    first, last = week.slot_from[person], week.slot_from[person + 1]
    if best_week(week, person, first, last, price, weights[1], weights[2], cost, at, choice) >= FAR:
        return FAR, FAR
    for duty in range(first, last):
        breaks[duty] = at[:, choice[duty]]
    people = people_value(week, person, choice)
    return place(week, need, person, 1, choice, breaks, count, weights), weights[1] * people


@njit(cache=True, nogil=True)
def construct(  # pragma: no cover - compiled
    week: Week, need: Need, order: Ints, choice: Ints, breaks: Ints, count: Ints, people_cost: Floats, weights: Floats
) -> bool:
    """Everybody in turn at the cheapest week; whether all have one."""
    price, cost = np.zeros((3, count.shape[1])), np.zeros(week.start.size)
    at = np.zeros((3, week.start.size), dtype=np.int64)
    for person in order:
        _, people = insert(week, need, person, choice, breaks, count, weights, price, cost, at)
        if people >= FAR:
            return False
        people_cost[person] = people
    return True


@njit(cache=True, nogil=True)
def improve(  # pragma: no cover - compiled
    week: Week,
    need: Need,
    choice: Ints,
    breaks: Ints,
    count: Ints,
    people_cost: Floats,
    weights: Floats,
    heat: float,
    rounds: int,
    rng: np.random.Generator,
) -> float:
    """``rounds`` of removal and reinsertion from the given roster, changed in place; change of the weighted cost.

    heat : mean worsening that may be kept; 0: only what is no worse
    """
    n_people, horizon = week.slot_from.size - 1, count.shape[1]
    price, cost = np.zeros((3, horizon)), np.zeros(week.start.size)
    at = np.zeros((3, week.start.size), dtype=np.int64)
    old_choice, old_breaks, old_cost = choice.copy(), breaks.copy(), people_cost.copy()
    near, gain = np.zeros(n_people, dtype=np.int64), 0.0
    for _ in range(rounds):
        n_near = 0
        focus = int(rng.integers(0, horizon))
        for _try in range(20):  # prefer an interval that costs something
            if cost_at(need, focus, count, weights) > 0:
                break
            focus = int(rng.integers(0, horizon))
        for person in range(n_people):
            for duty in range(week.slot_from[person], week.slot_from[person + 1]):
                if week.base[duty] <= focus < week.base[duty] + week.blocked.shape[1]:
                    near[n_near] = person
                    n_near += 1
                    break
        if n_near == 0:
            continue
        n_out = min(1 + int(rng.integers(0, 4)), n_near)
        for k in range(n_out):
            other = k + int(rng.integers(0, n_near - k))
            near[k], near[other] = near[other], near[k]
        change = 0.0
        for person in near[:n_out]:
            change += place(week, need, person, -1, choice, breaks, count, weights) - people_cost[person]
        for person in near[:n_out]:
            cover, people = insert(week, need, person, choice, breaks, count, weights, price, cost, at)
            people_cost[person] = people
            change += cover + people
        keep = change <= 0 or (heat > 0 and change < -heat * np.log(rng.random()))
        if keep:
            gain += change
        else:
            for person in near[:n_out]:
                place(week, need, person, -1, choice, breaks, count, weights)
        for person in near[:n_out]:
            for duty in range(week.slot_from[person], week.slot_from[person + 1]):
                if keep:
                    old_choice[duty], old_breaks[duty] = choice[duty], breaks[duty]
                else:
                    choice[duty], breaks[duty] = old_choice[duty], old_breaks[duty]
            if keep:
                old_cost[person] = people_cost[person]
            else:
                people_cost[person] = old_cost[person]
        if not keep:
            for person in near[:n_out]:
                place(week, need, person, 1, choice, breaks, count, weights)
    return gain
