"""Proven bounds against the optima of a tiny force, found by listing every roster that it has."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from rostering.model.bound import ALL, Bounds, make_climb
from rostering.model.lagrangian import calls_minimum, lagrangian
from rostering.model.need import Need, calls_in
from rostering.model.options import person_options
from rostering.model.person import people_value
from rostering.model.state import Force, make_force
from rostering.problem import Consent, RosterProblem
from rostering.rules import RuleId
from tests.rostering.roster_helpers import BOTH, MONDAY, ONLY_101, cover, handler, nominal, problem

HALF_HOUR = Consent(30, 30, 30, 30)


def tiny(consent: Consent = HALF_HOUR) -> RosterProblem:
    """Two people with a duty each, a need that they cannot meet and that asks them to move."""
    people = []
    for n, skills in enumerate((BOTH, ONLY_101)):
        duty = nominal(MONDAY, 7 + 2 * n, length_min=420)
        people.append(handler(f"H{n}", [duty], consent=consent, skills=skills, preferred_offset_min=15 * n))
    ones, nines = np.zeros(720, dtype=np.int64), np.zeros(720, dtype=np.int64)
    ones[28:54], nines[26:58] = 1, 1
    return problem(people, need=cover(nines=nines, ones=ones))


def force_of(whole: RosterProblem) -> Force:
    return make_force(whole, [person_options(whole, who) for who in whole.handlers])


def plans(force: Force, person: int) -> tuple[np.ndarray, np.ndarray]:
    """Every option and place of its breaks of somebody with one duty: whether on calls, (plans, n); people cost."""
    week, slot = force.week, int(force.week.slot_from[person])
    choice, on, people = np.full(week.base.size, -1, dtype=np.int64), [], []
    for option in range(week.option_from[slot], week.option_from[slot + 1]):
        choice[slot] = option
        windows = [range(week.first[kind, option], week.last[kind, option] + 1) or (-1,) for kind in range(3)]
        for starts in product(*windows):
            here = np.zeros(force.need.need.shape[1], dtype=np.int64)
            here[week.start[option] : week.end[option]] = 1
            for kind, start in enumerate(starts):
                if start >= 0:
                    here[start : start + week.lengths[kind, option]] = 0
            on.append(here)
            people.append(people_value(week, person, choice))
    return np.array(on), np.array(people)


def rosters(force: Force) -> np.ndarray:
    """Service, people and cost tier of every roster of ``tiny``, (rosters, 3), by rule SERVICE."""
    (on, pay), (single, pay_single) = (plans(force, person) for person in range(2))
    used = slice(24, 76)  # nobody works and nothing is needed outside
    assert not force.need.need[:, 76:].any()
    assert on[:, used].sum() + single[:, used].sum() == on.sum() + single.sum()
    (nines, ones), rule, found = force.need.need[:, used], force.problem.rules[RuleId.SERVICE], []
    for dual, paid in zip(on[:, used], pay, strict=True):
        heads = dual + single[:, used]
        short_999 = np.maximum(nines - dual, 0)
        short = np.maximum(np.maximum(nines + ones - heads, short_999), short_999 + ones - heads)
        first = np.maximum(1, (nines + ones) * rule["first_percent"] // 100)
        service = rule["short_first"] * np.minimum(short, first) + rule["short_beyond"] * np.maximum(short - first, 0)
        service = service + rule["short_999_extra"] * short_999
        over = heads - nines - ones + short
        found.append(np.stack([service.sum(axis=1), pay_single + paid, over.sum(axis=1)], axis=1))
    return np.concatenate(found)


def test_each_tiers_bound_is_at_most_its_optimum_and_not_nothing() -> None:
    force = force_of(tiny())
    every = rosters(force)
    assert len(every) > 1000
    best = tuple(int(value) for value in min(map(tuple, every)))  # one tier after the other
    bounds = Bounds(force, rounds=300)
    for tier in range(3):
        assert best[tier] > 0
        for reached in (best, tuple(value + 3 for value in best)):
            allowed = every[(every[:, :tier] <= np.array(reached[:tier])).all(axis=1)]
            for _ in range(20):
                bounds.climb(tier, reached)  # type: ignore[arg-type]
            bound = bounds.best(tier, reached)  # type: ignore[arg-type]
            assert (0.3 * allowed[:, tier].min() if tier < 2 else 0) <= bound <= allowed[:, tier].min()


def test_a_bound_holds_at_any_prices() -> None:
    force, rng = force_of(tiny()), np.random.default_rng(1)
    weights = np.array([4.0, 1.0, 0.5])
    best = (rosters(force) @ weights).min()
    climb = make_climb(force.week, force.need, weights)
    cost, at = np.zeros(force.week.start.size), np.zeros((3, force.week.start.size), dtype=np.int64)
    for size in (0.0, 1.0, 10.0, 100.0):
        climb.price[:] = -size * rng.integers(-2, 8, climb.price.shape)
        assert lagrangian(force.week, force.need, climb, cost, at) <= best


def test_more_consent_never_raises_the_bound_at_the_same_prices() -> None:
    strict, loose = force_of(tiny()), force_of(tiny(Consent(90, 90, 90, 90)))
    bounds = Bounds(strict, rounds=100)
    for _ in range(4):
        bounds.climb(ALL, (0, 0, 0))
    proof, values = bounds.proof(ALL, (0, 0, 0)), []
    for force in (strict, loose):
        climb = make_climb(force.week, force.need, np.array(proof.weights))
        climb.price[:] = proof.price
        work = np.zeros(force.week.start.size), np.zeros((3, force.week.start.size), dtype=np.int64)
        values.append(lagrangian(force.week, force.need, climb, *work))
    assert values[0] == proof.value  # recounted without rounding
    assert values[1] <= values[0]


@pytest.mark.parametrize("pooled", [False, True])
def test_the_descent_finds_the_least_cost_of_an_interval(pooled: bool) -> None:
    rng, force = np.random.default_rng(2), force_of(tiny())
    climb = make_climb(force.week, force.need, np.array([1.0, 0.0, 0.5]))
    climb.most[:] = 6
    for _ in range(60):
        need = force.need._replace(
            need=rng.integers(0, 6, force.need.need.shape),
            service=np.cumsum(np.cumsum(rng.integers(0, 4, force.need.service.shape), axis=1), axis=1),
            service_999=np.cumsum(np.cumsum(rng.integers(0, 9, force.need.service_999.shape), axis=1), axis=1),
            pooled=pooled,
        )
        need.service[:, :] -= need.service[:, :1]
        need.service_999[:, :] -= need.service_999[:, :1]
        climb.price[:, 0] = rng.integers(-20, 3, 3)
        climb.heads[:, 0] = rng.integers(0, 7, 3)
        tables = need.need, need.service, need.service_999, need.pooled, need.present
        found = calls_minimum(*tables, climb.most, climb.price, climb.weights, climb.heads, 0)
        assert found == min(_value(need, climb, heads) for heads in product(range(7), repeat=3))


def _value(need: Need, climb, heads: tuple[int, ...]) -> float:  # type: ignore[no-untyped-def]
    service, over = calls_in(need, 0, *heads)
    return float(climb.weights[0] * service + climb.weights[2] * over - climb.price[:, 0] @ np.array(heads))
