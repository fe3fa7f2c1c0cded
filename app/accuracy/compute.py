"""The score run's computation, in a child process: sums over lead weeks, of the product and of each shadow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.accuracy.repository import PRODUCT
from app.accuracy.run import Forecasted, Inputs, Result, Week
from app.forecasts.repository import unpack
from app.runs.child import Report
from forecasting import scores
from forecasting.calendar import Calendar, local_dates

_Array = NDArray[np.float64]


def compute(inputs: Inputs, report: Report) -> Result:
    """Score every week of every forecast."""
    found: list[dict[str, Any]] = []
    for done, forecasted in enumerate(inputs.forecasts):
        report(done / len(inputs.forecasts), f"scoring forecast {done + 1} of {len(inputs.forecasts)}")
        found += _scored(forecasted)
    return Result(found, inputs.is_all)


def _scored(forecasted: Forecasted) -> Iterator[dict[str, Any]]:
    stored = unpack(forecasted.arrays, forecasted.origin, forecasted.starts_at, forecasted.description)
    for week in forecasted.weeks:
        queue = stored.forecast.queues.index(week.queue)
        part = stored.forecast.window(week.starts_at, week.ends_at)
        first = int((part.start - stored.forecast.start).total_seconds()) // part.interval_s
        day = _whole_days(week, part.interval_s, part.timezone)
        floor = _floor(part.mean[queue], week.actual)
        means = {name: mean[queue, first : first + part.intervals] for name, mean in stored.shadows.items()}
        told = path_sums(week.actual, part.paths[:, queue], day, _rng(forecasted.id, week))
        for model, mean in {PRODUCT: part.mean[queue], **means}.items():
            yield {
                "forecast_id": forecasted.id,
                "queue": week.queue,
                "lead_week": week.lead_week,
                "model": model,
                "starts_at": week.starts_at,
                "ends_at": week.ends_at,
                "actuals_digest": week.digest,
                **point_sums(week.actual, mean, day),
                **floor,
                **(told if model == PRODUCT else {}),
            }


def point_sums(actual: _Array, mean: _Array, day: NDArray[np.int64]) -> dict[str, float]:
    """Sums that a mean forecast needs.

    Parameters
    ----------
    actual : (intervals,), offered calls, NaN where none are recorded: such intervals count nowhere
    mean : (intervals,), expected calls
    day : (intervals,), which whole local day the interval belongs to, from 0; -1: none whose every call is known
    """
    known = ~np.isnan(actual)
    daily, daily_mean = _by_day(actual, day), _by_day(mean, day)
    return {
        "n_intervals": int(known.sum()),
        "offered": float(actual[known].sum()),
        "predicted": float(mean[known].sum()),
        "abs_error": float(np.abs(actual - mean)[known].sum()),
        "n_days": int(daily.size),
        "daily_offered": float(daily.sum()),
        "daily_abs_error": float(np.abs(daily - daily_mean).sum()),
    }


def path_sums(
    actual: _Array, paths: NDArray[np.integer], day: NDArray[np.int64], rng: np.random.Generator
) -> dict[str, float]:
    """Sums that sample paths (paths, intervals) tell besides: CRPS, and how many intervals and whole days lay inside
    the central 80% and 95% by randomised PIT."""
    known = ~np.isnan(actual)
    if not known.any():
        return {"crps": 0.0, "inside_80": 0, "inside_95": 0, "days_inside_80": 0}
    seen, told = actual[known], paths[:, known]
    pit = scores.pit(seen, told, rng)
    in_day = day >= 0
    firsts = np.flatnonzero(np.diff(day[in_day], prepend=-1))
    day_paths = np.add.reduceat(paths[:, in_day], firsts, axis=-1, dtype=np.int64) if firsts.size else paths[:, :0]
    day_pit = scores.pit(_by_day(actual, day), day_paths, rng)
    return {
        "crps": scores.crps(seen, told) * seen.size,
        "inside_80": _inside(pit, 0.80),
        "inside_95": _inside(pit, 0.95),
        "days_inside_80": _inside(day_pit, 0.80),
    }


def _floor(mean: _Array, actual: _Array) -> dict[str, float]:
    """What a perfect forecast would miss and of how many calls, if the product's means were the truth."""
    known = mean[~np.isnan(actual)]
    calls = float(known.sum())
    return {"floor_error": scores.noise_floor(known) * calls if calls > 0 else 0.0, "floor_calls": calls}


def _whole_days(week: Week, interval_s: int, timezone: str) -> NDArray[np.int64]:
    """Number of the local day of each interval, (intervals,), counting the days that lie wholly inside the week and of
    which every interval is known; -1 elsewhere."""
    dates = local_dates(week.starts_at, interval_s, week.actual.size, timezone)
    calendar = Calendar(timezone, None, None)
    day, number = np.full(dates.size, -1), 0
    for date in np.unique(dates):
        inside = dates == date
        start, end = (calendar.midnight(d.item()) for d in (date, date + np.timedelta64(1, "D")))
        is_whole = inside.sum() * interval_s == (end - start).total_seconds()
        if is_whole and not np.isnan(week.actual[inside]).any():
            day[inside], number = number, number + 1
    return day


def _by_day(values: _Array, day: NDArray[np.int64]) -> _Array:
    """Sums of ``values`` over each whole day, (days,)."""
    return np.asarray(np.bincount(day[day >= 0], values[day >= 0]), dtype=np.float64)


def _inside(pit: _Array, level: float) -> int:
    return int((np.abs(pit - 0.5) <= level / 2).sum())


def _rng(forecast_id: UUID, week: Week) -> np.random.Generator:
    """The same chance whenever the same week is scored again."""
    return np.random.default_rng(
        np.random.SeedSequence([forecast_id.int, int(week.queue.encode().hex(), 16), week.lead_week])
    )
