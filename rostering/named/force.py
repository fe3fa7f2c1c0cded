"""All handlers of a problem ready to be priced: roster graphs, which limits they count, and room for the passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.errors import ProblemError
from rostering.named.arrays import REST, Arrays, to_arrays
from rostering.named.contract import Contract, contract_of
from rostering.named.graph import RosterGraph, build_graph
from rostering.named.paths import Graphs, cheapest_of
from rostering.named.problem import NamedHandler, NamedProblem

_MAX_NODES = 3_000_000
Lines = NDArray[np.int8]
Prices = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Force:
    """Handlers with their graphs."""

    problem: NamedProblem
    arrays: Arrays
    graphs: Graphs

    @property
    def n_nodes(self) -> int:
        """Nodes of all graphs: the size of the room that a pass needs."""
        return self.graphs.arc.size - 1

    def without_roster(self) -> list[int]:
        """Handlers who have no legal roster."""
        total, _ = self.price(np.zeros(self.arrays.required.shape))
        return np.flatnonzero(~np.isfinite(total)).tolist()

    def price(self, extra: Prices, handlers: Sequence[int] | None = None) -> tuple[Prices, Lines]:
        """Least cost (handlers,) and roster (handlers, days) of each handler, where duties cost ``extra`` more.

        extra : (days, shifts); ``handlers``: those to price, the others' cost is 0
        """
        n_handlers, n_days, _ = self.arrays.shape
        total, lines = np.zeros(n_handlers), np.full((n_handlers, n_days), REST, dtype=np.int8)
        value, best = np.empty(self.n_nodes), np.empty(self.n_nodes, dtype=np.int32)
        order = np.arange(n_handlers) if handlers is None else np.array(handlers, dtype=np.int64)
        cheapest_of(self.graphs, order, extra, value, best, total, lines)
        return total, lines


def make_force(problem: NamedProblem) -> Force:
    """The problem's handlers, ready to be priced.

    Raises
    ------
    ProblemError : a handler's limits leave too many states to keep in memory
    """
    arrays = to_arrays(problem)
    contracts = [contract_of(problem, handler) for handler in problem.handlers]
    graphs: dict[Contract, RosterGraph] = {}
    for handler, contract in zip(problem.handlers, contracts, strict=True):
        if contract not in graphs:
            graphs[contract] = _graph(handler, contract)
    return Force(problem, arrays, _joined(arrays, contracts, list(graphs.values())))


def _graph(handler: NamedHandler, contract: Contract) -> RosterGraph:
    graph = build_graph(contract, _MAX_NODES)
    if graph is None:
        raise ProblemError(
            f"handler {handler.name}: more than {_MAX_NODES} states of a roster, expected a shorter period, "
            f"fewer limits of single shifts or lengths with a larger common divisor"
        )
    return graph


def _joined(arrays: Arrays, contracts: list[Contract], graphs: list[RosterGraph]) -> Graphs:
    n_shifts = arrays.shape[2]
    node = np.cumsum([0] + [graph.n_nodes for graph in graphs])
    arc = np.cumsum([0] + [graph.source.size for graph in graphs])
    group = np.zeros((len(graphs), n_shifts), dtype=np.int8)
    for place, graph in enumerate(graphs):
        for label, members in enumerate(graph.contract.groups, start=1):
            group[place, list(members.shifts)] = label
    at = {graph.contract: place for place, graph in enumerate(graphs)}
    return Graphs(
        np.array([at[contract] for contract in contracts], dtype=np.int32),
        np.array([graph.layer + first for graph, first in zip(graphs, node, strict=False)], dtype=np.int32),
        np.concatenate([*(graph.arc[:-1] + first for graph, first in zip(graphs, arc, strict=False)), arc[-1:]]).astype(
            np.int32
        ),
        np.concatenate([graph.source + first for graph, first in zip(graphs, node, strict=False)]).astype(np.int32),
        np.concatenate([graph.label for graph in graphs]),
        group,
        np.array([len(graph.contract.groups) + 1 for graph in graphs], dtype=np.int32),
        np.where(arrays.is_allowed, arrays.duty_cost, np.inf).astype(np.float64),
        arrays.rest_cost.astype(np.float64),
    )
