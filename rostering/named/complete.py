"""Proof by completeness: every roster that a better solution could use, in one integer programme."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rostering.named.arrays import REST
from rostering.named.bound import Bound
from rostering.named.force import Force, Lines, Prices
from rostering.named.master import Columns, Master
from rostering.named.paths import cheapest

_ROUNDING = 1e-6


def rosters_within(force: Force, who: int, extra: Prices, distance: float, limit: int) -> Lines | None:
    """Every roster of the handler that costs at most ``distance`` more than the cheapest, or None above ``limit``.

    Grown from the last day to the first; what is kept of each day can be completed, so that no day has more parts of
    rosters than there are rosters in the end.
    """
    graphs = force.graphs
    n_days, n_shifts = extra.shape
    value, best = np.empty(force.n_nodes), np.empty(force.n_nodes, dtype=np.int32)
    most = cheapest(graphs, who, extra, value, best, np.zeros(n_days, dtype=np.int8)) + distance + _ROUNDING
    layer, group = graphs.layer[graphs.graph_of[who]], graphs.group[graphs.graph_of[who]]
    node = np.arange(layer[n_days], layer[n_days + 1], dtype=np.int64)
    node = node[value[node] <= most]
    cost, lines = np.zeros(node.size), np.full((node.size, n_days), REST, dtype=np.int8)
    for day in range(n_days - 1, -1, -1):
        part, arc = _incoming(graphs.arc, node)
        source, label = graphs.source[arc].astype(np.int64), graphs.label[arc]
        kept = []
        for shift in range(REST, n_shifts):
            step = graphs.rest_cost[who, day]
            if shift != REST:
                step = graphs.duty_cost[who, day, shift] + extra[day, shift]
            label_of = 0 if shift == REST else group[shift]
            if label_of or shift == REST:
                at = np.flatnonzero((label == label_of) & (cost[part] + step + value[source] <= most))
                kept.append((at, np.full(at.size, shift, dtype=np.int8), cost[part[at]] + step))
        at, duty, cost = (np.concatenate(column) for column in zip(*kept, strict=True))
        if at.size > limit:
            return None
        node, lines = source[at], lines[part[at]]
        lines[:, day] = duty
    return lines


def _incoming(arc: NDArray[np.int32], node: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each arc into the nodes: the place of its node among them, and the arc."""
    degree = (arc[node + 1] - arc[node]).astype(np.int64)
    part = np.repeat(np.arange(node.size), degree)
    first = np.cumsum(degree) - degree
    return part, arc[node][part] + np.arange(part.size) - first[part]


def complete_columns(force: Force, bound: Bound, most: float, limit: int) -> Columns | None:
    """Every roster that a solution costing at most ``most`` can use, or None where there are more than ``limit``.

    A solution costs at least the bound plus what each handler's roster costs more, at the bound's prices, than the
    handler's cheapest: so no roster of it may cost more than the distance from the bound.
    """
    columns = Columns(force.arrays)
    for who in range(force.arrays.shape[0]):
        lines = rosters_within(force, who, -bound.prices, most - bound.value, limit - len(columns.owner))
        if lines is None:
            return None
        for line in lines:
            columns.add(who, line)
    return columns


def finish(force: Force, columns: Columns, value: int, seconds: float) -> tuple[Lines | None, bool]:
    """Lines that cost less than ``value``, or None; and whether that is proven best.

    columns : complete, every roster that a solution better than ``value`` can use
    """
    everybody = range(force.arrays.shape[0])
    if set(columns.owner) != set(everybody):
        return None, True
    master = Master(columns, everybody, force.arrays.required)
    better, is_cut = master.solve_whole(range(len(columns.owner)), seconds, value)
    return None if better is None else np.array([better[who] for who in everybody]), not is_cut
