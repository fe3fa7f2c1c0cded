"""One calendar of a force: days of the public calendar, what is assumed, and its own events."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import utc_now
from app.errors import invalid
from app.events import service
from app.events.schemas import OccurrenceOut, OccurrencesOut
from app.events.service import EventVersion
from app.forces import service as forces
from forecasting.calendar import Calendar, DayKind
from forecasting.events import occurrences

_MOST_DAYS = 800  # two years and a little


def listed(session: Session, force_id: UUID, first: date, last: date) -> OccurrencesOut:
    """What touches the local days `first` to `last`, both included, in order. Raises `Invalid`."""
    if not first <= last < first + timedelta(days=_MOST_DAYS):
        raise invalid("from", first.isoformat(), f"a day up to 'to' ({last}), at most {_MOST_DAYS} days in all")
    settings = forces.current_settings(session, force_id).settings
    calendar = Calendar(settings.timezone, settings.country, settings.subdivision)
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    found = [_day(calendar, day) for day in days if calendar.kind(day) is not DayKind.ORDINARY]
    since, until = calendar.midnight(first), calendar.midnight(last + timedelta(days=1))
    known = service.known(session, force_id, settings, utc_now())
    versions: list[EventVersion | None] = [*known.versions, *[None] * len(known.assumed)]
    for event, version in zip(known.all, versions, strict=True):
        found += [
            OccurrenceOut(
                name=event.name,
                source="force" if version else "assumed",
                kind=version.kind if version else None,
                start=occurrence.start,
                end=occurrence.end,
                queues=list(event.queues),
                multiplier=event.multiplier,
                event_id=version.id if version else None,
                version=version.version if version else None,
            )
            for occurrence in occurrences([event], since, until, settings.timezone)
        ]
    return OccurrencesOut(
        timezone=settings.timezone, occurrences=sorted(found, key=lambda entry: (entry.start, entry.name))
    )


def _day(calendar: Calendar, day: date) -> OccurrenceOut:
    return OccurrenceOut(
        name=calendar.kind(day),
        source="calendar",
        kind=None,
        holiday=calendar.holiday_name(day),
        start=calendar.midnight(day),
        end=calendar.midnight(day + timedelta(days=1)),
    )
