"""Neighbourhoods by column generation: new rosters for some handlers at once, the others kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rostering.named.arrays import REST, cover_cost, coverage, line_cost
from rostering.named.bound import Bound, on_grid
from rostering.named.force import Force, Lines, Prices
from rostering.named.master import Columns, Master, MasterPrices, add_cheaper

_ROUNDS = 60  # of pricing
_SHAKES = 12  # rounds of pricing at prices nearby
_SHAKE_SHARE = 0.02  # of the largest weight, standard deviation of those prices
_MOST_COLUMNS = 80  # that a handler brings into the integer programme
_SEEDS = 15  # known columns that a handler brings into the linear one


def improve(
    force: Force,
    columns: Columns,
    lines: Lines,
    chosen: Sequence[int],
    bound: Bound,
    seconds: float,
    rng: np.random.Generator,
    left_s: Callable[[], float],
) -> tuple[Lines | None, bool]:
    """Better ``lines`` (handlers, days) with other rosters for ``chosen``, or None; and whether time cut it short.

    The linear master over the chosen handlers is solved from a few of their ``columns``, then HiGHS chooses among
    the rosters that were cheapest at its prices.
    """
    arrays = force.arrays
    others = np.setdiff1d(np.arange(len(lines)), chosen)
    required = arrays.required - coverage(arrays, lines[others])
    now = sum(line_cost(arrays, who, lines[who]) for who in chosen) + cover_cost(arrays, coverage(arrays, lines))
    part = Columns(arrays)
    for who in chosen:
        part.add(who, lines[who])
    _seed(part, columns, chosen, bound)
    master = Master(part, chosen, required)
    prices = _generate(force, part, master, chosen, rng, left_s)
    # Costs are whole: what cannot fall by one cannot fall.
    if prices is None or prices.objective > now - 1 + 1e-6:
        return None, prices is None
    kept = _cheapest(part, prices, chosen, now - 1 - prices.objective)
    for place in kept:
        columns.add(part.owner[place], part.line[place])
    better, is_cut = master.solve_whole(kept, seconds, now)
    if better is None:
        return None, is_cut
    out = lines.copy()
    for who, line in better.items():
        out[who] = line
    return out, is_cut


def reduced_costs(columns: Columns, places: NDArray[np.int64], duties: Prices) -> Prices:
    """Cost less the prices of its duties, of each column of ``places``."""
    if not places.size:
        return np.zeros(0)
    lines = np.array([columns.line[place] for place in places.tolist()])
    paid = np.where(lines == REST, 0.0, duties[np.arange(lines.shape[1]), lines]).sum(axis=1)
    return np.asarray(np.array([columns.cost[place] for place in places.tolist()]) - paid)


def _seed(part: Columns, columns: Columns, chosen: Sequence[int], bound: Bound) -> None:
    """The chosen handlers' columns that cost least at the bound's prices."""
    owner = np.array(columns.owner)
    for who in chosen:
        places = np.flatnonzero(owner == who)
        order = np.argsort(reduced_costs(columns, places, bound.prices), kind="stable")
        for place in places[order[:_SEEDS]].tolist():
            part.add(who, columns.line[place])


def _generate(
    force: Force,
    part: Columns,
    master: Master,
    chosen: Sequence[int],
    rng: np.random.Generator,
    left_s: Callable[[], float],
) -> MasterPrices | None:
    """Prices of the linear master once no roster is missing, or after a number of rounds; some more rosters besides."""
    prices = master.solve(left_s())
    for _ in range(_ROUNDS):
        if prices is None or left_s() <= 0:
            return None
        _, lines = force.price(-on_grid(prices.duties, force.arrays), chosen)
        if not add_cheaper(part, prices, lines, chosen):
            break
        master.extend()
        prices = master.solve(left_s())
    if prices is not None:
        spread = _SHAKE_SHARE * float(force.arrays.under.max(initial=1))
        for _ in range(_SHAKES):
            _, lines = force.price(rng.normal(0.0, spread, prices.duties.shape) - prices.duties, chosen)
            for who in chosen:
                part.add(who, lines[who])
        master.extend()
    return prices


def _cheapest(part: Columns, prices: MasterPrices, chosen: Sequence[int], most: float) -> list[int]:
    """Columns that a roster better than now can use: reduced cost no more than ``most``; the cheapest of them."""
    owner, kept = np.array(part.owner), []
    for who in chosen:
        places = np.flatnonzero(owner == who)
        reduced = reduced_costs(part, places, prices.duties) - prices.handlers[who]
        order = np.argsort(reduced, kind="stable")[:_MOST_COLUMNS]
        kept += places[order[reduced[order] <= most + 1e-6]].tolist()
    return kept
