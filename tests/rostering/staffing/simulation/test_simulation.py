"""The simulated room: formulas, published numbers, laws, and the events that no formula has."""

import math

import numpy as np
import pytest

from rostering.staffing import (
    QueueAssumptions,
    erlang_a,
    erlang_b,
    seat_activity,
    simulate,
    simulate_seats,
    two_class_performance,
)
from tests.rostering.staffing.helpers import ASSUMPTIONS, assert_mean, week

IMPATIENT = (QueueAssumptions(300.0), QueueAssumptions(200.0))
SURE = (QueueAssumptions(math.inf, handling_cv=1e-9), QueueAssumptions(math.inf, handling_cv=1e-9))


def stationary(per_h, aht_s, seats_999, seats_101, *, assumptions, n=150, hours=60, seed=2):
    """Replications of sixty hours with constant rates, from an empty room."""
    intervals = hours * 4
    calls = np.random.default_rng(seed).poisson(np.array(per_h)[:, None] / 4, size=(n, 2, intervals))
    aht = np.tile(np.array(aht_s)[:, None], (1, intervals))
    return simulate_seats(
        calls, aht, np.full(intervals, seats_999), np.full(intervals, seats_101),
        interval_s=900, assumptions=assumptions, seed=seed,
    )  # fmt: skip


def shares(result, counts, queue, skip=0):
    """Share of offered calls per replication."""
    return counts[skip:, queue] / result.offered[skip:, queue]


def test_agrees_with_erlang_a():
    found = stationary((60, 0), (300, 300), 6, 0, assumptions=IMPATIENT, n=300)
    theory = erlang_a(60 / 3600, 300, 300, 6)
    # Slack: handling times are lognormal of the same mean and variance, not exponential; the room starts empty.
    assert_mean(shares(found, found.abandoned, 0), theory.p_abandon, detectable=0.01, slack=0.004)
    assert_mean(shares(found, found.within_threshold, 0), theory.service_level, detectable=0.01, slack=0.004)
    assert_mean(found.occupancy, theory.occupancy, detectable=0.01, slack=0.004)
    wait = (found.answered_wait_s + found.abandoned_wait_s)[:, 0] / found.offered[:, 0]
    assert_mean(wait, theory.p_abandon * 300, detectable=2.0, slack=1.2)


@pytest.mark.parametrize("handling_cv", [0.3, 1.5])
def test_callers_who_never_wait_make_a_loss_system(handling_cv):
    # Erlang B holds for any distribution of handling times: no slack but the empty start.
    gone = QueueAssumptions(1e-6, handling_cv)
    found = stationary((60, 0), (300, 300), 6, 0, assumptions=(gone, gone), n=300)
    assert_mean(shares(found, found.abandoned, 0), erlang_b(5.0, 6), detectable=0.006, slack=0.0005)


@pytest.mark.parametrize("handling_cv", [0.5, 1.0])
def test_one_handler_without_end_of_patience_is_pollaczek_khinchine(handling_cv):
    patient = QueueAssumptions(math.inf, handling_cv)
    found = stationary((36, 0), (60, 60), 1, 0, assumptions=(patient, patient), n=300)
    expected = 0.01 * 60**2 * (1 + handling_cv**2) / 2 / (1 - 0.6)
    assert_mean(found.answered_wait_s[:, 0] / found.offered[:, 0], expected, detectable=4.0, slack=0.3)


@pytest.mark.parametrize(("d", "s"), [(14, 0), (9, 5)])
def test_agrees_with_the_two_class_model(d, s):
    found = stationary(
        (32, 52), (340, 600), d, s, assumptions=(QueueAssumptions(600.0), QueueAssumptions(300.0)), n=400
    )
    theory = two_class_performance((32 / 3600, 52 / 3600), (340, 600), (600, 300), d, s)
    # Slack: 0.3 points of the model, and the empty start (an hour in sixty with a few points less waiting).
    assert_mean(shares(found, found.within_threshold, 0), theory.service_level[0], detectable=0.01, slack=0.005)
    assert_mean(shares(found, found.abandoned, 1), theory.p_abandon[1], detectable=0.01, slack=0.003)
    assert_mean(found.occupancy, theory.occupancy, detectable=0.01, slack=0.004)


def test_calls_are_conserved_and_bands_add_up():
    calls, aht_s = week(days=1)
    paths = np.random.default_rng(0).poisson(calls * 1.3, size=(20, *calls.shape))
    found = simulate_seats(
        paths, aht_s, np.full(96, 9), np.full(96, 4), interval_s=900, assumptions=ASSUMPTIONS, seed=1
    )
    assert (found.offered == paths.sum(axis=2)).all()
    assert (found.offered == found.answered + found.abandoned).all()
    assert (
        found.within_threshold[:, 0] + found.answered_10_60s[:, 0] + found.answered_over_60s[:, 0]
        == found.answered[:, 0]
    ).all()
    assert found.interval_within_threshold.sum(axis=1) == pytest.approx(found.within_threshold.mean(axis=0))
    assert found.interval_abandoned.sum(axis=1) == pytest.approx(found.abandoned.mean(axis=0))
    waits = (found.answered_wait_s + found.abandoned_wait_s).mean(axis=0)
    assert found.interval_wait_s.sum(axis=1) == pytest.approx(waits, rel=1e-4)
    summary = found.summary()
    assert summary.service_level_999.p05 <= summary.service_level_999.mean <= summary.service_level_999.p95


