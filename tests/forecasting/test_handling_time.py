from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.calendar import Calendar
from forecasting.errors import HistoriesDisagree, HistoryTooShort, HorizonInvalid
from forecasting.handling_time import handling_time
from forecasting.series import IntervalSeries
from tests.forecasting.synthetic import INTERVAL_S, LONDON, assert_mean

START = LONDON.midnight(date(2024, 1, 8))
CLOCKLESS = Calendar("UTC", None, None)
DAY = 96


def calls_of(weeks: int, mean_s: np.ndarray, *, per_interval: float, seed: int, cv: float = 0.8):
    """Poisson calls with gamma handling times of mean ``mean_s`` (slots,): seconds and calls per interval."""
    rng = np.random.default_rng(seed)
    calls = rng.poisson(per_interval, weeks * 7 * DAY).astype(float)
    mean = np.tile(mean_s, weeks * 7)
    seconds = np.where(calls > 0, rng.gamma(np.maximum(calls, 1e-9) / cv**2, mean * cv**2), 0.0)
    return IntervalSeries(START, INTERVAL_S, seconds), IntervalSeries(START, INTERVAL_S, calls)


def test_constant_handling_time_is_found_and_not_bent():
    levels, bends = [], []
    for seed in range(8):
        handled, answered = calls_of(10, np.full(DAY, 400.0), per_interval=4, seed=seed)
        found = handling_time(handled, answered, LONDON, start=answered.end, intervals=2 * DAY)
        levels.append(found.overall_s)
        bends.append(float(np.ptp(found.mean_s) / found.overall_s))
        assert found.level_cv < 0.03
    assert_mean(levels, 400.0, detectable=10.0)
    assert np.mean(bends) < 0.05


def test_time_of_day_is_followed():
    truth = 400 * (1 + 0.25 * np.sin(2 * np.pi * np.arange(DAY) / DAY))
    handled, answered = calls_of(10, truth, per_interval=10, seed=1)
    found = handling_time(handled, answered, LONDON, start=answered.end, intervals=DAY)
    assert np.abs(found.mean_s / truth - 1).mean() < 0.05


def test_recent_level_wins():
    before, calls = calls_of(10, np.full(DAY, 300.0), per_interval=5, seed=1)
    after, _ = calls_of(10, np.full(DAY, 360.0), per_interval=5, seed=1)
    seconds = np.concatenate([before.values, after.values])
    answered = IntervalSeries(START, INTERVAL_S, np.tile(calls.values, 2))
    handled = IntervalSeries(START, INTERVAL_S, seconds)
    found = handling_time(handled, answered, LONDON, start=answered.end, intervals=4)
    # A constant of all twenty weeks would say 330; a week's mean of 3,360 calls alone has a standard error of 5.
    assert found.overall_s == pytest.approx(360, rel=0.02)


def test_weekly_jumps_are_uncertainty():
    jumps = np.random.default_rng(2).normal(1, 0.1, 40)
    parts = [calls_of(1, np.full(DAY, 400.0 * jump), per_interval=8, seed=k) for k, jump in enumerate(jumps)]
    handled = IntervalSeries(START, INTERVAL_S, np.concatenate([h.values for h, _ in parts]))
    answered = IntervalSeries(START, INTERVAL_S, np.concatenate([a.values for _, a in parts]))
    found = handling_time(handled, answered, LONDON, start=answered.end, intervals=4)
    # Standard error of a standard deviation from 40 weeks: about 11%.
    assert found.level_cv == pytest.approx(0.1, rel=0.45)


def one_truth(seed: int, *, weeks: int = 16, ahead: int = 4):
    """Hourly calls whose level takes a 2% step a week under week effects of 3%: the error of each week ahead over its
    stated standard deviation, (ahead,)."""
    rng = np.random.default_rng(seed)
    level = 400 * np.exp(np.cumsum(rng.normal(0, 0.02, weeks + ahead)))
    truth = level * np.exp(rng.normal(0, 0.03, weeks + ahead))
    calls = rng.poisson(10.0, weeks * 168).astype(float)
    mean = np.repeat(truth[:weeks], 168)
    seconds = np.where(calls > 0, rng.gamma(np.maximum(calls, 1e-9) / 0.64, mean * 0.64), 0.0)
    handled, answered = IntervalSeries(START, 3600, seconds), IntervalSeries(START, 3600, calls)
    found = handling_time(handled, answered, CLOCKLESS, start=answered.end, intervals=ahead * 168)
    predicted, cv = (array.reshape(ahead, 168).mean(axis=1) for array in (found.mean_s, found.mean_cv))
    return (truth[weeks:] / predicted - 1) / cv


