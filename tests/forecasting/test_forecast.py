"""Laws of a forecast that hold whatever model made it."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.errors import ForecastingError, HorizonInvalid
from forecasting.forecast import Forecast, path_quantiles
from tests.forecasting.synthetic import LONDON

SPRING, AUTUMN = date(2024, 3, 31), date(2024, 10, 27)


def made_up(start: datetime, intervals: int, *, n_paths: int = 20, seed: int = 0) -> Forecast:
    rng = np.random.default_rng(seed)
    mean = rng.uniform(0, 9, (2, intervals))
    spread = np.full(mean.shape, 0.1)
    paths = rng.poisson(mean, (n_paths, 2, intervals)).astype(np.int32)
    return Forecast(
        start, start, 900, "Europe/London", ("101", "999"), mean, spread, 0.5 * spread, np.ones(2), np.ones(2), paths
    )


starts = st.integers(0, 4 * 24 * 365).map(lambda k: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * k))


@settings(max_examples=30)
@given(starts, st.integers(1, 400), st.sampled_from(["15min", "hour", "day", "week", "month", "year"]))
def test_aggregates_add_up_and_tile_the_forecast(start, intervals, grain):
    forecast = made_up(start, intervals)
    sums = forecast.aggregate(grain)
    assert (sums.paths.sum(axis=-1) == forecast.paths.sum(axis=-1)).all()
    assert sums.mean.sum(axis=-1) == pytest.approx(forecast.mean.sum(axis=-1))
    assert sums.starts[0] == forecast.start
    assert sums.ends[-1] == forecast.end
    assert sums.starts[1:] == sums.ends[:-1]
    assert all(a < b for a, b in zip(sums.starts, sums.ends, strict=True))


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2024, 7, 1), 24)])
def test_days_and_hours_at_the_clock_changes(day, hours):
    start, end = LONDON.midnight(day), LONDON.midnight(day + timedelta(days=1))
    forecast = made_up(start - timedelta(days=2), 7 * 96)
    days, of_day = forecast.aggregate("day"), forecast.window(start, end)
    at = days.starts.index(start)
    assert days.ends[at] == end
    assert days.ends[at] - days.starts[at] == timedelta(hours=hours)
    assert (days.paths[..., at] == of_day.paths.sum(axis=-1)).all()
    assert of_day.intervals == 4 * hours
    by_hour = of_day.aggregate("hour")
    assert len(by_hour.starts) == hours
    assert all(b - a == timedelta(hours=1) for a, b in zip(by_hour.starts, by_hour.ends, strict=True))


def test_months_are_those_of_the_local_calendar():
    forecast = made_up(LONDON.midnight(date(2024, 9, 30)), 96 * 33 + 4)
    months = forecast.aggregate("month")
    assert months.starts == tuple(
        LONDON.midnight(day) for day in (date(2024, 9, 30), date(2024, 10, 1), date(2024, 11, 1))
    )
    assert months.ends[1] - months.starts[1] == timedelta(days=31, hours=1)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 100), min_size=1, max_size=30), st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_quantiles_are_ordered_and_are_values_that_were_drawn(draws, levels):
    quantiles = path_quantiles(np.array(draws)[:, None], sorted(levels))[:, 0]
    assert (np.diff(quantiles) >= 0).all()
    for level, quantile in zip(sorted(levels), quantiles, strict=True):
        assert quantile in draws
        assert np.mean(np.array(draws) <= quantile) >= level - 1e-9


def test_quantile_at_its_edge():
    paths = np.arange(1, 11)[:, None]
    assert path_quantiles(paths, [0.5, 0.51, 1.0])[:, 0].tolist() == [5, 6, 10]


def test_aggregated_quantiles_come_from_the_same_paths():
    forecast = made_up(LONDON.midnight(SPRING), 92)
    expected = path_quantiles(forecast.paths.sum(axis=-1, keepdims=True), [0.1, 0.9])
    assert (forecast.aggregate("day").quantiles([0.1, 0.9]) == expected).all()


@given(st.integers(0, 90), st.integers(1, 10))
def test_window_is_a_slice(first, length):
    forecast = made_up(datetime(2024, 5, 1, tzinfo=UTC), 100)
    begin = forecast.start + timedelta(minutes=15 * first)
    part = forecast.window(begin, begin + timedelta(minutes=15 * length))
    assert (part.start, part.intervals, part.origin) == (begin, length, forecast.origin)
    assert (part.paths == forecast.paths[..., first : first + length]).all()
    assert part.starts == forecast.starts[first : first + length]


def test_windows_outside_are_refused():
    forecast = made_up(datetime(2024, 5, 1, tzinfo=UTC), 4)
    for begin, end in [(-15, 15), (0, 75), (30, 30), (45, 15)]:
        with pytest.raises(HorizonInvalid, match="expected a span inside"):
            forecast.window(forecast.start + timedelta(minutes=begin), forecast.start + timedelta(minutes=end))


@pytest.mark.parametrize("levels", [[-0.01], [1.01], [float("nan")]])
def test_levels_outside_are_refused(levels):
    with pytest.raises(HorizonInvalid, match=r"0\.\.1"):
        made_up(datetime(2024, 5, 1, tzinfo=UTC), 4).quantiles(levels)


def test_unknown_grain_is_refused():
    with pytest.raises(HorizonInvalid, match="decade"):
        made_up(datetime(2024, 5, 1, tzinfo=UTC), 4).aggregate("decade")


@pytest.mark.parametrize(
    "change",
    [
        {"mean": np.full((2, 4), np.nan)},
        {"mean": np.full((2, 4), -1.0)},
        {"rate_cv": np.zeros((2, 3))},
        {"day_cv": np.zeros((2, 3))},
        {"intraday_strength": np.array([0.5, 1.1])},
        {"carry_over": np.array([0.5, 1.1])},
        {"paths": np.zeros((5, 2, 4))},
        {"paths": np.full((5, 2, 4), -1)},
        {"queues": ("999", "999")},
        {"origin": datetime(2024, 5, 2, tzinfo=UTC)},
    ],
)
def test_impossible_forecasts_are_refused(change):
    start = datetime(2024, 5, 1, tzinfo=UTC)
    right = {
        "origin": start,
        "start": start,
        "interval_s": 900,
        "timezone": "Europe/London",
        "queues": ("101", "999"),
        "mean": np.ones((2, 4)),
        "rate_cv": np.ones((2, 4)),
        "day_cv": np.ones((2, 4)),
        "intraday_strength": np.ones(2),
        "carry_over": np.ones(2),
        "paths": np.ones((5, 2, 4), dtype=np.int32),
    }
    assert Forecast(**right).intervals == 4
    with pytest.raises(ForecastingError):
        Forecast(**(right | change))


def test_showing_a_forecast_loads_no_model_library():
    code = (
        "import sys, forecasting.forecast, forecasting.series, forecasting.calendar, forecasting.errors;"
        "print({'statsmodels', 'prophet', 'scipy', 'pandas'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
