"""The intraday run: the rest of a local day forecast anew from its calls so far. Light, but a run like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from app.calls import repository as calls
from app.forecasts import repository, service
from app.forecasts.adjust import BEFORE
from app.forecasts.run import Result, keep
from app.forecasts.schemas import ForecastKind
from app.runs.child import Report
from app.runs.outcome import Stored
from app.tables import RunRow
from app.versions import versions
from forecasting.calendar import Calendar
from forecasting.intraday import update
from forecasting.series import IntervalSeries, regular_series


@dataclass(frozen=True, slots=True)
class Inputs:
    """The forecast to refresh as it is stored, the calls since it began, and where today ends [UTC]."""

    forecast_id: UUID
    origin: datetime
    starts_at: datetime
    arrays: bytes
    inputs: dict[str, Any]
    description: dict[str, Any]
    actuals: dict[str, IntervalSeries]
    day_ends: datetime
    seed: int


def load(session: Session, run: RunRow) -> Inputs | str:
    """What to compute from; or why there is nothing to learn from."""
    row = service.find(session, run.force_id, UUID(run.inputs["forecast_id"]))
    until = datetime.fromisoformat(run.inputs["until"])
    calendar = Calendar(row.description["timezone"], None, None)
    today = until.astimezone(ZoneInfo(calendar.timezone)).date()
    midnight, day_ends = (calendar.midnight(today + timedelta(days=days)) for days in (0, 1))
    actuals, has_today = {}, False
    for queue in row.description["queues"]:
        # Earlier days of the forecast tell of today too.
        starts, columns = calls.read(session, run.force_id, queue, ("offered",), since=row.starts_at, until=until)
        if starts:
            has_today |= starts[-1] >= midnight
            actuals[queue] = _up_to(until, regular_series(starts, columns["offered"], interval_s=900))
    if not has_today or until >= row.ends_at:
        return (
            f"no calls to refresh it by: the call history ends at {until.isoformat()}; expected some calls of a local "
            f"day inside the forecast, {row.starts_at.isoformat()} to {row.ends_at.isoformat()}"
        )
    return Inputs(
        forecast_id=row.id,
        origin=row.origin,
        starts_at=row.starts_at,
        arrays=row.arrays,
        inputs=row.inputs,
        description=row.description,
        actuals=actuals,
        day_ends=min(day_ends, row.ends_at),
        seed=run.seed,
    )


def compute(inputs: Inputs | str, report: Report) -> Result | str:
    """The refreshed rest of the day, packed for storage."""
    if isinstance(inputs, str):
        return inputs
    report(0.1, "refreshing the rest of the day")
    whole = repository.unpack(inputs.arrays, inputs.origin, inputs.starts_at, inputs.description).forecast
    refreshed = update(whole, inputs.actuals, seed=inputs.seed)
    rest = refreshed.window(refreshed.start, inputs.day_ends)
    read = {
        queue: {
            "from": series.start.isoformat(),
            "to": series.end.isoformat(),
            "rows": int((~np.isnan(series.values)).sum()),
            "sha256": sha256(series.values.tobytes()).hexdigest(),
        }
        for queue, series in inputs.actuals.items()
    }
    return Result(
        origin=rest.origin,
        starts_at=rest.start,
        ends_at=rest.end,
        inputs=inputs.inputs
        | {"actuals": read, "known_until": rest.origin.isoformat(), "seed": inputs.seed, "versions": versions()},
        description=inputs.description,
        arrays=repository.repacked(
            inputs.arrays, inputs.starts_at, rest, {BEFORE: whole.window(rest.start, rest.end).mean}
        ),
    )


def store(session: Session, run: RunRow, result: Result | str) -> Stored:
    if isinstance(result, str):
        return Stored(None, "no_actuals", result)
    return keep(session, run, result, ForecastKind.INTRADAY, UUID(run.inputs["forecast_id"]))


def _up_to(end: datetime, series: IntervalSeries) -> IntervalSeries:
    """The series with what is missing up to `end` explicit."""
    missing = (end - series.end) // timedelta(seconds=series.interval_s)
    return IntervalSeries(series.start, series.interval_s, np.concatenate([series.values, np.full(missing, np.nan)]))
