"""The solver on problems small enough to enumerate, and the laws that any bound and roster keep."""

from dataclasses import replace

import numpy as np
import pytest

from rostering.named.arrays import objective
from rostering.named.bound import Bound, climb, generate, lagrangian, on_grid
from rostering.named.check import check
from rostering.named.force import make_force
from rostering.named.master import Columns
from rostering.named.problem import NamedProblem, ShiftRequirement
from rostering.named.solve import NamedOutcome, solve
from rostering.roster import SolveBudget, SolveStatus
from tests.rostering.named.tiny import EARLY, LATE, handler, least_cost, random_problem

SEEDS = range(6)


def solved(problem: NamedProblem) -> NamedOutcome:
    return solve(problem, SolveBudget(effort=1))


@pytest.mark.parametrize("seed", SEEDS)
def test_best_roster_of_tiny_problems(seed):
    problem = random_problem(seed)
    least = least_cost(problem)
    outcome = solved(problem)
    if least is None:
        assert outcome.status is SolveStatus.INFEASIBLE
        assert outcome.without_roster
        return
    assert outcome.roster is not None
    assert outcome.bound is not None
    assert check(problem, outcome.roster).objective == outcome.objective == least
    assert outcome.bound <= least


@pytest.mark.parametrize("seed", SEEDS)
def test_any_prices_prove_a_bound(seed):
    problem = random_problem(seed)
    least = least_cost(problem)
    assert least is not None
    force = make_force(problem)
    rng = np.random.default_rng(seed)
    for _ in range(20):
        prices = on_grid(rng.uniform(-20, 20, force.arrays.required.shape), force.arrays)
        value, _, lines = lagrangian(force, prices)
        assert value <= least <= objective(force.arrays, lines)


def test_column_generation_beats_subgradients_and_meets_its_master():
    force = make_force(random_problem(2))
    columns, bound = Columns(force.arrays), Bound(-np.inf, np.zeros(force.arrays.required.shape))
    climb(force, columns, bound, lambda: 9.0)
    before = bound.value
    assert generate(force, columns, bound, lambda: 9.0)
    assert bound.value >= before


def test_permuting_handlers_changes_nothing():
    problem = random_problem(4)
    mirrored = replace(problem, handlers=tuple(reversed(problem.handlers)))
    one, two = solved(problem), solved(mirrored)
    assert one.objective == two.objective == least_cost(problem)


def test_who_has_no_legal_roster_is_named():
    handlers = (handler("A"), handler("B", min_total_min=4800))
    problem = NamedProblem(8, (EARLY, LATE), handlers, (), (ShiftRequirement(0, "E", 1, 10, 1),))
    assert solved(problem).without_roster == ()
    tight = replace(problem, handlers=(handlers[0], handler("B", min_total_min=4800, rest_days=frozenset({0}))))
    outcome = solved(tight)
    assert outcome.status is SolveStatus.INFEASIBLE
    assert outcome.without_roster == ("B",)
