"""The simulated room against formulas and published numbers."""

import math

import numpy as np
import pytest

from rostering.staffing import (
    ControlRoom,
    Count,
    Definitions,
    QueueAssumptions,
    RoomAssumptions,
    Staff,
    erlang_a,
    erlang_b,
    seat_rows,
    simulate,
    two_class_performance,
)
from rostering.staffing.assumptions import Desk, Switchboard
from rostering.staffing.definitions import TransferDelay
from tests.rostering.staffing.helpers import assert_mean
from tests.rostering.staffing.simulation.rooms import alike, counts_of, rates, rows_room, seats_room, steady_room

WARM_UP = 16  # intervals: four hours in which the empty room fills
HOURS = 60


def steady(per_h, aht_s, seats_999, seats_101, assumptions, n=150, **options):
    """Metrics of each replication at constant rates, without the first hours."""
    room = steady_room(seats_999, seats_101, aht_s, assumptions, HOURS, **options)
    return simulate(room, rates(per_h, HOURS * 4, n), seed=2).measures(WARM_UP)


def test_agrees_with_erlang_a():
    found = steady((60, 0), (300, 300), 6, 0, alike(QueueAssumptions(300.0)), n=300, exponential=True)
    theory = erlang_a(60 / 3600, 300, 300, 6)
    assert_mean(found["abandonment_999"], theory.p_abandon, detectable=0.01)
    assert_mean(found["service_level_999"], theory.service_level, detectable=0.01)
    assert_mean(found["occupancy"], theory.occupancy, detectable=0.01)
    assert_mean(found["mean_wait_999_s"], theory.p_abandon * 300, detectable=2.0)


@pytest.mark.parametrize("handling_cv", [0.3, 1.5])
def test_callers_who_never_wait_make_a_loss_system(handling_cv):
    # Erlang B holds for any distribution of handling times: no slack.
    found = steady((60, 0), (300, 300), 6, 0, alike(QueueAssumptions(1e-6, handling_cv)), n=300)
    assert_mean(found["abandonment_999"], erlang_b(5.0, 6), detectable=0.006)


@pytest.mark.parametrize("handling_cv", [0.5, 1.0])
def test_one_handler_without_end_of_patience_is_pollaczek_khinchine(handling_cv):
    found = steady((36, 0), (60, 60), 1, 0, alike(QueueAssumptions(math.inf, handling_cv)), n=300)
    expected = 0.01 * 60**2 * (1 + handling_cv**2) / 2 / (1 - 0.6)
    assert_mean(found["mean_wait_999_s"], expected, detectable=4.0)


@pytest.mark.parametrize(("d", "s"), [(14, 0), (9, 5)])
def test_agrees_with_the_two_class_model(d, s):
    callers = RoomAssumptions(QueueAssumptions(600.0), QueueAssumptions(300.0))
    found = steady((32, 52), (340, 600), d, s, callers, n=300, exponential=True)
    theory = two_class_performance((32 / 3600, 52 / 3600), (340, 600), (600, 300), d, s)
    # Slack: 0.3 points, the model's own.
    assert_mean(found["service_level_999"], theory.service_level[0], detectable=0.01, slack=0.003)
    assert_mean(found["abandonment_101"], theory.p_abandon[1], detectable=0.01, slack=0.003)
    assert_mean(found["occupancy"], theory.occupancy, detectable=0.01, slack=0.003)


def test_the_switchboard_is_erlang_a_before_the_queue():
    n = HOURS * 4
    desk = Switchboard(aht_s=120.0, patience_s=200.0, resolves=0.4)
    rows = np.vstack([np.full((4, n), Desk.SWITCHBOARD), np.full((8, n), Desk.CALLS_101)])
    room = rows_room(rows, (300, 300), alike(QueueAssumptions(300.0), switchboard=desk), exponential=True)
    found = simulate(room, rates((0, 120), n, 150), seed=3)
    offered, answered, abandoned = found.switchboard[:, :, WARM_UP:].sum(axis=2, dtype=float).T
    theory = erlang_a(120 / 3600, 120, 200, 4)
    assert_mean(abandoned / offered, theory.p_abandon, detectable=0.01)
    passed_on = found.counts[:, Count.OFFERED, 1, WARM_UP:].sum(axis=1)
    assert_mean(passed_on / answered, 0.6, detectable=0.01)
    busy_s = found.staff[:, Staff.SWITCHBOARD_BUSY_S, WARM_UP:].sum(axis=1, dtype=float)
    assert_mean(busy_s / (4 * 900 * (n - WARM_UP)), theory.occupancy, detectable=0.01)
    assert (found.staff[:, Staff.ON_CALLS_S].sum(axis=1) == 8 * 900 * n).all()  # of the 101 desk alone


