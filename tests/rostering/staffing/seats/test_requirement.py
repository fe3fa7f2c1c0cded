"""The requirement: smallest rooms, limits, and its promise held against simulated weeks."""

import dataclasses
import math
from datetime import UTC, datetime

import numpy as np
import pytest

from rostering.staffing import QueueAssumptions, ServiceTargets, requirement, simulate_seats
from rostering.staffing.seats import seat_search
from rostering.staffing.seats.requirement import rostered
from rostering.staffing.seats.seat_search import average_measures
from rostering.staffing.seats.uncertainty import lagged_per_s, rate_factors
from tests.rostering.staffing.helpers import ASSUMPTIONS, week

START = datetime(2024, 1, 1, tzinfo=UTC)
TARGETS = ServiceTargets()


def steady(per_h=(32.0, 52.0), cv=0.1, *, targets=TARGETS, assumptions=ASSUMPTIONS, shrinkage=0.0, **options):
    """Requirement of one interval with these rates."""
    calls = np.array(per_h, dtype=float).reshape(2, 1) / 4
    aht_s = np.array([[340.0], [600.0]])
    return requirement(
        START, 900, calls, np.full((2, 1), cv), aht_s, assumptions, targets, shrinkage=shrinkage, **options
    )


def measured(per_h, cv, d, s):
    """999 service level and 101 abandonment of a room, averaged over the uncertain rate."""
    factors, weights = rate_factors(np.full((2, 1), cv))
    per_s = np.array(per_h) / 3600 * factors[:, 0].T
    call_weights = np.ascontiguousarray((weights * factors[:, 0]).T)
    measures = average_measures(
        per_s, call_weights, np.array([340.0, 600.0]), np.array([0, 1 / 300]), d, s, 10.0, 900.0
    )
    return measures[6], measures[3]


def meets(per_h, cv, d, s):
    level, abandonment = measured(per_h, cv, d, s)
    return level >= 0.90 and abandonment <= 0.10


@pytest.mark.parametrize("per_h", [(32, 52), (8, 14), (3, 50)])
@pytest.mark.parametrize("cv", [0.0, 0.2])
def test_smallest_room_and_fewest_999_seats(per_h, cv):
    found = steady(per_h, cv)
    d, s = int(found.seats_999[0]), int(found.seats_101[0])
    assert meets(per_h, cv, d, s)
    assert not meets(per_h, cv, d + s - 1, 0)
    assert d == 2 or not meets(per_h, cv, d - 1, s + 1)
    assert found.service_level_999[0] >= 0.90
    assert found.abandonment_101[0] <= 0.10


def test_uncertain_rates_need_more_seats():
    certain, doubtful = steady(cv=0.0), steady(cv=0.3)
    assert doubtful.seats_999 + doubtful.seats_101 > certain.seats_999 + certain.seats_101


def test_rate_factors_average_like_many_quantiles():
    few, many = rate_factors(np.full((2, 1), 0.2)), rate_factors(np.full((2, 1), 0.2), 15)
    for factors, weights in (few, many):
        assert factors[0, 0] @ weights == pytest.approx(1.0)
        assert factors[0, 0] ** 2 @ weights == pytest.approx(1.04, rel=2e-3)
    aht_s, gives_up = np.array([340.0, 600.0]), np.array([0, 1 / 300])
    results = [
        average_measures(
            np.outer(factors[0, 0], [48.0, 78.0]) / 3600, np.column_stack([weights * factors[0, 0]] * 2),
            aht_s, gives_up, 22, 3, 10.0, 900.0
        )
        for factors, weights in (few, many)
    ]  # fmt: skip
    assert results[0][6] == pytest.approx(results[1][6], abs=0.002)
    assert results[0][3] == pytest.approx(results[1][3], abs=0.002)


def test_a_rate_whose_room_is_not_found_fails_both_targets(monkeypatch):
    monkeypatch.setattr(seat_search, "room_measures", lambda *_: np.full(seat_search.N_MEASURES, math.nan))
    monkeypatch.setattr(seat_search, "average_measures", seat_search.average_measures.py_func)
    with pytest.raises(ValueError, match="seats do not meet the targets"):
        steady()


def test_load_lags_behind_the_rate():
    calls = np.array([[9.0] * 4 + [18.0] * 40, [9.0] * 44])
    aht_s = np.full((2, 44), 450.0)
    lagged = lagged_per_s(calls, aht_s, 900)
    assert lagged[1] == pytest.approx(np.full(44, 0.01))
    assert 0.01 < lagged[0, 4] < 0.02
    assert lagged[0, -1] == pytest.approx(0.02)
    # Area lost on the way up is one AHT of the step.
    assert (0.02 - lagged[0, 4:]).sum() * 900 == pytest.approx(0.01 * 450, rel=1e-6)


def test_shrinkage_is_applied_once():
    seats_999, seats_101 = np.array([7, 3, 1, 10]), np.array([0, 4, 1, 5])
    on_999, on_101 = rostered(seats_999, seats_101, 0.3)
    assert (on_999 + on_101).tolist() == [10, 10, 3, 22]
    assert on_999.tolist() == [10, 5, 2, 15]
    assert (on_101 >= seats_101).all()
    found = steady(shrinkage=0.25)
    total = int((found.seats_999 + found.seats_101)[0])
    assert int((found.rostered_999 + found.rostered_101)[0]) == math.ceil(total / 0.75)


