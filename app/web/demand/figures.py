"""What came and what was expected, on one grid; from the rooms that have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.calls import repository as call_rows
from app.forecasts import repository as forecast_rows
from app.forecasts.read import View, figures_of
from app.tables import ForecastRow
from app.web.demand.spans import QUARTER
from forecasting.forecast import Grain

INNER = (0.25, 0.75)  # half of the time between these
Values = list[float | None]


@dataclass(slots=True)
class QueueFigures:
    """Calls by interval; None where nothing whole is known. `bands` by level."""

    actual: Values
    mean: Values
    bands: dict[float, Values] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Demand:
    """starts : of the intervals [UTC]; newest, earlier : the forecasts that are drawn, `earlier` where the newest does
    not reach back; n_partial : intervals with gaps, that are left out"""

    starts: Sequence[datetime]
    queues: dict[str, QueueFigures]
    newest: ForecastRow | None
    earlier: ForecastRow | None
    n_partial: int


def demand(
    session: Session, force_id: UUID, edges: Sequence[datetime], grain: Grain, on: date, level: float, zone: ZoneInfo
) -> Demand:
    """Both queues between the `edges` of intervals; `level` is the probability of the wider band."""
    levels = ((1 - level) / 2, *INNER, (1 + level) / 2)
    starts, n = edges[:-1], len(edges) - 1
    newest = forecast_rows.find(session, force_id)
    midnight = datetime.combine(on, time(), zone).astimezone(UTC)
    earlier = forecast_rows.find(session, force_id, origin_by=midnight)
    if newest is not None and earlier is not None and earlier.id == newest.id:
        earlier = None
    names = sorted(call_rows.span(session, force_id), reverse=True) or ["999", "101"]
    queues = {name: QueueFigures([None] * n, [None] * n, {one: [None] * n for one in levels}) for name in names}
    n_partial = 0
    for name, found in queues.items():
        n_partial += _fill_actual(session, force_id, name, found, edges, grain, zone)
    for row in (earlier, newest):  # the newest last: it counts where both have an interval
        if row is not None:
            _fill_forecast(row, queues, edges, grain, levels)
    return _without_empty_ends(Demand(starts, queues, newest, earlier, n_partial))


def _without_empty_ends(found: Demand) -> Demand:
    """Without the intervals at either end of which nothing is known."""
    known = [
        i
        for told in found.queues.values()
        for values in (told.actual, told.mean)
        for i, value in enumerate(values)
        if value is not None
    ]
    kept = slice(min(known, default=0), max(known, default=-1) + 1)
    queues = {
        name: QueueFigures(
            told.actual[kept], told.mean[kept], {level: band[kept] for level, band in told.bands.items()}
        )
        for name, told in found.queues.items()
    }
    return replace(found, starts=found.starts[kept], queues=queues)


def _fill_actual(
    session: Session,
    force_id: UUID,
    name: str,
    found: QueueFigures,
    edges: Sequence[datetime],
    grain: Grain,
    zone: ZoneInfo,
) -> int:
    """Calls of the intervals that are recorded whole; answers how many are recorded in part."""
    place = {start: i for i, start in enumerate(edges[:-1])}
    since, until = edges[0], edges[-1]
    if grain is Grain.QUARTER_HOUR:
        starts, values = call_rows.read(session, force_id, name, ["offered"], since=since, until=until)
        told = [(start, calls, 1) for start, calls in zip(starts, values["offered"].tolist(), strict=True)]
    else:
        told = call_rows.totals(session, force_id, name, since=since, until=until, width=grain.value, timezone=zone.key)
    n_partial = 0
    for start, calls, recorded in told:
        i = place.get(start)
        if i is None:
            continue
        if recorded == (edges[i + 1] - edges[i]) // QUARTER:
            found.actual[i] = calls
        else:
            n_partial += 1
    return n_partial


def _fill_forecast(
    row: ForecastRow, queues: dict[str, QueueFigures], edges: Sequence[datetime], grain: Grain, levels: Sequence[float]
) -> None:
    """A forecast's intervals that are whole and on the grid."""
    since, until = max(row.starts_at, edges[0]), min(row.ends_at, edges[-1])
    if since >= until:
        return
    told = figures_of(row, View(None, since, until, tuple(levels), grain))
    place = {start: i for i, start in enumerate(edges[:-1])}
    for span, (start, end) in enumerate(zip(told.sums.starts, told.sums.ends, strict=True)):
        i = place.get(start)
        if i is None or edges[i + 1] != end:
            continue
        for q, name in told.queues:
            if name in queues:
                queues[name].mean[i] = round(float(told.sums.mean[q, span]), 2)
                for k, level in enumerate(levels):
                    queues[name].bands[level][i] = float(told.calls[k, q, span])
