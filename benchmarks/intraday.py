"""The intraday suite: the rest of each day re-forecast at local noon, against leaving the forecast alone."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import product
from benchmarks.files import Counts, FileInvalid
from benchmarks.origins import Origin, known_until, rolling
from forecasting import intraday
from forecasting.forecast import Forecast
from forecasting.series import IntervalSeries

Figures = dict[str, Any]
# Sums over days of absolute errors, (4,): intervals left alone, intervals updated, rest of day left alone, and updated.
_Errors = tuple[float, float, float, float]


def run(
    series: Sequence[Counts], n_origins: int, weeks: int, jobs: int, tell: Callable[[str], None]
) -> dict[str, Figures]:
    """Relative change of both errors in the weeks of the reported origins; the forecast is remade every week."""
    n_weeks = (n_origins - n_origins // 2) * weeks
    calls = [(counts, origin) for counts in series for origin in rolling(counts, n_weeks, weeks=1)]
    weeks_done = product.each(_week, calls, jobs, lambda n: tell(f"intraday: {n} of {len(calls)} weeks"))
    found = {}
    for at, counts in enumerate(series):
        mine = weeks_done[at * n_weeks : (at + 1) * n_weeks]
        days = np.array([errors for week in mine for errors, _ in week])
        if not days.size:
            raise FileInvalid(f"{counts.name}: no day has counts both before and after noon")
        alone, updated, rest_alone, rest_updated = days.sum(axis=0)
        found[counts.name] = {
            "days": len(days),
            "interval_change": float(updated / alone - 1) if alone else None,
            "rest_of_day_change": float(rest_updated / rest_alone - 1) if rest_alone else None,
            "update_ms": float(np.median([elapsed for week in mine for _, elapsed in week])),
        }
    return found


def _week(counts: Counts, origin: Origin) -> list[tuple[_Errors, float]]:
    """Errors of each day of the week ahead of ``origin``, and how long its update took [ms]."""
    made = product.forecast(known_until(counts, origin), counts, weeks=1)
    dates = counts.grid.dates[origin.scored]
    noons = np.flatnonzero(counts.grid.slots[origin.scored] == counts.grid.n_slots // 2)
    actual = counts.series.values[origin.scored]
    found = []
    for noon in noons[noons > 0].tolist():
        today = dates == dates[noon]
        rest = np.flatnonzero(today[noon:]) + noon
        if np.isnan(actual[:noon][today[:noon]]).all() or np.isnan(actual[rest]).all():
            continue
        found.append(_day(made, actual, noon, rest.size))
    return found


def _day(made: Forecast, actual: np.ndarray, noon: int, n_rest: int) -> tuple[_Errors, float]:
    so_far = IntervalSeries(made.start, made.interval_s, actual[:noon])
    since = perf_counter()
    updated = intraday.update(made, {made.queues[0]: so_far}, seed=product.SEED)
    elapsed_ms = 1000 * (perf_counter() - since)
    came = actual[noon : noon + n_rest]
    errors = [forecast - came for forecast in (made.mean[0, noon : noon + n_rest], updated.mean[0, :n_rest])]
    by_interval = [float(np.nansum(np.abs(error))) for error in errors]
    by_day = [float(abs(np.nansum(error))) for error in errors]
    return (by_interval[0], by_interval[1], by_day[0], by_day[1]), elapsed_ms
