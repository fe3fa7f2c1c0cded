"""Search: take a few handlers' rosters away and give each the best one back, against what coverage then costs.

The first of them are priced partly by the linear programme's prices: what a duty is worth while others will still
follow, which its own marginal cost does not tell.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.named.arrays import Arrays
from rostering.named.paths import Floats, Graphs, cheapest

Ints = NDArray[np.int64]
Lines = NDArray[np.int8]


class Need(NamedTuple):
    """Handlers needed and weights, (days, shifts) each."""

    required: NDArray[np.int64]
    under: NDArray[np.int64]
    over: NDArray[np.int64]


def need_of(arrays: Arrays) -> Need:
    """The requirement as the compiled passes read it."""
    return Need(arrays.required, arrays.under, arrays.over)


@njit(cache=True, nogil=True)
def price_duties(  # pragma: no cover - compiled
    need: Need, count: Ints, prices: Floats, share: float, extra: Floats
) -> None:
    """Cost of one more handler on each day and shift, into ``extra``: ``share`` of it by prices, the rest marginal."""
    for day in range(count.shape[0]):
        for shift in range(count.shape[1]):
            is_short = count[day, shift] < need.required[day, shift]
            marginal = -need.under[day, shift] if is_short else need.over[day, shift]
            extra[day, shift] = (1.0 - share) * marginal - share * prices[day, shift]


@njit(cache=True, nogil=True)
def count_line(  # pragma: no cover - compiled
    graphs: Graphs, need: Need, line: Lines, who: int, count: Ints, step: int
) -> float:
    """Add a roster to the coverage (``step`` 1) or take it away (-1); the change of cost."""
    cost = 0.0
    for day in range(line.size):
        shift = line[day]
        if shift < 0:
            cost += step * graphs.rest_cost[who, day]
            continue
        short = need.required[day, shift] - count[day, shift]
        is_short = short > 0 if step > 0 else short >= 0
        cover = -need.under[day, shift] if is_short else need.over[day, shift]
        cost += step * (graphs.duty_cost[who, day, shift] + cover)
        count[day, shift] += step
    return cost


@njit(cache=True, nogil=True)
def _draw(order: Ints, draws: Floats) -> None:  # pragma: no cover - compiled
    for place in range(draws.size):
        other = place + int(draws[place] * (order.size - place))
        order[place], order[other] = order[other], order[place]


@njit(cache=True, nogil=True)
def _copy(source: NDArray[Any], target: NDArray[Any]) -> None:  # pragma: no cover - compiled
    for row in range(source.shape[0]):
        for column in range(source.shape[1]):
            target[row, column] = source[row, column]


@njit(cache=True, nogil=True)
def _exchange(  # pragma: no cover - compiled
    graphs: Graphs,
    need: Need,
    prices: Floats,
    share: float,
    chosen: Ints,
    lines: Lines,
    count: Ints,
    room: tuple[Floats, Floats, NDArray[np.int32]],
) -> float:
    """Take the ``chosen`` handlers' rosters away and give each its best one, in order; the change of cost."""
    extra, value, best = room
    change = 0.0
    for who in chosen:
        change += count_line(graphs, need, lines[who], who, count, -1)
    for place in range(chosen.size):
        who = chosen[place]
        price_duties(need, count, prices, share if place < chosen.size - 1 else 0.0, extra)
        cheapest(graphs, who, extra, value, best, lines[who])
        change += count_line(graphs, need, lines[who], who, count, 1)
    return change


@njit(cache=True, nogil=True)
def reinsert(  # pragma: no cover - compiled
    graphs: Graphs, need: Need, prices: Floats, lines: Lines, count: Ints, heat: float, share: float, draws: Floats
) -> tuple[float, float, Lines]:
    """Rounds of annealing on ``lines`` (handlers, days) and ``count`` (days, shifts), both changed in place.

    heat : a move that costs this much more is accepted with probability 1/e
    share : largest share of the prices in what the first ones of a round are priced by, 0..1
    draws : (rounds, 3 + most handlers taken away at once), uniform in 0..1

    Returns
    -------
    Change of cost, and of the best seen with its lines.
    """
    order = np.arange(lines.shape[0])
    n_nodes = graphs.arc.size - 1
    room = np.empty(count.shape), np.empty(n_nodes), np.empty(n_nodes, dtype=np.int32)
    kept, kept_count, top_lines = lines.copy(), count.copy(), lines.copy()
    total, top = 0.0, 0.0
    for turn in range(draws.shape[0]):
        n_drawn = 1 + int(draws[turn, 0] * min(draws.shape[1] - 3, order.size))
        _draw(order, draws[turn, 3 : 3 + n_drawn])
        change = _exchange(graphs, need, prices, share * draws[turn, 1], order[:n_drawn], lines, count, room)
        if change <= -heat * np.log(1.0 - draws[turn, 2]):
            total += change
            _copy(lines, kept)
            _copy(count, kept_count)
            if total < top - 1e-6:
                top = total
                _copy(lines, top_lines)
        else:
            _copy(kept, lines)
            _copy(kept_count, count)
    return total, top, top_lines
