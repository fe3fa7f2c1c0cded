"""A replay finds no bias where the model is true, finds it where it is not, and reads log-ons off the calls."""

import numpy as np
import pytest

from rostering.staffing.assumptions import Desk, QueueAssumptions, RoomAssumptions
from rostering.staffing.definitions import Definitions
from rostering.staffing.history.calls import CallRecords, LogOns, desks_of, infer_log_ons
from rostering.staffing.history.matching import matching_availability
from rostering.staffing.history.patience_fit import caller_patience
from rostering.staffing.history.replay import MEASURES, errors, replay
from tests.rostering.staffing.helpers import assert_mean
from tests.rostering.staffing.history.little_room import busy_days

TRUE = RoomAssumptions(QueueAssumptions(500.0, handling_cv=0.8), QueueAssumptions(200.0, handling_cv=0.8))


@pytest.fixture(scope="module")
def history():
    return busy_days(np.random.default_rng(1), days=40)


@pytest.fixture(scope="module")
def replayed(history):
    return replay(*history, TRUE, Definitions(), replications=20, seed=2)


def by_day(values, offered):
    """Call-weighted means of an hourly measure by day, (days,)."""
    day = np.arange(offered.size) // 24
    return np.bincount(day, np.nan_to_num(values) * offered) / np.bincount(day, offered)


@pytest.mark.parametrize("queue", [0, 1])
@pytest.mark.parametrize(
    ("measure", "detectable"), [("answered_within", 0.07), ("abandonment", 0.04), ("mean_wait_s", 12)]
)
def test_a_history_that_follows_the_model_shows_no_bias(replayed, queue, measure, detectable):
    n = replayed.offered[queue]
    gap = by_day(replayed.simulated[measure][queue], n) - by_day(replayed.actual[measure][queue], n)
    assert_mean(gap, 0.0, detectable=detectable)
    day = np.arange(n.size) // 24
    found = errors(replayed, queue, measure, by=day)
    # Days differ by chance as the replications say; hours of a day are not independent, so days say a little more.
    assert found.rmse < 2.5 * found.chance_rmse
    assert errors(replayed, queue, measure).chance_rmse > found.chance_rmse


def test_handlers_who_are_not_there_show_as_bias(history):
    calls, log_ons = history
    here = log_ons.handler != 3
    fewer = LogOns(log_ons.handler[here], log_ons.start_s[here], log_ons.end_s[here])
    found = errors(replay(calls, fewer, TRUE, Definitions(), replications=10, with_formula=False), 0, "answered_within")
    assert found.bias < -0.1
    assert found.rmse > 1.3 * found.chance_rmse


def test_recorded_service_is_counted_from_the_calls(history, replayed):
    calls, _ = history
    for queue, threshold in ((0, 10.0), (1, 60.0)):
        of = calls.queue == queue
        n = replayed.offered[queue]
        assert n.sum() == of.sum()
        total = {name: np.nansum(replayed.actual[name][queue] * n) for name in MEASURES}
        assert total["abandonment"] == pytest.approx(calls.abandoned[of].sum())
        assert total["mean_wait_s"] == pytest.approx(calls.wait_s[of].sum())
        assert total["answered_within"] == pytest.approx((~calls.abandoned[of] & (calls.wait_s[of] <= threshold)).sum())


def test_the_formula_is_near_where_hours_are_steady(replayed):
    found = errors(replayed, 1, "abandonment", formula=True)
    assert abs(found.bias) < 0.05
    assert np.isnan(found.chance_rmse)


def test_patience_of_the_same_history_is_recovered(history):
    calls, _ = history
    found = caller_patience(calls.wait_s[calls.queue == 1], calls.abandoned[calls.queue == 1], at_once_s=0.0)
    assert found.best.lower_s < 200 < found.best.upper_s


def test_log_ons_told_by_calls_lie_inside_the_true_ones(history):
    calls, true = history
    found = infer_log_ons(calls, break_s=3600.0)
    on_h = (found.end_s - found.start_s).sum() / 3600
    true_h = (true.end_s - true.start_s).sum() / 3600
    assert 0.9 * true_h < on_h < 1.05 * true_h  # calls of the last minutes end after closing
    assert (found.start_s >= true.start_s.min()).all()
    shorter = infer_log_ons(calls, break_s=600.0)
    assert (shorter.end_s - shorter.start_s).sum() <= (found.end_s - found.start_s).sum()


