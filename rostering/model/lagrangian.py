"""Lagrangian bound: cover and people priced apart, each at its exact minimum; valid for any prices.

For prices y per skill class and interval, every roster costs at least

    sum over intervals of min over heads n (cover cost(n) - y n)
    + sum over people of min over weeks (own cost + y on calls),

since at a roster's own heads the prices cancel. Neither part is relaxed: the weeks come from the dynamic program of
``person``, with every rule and break, the heads are whole numbers. Limits on earlier tiers enter with a multiplier.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.need import Need, calls_in
from rostering.model.person import best_week, mark, people_value


@njit(cache=True, nogil=True)
def cover_part(  # pragma: no cover - compiled
    need: Need, most: Ints, price: Floats, weights: Floats, heads: Ints
) -> tuple[float, float, float]:
    """Least cover cost less prices; service and cost tiers at that minimum. Heads of ours into ``heads`` (3, n)."""
    total, service, over_cost = 0.0, 0.0, 0.0
    for t in range(price.shape[1]):
        best, best_service, best_over = 1e18, 0, 0
        for a in range(most[0, t] + 1):
            for b in range(most[1, t] + 1):
                for c in range(most[2, t] + 1):
                    pa, pb, pc = a + need.present[0, t], b + need.present[1, t], c + need.present[2, t]
                    cost, over = calls_in(need, t, pa, pb, pc)
                    value = weights[0] * cost + weights[2] * over
                    value -= price[0, t] * a + price[1, t] * b + price[2, t] * c
                    if value < best:
                        best, best_service, best_over = value, cost, over
                        heads[0, t], heads[1, t], heads[2, t] = a, b, c
        total += best
        service += best_service
        over_cost += best_over
    return total, service, over_cost


@njit(cache=True, nogil=True)
def people_part(  # pragma: no cover - compiled
    week: Week, price: Floats, people_weight: float, presence: Ints
) -> tuple[float, float]:
    """Least people cost plus prices; the people tier at that minimum. Heads on calls into ``presence`` (3, n)."""
    cost, at = np.zeros(week.start.size), np.zeros((3, week.start.size), dtype=np.int64)
    choice = np.zeros(week.base.size, dtype=np.int64)
    total, people = 0.0, 0.0
    presence[:] = 0
    for person in range(week.slot_from.size - 1):
        first, last = week.slot_from[person], week.slot_from[person + 1]
        total += best_week(week, person, first, last, price, people_weight, 0.0, cost, at, choice)
        people += people_value(week, person, choice)
        for slot in range(first, last):
            mark(week, slot, choice[slot], at[:, choice[slot]], 1, presence)
    return total, people


@njit(cache=True, nogil=True)
def ascend(  # pragma: no cover - compiled
    week: Week,
    need: Need,
    most: Ints,
    tier: int,
    reached: Floats,
    price: Floats,
    multiplier: Floats,
    moments: Floats,
    step: float,
    done: int,
    rounds: int,
) -> float:
    """Adam steps on prices (3, n) and on the multipliers of the tiers before ``tier``; the best bound of these steps.

    reached : value of each tier that the bound may assume is not exceeded, (3,)
    price, multiplier, moments : changed in place; moments (2, 3, n + 1), the last column for the multipliers
    done : steps taken before
    """
    n = price.shape[1]
    heads, presence = np.zeros((3, n), dtype=np.int64), np.zeros((3, n), dtype=np.int64)
    best, weights = -1e18, np.zeros(3)
    slope = np.zeros((3, n + 1))
    for k in range(done + 1, done + rounds + 1):
        bound = 0.0
        for i in range(3):
            weights[i] = multiplier[i] if i < tier else (1.0 if i == tier else 0.0)
            if i < tier:
                bound -= multiplier[i] * reached[i]
        cover, service, _ = cover_part(need, most, price, weights, heads)
        people_total, people = people_part(week, price, weights[1], presence)
        bound += cover + people_total
        best = max(best, bound)
        slope[:, :n] = presence - heads
        slope[0, n] = service - reached[0] if tier > 0 else 0.0
        slope[1, n] = people - reached[1] if tier > 1 else 0.0
        rate = step / (1 + k / 150)
        for i in range(3):
            for t in range(n + 1):
                moments[0, i, t] = 0.8 * moments[0, i, t] + 0.2 * slope[i, t]
                moments[1, i, t] = 0.99 * moments[1, i, t] + 0.01 * slope[i, t] ** 2
                if moments[1, i, t] > 0:
                    first = moments[0, i, t] / (1 - 0.8**k)
                    second = moments[1, i, t] / (1 - 0.99**k)
                    move = rate * first / (np.sqrt(second) + 1e-9)
                    if t < n:
                        price[i, t] += move
                    else:
                        multiplier[i] = max(multiplier[i] + move, 0.0)
    return best
