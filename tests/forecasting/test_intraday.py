"""Today's calls so far: exact formulas, what may not change, and whether it helps where it should and harms nowhere."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.demand import forecast
from forecasting.errors import HistoriesDisagree, HorizonInvalid, SeriesInvalid
from forecasting.forecast import Forecast
from forecasting.intraday import carried_factor, day_factor, update
from forecasting.series import IntervalSeries
from tests.forecasting.synthetic import LONDON, synthetic_history

MONDAY = date(2024, 5, 6)
SPRING, AUTUMN = date(2024, 3, 31), date(2024, 10, 27)
DAY_CV, RATE_CV = 0.2, 0.25


def flat(first: date = MONDAY, *, days: int = 3, strength=0.1, carry=0.0, n_paths: int = 40, mean=10.0) -> Forecast:
    """Two queues of constant means over whole local days; paths share a day factor across queues."""
    start, end = LONDON.midnight(first), LONDON.midnight(first + timedelta(days=days))
    n = int((end - start).total_seconds()) // 900
    means = np.full((2, n), mean)
    means[1] *= 2
    rng = np.random.default_rng(0)
    day = (LONDON.grid(start, 900, n).dates - np.datetime64(first)).astype(np.int64)
    factor = rng.gamma(1 / DAY_CV**2, DAY_CV**2, (n_paths, 1, days))[..., day]
    paths = rng.poisson(means * factor).astype(np.int32)
    both = np.ones(2)
    return Forecast(
        start, start, 900, "Europe/London", ("101", "999"), means, np.full((2, n), RATE_CV), np.full((2, n), DAY_CV),
        strength * both, carry * both, paths,
    )  # fmt: skip


def seen(made: Forecast, calls: float | np.ndarray, hours: float, *queues: str) -> dict[str, IntervalSeries]:
    n = int(4 * hours)
    values = np.broadcast_to(np.asarray(calls, dtype=float), n)
    return {queue: IntervalSeries(made.start, 900, values) for queue in queues or made.queues}


def rest_mean(factor: float, expected: float, calls: float, n_rest: int, n_recent: int = 8) -> np.ndarray:
    """By hand: ``expected`` calls an interval moved by the day's ``factor``, then by 0.7 of what the last two hours of
    ``calls`` had beyond that, fading over four hours, as if a hundred calls more had come as expected."""
    usual = factor * expected
    excess = n_recent * (calls - usual) / (n_recent * usual + 100)
    hours = (np.arange(n_rest) + 0.5) / 4
    return usual * (1 + 0.7 * excess * np.exp(-hours / 4))


# --- formulas


def test_the_posterior_mean_of_the_day_factor():
    assert day_factor(120.0, 100.0, 0.04, 0.5) == pytest.approx((1 + 0.04 * 0.5 * 120) / (1 + 0.04 * 0.5 * 100))
    # Gamma with shape 1/v + S and rate 1/v + M, where the calls count in full.
    assert day_factor(120.0, 100.0, 0.04, 1.0) == pytest.approx((25 + 120) / (25 + 100))
    for nothing in ((120.0, 100.0, 0.04, 0.0), (120.0, 100.0, 0.0, 1.0), (0.0, 0.0, 0.04, 1.0), (50.0, 50.0, 0.1, 1)):
        assert day_factor(*nothing) == 1


def test_what_earlier_days_carry_over():
    calls, expected = np.array([110.0, 90.0, 130.0, 0.0]), np.full(4, 100.0)
    decay = 0.5**0.5  # half the weight for each two days back
    third = (decay * 110 + 90) / (decay + 1) / 100
    fourth = (decay**2 * 110 + decay * 90 + 130) / (decay**2 + decay + 1) / 100
    ratios = np.array([1.0, 1.1, third, fourth])
    assert carried_factor(calls, expected, 1.0) == pytest.approx(ratios)
    assert carried_factor(calls, expected, 0.4) == pytest.approx(1 + 0.4 * (ratios - 1))
    assert carried_factor(calls, expected, 0.0) == pytest.approx(np.ones(4))
    unseen = carried_factor(np.zeros(3), np.array([0.0, 0.0, 100.0]), 1.0)
    assert unseen == pytest.approx(np.ones(3)), "days of which nothing was seen say nothing"
    rows = carried_factor(np.stack([calls, expected]), np.stack([expected, expected]), 1.0)
    assert rows[0] == pytest.approx(ratios)
    assert rows[1] == pytest.approx(np.ones(4))


@pytest.mark.parametrize(("calls", "strength"), [(14, 0.1), (4, 0.1), (14, 1.0), (0, 0.5)])
def test_the_rest_of_the_day_follows_the_formula_and_its_paths_the_mean(calls, strength):
    made = flat(strength=strength, n_paths=4000)
    rest = update(made, seen(made, calls, 12), seed=1)
    for queue, expected in enumerate((10.0, 20.0)):
        factor = float(day_factor(48.0 * calls, 48 * expected, DAY_CV**2, strength))
        mean = rest_mean(factor, expected, calls, 48)
        assert rest.mean[queue, :48] == pytest.approx(mean)
        shape = 1 / DAY_CV**2 + strength * 48 * calls
        assert rest.day_cv[queue, :48] == pytest.approx(shape**-0.5)
        uneven = (1 + RATE_CV**2) / (1 + DAY_CV**2)
        assert rest.rate_cv[queue, :48] == pytest.approx(((1 + 1 / shape) * uneven - 1) ** 0.5)
        totals = rest.paths[:, queue, :48].sum(axis=1)
        standard_error = totals.std() / totals.size**0.5
        assert abs(totals.mean() - mean.sum()) < 4 * standard_error
        assert totals.var() == pytest.approx(
            mean.sum() ** 2 / shape + mean.sum() + (mean**2).sum() * (uneven - 1), rel=0.15
        )


def test_earlier_days_move_the_day_before_its_own_calls_do():
    made = flat(strength=0.1, carry=0.5)
    two_days = np.r_[np.full(96, 12.0), np.full(48, 10.0)]
    rest = update(made, {"101": IntervalSeries(made.start, 900, two_days)}, seed=1)
    carried = 1 + 0.5 * 0.2
    factor = carried * float(day_factor(480.0, carried * 480, DAY_CV**2, 0.1))
    assert rest.mean[0, :48] == pytest.approx(rest_mean(factor, 10, 10, 48))
    assert 1 < factor < carried, "today's ordinary morning takes back some of what yesterday carried over"


def test_queues_still_move_together():
    made = flat(n_paths=3000, strength=0.1)
    before = np.corrcoef(made.paths[:, 0, 48:96].sum(axis=1), made.paths[:, 1, 48:96].sum(axis=1))[0, 1]
    rest = update(made, seen(made, 12, 12), seed=1)
    after = np.corrcoef(rest.paths[:, 0, :48].sum(axis=1), rest.paths[:, 1, :48].sum(axis=1))[0, 1]
    assert before > 0.9
    assert after > 0.7


# --- what may not change


@given(st.integers(1, 2 * 96), st.integers(0, 40), st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_later_days_stay_bit_for_bit_and_paths_are_counts(intervals, calls, seed):
    made = flat(carry=0.3, n_paths=5)
    rest = update(made, seen(made, calls, intervals / 4), seed=seed)
    today = intervals // 96
    later = 96 * (today + 1)
    assert rest.start == rest.origin == made.start + timedelta(minutes=15 * intervals)
    assert rest.end == made.end
    for name in ("mean", "rate_cv", "day_cv", "paths"):
        assert (getattr(rest, name)[..., later - intervals :] == getattr(made, name)[..., later:]).all()
    assert rest.paths.dtype == np.int32
    assert (rest.paths >= 0).all()
    assert (rest.mean >= 0).all()
    again = update(made, seen(made, calls, intervals / 4), seed=seed)
    assert (again.paths == rest.paths).all()


@given(st.integers(1, 200), st.lists(st.sampled_from([0.0, 3.0, 500.0, np.nan]), min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_without_strength_and_carry_over_nothing_changes_at_all(intervals, calls):
    made = flat(strength=0.0, carry=0.0, n_paths=3)
    rest = update(made, seen(made, np.resize(calls, intervals), intervals / 4), seed=1)
    for name in ("mean", "rate_cv", "day_cv", "paths"):
        assert (getattr(rest, name) == getattr(made, name)[..., intervals:]).all()


def test_a_queue_without_actuals_stays_as_it_was():
    made = flat()
    rest = update(made, seen(made, 20, 12, "999"), seed=1)
    unknown = update(made, seen(made, 20, 12, "999") | seen(made, np.nan, 12, "101"), seed=1)
    for other in (rest, unknown):
        assert (other.mean[0] == made.mean[0, 48:]).all()
        assert (other.paths[:, 0] == made.paths[:, 0, 48:]).all()
        assert (other.mean[1] == rest.mean[1]).all()
    # The order in which actuals are given changes nothing.
    both = seen(made, 20, 12)
    forth, back = update(made, both, seed=1), update(made, dict(reversed(both.items())), seed=1)
    assert (forth.paths == back.paths).all()


def test_missing_intervals_count_for_nothing():
    made = flat()
    morning = np.full(48, 15.0)
    morning[10:30] = np.nan
    rest = update(made, seen(made, morning, 12, "101"), seed=1)
    factor = float(day_factor(28 * 15.0, 280.0, DAY_CV**2, 0.1))
    assert rest.mean[0, :48] == pytest.approx(rest_mean(factor, 10, 15, 48))
    gone = np.full(48, 15.0)
    gone[-5:] = np.nan  # of the last two hours three intervals are known
    factor = float(day_factor(43 * 15.0, 430.0, DAY_CV**2, 0.1))
    rest = update(made, seen(made, gone, 12, "101"), seed=1)
    assert rest.mean[0, :48] == pytest.approx(rest_mean(factor, 10, 15, 48, n_recent=3))
    # Actuals that begin later, or before the forecast did, are the same but for what they miss.
    late = IntervalSeries(made.start + timedelta(hours=6), 900, np.full(24, 15.0))
    early = IntervalSeries(made.start - timedelta(hours=6), 900, np.r_[np.full(24, 99.0), np.full(48, 15.0)])
    factor = float(day_factor(24 * 15.0, 240.0, DAY_CV**2, 0.1))
    assert update(made, {"101": late}, seed=1).mean[0, 0] == pytest.approx(rest_mean(factor, 10, 15, 1)[0])
    whole = update(made, seen(made, 15.0, 12, "101"), seed=1)
    assert (update(made, {"101": early}, seed=1).mean == whole.mean).all()


@pytest.mark.parametrize(("first", "intervals"), [(MONDAY, 96), (SPRING, 92), (AUTUMN, 100)])
def test_midnight_and_the_days_of_both_clock_changes(first, intervals):
    made = flat(first, days=2)
    last_minute = update(made, seen(made, 20, (intervals - 1) / 4), seed=1)
    changed = (last_minute.mean != made.mean[:, intervals - 1 :]).any(axis=0)
    assert changed.tolist() == [True] + [False] * 96
    factor = float(day_factor(20.0 * (intervals - 1), 10.0 * (intervals - 1), DAY_CV**2, 0.1))
    assert last_minute.mean[0, 0] == pytest.approx(rest_mean(factor, 10, 20, 1)[0])
    at_midnight = update(made, seen(made, 20, intervals / 4), seed=1)
    assert (at_midnight.mean == made.mean[:, intervals:]).all(), "the new day has had no calls yet"
    carried = update(flat(first, days=2, carry=0.5), seen(made, 20, intervals / 4), seed=1)
    assert carried.mean[0] == pytest.approx(15.0), "twice the calls, of which half carries over"


# --- errors


def test_bad_actuals_are_named():
    made = flat()
    with pytest.raises(HistoriesDisagree, match="at least one queue"):
        update(made, {}, seed=1)
    with pytest.raises(HistoriesDisagree, match="one common end"):
        update(made, seen(made, 5, 12, "999") | seen(made, 5, 11, "101"), seed=1)
    with pytest.raises(HistoriesDisagree, match=r"queue desk .* expected one of 101, 999"):
        update(made, seen(made, 5, 12, "desk"), seed=1)
    hourly = IntervalSeries(made.start, 3600, np.full(12, 5.0))
    with pytest.raises(HistoriesDisagree, match="intervals of 3600 s"):
        update(made, {"999": hourly}, seed=1)
    with pytest.raises(SeriesInvalid, match=r"queue 101 hold 5\.5 calls"):
        update(made, seen(made, 5.5, 12, "101"), seed=1)
    for hours in (0, 72):
        with pytest.raises(HorizonInvalid, match="expected a time inside the forecast"):
            update(made, seen(made, 5, hours), seed=1)
    assert update(made, seen(made, 5, 71.75), seed=1).intervals == 1
    assert update(made, seen(made, 5, 0.25), seed=1).intervals == 3 * 96 - 1


# --- does it help?


def rest_of_day_errors(seed: int, day_cv: float) -> list[tuple[float, float]]:
    """Absolute errors of the rest of each day at noon, updated and left alone, over a week ahead."""
    whole = synthetic_history(21, seed=seed, per_day=(900.0,), day_cv=day_cv)["999"]
    past = whole.until(LONDON.midnight(date(2023, 1, 2) + timedelta(weeks=20)))
    made = forecast({"999": past}, LONDON, weeks=1, n_paths=2, seed=1)
    ahead = whole.values[past.values.size :][: made.intervals]
    errors = []
    for day in range(6):
        noon, midnight = 96 * day + 48, 96 * day + 96
        rest = update(made, {"999": IntervalSeries(made.start, 900, ahead[:noon])}, seed=1)
        came = ahead[noon:midnight].sum()
        errors.append((abs(rest.mean[0, :48].sum() - came), abs(made.mean[0, noon:midnight].sum() - came)))
    return errors


def test_a_day_factor_is_read_from_the_morning():
    updated, alone = np.array([pair for seed in range(12) for pair in rest_of_day_errors(seed, 0.2)]).T
    gain = alone - updated
    assert gain.mean() > 3 * gain.std() / gain.size**0.5, "clear of chance"
    assert updated.sum() < 0.85 * alone.sum()


def test_where_mornings_tell_nothing_reading_them_costs_next_to_nothing():
    updated, alone = np.array([pair for seed in range(12) for pair in rest_of_day_errors(50 + seed, 0.0)]).T
    loss = updated - alone
    assert loss.mean() <= 0.003 * alone.mean() + 2 * loss.std() / loss.size**0.5


def test_an_origin_before_the_forecast_is_impossible():
    made = flat()
    assert made.window(made.start, made.end).intervals == made.intervals
    with pytest.raises(HorizonInvalid, match="expected a span inside the forecast"):
        made.window(made.start - timedelta(minutes=15), made.end)
    past = IntervalSeries(datetime(2024, 1, 1, tzinfo=UTC), 900, np.zeros(96))
    with pytest.raises(HorizonInvalid, match="expected a time inside the forecast"):
        update(made, {"999": past}, seed=1)
