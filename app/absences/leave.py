"""Absences as days of leave: what weekly solves and repairs make of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.absences import repository
from app.absences.schemas import AbsenceStatus
from app.people.schemas import HandlerIn, LeaveIn
from app.rosters.pattern import nominal_duties
from app.tables import AbsenceRow

_DAY = timedelta(days=1)
_BEFORE = timedelta(weeks=2)


def spans_away(session: Session, force_id: UUID, since: datetime) -> dict[str, list[tuple[datetime, datetime]]]:
    """From when until when each handler is absent, of absences that end after `since`."""
    away: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in repository.counting(session, force_id, since, [AbsenceStatus.WITHDRAWN]):
        away[row.handler].append((row.starts_at, row.ends_at))
    return away


def with_absences(
    session: Session, force_id: UUID, handlers: Sequence[HandlerIn], first: date, zone: ZoneInfo
) -> list[HandlerIn]:
    """The handlers with their absences from the fortnight before `first` on as days of leave besides their own."""
    since = datetime.combine(first, time(), UTC) - _BEFORE
    away: dict[str, list[AbsenceRow]] = defaultdict(list)
    for row in repository.counting(session, force_id, since, [AbsenceStatus.WITHDRAWN]):
        away[row.handler].append(row)
    return [
        handler.model_copy(update={"leave": [*handler.leave, *_leave(handler, away[handler.ref], zone)]})
        if away[handler.ref]
        else handler
        for handler in handlers
    ]


def _leave(handler: HandlerIn, rows: Iterable[AbsenceRow], zone: ZoneInfo) -> list[LeaveIn]:
    return [
        LeaveIn(first=day, last=day, credited=row.credited)
        for row in rows
        for day in days_away(handler, row.starts_at, row.ends_at, zone)
    ]


def days_away(handler: HandlerIn, start: datetime, end: datetime, zone: ZoneInfo) -> list[date]:
    """Local dates on which an absence leaves no duty: those whose duty of the pattern starts in it, and those without
    one that lie wholly in it."""
    first = start.astimezone(zone).date()
    n_days = (end.astimezone(zone).date() - first).days + 1
    nominal = {duty.date: duty for duty in nominal_duties(handler, first, n_days, zone)}
    found = []
    for day in (first + n * _DAY for n in range(n_days)):
        if (duty := nominal.get(day)) is not None:
            is_away = start <= duty.start < end
        else:
            begins, ends = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (day, day + _DAY))
            is_away = start <= begins and ends <= end
        if is_away:
            found.append(day)
    return found
