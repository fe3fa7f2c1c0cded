"""Forecasts: requested as runs, found again as long as the force is."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.access import Work
from app.calls import repository as calls
from app.calls.service import INTERVAL
from app.errors import Conflict, NotFound, invalid
from app.forces import service as forces
from app.forecasts import repository
from app.forecasts.schemas import WHOLE, ForecastEntry, ForecastIn, ForecastKind, ForecastsOut
from app.runs import service as runs
from app.runs.schemas import RunOut
from app.tables import ForecastRow

_WEEKLY_WEEKS = 8  # ahead, of the weekly forecast: the next two months' rosters, and each lead week is scored
_MIN_HISTORY_DAYS = 14
_MIN_DAYS_BESIDE = 1  # of a new queue, which takes another's shape at its own level
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
    days = {queue: max((until - first).total_seconds() / 86400, 0.0) for queue, (first, _, _) in spans.items()}
    needed = _MIN_HISTORY_DAYS if max(days.values()) < _MIN_HISTORY_DAYS else _MIN_DAYS_BESIDE
    for queue in days:
        if days[queue] < needed:
            raise Conflict(
                f"queue {queue} has {days[queue]:.1f} days of history up to {until.isoformat()}: expected at least "
                f"{_MIN_HISTORY_DAYS}, or {_MIN_DAYS_BESIDE} beside a queue that has them"
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


def find(
    session: Session,
    force_id: UUID,
    forecast_id: UUID | None = None,
    *,
    kind: ForecastKind | None = None,
    known_by: datetime | None = None,
) -> ForecastRow:
    """The forecast; or the newest where no identifier is given, of `kind` (absent: full or adjusted) and of those made
    by `known_by`. Raises `NotFound`."""
    kinds = WHOLE if kind is None else (kind,)
    row = repository.find(session, force_id, forecast_id, kinds=kinds, known_by=known_by)
    if row is None:
        if forecast_id is not None:
            raise _unknown(forecast_id)
        what = "forecast" if kind is None else f"{kind} forecast"
        until = "yet" if known_by is None else f"by {known_by.isoformat()}"
        raise NotFound(f"no {what} {until}: POST to .../forecasts")
    return row


def require(session: Session, force_id: UUID, forecast_id: UUID) -> None:
    """Raises `NotFound` where the force has no such forecast."""
    if not repository.is_there(session, force_id, forecast_id):
        raise _unknown(forecast_id)


def _unknown(forecast_id: UUID) -> NotFound:
    return NotFound(f"forecast {forecast_id} is unknown")


def request_again(work: Work) -> RunOut:
    """Queue a forecast of eight weeks from the end of the history. Raises `Conflict` where there are no calls since the
    newest full one, or too few."""
    newest = repository.find(work.session, work.force.id, kinds=(ForecastKind.FULL,))
    spans = calls.span(work.session, work.force.id)
    if newest is not None and min(last for _, last, _ in spans.values()) + INTERVAL <= newest.origin:
        raise Conflict(f"no new calls since forecast {newest.id} of {newest.origin.isoformat()}")
    return request(work, ForecastIn(weeks=_WEEKLY_WEEKS), None)


def request_todays_refresh(work: Work, now: datetime) -> RunOut:
    """Queue a refresh of the newest forecast that covers today, as `now` has it. Raises as `today`."""
    return request_refresh(work, today(work, now), None)


def today(work: Work, now: datetime) -> ForecastRow:
    """The newest forecast that covers today, as `now` has it, and can be refreshed. Raises `Conflict` where today has
    no calls that the newest forecasts don't know."""
    row = repository.find(work.session, work.force.id, covering=now)
    if row is None:
        raise Conflict(f"no forecast covers {now.isoformat()}")
    until, zone = known_until(work.session, work.force.id), ZoneInfo(row.description["timezone"])
    if until <= row.starts_at:
        raise Conflict(f"no new calls since forecast {row.id} of {row.origin.isoformat()}")
    day = now.astimezone(zone).date()
    if (until - INTERVAL).astimezone(zone).date() != day:
        raise Conflict(f"no calls of today are stored: the history ends at {until.isoformat()}")
    if until.astimezone(zone).date() != day:
        raise Conflict(f"no rest of today is left: the history ends at {until.isoformat()}")
    refreshed = repository.find(work.session, work.force.id, kinds=(ForecastKind.INTRADAY,))
    if refreshed is not None and refreshed.based_on == row.id and refreshed.origin >= until:
        raise Conflict(f"no new calls since forecast {refreshed.id} of {refreshed.origin.isoformat()}")
    return row


def request_refresh(work: Work, row: ForecastRow, idempotency_key: str | None) -> RunOut:
    """Queue a forecast of the rest of the day on which the call history ends. Raises `Conflict` where the forecast is
    itself such a rest."""
    asked = {"forecast_id": str(row.id)}
    earlier = runs.earlier(work, "intraday", asked, idempotency_key)
    if earlier is not None:
        return earlier
    if row.kind == ForecastKind.INTRADAY:
        raise Conflict(f"forecast {row.id} is the rest of a day already: refresh {row.based_on} instead")
    until = known_until(work.session, work.force.id)
    inputs = asked | {"until": until.isoformat(), "settings_version": row.settings_version}
    return runs.request(work, "intraday", asked, inputs, row.description["seed"], idempotency_key)


def known_until(session: Session, force_id: UUID) -> datetime:
    """End of the newest call record of any queue; a force with a forecast has one."""
    return max(last for _, last, _ in calls.span(session, force_id).values()) + INTERVAL


def page(
    session: Session,
    force_id: UUID,
    *,
    kind: ForecastKind | None,
    known_by: datetime | None,
    cursor: UUID | None,
    size: int,
) -> ForecastsOut:
    """Stored forecasts, newest first, from the one after `cursor`."""
    after = None if cursor is None else repository.find(session, force_id, cursor)
    if cursor is not None and after is None:
        raise invalid("cursor", str(cursor), "the `next` of an earlier page")
    kinds = tuple(ForecastKind) if kind is None else (kind,)
    rows = repository.page(session, force_id, kinds=kinds, known_by=known_by, after=after, size=size + 1)
    return ForecastsOut(
        forecasts=[entry(row) for row in rows[:size]], next=rows[size - 1].id if len(rows) > size else None
    )


def entry(row: ForecastRow) -> ForecastEntry:
    return ForecastEntry(
        id=row.id,
        kind=ForecastKind(row.kind),
        based_on=row.based_on,
        run_id=row.run_id,
        created_at=row.created_at,
        origin=row.origin,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        settings_version=row.settings_version,
    )
