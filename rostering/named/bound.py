"""The bound: prices of duties by subgradients, then by column generation, each priced exactly over legal rosters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, isfinite

import numpy as np

from rostering.named.arrays import Arrays, coverage
from rostering.named.force import Force, Lines, Prices
from rostering.named.master import Columns, Master, add_cheaper

_GRID = 65536
_SUBGRADIENTS = 100
_PATIENCE = 5  # subgradient steps without a better bound until steps shorten
_STAY = 0.7  # share of the best prices in those that are priced next (Wentges' smoothing)


@dataclass(slots=True)
class Bound:
    """Best lower bound so far and the prices (days, shifts) that prove it."""

    value: float
    prices: Prices

    @property
    def whole(self) -> int | None:
        """The bound rounded up, as every cost is a whole number; None before there is one."""
        return ceil(self.value) if isfinite(self.value) else None

    def raise_to(self, value: float, prices: Prices) -> None:
        """Take a better bound with its prices."""
        self.value, self.prices = value, prices


def on_grid(prices: Prices, arrays: Arrays) -> Prices:
    """Prices within the weights, on a grid so coarse that sums of them are exact in double precision."""
    return np.clip(np.round(prices * _GRID) / _GRID, -arrays.over, arrays.under)


def lagrangian(force: Force, prices: Prices) -> tuple[float, Prices, Lines]:
    """Lower bound that ``prices`` on the grid prove, each handler's least cost (handlers,) and roster (handlers, days).

    A handler is paid ``prices[day, shift]`` for a duty, between minus the weight for over and the weight for under: for
    such prices the cost of coverage plus what is paid is least at the requirement (Lagrangian relaxation).
    """
    total, lines = force.price(-prices)
    return float(total.sum() + (prices * force.arrays.required).sum()), total, lines


def climb(force: Force, columns: Columns, bound: Bound, left_s: Callable[[], float]) -> None:
    """Subgradient ascent from zero prices, which raises ``bound``; its rosters join ``columns``.

    left_s : time left [s], asked for time and again
    """
    arrays = force.arrays
    prices = np.zeros(arrays.required.shape)
    step, idle = 0.6 * float(arrays.under.max(initial=1)), 0
    for _ in range(_SUBGRADIENTS):
        prices = on_grid(prices, arrays)
        value, _, lines = lagrangian(force, prices)
        for who, line in enumerate(lines):
            columns.add(who, line)
        idle = 0 if value > bound.value else idle + 1
        if value > bound.value:
            bound.raise_to(value, prices)
        if left_s() <= 0:
            return
        if idle >= _PATIENCE:
            step, idle, prices = step / 1.5, 0, bound.prices
        slope = arrays.required - coverage(arrays, lines)
        prices = prices + step * slope / max(float(np.sqrt((slope**2).sum())), 1.0)


def generate(force: Force, columns: Columns, bound: Bound, left_s: Callable[[], float]) -> bool:
    """Column generation over all handlers until no roster is missing: whether it came that far. Raises ``bound``."""
    arrays, handlers = force.arrays, range(force.arrays.shape[0])
    master = Master(columns, handlers, arrays.required)
    while left_s() > 0:
        master.extend()
        found = master.solve(left_s())
        if found is None:
            return False
        if bound.value >= found.objective - 1e-4:
            return True
        added = 0
        for stay in (_STAY, 0.0):
            prices = on_grid(stay * bound.prices + (1 - stay) * found.duties, arrays)
            value, _, lines = lagrangian(force, prices)
            if value > bound.value:
                bound.raise_to(value, prices)
            added = add_cheaper(columns, found, lines, handlers)
            if added:
                break
        if not added:
            return True
    return False
