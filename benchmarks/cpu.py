"""The cpu suite: seconds that one forecast takes, eight weeks ahead with 500 paths."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from benchmarks import product
from benchmarks.files import Counts
from benchmarks.results import Failed
from forecasting.calendar import Calendar
from forecasting.series import DAY_S, IntervalSeries

_WEEKS = 8
_REPEATS = 3
_INTERVAL_S = 900
_CALLS_PER_DAY = 900.0


def run(series: Sequence[Counts], tell: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """Median CPU seconds of three calls after one that warms up, of every series from its end, and of two made ones:
    half a year, and three years, where Prophet joins on daily totals."""
    made = [synthetic("synthetic:half_year", 182), synthetic("synthetic:three_years", 1096)]
    product.make(made[1].series, made[1], weeks=_WEEKS)
    found: dict[str, dict[str, Any]] = {}
    for counts in [*made, *series]:
        seconds = []
        for _ in range(_REPEATS):
            result = product.make(counts.series, counts, weeks=_WEEKS)
            if isinstance(result, Failed):
                found[counts.name] = {"error": result.error}
                break
            seconds.append(result.cpu_s)
        else:
            days = counts.series.values.size * counts.series.interval_s // DAY_S
            found[counts.name] = {"cpu_s": float(np.median(seconds)), "days": days}
        tell(f"{counts.name}: {found[counts.name]}")
    return found


def synthetic(name: str, days: int) -> Counts:
    """Poisson calls of a medium force at 15 minutes with daily, weekly and annual patterns and a gamma day factor."""
    calendar = Calendar("Europe/London")
    start = datetime(2022, 1, 3, tzinfo=UTC)
    grid = calendar.grid(start, _INTERVAL_S, days * DAY_S // _INTERVAL_S)
    rng = np.random.default_rng(days)
    day = (grid.dates - grid.dates[0]).astype(np.int64)
    hour = grid.slots * _INTERVAL_S / 3600
    rate = _CALLS_PER_DAY * _INTERVAL_S / DAY_S * (1 + 0.6 * np.sin(2 * np.pi * (hour - 9) / 24))
    rate *= 1 + 0.1 * np.sin(2 * np.pi * day / 365.25) + 0.1 * (grid.weekdays >= 4)
    counts = rng.poisson(rate * rng.gamma(400, 1 / 400, day[-1] + 1)[day]).astype(np.float64)
    return Counts(name, IntervalSeries(start, _INTERVAL_S, counts), calendar, grid, ())
