"""The model and the checker against each other: random people's plans, legal and broken ones, judged by both alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.random_forces import random_force
from rostering.check_days import check_days, check_times
from rostering.check_hours import check_hours
from rostering.check_people import count_choices, count_strain
from rostering.check_rest import check_rest
from rostering.findings import Book
from rostering.model.arrays import Week, week_arrays
from rostering.model.options import PersonOptions, moment_of, person_options
from rostering.model.person import FAR, best_week, cost_value, is_legal, people_value
from rostering.problem import Mode, RosterProblem
from rostering.roster import Duty, TierName
from rostering.tour import tours_of

Choice = np.ndarray
LEGAL, CHANGED = 2, 10  # plans of each person that are the best at some prices, and changes of each of these


def duties_of(problem: RosterProblem, person: PersonOptions, week: Week, choice: Choice) -> list[Duty]:
    """What a plan would have written, without activities."""
    chosen = [
        (int(week.start[option]), int(week.end[option]))
        for slot, option in zip(person.duties, choice.tolist(), strict=True)
        if option >= 0 and not slot.frozen
    ]
    return [Duty(person.handler.ref, moment_of(problem, a), moment_of(problem, b), ()) for a, b in chosen]


def judged(problem: RosterProblem, person: PersonOptions, duties: list[Duty]) -> tuple[list[str], int, int]:
    """Hard rules that the checker finds broken, people and cost tier."""
    (tour,) = (tour for tour in tours_of(problem, duties) if tour.handler.ref == person.handler.ref)
    book = Book(problem)
    for rules in (check_days, check_times, check_rest, check_hours):
        rules(book, tour)
    count_choices(book, [tour])
    count_strain(book, [tour])
    broken = [f"{v.rule} {v.when} {v.message}" for v in book.broken if problem.rules[v.rule].hard]
    people, cost = (
        sum(term.amount for term in book.penalties if term.tier is tier) for tier in (TierName.PEOPLE, TierName.COST)
    )
    return broken, people, cost


def legal_plans(week: Week, n_intervals: int, rng: np.random.Generator) -> Iterator[Choice]:
    """The cheapest plans at some random prices."""
    rows = 3 + week.roles.shape[1]
    cost, at = np.zeros(week.start.size), np.zeros((3, week.start.size), dtype=np.int64)
    for _ in range(LEGAL):
        price = rng.normal(0, 4, (rows, n_intervals))
        choice = np.full(week.base.size, -1, dtype=np.int64)
        if best_week(week, 0, 0, week.base.size, price, 0.1, 0.1, cost, at, choice) < FAR:
            yield choice


def changed(week: Week, choice: Choice, rng: np.random.Generator) -> Choice:
    """Up to four slots with another of their options, or emptied where they may be."""
    other = choice.copy()
    for slot in rng.integers(week.base.size, size=int(rng.integers(1, 5))).tolist():
        first, last = int(week.option_from[slot]), int(week.option_from[slot + 1])
        pick = int(rng.integers(first - (not week.must[slot]), last))
        other[slot] = pick if pick >= first else -1
    return other


@pytest.mark.parametrize("mode", list(Mode))
def test_plans_are_judged_alike(mode: Mode) -> None:
    forces = (random_force(100 * seed, size=4, mode=mode, n_weeks=1 + seed) for seed in range(2))
    assert set().union(*(verdicts_alike(problem, seed) for seed, problem in enumerate(forces))) == {True, False}


def verdicts_alike(problem: RosterProblem, seed: int) -> set[bool]:
    """Whether plans were legal; model and checker must agree on that and on both tiers."""
    rng, verdicts = np.random.default_rng(seed), set[bool]()
    for handler in problem.handlers:
        person = person_options(problem, handler)
        if person.paid_low > person.paid_high or not person.duties or not all(len(s.options) for s in person.duties):
            continue
        week = week_arrays([person])
        for plan in legal_plans(week, problem.cover.n_intervals, rng):
            for choice in (plan, *(changed(week, plan, rng) for _ in range(CHANGED))):
                duties = duties_of(problem, person, week, choice)
                broken, people, cost = judged(problem, person, duties)
                verdicts.add(not broken)
                assert is_legal(week, 0, choice) == (not broken), broken
                assert people_value(week, 0, choice) == people
                assert cost_value(week, 0, choice) == cost
    return verdicts
