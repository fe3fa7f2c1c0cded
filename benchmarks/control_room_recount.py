"""What a control-room solution costs, what prices prove of it and what nobody could cover, by the instance's words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rostering.model.arrays import Floats, Ints, Week
from rostering.model.need import Need
from rostering.model.person import best_week

Cost = tuple[Floats, Floats]  # of 0, 1, 2 ... seats: 999 and total, (intervals, people + 1)


def cover_cost(instance: dict[str, Any]) -> Cost:
    """Cost of each number of 999 seats and of seats in all, up to everybody."""
    costs, seats = instance["costs"], np.arange(len(instance["people"]) + 1)[None, :]
    nines, total = (np.array(instance["requirement"][name])[:, None] for name in ("999", "total"))
    short, first = np.maximum(total - seats, 0), np.maximum(1, total // 10)
    of_total = costs["short_total_first"] * np.minimum(short, first)
    of_total = of_total + costs["short_total_rest"] * np.maximum(short - first, 0)
    of_total = of_total + costs["over_total"] * np.maximum(seats - total, 0)
    return (costs["short_999"] * np.maximum(nines - seats, 0)).astype(np.float64), of_total.astype(np.float64)


def unavoidable(instance: dict[str, Any]) -> float:
    """Cost of seats short in all that is left with everybody present wherever a start and a length could place them.

    The instances' recount takes no 999 seat for unavoidable, and neither does this.
    """
    n = instance["days"] * 96
    total, longest = np.zeros(n, dtype=np.int64), max(instance["rules"]["lengths_min"])
    for person in instance["people"]:
        reached = np.zeros(n, dtype=np.bool_)
        for duty in person["duties"]:
            nominal = duty["day"] * 1440 + duty["nominal_start_min"]
            first = max((nominal - duty["consent_min"]) // 15, 0)
            reached[first : (nominal + duty["consent_min"] + longest) // 15] = True
        total += reached
    of_total = cover_cost(instance)[1]
    seats = np.arange(of_total.shape[1])[None, :]
    return float(np.where(seats <= total[:, None], of_total, np.inf).min(axis=1).sum())


def prices_of(instance: dict[str, Any], price: Floats) -> dict[str, list[float]]:
    """Values of one more 999 seat and of one more seat, from the prices of heads (3, n), within what seats can cost."""
    costs, n = instance["costs"], instance["days"] * 96
    total = np.clip(-price[1, :n], -costs["over_total"], costs["short_total_rest"])
    nines = np.clip(price[1, :n] - price[2, :n], 0.0, costs["short_999"])
    return {"999": nines.tolist(), "total": total.tolist()}


def bound(instance: dict[str, Any], week: Week, need: Need, prices: dict[str, list[float]]) -> float:
    """Lower bound on every solution's cost: cover and people priced apart, each at its exact minimum."""
    nines, total = (np.array(prices[name])[:, None] for name in ("999", "total"))
    of_999, of_total = cover_cost(instance)
    seats = np.arange(of_total.shape[1])[None, :]
    cover = (of_999 + nines * seats).min(axis=1).sum() + (of_total + total * seats).min(axis=1).sum()
    price = np.zeros(need.present.shape)
    price[1], price[2] = -total[:, 0], -(total + nines)[:, 0]
    return float(cover + _people(week, price))


def _people(week: Week, price: Floats) -> float:
    cost, at = np.zeros(week.start.size), np.zeros((3, week.start.size), dtype=np.int64)
    choice: Ints = np.full(week.base.size, -1, dtype=np.int64)
    spans: NDArray[np.int64] = week.slot_from
    return sum(
        best_week(week, person, int(spans[person]), int(spans[person + 1]), price, 1.0, 1.0, cost, at, choice)
        for person in range(spans.size - 1)
    )
