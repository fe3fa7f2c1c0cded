"""Targets over days and weeks: the greedy search against all rooms, its promises, and the simulation's verdict."""

import itertools

import numpy as np
import pytest

from rostering.staffing import Definitions, Scope, SeatRules, ServiceTargets, requirement
from rostering.staffing.seats.correction import known_lacks
from rostering.staffing.seats.fewest import fewest_seats
from rostering.staffing.seats.prediction import predict
from rostering.staffing.seats.span_search import cheapest
from rostering.staffing.seats.spans import path_lacks, sampled_paths, spans_of
from rostering.staffing.seats.totals import bounds, interval_totals
from tests.rostering.staffing.helpers import week
from tests.rostering.staffing.seats.rooms import CALLERS, COME_BACK, demand

ALL_DUAL = SeatRules(split=False)


def day(scope, *, callers=CALLERS, rules=ALL_DUAL, cv=0.1, per_h=(32, 52), replications=0, rates=None, **targets):
    calls, _ = week(per_h, days=1)
    made = demand(calls, cv, rates=rates)
    return requirement(made, callers, ServiceTargets(scope=scope, **targets), Definitions(), rules,
                       replications=replications)  # fmt: skip


def test_added_seats_are_as_few_as_all_combinations_allow():
    rng = np.random.default_rng(4)
    for _ in range(20):
        # Falling and convex in seats, as service is above the load.
        gains = np.sort(rng.exponential(1.0, (1, 4, 3, 2)), axis=2)[:, :, ::-1]
        lack = np.concatenate([np.zeros((1, 4, 1, 2)), -np.cumsum(gains, axis=2)], axis=2) + 1.2
        least = min(
            sum(columns)
            for columns in itertools.product(range(4), repeat=4)
            if (sum(lack[0, t, c] for t, c in enumerate(columns)) <= 0).all()
        )
        found = cheapest(lack, np.zeros(4, dtype=np.int64), np.full(4, 4), np.zeros(2), 0)
        assert (lack[0, np.arange(4), found].sum(axis=0) <= 1e-9).all()
        assert least <= found.sum() <= least + 1


def test_a_span_that_cannot_be_met_ends_at_its_last_seats():
    lack = np.ones((1, 3, 4, 1))
    assert cheapest(lack, np.zeros(3, dtype=np.int64), np.array([4, 2, 1]), np.zeros(1), 0).tolist() == [3, 1, 0]


def test_only_as_many_paths_miss_as_are_tolerated():
    lack = np.arange(10.0)[:, None, None, None] - 2.0 * np.arange(6.0)[:, None]
    for tolerated, seats in ((0, 5), (1, 4), (3, 3), (9, 0)):
        found = cheapest(np.ascontiguousarray(lack), np.array([0]), np.array([6]), np.zeros(1), tolerated)
        assert found.tolist() == [seats]


@pytest.mark.parametrize("guess", [0, 4, 30])
def test_fewest_seats_from_any_guess(guess):
    needed = np.array([1, 5, 9, 20])
    found = fewest_seats(np.full(4, guess), np.ones(4, dtype=int), np.full(4, 20), lambda i, s: s >= needed[i])
    assert found.tolist() == needed.tolist()
    with pytest.raises(ValueError, match="interval 3: 19 seats"):
        fewest_seats(np.full(4, guess), np.ones(4, dtype=int), np.full(4, 19), lambda i, s: s >= needed[i])


def test_days_of_the_clock_change_are_spans_of_their_own_length():
    days = np.repeat([5, 6, 7], [96, 92, 100])
    assert [span.size for span in spans_of(days, Scope.DAY)] == [96, 92, 100]
    weeks = spans_of(np.repeat(np.arange(9), 4), Scope.WEEK)
    assert [span.size for span in weeks] == [28, 8]


def test_a_day_needs_fewer_hours_than_its_intervals_and_still_carries_the_load():
    by_interval, by_day = day(Scope.INTERVAL), day(Scope.DAY)
    saved = 1.0 - by_day.seats.sum() / by_interval.seats.sum()
    assert 0.015 < saved < 0.06
    assert (by_day.seats >= by_day.seats_minimum).all()
    level = np.average(by_day.service_level_999, weights=by_day.offered_calls[0])
    assert level == pytest.approx(0.90, abs=0.003)
    assert by_day.seats_chance.sum() > by_day.seats.sum()
    floored = day(Scope.DAY, floor_service_level=0.88)
    # Floors are held at the nodes of the load; a day's figures carry what its sampled rates add, a little to each.
    assert floored.service_level_999.min() >= 0.88 - 0.002
    assert by_day.seats.sum() <= floored.seats.sum() <= by_interval.seats.sum()