def test_a_gap_of_the_break_is_a_break_and_one_second_less_is_not():
    def spells(second_call_s):
        calls = CallRecords([1, 1], [0.0, second_call_s], [0.0, 0.0], [100.0, 50.0], [False, False], [7, 7])
        found = infer_log_ons(calls, break_s=900.0)
        return list(zip(found.start_s.tolist(), found.end_s.tolist(), strict=True))

    assert spells(1000.0) == [(0.0, 1050.0)]
    assert spells(1001.0) == [(0.0, 100.0), (1001.0, 1051.0)]


def test_desks_follow_skill_and_half_of_the_interval():
    calls = CallRecords([0, 1], [10.0, 20.0], [0.0, 0.0], [60.0, 60.0], [False, False], [3, 5])
    log_ons = LogOns([3, 5], [0.0, 150.0], [900.0, 451.0])
    desks = desks_of(calls, log_ons, 300, 4)
    assert desks.tolist() == [[Desk.CALLS_999] * 3 + [Desk.OFF], [Desk.CALLS_101, Desk.CALLS_101, Desk.OFF, Desk.OFF]]


def test_matching_finds_the_availability_of_the_true_room(history):
    def replayed_at(availability):
        room = RoomAssumptions(TRUE.emergency, TRUE.non_emergency, availability=availability)
        return replay(*history, room, Definitions(), replications=5, with_formula=False, seed=3)

    found = matching_availability(replayed_at, 1)
    assert (np.diff(found.bias_s[:4]) < 0).all()  # more handlers, shorter waits
    assert found.availability >= 0.93  # all of them were there


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"queue": [2]}, "queue of call 0 is 2"),
        ({"arrival_s": [-1.0]}, "arrival_s of call 0 is -1"),
        ({"wait_s": [np.nan]}, "wait_s of call 0 is nan"),
        ({"handling_s": [5.0], "abandoned": [True]}, "handling_s of call 0"),
        ({"handler": [-2]}, "handler of call 0 is -2"),
        ({"wait_s": [1.0, 2.0]}, "wait_s must hold one value a call"),
    ],
)
def test_bad_calls_are_named(change, named):
    good = {"queue": [1], "arrival_s": [0.0], "wait_s": [0.0], "handling_s": [60.0]}
    good |= {"abandoned": [False], "handler": [0]}
    CallRecords(**good)
    with pytest.raises(ValueError, match=named):
        CallRecords(**(good | change))


def test_what_cannot_be_replayed_is_said(history):
    calls, log_ons = history
    redialling = RoomAssumptions(QueueAssumptions(500.0), QueueAssumptions(200.0, redial=0.3))
    with pytest.raises(ValueError, match="redials and spill already"):
        replay(calls, log_ons, redialling, Definitions())
    with pytest.raises(ValueError, match="divisor of 3600"):
        replay(calls, log_ons, TRUE, Definitions(), interval_s=700)
    with pytest.raises(ValueError, match="nobody was logged on"):
        replay(calls, LogOns([], [], []), TRUE, Definitions())
    with pytest.raises(ValueError, match="spell 0 of handler 4 is 9"):
        LogOns([4], [9.0], [9.0])
    hour_s = 3600.0
    first_hour = LogOns([0], [0.0], [hour_s])
    answered_by_nobody_knows_whom, when_it_was_closed = (hour_s - 1, -1), (hour_s, 0)
    for arrival_s, handler in (answered_by_nobody_knows_whom, when_it_was_closed):
        one = CallRecords([1], [arrival_s], [0.0], [60.0], [False], [handler])
        with pytest.raises(ValueError, match="none of the 1 calls can be judged"):
            replay(one, first_hour, TRUE, Definitions())
    judged = CallRecords([1], [hour_s - 1], [0.0], [60.0], [False], [0])
    assert replay(judged, first_hour, TRUE, Definitions(), replications=1).offered.sum() == 1
    unnamed = CallRecords([1], [0.0], [0.0], [60.0], [False], [-1])
    with pytest.raises(ValueError, match="names its handler"):
        infer_log_ons(unnamed)
