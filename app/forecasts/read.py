"""A stored forecast as it is read: any grain, span and levels, every figure from the same sample paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.errors import invalid
from app.forces import service as forces
from app.forecasts import repository
from app.forecasts.service import entry
from app.representation import csv_bytes, json_bytes
from app.tables import ForecastRow
from forecasting.forecast import Aggregate, Forecast, Grain, path_quantiles

CSV_COLUMNS = (
    "forecast_id", "origin", "queue", "start", "end", "start_local", "mean", "level", "calls", "mean_handling_s",
    "workload_h",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """What of a forecast is asked for; absent: all of it."""

    queue: str | None
    since: datetime | None
    until: datetime | None
    levels: tuple[float, ...]
    aggregate: Grain


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """`sums` over `queues`; `calls` (levels, queues, spans), quantiles; `handling_s` (queues, spans); `workload_h` like
    `calls`, and its mean (queues, spans)."""

    queues: tuple[tuple[int, str], ...]
    sums: Aggregate
    calls: NDArray[np.float64]
    handling_s: NDArray[np.float64]
    workload_h: NDArray[np.float64]
    mean_workload_h: NDArray[np.float64]
    timezone: str


def as_json(session: Session, row: ForecastRow, view: View) -> bytes:
    """`ForecastOut`, written without building it: thousands of checked objects would cost more than the figures."""
    figures = figures_of(row, view)
    settings = forces.settings_of_version(session, row.force_id, row.settings_version)
    starts = list(figures.sums.starts)
    content = entry(row).model_dump() | {
        "aggregate": view.aggregate,
        "levels": list(view.levels),
        "synthetic": settings.synthetic,
        "inputs": row.inputs,
        "description": row.description,
        "queues": {
            name: {
                "start": starts,
                "mean": figures.sums.mean[q].round(4),
                "quantiles": {_name(level): figures.calls[i, q] for i, level in enumerate(view.levels)},
                "mean_handling_s": figures.handling_s[q].round(1),
                "workload_h": {
                    "mean": figures.mean_workload_h[q].round(4),
                    "quantiles": {
                        _name(level): figures.workload_h[i, q].round(4) for i, level in enumerate(view.levels)
                    },
                },
            }
            for q, name in figures.queues
        },
    }
    return json_bytes(content)


def as_csv(session: Session, row: ForecastRow, view: View) -> bytes:  # noqa: ARG001 - as `as_json`
    """One line per queue, span and level; the columns are the same whatever is asked for."""
    return csv_bytes(CSV_COLUMNS, _lines(row, view, figures_of(row, view)))


def _lines(row: ForecastRow, view: View, figures: Figures) -> Iterator[Sequence[object]]:
    sums, zone = figures.sums, ZoneInfo(figures.timezone)
    origin = _rfc3339(row.origin)
    spans = [
        (_rfc3339(start), _rfc3339(end), start.astimezone(zone).isoformat())
        for start, end in zip(sums.starts, sums.ends, strict=True)
    ]
    for q, name in figures.queues:
        means, handling = sums.mean[q].round(4).tolist(), figures.handling_s[q].round(1).tolist()
        calls, workload = figures.calls[:, q].astype(int).tolist(), figures.workload_h[:, q].round(4).tolist()
        for span, (start, end, start_local) in enumerate(spans):
            for i, level in enumerate(view.levels):
                yield (
                    row.id, origin, name, start, end, start_local, means[span], _name(level), calls[i][span],
                    handling[span], workload[i][span],
                )  # fmt: skip


def figures_of(row: ForecastRow, view: View) -> Figures:
    whole, handling_s = repository.unpacked(row)
    if view.queue is not None and view.queue not in whole.queues:
        raise invalid("queue", view.queue, f"one of {', '.join(whole.queues)}")
    start, end = view.since or whole.start, view.until or whole.end
    try:
        part = whole.window(start, end)
        sums = part.aggregate(view.aggregate)
        first = int((part.start - whole.start).total_seconds()) // whole.interval_s
        span = slice(first, first + part.intervals)
        starts_s = np.array([start.timestamp() for start in sums.starts])
        edges = ((starts_s - part.start.timestamp()) // part.interval_s).astype(np.int64)
        calls, workload_s = _quantiles(row, view.levels, sums, edges, span)
    except ValueError as error:
        raise invalid("from, to, levels", [start.isoformat(), end.isoformat(), *view.levels], str(error)) from error
    handling_s = handling_s[:, span]
    return Figures(
        queues=tuple((q, name) for q, name in enumerate(whole.queues) if view.queue in (None, name)),
        sums=sums,
        calls=calls,
        handling_s=_mean_handling(part, handling_s, edges),
        workload_h=workload_s / 3600,
        mean_workload_h=np.add.reduceat(part.mean * handling_s, edges, axis=1) / 3600,
        timezone=whole.timezone,
    )


def _quantiles(
    row: ForecastRow, levels: Sequence[float], sums: Aggregate, edges: NDArray[np.int64], span: slice
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles (levels, queues, spans) of the calls, and of their handling time [s], in `sums` over the intervals of
    `span`; `edges` (spans,) is the first interval of each."""
    if edges.size < span.stop - span.start:
        workload_s = np.add.reduceat(repository.workload(row)[..., span], edges, axis=-1, dtype=np.float64)
        return sums.quantiles(levels), path_quantiles(workload_s, levels)
    calls, ordered_s = repository.ordered(row)
    ranks = path_quantiles(np.arange(calls.shape[0]), levels).astype(np.int64)
    return calls[ranks, :, span].astype(np.float64, order="C"), ordered_s[ranks, :, span].astype(np.float64, order="C")


def _mean_handling(part: Forecast, handling_s: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Call-weighted mean handling time per span, (queues, spans) [s]; `edges` (spans,) first interval of each."""
    weights = np.maximum(part.mean, 1e-9)
    handled: NDArray[np.float64] = np.add.reduceat(handling_s * weights, edges, axis=1)
    return handled / np.add.reduceat(weights, edges, axis=1)


def _name(level: float) -> str:
    """Shortest: 0.5, 1; and never the same for two levels."""
    return repr(level).removesuffix(".0")


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
