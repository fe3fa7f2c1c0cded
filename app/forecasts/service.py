"""Forecasts: requested as runs, read at any grain and level."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.access import Work
from app.calls import repository as calls
from app.calls.service import INTERVAL
from app.errors import Conflict, NotFound, invalid
from app.forces import service as forces
from app.forecasts import repository
from app.forecasts.schemas import ForecastIn, ForecastOut, QueueForecastOut
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import ForecastRow
from forecasting.forecast import Aggregate, Forecast, Grain

_MIN_HISTORY_DAYS = 14
_MOST_APART = timedelta(days=2)  # a nightly import may be late for one queue


def request(work: Work, body: ForecastIn, idempotency_key: str | None) -> RunOut:
    """Queue a forecast of every stored queue. Raises `Conflict` where history is absent or too short."""
    asked = body.model_dump(mode="json", by_alias=True)
    earlier = runs.earlier(work, "forecast", asked, idempotency_key)
    if earlier is not None:
        return earlier
    spans = calls.span(work.session, work.force.id)
    if not spans:
        raise Conflict("this force has no call history: POST it to .../calls first")
    until = min(last for _, last, _ in spans.values()) + INTERVAL
    for queue, (first, _, _) in spans.items():
        days = (until - first).total_seconds() / 86400
        if days < _MIN_HISTORY_DAYS:
            raise Conflict(
                f"queue {queue} has {max(days, 0):.1f} days of history up to {until.isoformat()}: expected at least "
                f"{_MIN_HISTORY_DAYS}"
            )
    late = {queue: last + INTERVAL - until for queue, (_, last, _) in spans.items()}
    if max(late.values()) > _MOST_APART:
        ends = ", ".join(f"{queue} at {last + INTERVAL:%Y-%m-%d %H:%M} UTC" for queue, (_, last, _) in spans.items())
        raise Conflict(f"the histories end at different times ({ends}): import what is missing first")
    inputs = {
        "weeks": body.weeks,
        "paths": body.paths,
        "queues": sorted(spans),
        "since": min(first for first, _, _ in spans.values()).isoformat(),
        "until": until.isoformat(),
        "settings_version": forces.current_settings(work.session, work.force.id).version,
    }
    return runs.request(work, "forecast", asked, inputs, body.seed, idempotency_key)


def find(session: Session, force_id: UUID, forecast_id: UUID | None) -> ForecastRow:
    """The forecast, or the newest where no identifier is given. Raises `NotFound`."""
    row = repository.find(session, force_id, forecast_id)
    if row is None:
        wanted = (
            "no forecast yet: POST to .../forecasts" if forecast_id is None else f"forecast {forecast_id} is unknown"
        )
        raise NotFound(wanted)
    return row


def read(
    session: Session,
    row: ForecastRow,
    *,
    queue: str | None,
    since: datetime | None,
    until: datetime | None,
    levels: Sequence[float],
    aggregate: Grain,
) -> ForecastOut:
    """The forecast's figures for a span and grain, every one from the same sample paths."""
    whole, handling_s = repository.unpacked(row)
    if queue is not None and queue not in whole.queues:
        raise invalid("queue", queue, f"one of {', '.join(whole.queues)}")
    start, end = since or whole.start, until or whole.end
    try:
        part = whole.window(start, end)
        sums = part.aggregate(aggregate)
        quantiles = sums.quantiles(levels)
    except ValueError as error:
        raise invalid("from, to, levels", [start.isoformat(), end.isoformat(), *levels], str(error)) from error
    first = int((part.start - whole.start).total_seconds()) // whole.interval_s
    handling = _mean_handling(part, handling_s[:, first : first + part.intervals], sums)
    settings = forces.settings_of_version(session, row.force_id, row.settings_version)
    return ForecastOut(
        id=row.id,
        run_id=row.run_id,
        created_at=row.created_at,
        origin=row.origin,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        aggregate=aggregate,
        levels=list(levels),
        settings_version=row.settings_version,
        synthetic=settings.synthetic,
        description=row.description,
        queues={
            name: QueueForecastOut(
                start=list(sums.starts),
                mean=np.round(sums.mean[q], 4).tolist(),
                quantiles={f"{level:g}": quantiles[i, q].tolist() for i, level in enumerate(levels)},
                mean_handling_s=np.round(handling[q], 1).tolist(),
            )
            for q, name in enumerate(whole.queues)
            if queue in (None, name)
        },
    )


def _mean_handling(part: Forecast, handling_s: NDArray[np.float64], sums: Aggregate) -> NDArray[np.float64]:
    """Call-weighted mean handling time per span, (queues, spans) [s]."""
    starts = np.array([(start - part.start).total_seconds() for start in sums.starts]) // part.interval_s
    edges = starts.astype(int)
    weights = np.maximum(part.mean, 1e-9)
    handled: NDArray[np.float64] = np.add.reduceat(handling_s * weights, edges, axis=1)
    return handled / np.add.reduceat(weights, edges, axis=1)