def test_the_chance_target_holds_on_the_share_of_days_asked_for():
    rng = np.random.default_rng(2)
    calls, _ = week(days=1)
    rates = calls * rng.gamma(100.0, 0.01, (200, 1, 1))
    found = day(Scope.DAY, rates=rates, by_chance=True, confidence=0.9)
    assert (found.seats == found.seats_chance).all()
    prediction = predict(demand(calls, 0.1, rates=rates), CALLERS, ServiceTargets(scope=Scope.DAY, confidence=0.9),
                         Definitions(), np.zeros(96, dtype=np.int64))  # fmt: skip
    lacks = path_lacks(prediction, sampled_paths(prediction, 1), found.seats).sum(axis=1)
    met = (lacks <= 1e-6).all(axis=1).mean()
    assert 0.9 <= met <= 0.93
    fewer = path_lacks(prediction, sampled_paths(prediction, 1), np.maximum(found.seats - 1, 2)).sum(axis=1)
    assert (fewer <= 1e-6).all(axis=1).mean() < 0.9


def test_noise_is_drawn_to_the_common_value_and_certainty_is_kept():
    class Judged:
        calls = np.full((4, 3), 1000.0)
        lack = np.zeros((4, 3))
        se = np.full((4, 3), 10.0)

    unexplained = np.tile(np.array([[12.0], [-4.0], [6.0], [-2.0]]), 3)
    assert known_lacks(Judged, unexplained) == pytest.approx(np.full((4, 3), 3.0))
    Judged.se = np.full((4, 3), 0.5)
    assert known_lacks(Judged, unexplained) == pytest.approx(unexplained)


@pytest.mark.parametrize(("spans", "is_kept"), [(7, True), (700, False)])
def test_the_worst_of_many_intervals_is_no_certainty(spans, is_kept):
    """3.5 standard errors are rare in one of seven spans, and to be expected in one of seven hundred."""

    class Judged:
        calls = np.full((spans, 3), 5.0)
        se = np.full((spans, 3), 0.1)
        lack = np.where(np.arange(spans) == 3, 0.35, 0.0)[:, None] * np.ones(3)

    known = known_lacks(Judged, Judged.lack)[3]
    assert known == pytest.approx(0.35 if is_kept else 0.35 / spans)  # its own, or the common value


@pytest.mark.parametrize("by_chance", [False, True])
def test_what_no_seats_can_mend_is_asked_for_by_half(by_chance):
    calls, _ = week(days=1)
    targets = ServiceTargets(by_chance=by_chance, confidence=0.8)
    nobody = np.zeros(96, dtype=np.int64)
    prediction = predict(demand(calls, 0.1), CALLERS, targets, Definitions(), nobody)
    minimum, most = bounds(prediction, ALL_DUAL)
    spare = 0.1 * prediction.offered[[0, 1, 0]].T * [1.0, 1.0, 0.0]  # with seats for everybody nobody is late

    def seats(offset):
        found = interval_totals(prediction, minimum, most, offset)
        return found.chance if by_chance else found.target

    plain, half = seats(0.0 * spare), seats(0.45 * spare)
    assert (half >= plain).all()
    assert (half > plain).any()
    beyond = seats(0.6 * spare)
    assert (beyond >= half).all()
    for more in (1.5, 40.0):  # neither more seats nor an error
        assert (seats(more * spare) == beyond).all()
    level = prediction.expected(np.arange(96), beyond)
    assert (level.within >= 0.95 * level.offered_999 - 1e-6).all()  # of a call


def test_a_corrected_day_holds_its_target_in_new_simulated_days():
    rng = np.random.default_rng(2)
    calls, _ = week(days=1)
    # Each queue has good and bad days of its own, where the prediction by interval takes both to be bad together.
    rates = calls * rng.gamma(50.0, 0.02, (300, 2, 1))
    rates *= calls / rates.mean(axis=0)
    found = day(Scope.DAY, callers=COME_BACK, rates=rates, replications=1200, rules=SeatRules())
    correction = found.correction
    assert correction is not None
    se_points = 100 * correction.service_level_999_se
    assert 4 * se_points <= 1.0, f"too few days to see an error of a point: {4 * se_points}"
    assert abs(correction.error_points) <= 0.25 + 4 * se_points
    assert correction.service_level_999 == pytest.approx(0.90, abs=0.0025 + 4 * correction.service_level_999_se)
    assert correction.abandonment_101 <= 0.10
    predicted = np.average(found.service_level_999, weights=found.offered_calls[0])
    assert predicted == pytest.approx(0.90, abs=0.0025)


def test_a_corrected_prediction_is_what_is_simulated():
    calls, _ = week(days=1)
    rates = calls * np.random.default_rng(2).gamma(100.0, 0.01, (300, 1, 1))
    rates *= calls / rates.mean(axis=0)
    found = day(Scope.INTERVAL, callers=COME_BACK, rates=rates, replications=600)
    correction = found.correction
    assert correction is not None
    assert correction.holds
    predicted = np.average(found.service_level_999, weights=found.offered_calls[0])
    assert 4 * correction.service_level_999_se <= 0.01
    assert correction.service_level_999 == pytest.approx(predicted, abs=0.0025 + 4 * correction.service_level_999_se)
