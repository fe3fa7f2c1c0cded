"""Availability is found again, later days lie in their intervals as often as stated, and bad records are named."""

from dataclasses import replace

import numpy as np
import pytest

from rostering.staffing.assumptions import QueueAssumptions, RoomAssumptions
from rostering.staffing.definitions import Definitions
from rostering.staffing.history.availability import GRID, DayCurves, angles, estimate_availability, predict
from rostering.staffing.history.calibration import calibrate
from rostering.staffing.history.record import ServiceRecord, handling_times
from rostering.staffing.simulation.result import Count
from rostering.staffing.simulation.room import ControlRoom, seat_rows
from rostering.staffing.simulation.simulate import simulate

CALLERS = RoomAssumptions(QueueAssumptions(500.0), QueueAssumptions(250.0))


def recorded(days=63, availability=0.85, seed=1):
    """A small room's record with a known availability: eight and four handlers by day, half of them by night."""
    rng = np.random.default_rng(seed)
    n = days * 96
    hour = np.arange(n) % 96 // 4
    is_day = (hour >= 7) & (hour < 23)
    rates = np.where(is_day, [[4.0], [6.0]], [[2.0], [2.2]]) * rng.gamma(200, 1 / 200, days)[np.arange(n) // 96]
    staffed = np.where(is_day, [[7], [3]], [[4], [1]])
    aht_s = np.tile([[340.0], [480.0]], (1, n))
    room = ControlRoom(900, seat_rows(*staffed), aht_s, replace(CALLERS, availability=availability))
    counts = simulate(room, rng.poisson(rates)[None], seed=seed).counts[0].astype(np.int64)
    answered = counts[Count.ANSWERED]
    return ServiceRecord(
        interval_s=900,
        day=np.arange(n) // 96,
        hour=hour,
        offered=counts[Count.OFFERED],
        answered=answered,
        within=counts[Count.WITHIN],
        abandoned=counts[Count.ABANDONED],
        staffed=staffed,
        handled_s=answered * aht_s,
        answered_wait_s=counts[Count.ANSWERED_WAIT_S],
        abandoned_wait_s=counts[Count.ABANDONED_WAIT_S],
        known=np.ones(n, dtype=bool),
    )


@pytest.fixture(scope="module")
def record():
    return recorded()


@pytest.fixture(scope="module")
def calibrated(record):
    return calibrate(record, Definitions(), replications=8, seed=9)


def test_a_known_availability_is_found_again(calibrated):
    found = calibrated.availability
    se = (found.upper - found.lower) / (2 * 1.645)
    assert 4 * se <= 0.05, "too few days to see an error of 0.05"
    assert abs(found.mean - 0.85) <= 4 * se
    # There is none from day to day; an estimate cannot be below none: rooms of eight seeds gave 0.010 to 0.037.
    assert found.spread <= 0.05
    assert not found.is_at_edge
    assert found.mean < calibrated.on_calls < 0.95  # who leaves finishes a call first


def test_later_days_are_predicted_from_earlier_ones_alone(record, calibrated):
    assert calibrated.days.tolist() == list(range(56, 63))
    changed = record.within.copy()
    changed[:, record.span(56, 63)] = 0
    told = calibrate(replace(record, within=changed), Definitions(), replications=8, seed=9)
    for name in ("lower", "median", "upper"):
        assert (getattr(told.predicted, name) == getattr(calibrated.predicted, name)).all()
    assert not told.is_inside[:, 0].any()
    assert calibrated.is_inside.mean() >= 0.6  # 14 results that lie inside nine times in ten


def test_recorded_shares_are_those_of_the_days(record, calibrated):
    last = record.span(62, 63)
    shares = [record.within[0, last].sum() / record.offered[0, last].sum(),
              record.abandoned[1, last].sum() / record.offered[1, last].sum()]  # fmt: skip
    assert calibrated.recorded[-1] == pytest.approx(shares)


def made_days(rng, n, mean=0.82, spread=0.04, noise=0.03):
    """Days whose measures follow a smooth law of availability, each with its own height; and their z."""
    height = rng.normal(0.0, 0.05, (n, 1, 1))
    slope = np.array([1.1, -0.9])

    def law(a):
        return 0.9 + height + slope * (a - 0.8) - 0.4 * (a - 0.8) ** 2

    mean_z = law(GRID[None, :, None])
    covariance = np.broadcast_to(noise**2 * np.array([[1.0, -0.6], [-0.6, 1.0]]), (n, GRID.size, 2, 2))
    drawn = np.clip(rng.normal(mean, spread, n), 0.5, 1.0)[:, None, None]
    z = law(drawn)[:, 0] + rng.multivariate_normal([0, 0], covariance[0, 0], n)
    return DayCurves(mean_z, covariance, 1000), z


def test_other_days_lie_in_their_intervals_as_often_as_stated():
    rng, inside, ranks = np.random.default_rng(4), [], []
    for _ in range(40):
        curves, z = made_days(rng, 56)
        ahead, z_ahead = made_days(rng, 30)
        told = predict(ahead, estimate_availability(curves, z), z_ahead)
        shares = np.sin(z_ahead) ** 2
        inside.append(((shares >= told.lower) & (shares <= told.upper)).mean(axis=0))
        ranks.append(told.rank.mean(axis=0))
    inside = np.array(inside)
    se = inside.std(axis=0, ddof=1) / len(inside) ** 0.5
    assert (4 * se <= 0.04).all(), "too few days to see intervals that miss by 4 points"
    assert (np.abs(inside.mean(axis=0) - 0.90) <= 4 * se).all()
    ranks = np.array(ranks)
    rank_se = ranks.std(axis=0, ddof=1) / len(ranks) ** 0.5
    assert (4 * rank_se <= 0.06).all(), "too few days to see predictions that lean by 6 points"
    assert (np.abs(ranks.mean(axis=0) - 0.5) <= 4 * rank_se).all()


def test_without_the_spread_from_day_to_day_intervals_would_be_too_narrow():
    rng = np.random.default_rng(5)
    curves, z = made_days(rng, 56)
    ahead, z_ahead = made_days(rng, 400)
    estimate = estimate_availability(curves, z)
    fixed = replace(estimate, weights=np.eye(estimate.weights.size)[int(np.argmax(estimate.weights))])
    shares = np.sin(z_ahead) ** 2
    told = predict(ahead, fixed, z_ahead)
    assert ((shares >= told.lower) & (shares <= told.upper)).mean() < 0.85


def test_mean_and_spread_are_recovered_as_stated():
    rng, found = np.random.default_rng(6), []
    for _ in range(60):
        told = estimate_availability(*made_days(rng, 56))
        found.append([told.mean, told.spread, told.lower <= 0.82 <= told.upper])
    mean, spread, inside = np.array(found).T
    assert abs(mean.mean() - 0.82) <= 4 * mean.std(ddof=1) / 60**0.5
    assert abs(spread.mean() - 0.04) <= 4 * spread.std(ddof=1) / 60**0.5
    assert abs(inside.mean() - 0.90) <= 3 * (0.09 / 60) ** 0.5


def test_an_absent_measure_leaves_the_other_to_speak():
    curves, z = made_days(np.random.default_rng(7), 56)
    z[:, 1] = np.nan
    told = estimate_availability(curves, z)
    assert told.lower < 0.82 < told.upper
    assert np.isnan(predict(curves, told, z).rank[:, 1]).all()


def test_service_that_no_availability_explains_is_said():
    curves, z = made_days(np.random.default_rng(8), 56, mean=0.99, spread=0.005, noise=0.01)
    assert estimate_availability(curves, z + np.array([0.2, -0.2])).is_at_edge
    assert not estimate_availability(*made_days(np.random.default_rng(8), 56)).is_at_edge


def test_angles_of_nothing_are_unknown():
    assert np.isnan(angles([0, 0], [0, 4])).tolist() == [True, False]
    assert np.sin(angles(3, 4)) ** 2 == pytest.approx(0.75)


def test_days_not_recorded_whole_are_passed_over(record):
    known = np.ones(record.day.size, dtype=bool)
    known[5 * 96 + 3] = False
    assert np.flatnonzero(~replace(record, known=known).known_days()).tolist() == [5]
    offered = record.offered.copy()
    offered[0, record.span(7, 8)] = 0
    assert np.flatnonzero(~replace(record, offered=offered).known_days()).tolist() == [7]


def test_handling_times_by_hour_with_few_calls_are_the_queues(record):
    means = handling_times(record, record.span(0, 56))
    assert means == pytest.approx(np.tile([[340.0], [480.0]], (1, 24)))
    with pytest.raises(ValueError, match="queue 999 has no handling time"):
        handling_times(replace(record, handled_s=0 * record.handled_s), record.span(0, 56))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"day": np.zeros(4)}, "hour must have the shape"),
        ({"staffed": -np.ones((2, 63 * 96))}, "staffed of 999 in interval 0 is -1"),
        ({"staffed": np.full((2, 63 * 96), 5_001)}, "staffed of 999 in interval 0 is 5001, expected at most 5000"),
        ({"offered": np.full((2, 63 * 96), 20_001)}, "offered of 999 in interval 0 is 20001, expected at most"),
        ({"handled_s": np.full((2, 63 * 96), np.nan)}, "handled_s of 999 in interval 0 is nan"),
        ({"day": np.arange(63 * 96) // 96 * 2}, "day must rise"),
    ],
)
def test_bad_records_are_named(record, change, named):
    with pytest.raises(ValueError, match=named):
        replace(record, **change)


def test_too_short_a_record_says_what_is_needed(record):
    with pytest.raises(ValueError, match="the record has 63 days, 63 of the last 70 whole: at least 70 days"):
        calibrate(record, Definitions(), learned_days=70)
    with pytest.raises(ValueError, match="replications"):
        calibrate(record, Definitions(), replications=7)
