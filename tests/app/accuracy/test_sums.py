"""The sums that scores are made of, by hand and by law."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.accuracy.compute import _whole_days, path_sums, point_sums
from app.accuracy.run import Week

MONDAY = datetime(2026, 3, 23, tzinfo=UTC)  # local midnight; the clocks go forward on the Sunday


def week(actual: np.ndarray, start: datetime = MONDAY) -> Week:
    return Week("999", 1, start, start + actual.size * timedelta(minutes=15), actual, "")


def test_point_sums_by_hand():
    actual, mean = np.array([3.0, np.nan, 5.0, 2.0]), np.array([4.0, 9.0, 3.0, 2.5])
    sums = point_sums(actual, mean, np.array([-1, -1, 0, 0]))
    assert sums == {
        "n_intervals": 3, "offered": 10, "predicted": 9.5, "abs_error": 3.5,
        "n_days": 1, "daily_offered": 7, "daily_abs_error": 1.5,
    }  # fmt: skip


def test_only_whole_known_days_count_and_the_spring_day_is_one():
    actual = np.ones(7 * 96 - 4)
    day = _whole_days(week(actual), 900, "Europe/London")
    assert np.bincount(day).tolist() == [96] * 6 + [92]
    actual[100] = np.nan
    assert np.bincount(_whole_days(week(actual), 900, "Europe/London") + 1).tolist() == [96, 96, 96, 96, 96, 96, 92]
    day = _whole_days(week(np.ones(96), MONDAY + timedelta(minutes=15)), 900, "Europe/London")
    assert (day == -1).all()


def test_a_true_forecast_is_inside_its_intervals_as_often_as_it_says():
    rng = np.random.default_rng(3)
    n_days, factor_variance = 2000, 0.01
    draw = lambda n: rng.poisson(3 * rng.gamma(1 / factor_variance, factor_variance, (n, n_days)).repeat(4, axis=1))  # noqa: E731
    day = np.arange(n_days).repeat(4)
    sums = path_sums(draw(1)[0].astype(float), draw(400), day, rng)
    for name, level, n in (
        ("inside_80", 0.8, 4 * n_days),
        ("inside_95", 0.95, 4 * n_days),
        ("days_inside_80", 0.8, n_days),
    ):
        # The four intervals of a day share its factor: at worst they count as one.
        assert abs(sums[name] / n - level) < 4 * (level * (1 - level) / n_days) ** 0.5


def test_the_crps_of_paths_that_all_agree_is_their_absolute_error():
    sums = path_sums(np.array([3.0, np.nan, 7.0]), np.full((50, 3), 5), np.full(3, -1), np.random.default_rng(1))
    assert sums["crps"] == pytest.approx(4)
    assert sums["days_inside_80"] == 0


def test_a_week_without_any_record_scores_nothing():
    sums = path_sums(np.full(4, np.nan), np.ones((50, 4), int), np.full(4, -1), np.random.default_rng(1))
    assert set(sums.values()) == {0}