def test_arrivals_keep_to_their_interval_at_a_steep_step():
    calls = np.zeros((1, 2, 8), dtype=int)
    calls[0, 0, 4] = 4000
    found = simulate_seats(
        calls, np.full((2, 8), 1e-3), np.full(8, 1), np.zeros(8, int), interval_s=900, assumptions=SURE, seed=1
    )
    assert found.interval_offered[0].tolist() == [0, 0, 0, 0, 4000, 0, 0, 0]
    assert found.interval_within_threshold[0].tolist() == [0, 0, 0, 0, 4000, 0, 0, 0]
    # One handler whose calls last 2700 s: who arrives within the interval at t is answered after about 2700 k - t.
    few = np.zeros((4000, 2, 4), dtype=int)
    few[:, 0, 1] = 2
    found = simulate_seats(
        few, np.full((2, 4), 2700.0), np.ones(4, int), np.zeros(4, int), interval_s=900, assumptions=SURE, seed=5
    )
    # The second waits 2700 s less the gap of two uniform times, 300 s on average.
    assert_mean(found.answered_wait_s[:, 0], 2400.0, detectable=15.0)


def test_busy_handlers_finish_their_call_then_leave():
    calls = np.zeros((500, 2, 6), dtype=int)
    calls[:, 0, 0] = 1
    activity = np.array([[1, 0, 0, 0, 0, 0]])
    found = simulate(calls, np.full((2, 6), 2000.0), activity, interval_s=900, assumptions=SURE, seed=1)
    assert (found.answered[:, 0] == 1).all()
    assert_mean(found.overrun_s, 2000 - 450, detectable=60)  # the call starts at a uniform time of the interval
    assert found.handling_s == pytest.approx(np.full(500, 2000.0), rel=1e-6)
    assert (found.occupancy <= 1.0).all()


def test_a_break_starts_late_and_ends_as_planned():
    calls = np.zeros((50, 2, 6), dtype=int)
    calls[:, 0, 0] = 1
    found = simulate(calls, np.full((2, 6), 4000.0), [[1, 0, 1, 1, 1, 1]], interval_s=900, assumptions=SURE, seed=1)
    assert found.overrun_s == pytest.approx(np.full(50, 900.0))  # the whole break is lost, and nothing more
    # A call that comes in a break waits for its end.
    calls[:] = 0
    calls[:, 0, 1] = 1
    found = simulate(calls, np.full((2, 6), 60.0), [[1, 0, 1, 1, 1, 1]], interval_s=900, assumptions=SURE, seed=1)
    assert ((found.answered_wait_s[:, 0] > 0) & (found.answered_wait_s[:, 0] < 900)).all()
    assert found.overrun_s.sum() == 0.0


def test_desks_and_priority():
    calls = np.zeros((1, 2, 4), dtype=int)
    calls[0, 0, 1] = 30
    only_101 = simulate(calls, np.full((2, 4), 60.0), [[2, 2, 2, 2]], interval_s=900, assumptions=IMPATIENT, seed=1)
    assert only_101.answered[0].tolist() == [0, 0]
    assert only_101.abandoned[0].tolist() == [30, 0]
    # A single handler with both queues waiting: 999 is served first.
    calls[0] = [[0, 40, 0, 0], [0, 40, 0, 0]]
    both = simulate(calls, np.full((2, 4), 10.0), [[0, 0, 1, 1]], interval_s=900, assumptions=SURE, seed=1)
    assert both.answered_wait_s[0, 1] - both.answered_wait_s[0, 0] > 40 * 300
    # A 101 call leaves the 999 desk free while a 101 handler is idle.
    calls[0] = [[0, 0, 0, 0], [1, 0, 0, 0]]
    found = simulate(
        calls, np.full((2, 4), 5000.0), [[1, 0, 0, 0], [2, 2, 2, 2]], interval_s=900, assumptions=SURE, seed=1
    )
    assert found.overrun_s.tolist() == [0.0]


def test_absence_takes_whole_duties():
    calls, aht_s = week(days=1)
    paths = np.random.default_rng(0).poisson(calls, size=(400, *calls.shape))
    activity = seat_activity(np.full(96, 16), np.full(96, 4))
    found = simulate(paths, aht_s, activity, interval_s=900, assumptions=ASSUMPTIONS, absence_rate=0.1, seed=1)
    assert_mean(found.on_calls_s / (20 * 86400), 0.9, detectable=0.02)
    full = simulate(paths, aht_s, activity, interval_s=900, assumptions=ASSUMPTIONS, seed=1)
    assert found.summary().service_level_999.mean < full.summary().service_level_999.mean
    nobody = simulate(paths[:2], aht_s, activity, interval_s=900, assumptions=ASSUMPTIONS, absence_rate=1.0, seed=1)
    assert nobody.answered.sum() == 0
    assert (nobody.abandoned == nobody.offered).all()
    assert nobody.occupancy.tolist() == [0.0, 0.0]


