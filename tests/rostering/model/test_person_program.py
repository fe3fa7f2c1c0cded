"""A person's dynamic program, CP-SAT model and values against each other and against enumeration of every plan."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from ortools.sat.python import cp_model

from rostering.model.arrays import week_arrays
from rostering.model.constraints import add_person_rules
from rostering.model.options import PersonOptions, moment_of, person_options
from rostering.model.person import FAR, best_week, cost_value, is_legal, least_cost, people_value
from rostering.model.slots import Option
from rostering.model.variables import add_person
from rostering.problem import Mode, RosterProblem
from rostering.roster import TierName
from rostering.rules import RuleId
from tests.rostering.model.plan_judge import Judge, Span, random_problem


def spans_of(problem: RosterProblem, person: PersonOptions, rows: tuple[int, ...]) -> list[Span]:
    """Duties of a choice of rows that do not stand."""
    return [
        (moment_of(problem, int(slot.options.start[row])), moment_of(problem, int(slot.options.end[row])))
        for slot, row in zip(person.duties, rows, strict=True)
        if row >= 0 and not slot.frozen
    ]


def plans(person: PersonOptions) -> list[tuple[int, ...]]:
    """Every choice of rows, -1 for no duty."""
    return list(product(*(range(0 if slot.must else -1, len(slot.options)) for slot in person.duties)))


CASES = [(seed, mode) for mode in Mode for seed in range(4)]


@pytest.mark.parametrize(("seed", "mode"), CASES)
def test_program_finds_the_cheapest_of_all_plans(seed, mode):
    problem = random_problem(seed, mode)
    person = person_options(problem, problem.handlers[0])
    week = week_arrays([person])
    judge, rng = Judge(problem, problem.handlers[0]), np.random.default_rng(seed)
    price = rng.normal(0, 4, (3, problem.cover.n_intervals))
    cost, at = np.zeros(week.start.size), np.zeros((3, week.start.size), dtype=np.int64)
    choice = np.full(week.base.size, -1, dtype=np.int64)
    value = best_week(week, 0, 0, week.base.size, price, 3.0, 1.0, cost, at, choice)
    least, every = FAR, plans(person)
    judged = set(rng.permutation(len(every))[:150].tolist())
    for number, rows in enumerate(every):
        trial = np.array([row if row < 0 else row + week.option_from[k] for k, row in enumerate(rows)], dtype=np.int64)
        fine = is_legal(week, 0, trial)
        people, besides = people_value(week, 0, trial), cost_value(week, 0, trial)
        if number in judged:
            duties = spans_of(problem, person, rows)
            assert judge.is_legal(duties) == fine, rows
            assert (judge.people(duties), judge.cost(duties)) == (people, besides), rows
        if fine:
            used = trial[trial >= 0]
            heads = (cost[used] - 3.0 * week.own[used] - week.extra[used]).sum()
            least = min(least, heads + 3.0 * people + besides)
    assert value == pytest.approx(least)
    if least < FAR:
        assert is_legal(week, 0, choice)


def solved(person: PersonOptions, chosen: list[Option | None] | None) -> tuple[int, int] | None:
    """People and cost tier of the cheapest plan that CP-SAT finds, or of the one chosen; None where it refuses."""
    model = cp_model.CpModel()
    penalties = add_person_rules(model, add_person(model, person, chosen))
    tiers = {tier: sum(p.weight * p.term for p in penalties if p.tier is tier) for tier in TierName}
    model.minimize(1000 * tiers[TierName.PEOPLE] + tiers[TierName.COST])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(model) != cp_model.OPTIMAL:
        return None
    return divmod(round(solver.objective_value), 1000)


@pytest.mark.parametrize(("seed", "mode"), CASES[::2])
def test_cp_sat_accepts_the_same_plans_at_the_same_cost(seed, mode):
    problem = random_problem(seed, mode)
    person = person_options(problem, problem.handlers[0])
    judge, rng = Judge(problem, problem.handlers[0]), np.random.default_rng(seed)
    every = plans(person)
    legal = [rows for rows in every if judge.is_legal(spans_of(problem, person, rows))] if len(every) < 300 else []
    sample = [every[k] for k in rng.permutation(len(every))[:12]]
    for rows in sample:
        duties = spans_of(problem, person, rows)
        chosen = [slot.options[row] if row >= 0 else None for slot, row in zip(person.duties, rows, strict=True)]
        expected = (judge.people(duties), judge.cost(duties)) if judge.is_legal(duties) else None
        assert solved(person, chosen) == expected, rows
    if legal:
        costs = [
            (judge.people(duties), judge.cost(duties)) for rows in legal for duties in [spans_of(problem, person, rows)]
        ]
        assert solved(person, None) == min(costs)


def least_of_all(person: PersonOptions) -> tuple[float, float]:
    """Between what CP-SAT proves 1000 times the people tier with the cost tier to lie; FAR where there is no plan."""
    model = cp_model.CpModel()
    penalties = add_person_rules(model, add_person(model, person, None))
    model.minimize(sum((1000 if p.tier is TierName.PEOPLE else 1) * p.weight * p.term for p in penalties))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = 0.5
    status = solver.solve(model)
    assert status != cp_model.UNKNOWN
    return (FAR, FAR) if status == cp_model.INFEASIBLE else (solver.best_objective_bound, solver.objective_value)


@pytest.mark.parametrize(("seed", "weeks"), [(seed, 2) for seed in range(4)] + [(4, 3)])
def test_free_weeks_have_a_legal_plan_and_a_bound_below_the_least(seed, weeks):
    """Three starts on each date; CP-SAT says what the least is, or between what it lies."""
    problem = random_problem(seed, Mode.FREE, weeks)
    one_length = problem.rules.replaced(RuleId.LENGTHS, shortest_min=480, longest_min=480)
    people = replace(problem.handlers[0], leave=()), *problem.handlers[1:]
    problem = replace(problem, handlers=people, rules=one_length)
    person = person_options(problem, problem.handlers[0])
    week = week_arrays([person])
    price, cost = np.zeros((3, problem.cover.n_intervals)), np.zeros(week.start.size)
    at, choice = np.zeros((3, week.start.size), dtype=np.int64), np.full(week.base.size, -1, dtype=np.int64)
    bound = least_cost(week, 0, price, 1000.0, 1.0, cost, at, choice.copy())
    value = best_week(week, 0, 0, week.base.size, price, 1000.0, 1.0, cost, at, choice)
    low, high = least_of_all(person)
    assert (value < FAR) == (high < FAR)
    if value < FAR:
        assert is_legal(week, 0, choice)
        assert low <= value
        assert 0 < bound <= min(high, value)