def test_the_true_mean_lies_within_its_uncertainty_as_often_as_said():
    errors = np.array([one_truth(seed) for seed in range(300)])
    for level, deviations in ((0.8, 1.2816), (0.95, 1.96)):
        inside = (np.abs(errors) < deviations).mean(axis=0)
        standard_error = (level * (1 - level) / len(errors)) ** 0.5
        assert (np.abs(inside - level) < 4 * standard_error).all(), f"{level}: {inside}"
    # It could fail: half the uncertainty is found out, and so is twice as much.
    for wrong in (0.5, 2.0):
        inside = (np.abs(errors) < 1.2816 * wrong).mean(axis=0)
        assert (np.abs(inside - 0.8) > 4 * (0.16 / len(errors)) ** 0.5).all()


def test_uncertainty_grows_with_the_weeks_ahead_and_in_rare_slots():
    rng = np.random.default_rng(5)
    parts = [calls_of(1, np.full(DAY, 400.0 * f), per_interval=8, seed=k) for k, f in enumerate(rng.normal(1, 0.05, 9))]
    handled = IntervalSeries(START, INTERVAL_S, np.concatenate([h.values for h, _ in parts]))
    answered = IntervalSeries(START, INTERVAL_S, np.concatenate([a.values for _, a in parts]))
    found = handling_time(handled, answered, LONDON, start=answered.end, intervals=3 * 672)
    weekly = found.mean_cv.reshape(3, 672).mean(axis=1)
    assert (np.diff(weekly) > 0).all()
    assert (found.mean_cv[:672] >= found.level_cv).all()
    later = handling_time(handled, answered, LONDON, start=answered.end + timedelta(weeks=2), intervals=672)
    assert later.mean_cv == pytest.approx(found.mean_cv[2 * 672 :])


def test_a_level_of_few_calls_is_less_sure():
    cvs = []
    for per_interval in (0.2, 2.0, 20.0):
        handled, answered = calls_of(6, np.full(DAY, 400.0), per_interval=per_interval, seed=4)
        cvs.append(handling_time(handled, answered, LONDON, start=answered.end, intervals=4).level_cv)
    assert cvs[0] > cvs[1] > cvs[2] > 0


@pytest.mark.parametrize("cv", [0.5, 1.2])
def test_spread_of_single_calls_is_found_in_sums_over_intervals(cv):
    found = []
    for seed in range(20):
        handled, answered = calls_of(3, np.full(DAY, 400.0), per_interval=4, seed=seed, cv=cv)
        found.append(handling_time(handled, answered, LONDON, start=answered.end, intervals=4).call_cv)
    # Leaving out what looks mis-keyed and the fit's own degrees of freedom may take a percent.
    assert np.mean(found) == pytest.approx(cv, rel=0.02)


def test_seconds_that_are_a_mean_times_the_calls_do_not_show_single_calls():
    _, answered = calls_of(3, np.full(DAY, 400.0), per_interval=4, seed=1)
    handled = IntervalSeries(START, INTERVAL_S, answered.values * 340)
    found = handling_time(handled, answered, LONDON, start=answered.end, intervals=4)
    assert found.call_cv is None
    assert found.overall_s == pytest.approx(340, rel=1e-6)
    assert 0 < found.level_cv < 0.05


@pytest.mark.parametrize("factor", [60.0, 500.0])
def test_a_mis_keyed_interval_moves_nothing_and_is_listed(factor):
    # "0:08:00" where eight seconds are meant is sixty times too much.
    handled, answered = calls_of(4, np.full(DAY, 400.0), per_interval=3, seed=6)
    clean = handling_time(handled, answered, LONDON, start=answered.end, intervals=DAY)
    seconds = handled.values.copy()
    at = int(np.flatnonzero(answered.values == 3)[7])
    seconds[at] = 3 * 400.0 * factor
    dirty = handling_time(
        IntervalSeries(START, INTERVAL_S, seconds), answered, LONDON, start=answered.end, intervals=DAY
    )
    assert dirty.mean_s == pytest.approx(clean.mean_s, rel=0.003)
    assert dirty.mean_cv == pytest.approx(clean.mean_cv, rel=0.05)
    when = (START + timedelta(seconds=INTERVAL_S * at)).isoformat()
    listed = [note for note in dirty.notes if "left out" in note]
    assert len(listed) == 1
    assert when in listed[0]
    assert f"{seconds[at]:.0f} s" in listed[0]


