from datetime import date

import numpy as np
import pytest

from forecasting.errors import HistoriesDisagree, HistoryTooShort, HorizonInvalid
from forecasting.handling_time import handling_time
from forecasting.series import IntervalSeries
from tests.forecasting.synthetic import INTERVAL_S, LONDON, assert_mean

START = LONDON.midnight(date(2024, 1, 8))
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
    # Ten weeks at a half-life of four: the old level keeps 2**-2.5 / (1 + 2**-2.5), about 15% of the weight.
    assert found.overall_s == pytest.approx(0.85 * 360 + 0.15 * 300, rel=0.02)


def test_weekly_jumps_are_uncertainty():
    jumps = np.random.default_rng(2).normal(1, 0.1, 40)
    parts = [calls_of(1, np.full(DAY, 400.0 * jump), per_interval=8, seed=k) for k, jump in enumerate(jumps)]
    handled = IntervalSeries(START, INTERVAL_S, np.concatenate([h.values for h, _ in parts]))
    answered = IntervalSeries(START, INTERVAL_S, np.concatenate([a.values for _, a in parts]))
    found = handling_time(handled, answered, LONDON, start=answered.end, intervals=4)
    # Standard error of a standard deviation from 40 weeks of differences: about 15%.
    assert found.level_cv == pytest.approx(0.1, rel=0.45)


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
