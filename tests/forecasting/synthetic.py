"""Histories whose truth is known: Poisson calls around a weekly and daily shape, bent by a gamma day factor."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import Calendar, DayKind
from forecasting.days import DayFeatures
from forecasting.series import IntervalSeries

LONDON = Calendar("Europe/London")
INTERVAL_S = 900


def bare_days(dates: np.ndarray, kinds: tuple[DayKind, ...] | None = None) -> DayFeatures:
    """Dates with their kinds and no regressors."""
    kinds = tuple(LONDON.kinds(dates)) if kinds is None else kinds
    return DayFeatures(dates, kinds, (), np.zeros((dates.size, 0)), np.zeros(0), np.zeros(0, dtype=bool))


def true_means(
    calendar: Calendar, first: date, weeks: int, *, per_day: float, annual: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Expected calls of each interval from local midnight of ``first``, (intervals,), and the day it belongs to."""
    start = calendar.midnight(first)
    end = calendar.midnight(first + timedelta(weeks=weeks))
    grid = calendar.grid(start, INTERVAL_S, int((end - start).total_seconds()) // INTERVAL_S)
    hour = grid.slots / 4
    shape = 1 + 0.6 * np.sin(2 * np.pi * (hour - 9) / 24) + 0.3 * (grid.weekdays >= 4) * (hour >= 20)
    weekly = np.array([1.0, 0.95, 0.95, 1.0, 1.1, 1.2, 1.05])[grid.weekdays]
    yearly = 1 + annual * np.sin(2 * np.pi * grid.dates.astype("datetime64[D]").astype(float) / 365.25)
    day = (grid.dates - grid.dates[0]).astype(np.int64)
    return per_day / 96 * shape * weekly * yearly, day


def synthetic_history(
    weeks: int,
    *,
    seed: int,
    first: date = date(2023, 1, 2),
    per_day: tuple[float, ...] = (600.0, 900.0),
    day_cv: float = 0.1,
    correlation: float = 0.0,
    annual: float = 0.0,
    calendar: Calendar = LONDON,
) -> dict[str, IntervalSeries]:
    """Queues ``999``, ``101``, ... with day factors of mean 1 and coefficient of variation ``day_cv``.

    Log-normal factors: another family than the model's, and correlated by construction.
    """
    rng = np.random.default_rng(seed)
    start = calendar.midnight(first)
    names = ("999", "101", "switchboard")[: len(per_day)]
    means, days = zip(
        *(true_means(calendar, first, weeks, per_day=level, annual=annual) for level in per_day), strict=True
    )
    covariance = np.full((len(names), len(names)), correlation)
    np.fill_diagonal(covariance, 1.0)
    normal = rng.multivariate_normal(np.zeros(len(names)), covariance, size=int(days[0][-1]) + 1)
    sigma = np.sqrt(np.log1p(day_cv**2))
    factor = np.exp(sigma * normal - sigma**2 / 2)
    return {
        name: IntervalSeries(start, INTERVAL_S, rng.poisson(means[i] * factor[days[i], i]).astype(float))
        for i, name in enumerate(names)
    }


def assert_mean(samples: list[float], expected: float, *, detectable: float) -> None:
    """The mean lies within four standard errors of ``expected``, and four standard errors would show ``detectable``."""
    standard_error = float(np.std(samples, ddof=1)) / len(samples) ** 0.5
    assert 4 * standard_error <= detectable, (
        f"four standard errors are {4 * standard_error:.3g}: cannot see {detectable}"
    )
    assert abs(float(np.mean(samples)) - expected) <= 4 * standard_error
