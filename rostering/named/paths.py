"""Compiled passes over roster graphs: a handler's cheapest roster."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Graphs(NamedTuple):
    """The roster graphs of all handlers, one after another, with what each handler's days cost.

    graph_of : (handlers,), the handler's graph
    layer : (graphs, days + 2), first node of each layer
    arc : (nodes + 1,), first incoming arc of each node
    source, label : (arcs,), node before, and 0 for a rest day or 1 + place of the group
    group : (graphs, shifts), label of each shift in each graph, 0 where it has none
    n_labels : (graphs,)
    duty_cost : (handlers, days, shifts), infinite where not allowed
    rest_cost : (handlers, days)
    """

    graph_of: NDArray[np.int32]
    layer: NDArray[np.int32]
    arc: NDArray[np.int32]
    source: NDArray[np.int32]
    label: NDArray[np.int8]
    group: NDArray[np.int8]
    n_labels: NDArray[np.int32]
    duty_cost: NDArray[np.float64]
    rest_cost: NDArray[np.float64]


@njit(cache=True, nogil=True)
def label_prices(  # pragma: no cover - compiled
    graphs: Graphs, who: int, extra: Floats
) -> tuple[Floats, NDArray[np.int8]]:
    """Cost of each label on each day, (days, labels), and the cheapest shift of each, where duties cost ``extra`` more.

    extra : (days, shifts)
    """
    g = graphs.graph_of[who]
    n_days, n_shifts = extra.shape
    price = np.full((n_days, graphs.n_labels[g]), np.inf)
    chosen = np.full((n_days, graphs.n_labels[g]), -1, dtype=np.int8)
    for day in range(n_days):
        price[day, 0] = graphs.rest_cost[who, day]
        for shift in range(n_shifts):
            label = graphs.group[g, shift]
            if label > 0:
                cost = graphs.duty_cost[who, day, shift] + extra[day, shift]
                if cost < price[day, label]:
                    price[day, label] = cost
                    chosen[day, label] = shift
    return price, chosen


@njit(cache=True, nogil=True)
def cheapest(  # pragma: no cover - compiled
    graphs: Graphs, who: int, extra: Floats, value: Floats, best: NDArray[np.int32], line: NDArray[np.int8]
) -> float:
    """Cost of the handler's cheapest roster, which is written into ``line`` (days,); infinite where there is none.

    value, best : (nodes,), room for the cost of the cheapest way to each node, and for its last arc
    """
    price, chosen = label_prices(graphs, who, extra)
    layer, arc, source, label = graphs.layer[graphs.graph_of[who]], graphs.arc, graphs.source, graphs.label
    n_days = line.size
    if layer[n_days] == layer[n_days + 1]:
        return np.inf
    value[layer[0]] = 0.0
    for day in range(n_days):
        row = price[day]
        for node in range(layer[day + 1], layer[day + 2]):
            least, taken = np.inf, -1
            for a in range(arc[node], arc[node + 1]):
                cost = value[source[a]] + row[label[a]]
                if cost < least:
                    least, taken = cost, a
            value[node], best[node] = least, taken
    total, node = np.inf, -1
    for last in range(layer[n_days], layer[n_days + 1]):
        if value[last] < total:
            total, node = value[last], last
    if node >= 0:
        for day in range(n_days - 1, -1, -1):
            a = best[node]
            line[day] = chosen[day, label[a]]
            node = source[a]
    return total


@njit(cache=True, nogil=True)
def cheapest_of(  # pragma: no cover - compiled
    graphs: Graphs,
    handlers: NDArray[np.int64],
    extra: Floats,
    value: Floats,
    best: NDArray[np.int32],
    total: Floats,
    lines: NDArray[np.int8],
) -> None:
    """`cheapest` of each of ``handlers``, into ``total`` (handlers,) and ``lines`` (handlers, days) at their places."""
    for place in range(handlers.size):
        who = handlers[place]
        total[who] = cheapest(graphs, who, extra, value, best, lines[who])