def test_patience_follows_its_weibull_distribution():
    n, shape = 400, 0.6
    callers = QueueAssumptions(300.0, patience_shape=shape)
    room = rows_room(np.zeros((1, 2)), (60, 60), alike(callers))  # nobody answers
    definitions = Definitions(short_abandon_s=30.0)
    found = simulate(room, counts_of(n, 2, q1_i0=50), seed=1, definitions=definitions)
    assert_mean(found.measures()["mean_wait_101_s"], 300.0, detectable=20.0)
    within = 1 - math.exp(-((30.0 * math.gamma(1 + 1 / shape) / 300.0) ** shape))
    assert_mean(found.counts[:, Count.ABANDONED_SHORT, 1].sum(axis=1) / 50, within, detectable=0.02)


def test_the_published_clock_adds_the_transfer():
    room = seats_room([60, 60], [0, 0], (60, 60), alike(QueueAssumptions(math.inf)))
    definitions = Definitions(ring_s=4.0, transfer=TransferDelay(5.0, 0.5))
    found = simulate(room, counts_of(400, 2, q0_i0=25), seed=1, definitions=definitions).measures()
    assert (found["service_level_999"] == 1.0).all()
    assert (found["mean_answer_999_s"] == 4.0).all()
    sigma = math.sqrt(math.log(1.25))
    z = (math.log((10 - 4) / 5) + sigma * sigma / 2) / sigma
    assert_mean(found["service_level_999_published"], 0.5 * math.erfc(-z / math.sqrt(2)), detectable=0.02)


def test_waits_of_known_shape_have_their_quantile():
    room = rows_room([[Desk.OFF, Desk.CALLS_101]] * 120, (60, 60), alike(QueueAssumptions(math.inf)))
    found = simulate(room, counts_of(200, 2, q1_i0=100), seed=1).measures()
    assert_mean(found["mean_wait_101_s"], 450.0, detectable=10.0)  # uniform on 0..900 s
    # Slack: linear within bins of 8%; the 90% point of a hundred uniform waits is a little off 810 s on average.
    assert_mean(found["p90_wait_101_s"], 810.0, detectable=10.0, slack=8.0)


def test_rates_arrive_as_poisson_calls_at_steep_steps():
    steps = np.array([[0.0, 40.0, 0.0, 2.5, 300.0, 0.0], [7.0, 0.0, 0.5, 0.0, 1.0, 90.0]])
    n = 2000
    room = seats_room(np.full(6, 1), np.zeros(6, int), (0.01, 0.01), alike(QueueAssumptions(math.inf)))
    found = simulate(room, np.broadcast_to(steps, (n, 2, 6)), seed=4).counts[:, Count.OFFERED].astype(float)
    assert (found[:, steps == 0] == 0).all()
    for queue, interval in np.argwhere(steps > 0):
        calls, rate = found[:, queue, interval], steps[queue, interval]
        assert_mean(calls, rate, detectable=0.12 * rate + 0.05)
        se = rate * math.sqrt((2 + 1 / rate) / n)  # of a Poisson variance
        assert abs(calls.var(ddof=1) - rate) <= 4 * se
    assert abs(np.corrcoef(found[:, 0, 1], found[:, 0, 4])[0, 1]) <= 4 / math.sqrt(n)


def test_published_call_centre():
    """SSJ's CallCenter (Universite de Montreal): 90% interval of its mean wait 4.680-4.746 s, 10,000 days."""
    per_h = np.array([100, 150, 150, 180, 200, 150, 150, 150, 120, 100, 80, 70, 60], dtype=float)
    handlers = np.array([4, 6, 8, 8, 8, 7, 8, 8, 6, 6, 4, 4, 4])
    n, published_n, expected = 2500, 10_000, per_h.sum()
    days = np.zeros((n, 2, 13))
    days[:, 0] = per_h * np.random.default_rng(1).gamma(400, 1 / 400, size=(n, 1))
    callers = alike(QueueAssumptions(1000.0, balking=0.1))
    room = ControlRoom(
        3600, seat_rows(handlers, np.zeros(13, int)), np.full((2, 13), 100.0), callers, exponential=True,
        interchangeable=True,
    )  # fmt: skip
    definitions = Definitions(threshold_999_s=20.0, short_abandon_s=20.0)
    counts = simulate(room, days, seed=3, definitions=definitions).counts[:, :, 0].sum(axis=2, dtype=float)
    waits = counts[:, Count.ANSWERED_WAIT_S] + counts[:, Count.ABANDONED_WAIT_S]
    in_time = counts[:, Count.WITHIN] + counts[:, Count.ABANDONED_SHORT]  # as the source counts
    for found, mean, sd in (
        (counts[:, Count.OFFERED], 1660.366, 93.6),
        (waits / expected, 4.713, 1.997),
        (in_time / expected, 0.925, 0.040),
        (counts[:, Count.ABANDONED] / expected, 0.020, 0.0067),
    ):
        se = math.hypot(found.std(ddof=1) / math.sqrt(n), sd / math.sqrt(published_n))
        assert 4 * se <= 0.1 * mean, "too few days to see an error of a tenth"
        assert abs(found.mean() - mean) <= 4 * se + 0.0005 * (mean < 1)  # shares are published to three digits
