"""Dive: fix rosters that the linear master leans to, one after another, with new rosters priced for the others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rostering.named.bound import on_grid
from rostering.named.force import Force, Lines
from rostering.named.master import Columns, Master, MasterPrices, add_cheaper

_ROUNDS, _HASTY = 15, 1  # of pricing after each step, and where time runs ahead of the handlers fixed
_SURE = 0.99  # share from which a roster is fixed together with others


def dive(force: Force, columns: Columns, left_s: Callable[[], float]) -> Lines | None:
    """Lines (handlers, days) at the bottom, or None where time ran out on the way. New rosters join ``columns``."""
    n_handlers = force.arrays.shape[0]
    master = Master(columns, range(n_handlers), force.arrays.required)
    fixed: dict[int, int] = {}
    seconds = max(left_s(), 1e-3)
    while len(fixed) < n_handlers:
        is_late = 1 - left_s() / seconds > len(fixed) / n_handlers
        free = [who for who in range(n_handlers) if who not in fixed]
        prices = _settle(force, columns, master, free, _HASTY if is_late and fixed else _ROUNDS, left_s)
        if prices is None:
            return None
        places = np.array(list(master.variables))
        is_free = np.array([columns.owner[place] not in fixed for place in places.tolist()])
        share = np.where(is_free, prices.shares, -1.0)
        for place in places[share >= min(_SURE, share.max())].tolist():
            if columns.owner[place] not in fixed:
                fixed[columns.owner[place]] = place
                master.variables[place].lower_bound = 1.0
    return np.array([columns.line[fixed[who]] for who in range(n_handlers)])


def _settle(
    force: Force, columns: Columns, master: Master, free: list[int], rounds: int, left_s: Callable[[], float]
) -> MasterPrices | None:
    """Solution of the master once ``rounds`` have priced rosters for the handlers who are still free."""
    for turn in range(rounds + 1):
        master.extend()
        prices = master.solve(left_s())
        if prices is None or left_s() <= 0 or turn == rounds:
            return prices if left_s() > 0 else None
        _, lines = force.price(-on_grid(prices.duties, force.arrays), free)
        if not add_cheaper(columns, prices, lines, free):
            return prices
    return None
