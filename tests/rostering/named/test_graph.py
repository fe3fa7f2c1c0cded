"""The paths of a contract's graph are exactly the rosters that the checker finds legal."""

import numpy as np
import pytest

from rostering.named.contract import contract_of
from rostering.named.graph import RosterGraph, build_graph
from rostering.named.problem import NamedProblem
from tests.rostering.named.tiny import EARLY, LATE, handler, legal_lines


def paths(graph: RosterGraph) -> list[tuple[str | None, ...]]:
    """Every path from the first node to the last layer."""
    names = [None, *("EL"[group.shifts[0]] for group in graph.contract.groups)]
    if graph.n_nodes == 0:
        return []
    reaching: list[list[tuple[str | None, ...]]] = [[()]]
    for node in range(1, graph.n_nodes):
        arcs = range(graph.arc[node], graph.arc[node + 1])
        reaching.append([(*way, names[graph.label[a]]) for a in arcs for way in reaching[graph.source[a]]])
    return [way for ways in reaching[graph.layer[-2] :] for way in ways]


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"min_run": 2, "max_run": 3, "min_rest_run": 2},
        {"min_run": 3, "max_run": 3, "min_rest_run": 3, "max_weekends": 0},
        {"max_shifts": {"E": 2, "L": 3}, "max_weekends": 1},
        {"max_shifts": {"L": 0}, "min_total_min": 1441, "max_total_min": 2400, "max_run": 4},
        {"rest_days": frozenset({1, 5}), "max_run": 2, "min_run": 2},
        {"rest_days": frozenset(range(7)), "min_total_min": 480},
        {"max_shifts": {"L": 1}, "min_total_min": 2000, "max_total_min": 2520, "min_run": 2},
    ],
)
def test_paths_are_the_legal_rosters(limits):
    problem = NamedProblem(7, (EARLY, LATE), (handler(**limits),))
    graph = build_graph(contract_of(problem, problem.handlers[0]))
    assert graph is not None
    found, legal = paths(graph), legal_lines(problem, problem.handlers[0])
    assert len(found) == len(set(found)) == len(legal)
    assert set(found) == set(legal)


def test_second_weekend_counts():
    problem = NamedProblem(14, (EARLY,), (handler(max_weekends=1, min_run=2, max_run=2, min_total_min=6 * 480),))
    graph = build_graph(contract_of(problem, problem.handlers[0]))
    assert graph is not None
    assert set(paths(graph)) == set(legal_lines(problem, problem.handlers[0])) != set()


def test_shifts_that_no_rule_tells_apart_share_a_label():
    problem = NamedProblem(5, (EARLY, LATE), (handler(),))
    twin = NamedProblem(5, (EARLY, LATE, type(LATE)("M", 600, LATE.not_followed_by)), (handler(),))
    one, two = (build_graph(contract_of(of, of.handlers[0])) for of in (problem, twin))
    assert one is not None
    assert two is not None
    assert np.array_equal(one.source, two.source)
    assert two.contract.groups[1].shifts == (1, 2)


def test_too_many_states_are_no_graph():
    problem = NamedProblem(7, (EARLY, LATE), (handler(),))
    assert build_graph(contract_of(problem, problem.handlers[0]), max_nodes=20) is None