def test_seconds_written_as_minutes_are_found_where_calls_are_many():
    handled, answered = calls_of(4, np.full(DAY, 400.0), per_interval=60, seed=6)
    seconds = handled.values.copy()
    seconds[100] /= 60
    found = handling_time(IntervalSeries(START, INTERVAL_S, seconds), answered, LONDON, start=answered.end, intervals=4)
    assert [note for note in found.notes if "left out" in note]


def test_a_day_without_recorded_times_is_left_out():
    handled, answered = calls_of(6, np.full(DAY, 400.0), per_interval=40, seed=6)
    seconds = handled.values.copy()
    seconds[5 * DAY : 6 * DAY] = 0
    found = handling_time(IntervalSeries(START, INTERVAL_S, seconds), answered, LONDON, start=answered.end, intervals=4)
    assert found.overall_s == pytest.approx(400, rel=0.02)
    assert "and so are 86 more intervals" in found.notes[-2]


def test_long_calls_that_happen_are_kept():
    # Log-normal calls with a deviation of 1.5 means: single calls of ten means occur.
    rng = np.random.default_rng(8)
    sigma = np.log1p(1.5**2) ** 0.5
    seconds = 400 * np.exp(rng.normal(-(sigma**2) / 2, sigma, 4 * 7 * DAY))
    handled, answered = (
        IntervalSeries(START, INTERVAL_S, seconds),
        IntervalSeries(START, INTERVAL_S, np.ones(seconds.size)),
    )
    assert seconds.max() > 10 * 400
    found = handling_time(handled, answered, LONDON, start=answered.end, intervals=4)
    assert not [note for note in found.notes if "left out" in note]


def test_what_is_odd_too_often_is_no_slip():
    handled, answered = calls_of(4, np.full(DAY, 400.0), per_interval=30, seed=6)
    seconds = handled.values.copy()
    seconds[::10] *= 10
    found = handling_time(IntervalSeries(START, INTERVAL_S, seconds), answered, LONDON, start=answered.end, intervals=4)
    assert any("too many to be slips" in note for note in found.notes)
    assert found.overall_s == pytest.approx(400 * (1 + 9 / 10), rel=0.05)


def test_times_of_zero_are_taken_as_they_are():
    silent, answered = IntervalSeries(START, INTERVAL_S, np.zeros(DAY)), IntervalSeries(START, INTERVAL_S, np.ones(DAY))
    found = handling_time(silent, answered, LONDON, start=answered.end, intervals=4)
    assert (found.mean_s == 0).all()
    assert np.isfinite(found.mean_cv).all()


def test_intervals_without_calls_or_seconds_are_skipped():
    handled, answered = calls_of(4, np.full(DAY, 400.0), per_interval=4, seed=3)
    seconds, calls = handled.values.copy(), answered.values.copy()
    seconds[:96], calls[96:192] = np.nan, np.nan
    found = handling_time(
        IntervalSeries(START, INTERVAL_S, seconds),
        IntervalSeries(START, INTERVAL_S, calls),
        LONDON,
        start=answered.end,
        intervals=4,
    )
    assert np.isfinite(found.mean_s).all()
    assert found.overall_s == pytest.approx(400, rel=0.05)


def test_bad_input_is_named():
    handled, answered = calls_of(1, np.full(DAY, 400.0), per_interval=4, seed=3)
    with pytest.raises(HistoriesDisagree, match="same grid"):
        handling_time(handled, answered.until(START), LONDON, start=answered.end, intervals=4)
    silent = IntervalSeries(START, INTERVAL_S, np.zeros(DAY))
    with pytest.raises(HistoryTooShort, match="rests on 0 answered calls"):
        handling_time(silent, silent, LONDON, start=silent.end, intervals=4)
    with pytest.raises(HorizonInvalid, match="intervals is 0"):
        handling_time(handled, answered, LONDON, start=answered.end, intervals=0)