FIELDS = ("within_threshold", "abandoned", "answered_wait_s", "abandoned_wait_s", "handling_s", "overrun_s",
          "interval_within_threshold", "interval_abandoned", "interval_wait_s")  # fmt: skip


def test_same_seed_same_result_on_any_number_of_threads_and_in_any_company():
    calls, aht_s = week(days=1)
    paths = np.random.default_rng(0).poisson(calls, size=(40, *calls.shape))
    activity = seat_activity(np.full(96, 10), np.full(96, 4))
    runs = [
        simulate(
            paths, aht_s, activity, interval_s=900, assumptions=ASSUMPTIONS, absence_rate=0.05, seed=4, threads=threads
        )
        for threads in (1, 1, 3)
    ]
    for name in FIELDS:
        assert np.array_equal(getattr(runs[0], name), getattr(runs[1], name)), name
        assert np.array_equal(getattr(runs[0], name), getattr(runs[2], name)), name
    fewer = simulate(paths[:10], aht_s, activity, interval_s=900, assumptions=ASSUMPTIONS, absence_rate=0.05, seed=4)
    assert np.array_equal(fewer.answered_wait_s, runs[0].answered_wait_s[:10])
    other = simulate(paths, aht_s, activity, interval_s=900, assumptions=ASSUMPTIONS, absence_rate=0.05, seed=5)
    assert not np.array_equal(other.answered_wait_s, runs[0].answered_wait_s)


def test_common_random_numbers_sharpen_a_comparison():
    calls, aht_s = week(days=1)
    paths = np.random.default_rng(0).poisson(calls, size=(120, *calls.shape))
    more = paths.copy()
    more[:, 1, ::10] += 1

    def levels(n_calls, seed):
        found = simulate_seats(
            n_calls, aht_s, np.full(96, 12), np.full(96, 4), interval_s=900, assumptions=ASSUMPTIONS, seed=seed
        )
        return found.within_threshold[:, 0] / found.offered[:, 0]

    base = levels(paths, 1)
    assert np.var(levels(more, 1) - base) < 0.7 * np.var(levels(more, 2) - base)


def test_seat_profiles_change_desks_without_anybody_leaving():
    activity = seat_activity([2, 1, 1], [1, 2, 1])
    assert activity.tolist() == [[1, 1, 1], [1, 2, 2], [2, 2, 0]]


def test_published_call_centre():
    """SSJ's CallCenter without its balking: longer waits and fewer losses than published, and near them."""
    rates = np.array([100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60], dtype=float)
    handlers = np.array([4, 6, 8, 8, 8, 7, 8, 8, 6, 6, 4, 4, 4])
    rng = np.random.default_rng(1)
    n = 4000
    factor = rng.gamma(400, 1 / 400, size=(n, 1))
    calls = np.zeros((n, 2, 13), dtype=int)
    calls[:, 0] = rng.poisson(rates * factor)
    callers = (QueueAssumptions(1000.0), QueueAssumptions(1000.0))
    found = simulate_seats(calls, np.full((2, 13), 100.0), handlers, np.zeros(13, int), interval_s=3600,
                           assumptions=callers, threshold_s=(20, 20), seed=3)  # fmt: skip
    offered = rates.sum()  # 1660, by which the source divides
    assert_mean(found.offered[:, 0], 1660.366, detectable=8.0)
    wait = (found.answered_wait_s + found.abandoned_wait_s)[:, 0] / offered
    assert 4.713 < wait.mean() < 6.5
    assert 0.90 < (found.within_threshold[:, 0] / offered).mean() < 0.925
    assert (found.abandoned[:, 0] / offered).mean() < 0.020  # most of the published losses balked


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"calls": np.zeros((2, 2, 5), int)}, "calls"),
        ({"calls": np.full((2, 2, 4), -1)}, "calls"),
        ({"calls": np.full((2, 2, 4), 0.5)}, "calls"),
        ({"aht_s": np.zeros((2, 4))}, "aht_s"),
        ({"activity": [[0, 1, 3, 0]]}, "activity"),
        ({"activity": [[0, 1]]}, "activity"),
        ({"absence_rate": 1.2}, "absence_rate"),
        ({"threads": 0}, "threads"),
        ({"seed": -1}, "seed"),
        ({"threshold_s": (-1.0, 10.0)}, "threshold_999_s"),
    ],
)
def test_bad_arguments_are_named(change, named):
    arguments = {"calls": np.zeros((2, 2, 4), int), "aht_s": np.full((2, 4), 300.0), "activity": [[1, 1, 1, 1]]}
    options = {"interval_s": 900, "assumptions": ASSUMPTIONS, "seed": 1, **change}
    arguments.update({name: options.pop(name) for name in list(options) if name in arguments})
    with pytest.raises(ValueError, match=named):
        simulate(**arguments, **options)