def test_floors_and_limits():
    quiet = steady((0.0, 0.0), min_seats_999=3)
    assert (quiet.seats_999.tolist(), quiet.seats_101.tolist()) == ([3], [0])
    assert quiet.occupancy.tolist() == [0.0]
    only_101 = steady((0.0, 52.0))
    assert only_101.seats_999[0] == 2
    only_999 = steady((32.0, 0.0))
    assert only_999.seats_101[0] == 0
    careless = steady(targets=ServiceTargets(service_level=0.0, abandonment=1.0))
    assert careless.seats_999[0] + careless.seats_101[0] == 2
    patient = steady(assumptions=(QueueAssumptions(math.inf), QueueAssumptions(math.inf)))
    assert patient.seats_999[0] + patient.seats_101[0] > 32 * 340 / 3600 + 52 * 600 / 3600
    assert patient.abandonment_101.tolist() == [0.0]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"per_h": (-1.0, 52.0)}, "mean_calls: 999 in interval 0"),
        ({"per_h": (1.0, math.nan)}, "mean_calls: 101 in interval 0"),
        ({"per_h": (40_000.0, 50_000.0)}, "erlangs"),
        ({"cv": -0.1}, "rate_cv"),
        ({"cv": 3.0}, "rate_cv"),
        ({"shrinkage": 1.0}, "shrinkage"),
        ({"min_seats_999": 0}, "min_seats_999"),
    ],
)
def test_bad_arguments_are_named(change, named):
    with pytest.raises(ValueError, match=named):
        steady(**change)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"service_level": 1.0}, "service_level"),
        ({"service_level": 90}, "service_level"),
        ({"abandonment": 0.0}, "abandonment"),
        ({"threshold_s": -1}, "threshold_s"),
    ],
)
def test_targets_that_no_room_can_meet(values, named):
    with pytest.raises(ValueError, match=named):
        ServiceTargets(**values)
    with pytest.raises(ValueError, match="patience_s"):
        QueueAssumptions(0.0)


def test_a_requirement_is_checked_and_frozen():
    found = steady()
    with pytest.raises(ValueError, match="time zone"):
        dataclasses.replace(found, start=datetime(2024, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="seats_101"):
        dataclasses.replace(found, seats_101=np.array([1, 2]))
    with pytest.raises(ValueError, match="read-only"):
        found.seats_999[0] = 1


def test_progress_ends_at_one():
    calls, aht_s = week(days=1)
    seen = []
    requirement(START, 900, calls[:, :20], np.zeros((2, 20)), aht_s[:, :20], ASSUMPTIONS, TARGETS, shrinkage=0.1,
                progress=lambda share, text: seen.append((share, text)))  # fmt: skip
    assert [share for share, _ in seen] == [0.8, 1.0]


@pytest.mark.parametrize(
    ("aht_s", "per_h"), [((240.0, 700.0), (16, 40)), ((180.0, 600.0), (20, 48)), ((700.0, 240.0), (14, 60))]
)
def test_simulated_days_meet_the_target_at_any_ratio_of_handling_times(aht_s, per_h):
    n, intervals, cv = 400, 96, 0.1
    calls = np.tile(np.array(per_h, dtype=float)[:, None] / 4, intervals)
    handling_s = np.tile(np.array(aht_s)[:, None], intervals)
    assumptions = (QueueAssumptions(600.0), QueueAssumptions(300.0))
    found = requirement(START, 900, calls, np.full(calls.shape, cv), handling_s, assumptions, TARGETS, shrinkage=0.0)
    factor = np.random.default_rng(3).gamma(cv**-2, cv**2, size=(n, 1, 1))
    sampled = np.random.default_rng(4).poisson(calls * factor)
    result = simulate_seats(
        sampled, handling_s, found.seats_999, found.seats_101, interval_s=900, assumptions=assumptions, seed=1
    )
    claimed = (found.service_level_999[0], found.abandonment_101[0])
    for queue, counted in enumerate((result.within_threshold[:, 0], result.abandoned[:, 1])):
        offered = result.offered[:, queue]
        ratio = counted.sum() / offered.sum()
        # Standard error of a ratio of sums; a point more for the model's closure and lognormal handling times.
        se = (counted - ratio * offered).std(ddof=1) / math.sqrt(n) / offered.mean()
        assert 4 * se <= 0.015, f"too few days to see an error of 1.5 points: {4 * se}"
        assert abs(ratio - claimed[queue]) <= 4 * se + 0.01
        if queue == 0:
            assert ratio >= TARGETS.service_level - 4 * se - 0.01


@pytest.mark.parametrize("cv", [0.0, 0.1])
def test_simulated_week_meets_the_target(cv):
    calls, aht_s = week(days=2)
    found = requirement(START, 900, calls, np.full(calls.shape, cv), aht_s, ASSUMPTIONS, TARGETS, shrinkage=0.2)
    rng = np.random.default_rng(7)
    n = 600
    factor = rng.gamma(cv**-2, cv**2, size=(n, 1, 1)) if cv else np.ones((n, 1, 1))
    result = simulate_seats(
        rng.poisson(calls * factor),
        aht_s,
        found.seats_999,
        found.seats_101,
        interval_s=900,
        assumptions=ASSUMPTIONS,
        seed=1,
    )
    # Ratio of sums: a call of a busy day counts as much as one of a quiet day, as in the requirement.
    errors = (
        result.within_threshold[:, 0] - np.average(found.service_level_999, weights=calls[0]) * result.offered[:, 0]
    )
    se = errors.std(ddof=1) / math.sqrt(n) / result.offered[:, 0].mean()
    assert 4 * se <= 0.012, f"too few days to see an error of a point: {4 * se}"
    assert abs(errors.mean() / result.offered[:, 0].mean()) <= 4 * se + 0.01
    level = result.within_threshold[:, 0].sum() / result.offered[:, 0].sum()
    assert level >= 0.90 - 4 * se - 0.01
    assert result.abandoned[:, 1].sum() / result.offered[:, 1].sum() <= 0.10
