"""The models in a forecast's shadow: laws that hold whatever the history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from forecasting.calendar import Calendar
from forecasting.series import IntervalSeries
from forecasting.shadows import FOUR_WEEK_MEAN, PROPHET, shadow_means

LONDON = Calendar("Europe/London")
START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
DAY = 96


def weeks_of(week: np.ndarray, n: int) -> IntervalSeries:
    return IntervalSeries(START, 900, np.tile(week, n))


def means(history: dict[str, IntervalSeries], days: int = 14, calendar: Calendar = LONDON) -> dict[str, np.ndarray]:
    end = next(iter(history.values())).end
    return shadow_means(history, calendar, end, days * DAY, seed=1)


def test_a_week_that_repeats_is_forecast_exactly_by_the_four_week_mean():
    week = np.random.default_rng(1).poisson(5.0, 7 * DAY).astype(float)
    assert means({"999": weeks_of(week, 6)})[FOUR_WEEK_MEAN][0] == pytest.approx(np.tile(week, 2))


def test_the_four_week_mean_forgets_the_fifth_week():
    series = IntervalSeries(START, 900, np.concatenate([np.full(7 * DAY, 90.0), np.full(28 * DAY, 3.0)]))
    assert means({"999": series})[FOUR_WEEK_MEAN] == pytest.approx(3.0)


def test_prophet_keeps_the_weeks_total_and_the_days_shape():
    shape = 1 + np.sin(2 * np.pi * np.arange(DAY) / DAY) / 2
    week = np.concatenate([shape * 4] * 5 + [shape[::-1] * 8] * 2)
    ahead = means({"999": weeks_of(week, 12)}, calendar=Calendar("UTC", None, None))[PROPHET][0].reshape(14, DAY)
    assert ahead.sum() == pytest.approx(2 * week.sum(), rel=0.02)
    assert ahead[0] / ahead[0].sum() == pytest.approx(shape / shape.sum())
    assert ahead[5] / ahead[5].sum() == pytest.approx(shape[::-1] / shape.sum())


@pytest.mark.parametrize("calls", [0.0, 5.0, np.nan])
def test_odd_histories_give_numbers(calls):
    told = means({"101": IntervalSeries(START, 900, np.full(14 * DAY, calls)), "999": weeks_of(np.ones(7 * DAY), 2)})
    for mean in told.values():
        assert mean.shape == (2, 14 * DAY)
        assert np.isfinite(mean).all()
        assert (mean >= 0).all()
        if calls == calls:
            assert mean[0] == pytest.approx(calls, abs=1e-6)
            assert mean[1] == pytest.approx(1.0, rel=1e-3)


def test_the_shorter_day_of_the_spring_has_the_same_level():
    """Seven weeks to 23 March: the horizon's Sunday has 92 quarter-hours, and so that much less calls."""
    series = IntervalSeries(START + timedelta(weeks=4), 900, np.full(7 * 7 * DAY, 2.0))
    ahead = means({"999": series}, days=7)
    assert ahead[FOUR_WEEK_MEAN] == pytest.approx(2.0)
    assert ahead[PROPHET] == pytest.approx(2.0, rel=0.02)
