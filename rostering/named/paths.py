"""Compiled passes over roster graphs: a handler's cheapest roster, and the cheapest one through each duty."""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray


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


@numba.njit(cache=True, nogil=True)
def label_prices(graphs, who, extra):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
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


@numba.njit(cache=True, nogil=True)
def cheapest(graphs, who, extra, value, best, line):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Cost of the handler's cheapest roster, which is written into ``line`` (days,); infinite where there is none.

    value, best : (nodes,), room for the cost of the cheapest way to each node, and for its last arc
    """
    price, chosen = label_prices(graphs, who, extra)
    layer, arc, source, label = graphs.layer[graphs.graph_of[who]], graphs.arc, graphs.source, graphs.label
    n_days = line.size
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


@numba.njit(cache=True, nogil=True)
def cheapest_of(graphs, handlers, extra, value, best, total, lines):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """`cheapest` of each of ``handlers``, into ``total`` (handlers,) and ``lines`` (handlers, days) at their places."""
    for place in range(handlers.size):
        who = handlers[place]
        total[who] = cheapest(graphs, who, extra, value, best, lines[who])


@numba.njit(cache=True, nogil=True)
def through(graphs, who, extra, value, rest):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Cost of the cheapest roster with each shift on each day, (days, shifts), and with a rest day, (days,).

    value : as `cheapest` with the same ``extra`` left it; rest : (nodes,), room for the cost from each node to the end
    """
    price, _ = label_prices(graphs, who, extra)
    g = graphs.graph_of[who]
    layer, arc, source, label = graphs.layer[g], graphs.arc, graphs.source, graphs.label
    n_days, n_shifts = extra.shape
    by_label = np.full(price.shape, np.inf)
    rest[layer[0] : layer[n_days]] = np.inf
    rest[layer[n_days] : layer[n_days + 1]] = 0.0
    for day in range(n_days - 1, -1, -1):
        for node in range(layer[day + 1], layer[day + 2]):
            for a in range(arc[node], arc[node + 1]):
                cost, before = price[day, label[a]] + rest[node], source[a]
                rest[before] = min(rest[before], cost)
                by_label[day, label[a]] = min(by_label[day, label[a]], cost + value[before])
    by_shift = np.full((n_days, n_shifts), np.inf)
    for day in range(n_days):
        for shift in range(n_shifts):
            label_of = graphs.group[g, shift]
            if label_of > 0 and price[day, label_of] < np.inf:
                more = graphs.duty_cost[who, day, shift] + extra[day, shift] - price[day, label_of]
                by_shift[day, shift] = by_label[day, label_of] + more
    return by_shift, by_label[:, 0].copy()
