"""A handler's published duties as a calendar that follows a secret address (RFC 5545)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from app.access import Work
from app.audit.repository import add_line
from app.database import EVERY_FORCE, force_session, new_id, utc_now, work_for
from app.errors import NotFound
from app.forces import service as forces
from app.own import repository
from app.own.schemas import CalendarFeedOut, NewCalendarFeedOut
from app.own.whose import require_own, require_self
from app.people import service as people
from app.rosters import joined
from app.tables import CalendarFeedRow
from rostering.roster import Duty

ADDRESS: Final = "/v1/calendar-feeds"
_BACK, _AHEAD = timedelta(days=28), timedelta(days=366)
_NOTED_EVERY = timedelta(hours=1)
_BYTES: Final = 32


def told(work: Work, ref: str) -> CalendarFeedOut:
    """Whether there is an address. Raises `NotFound` as `require_own`."""
    require_own(work, ref)
    row = repository.feed_of(work.session, work.force.id, ref)
    if row is None:
        return CalendarFeedOut(handler=ref, created_at=None, last_used_at=None)
    return CalendarFeedOut(handler=ref, created_at=row.created_at, last_used_at=row.last_used_at)


def make(work: Work, ref: str, origin: str) -> NewCalendarFeedOut:
    """A new address below `origin`; an older one ends. Raises as `require_self`."""
    require_self(work, ref, "a calendar's secret address")
    now, secret = utc_now(), secrets.token_urlsafe(_BYTES)
    replaced = repository.revoke_feeds(work.session, work.force.id, ref, now)
    row = CalendarFeedRow(
        id=new_id(), force_id=work.force.id, ref=ref, actor_id=work.actor.id, digest=_digest(secret), created_at=now
    )
    repository.add_feed(work.session, row)
    _audit(work, ref, "calendar feed made", before={"has_address": replaced}, after={"has_address": True})
    return NewCalendarFeedOut(handler=ref, created_at=now, last_used_at=None, url=f"{origin}{ADDRESS}/{secret}")


def revoke(work: Work, ref: str) -> CalendarFeedOut:
    """The address ends at once. Raises `NotFound` as `require_own`, and where there is none."""
    require_own(work, ref)
    if not repository.revoke_feeds(work.session, work.force.id, ref, utc_now()):
        raise NotFound(f"handler {ref} has no calendar address")
    _audit(work, ref, "calendar feed revoked", before={"has_address": True}, after={"has_address": False})
    return CalendarFeedOut(handler=ref, created_at=None, last_used_at=None)


def read(engine: Engine, secret: str) -> bytes:
    """The calendar of whose address this is: published duties of four weeks back and a year ahead. Raises `NotFound`
    for a secret that is none, was revoked, or belongs to a handler who has left."""
    unknown = NotFound("there is no calendar at this address: it was replaced or revoked")
    with force_session(engine, EVERY_FORCE) as session:
        row = repository.feed_by_digest(session, _digest(secret))
        if row is None:
            raise unknown
        work_for(session, row.force_id)
        if row.ref not in {handler.ref for handler in people.all_of(session, row.force_id)}:
            raise unknown
        now = utc_now()
        if row.last_used_at is None or row.last_used_at < now - _NOTED_EVERY:
            row.last_used_at = now
        zone = forces.current_settings(session, row.force_id).settings.zone
        today = now.astimezone(zone).date()
        found = joined.published(session, row.force_id, today - _BACK, today + _AHEAD)
        return calendar((duty for _, duty in found if duty.handler == row.ref), zone, now)


def calendar(duties: Iterable[Duty], zone: ZoneInfo, now: datetime) -> bytes:
    """One event for each duty, in UTC. A duty keeps its UID while its date stays, so that a calendar moves it."""
    from icalendar import Calendar, Event  # loaded where it is wanted

    made = Calendar()
    made.add("prodid", "-//Pacesetter//duties//EN")
    made.add("version", "2.0")
    made.add("name", "Duties")
    made.add("x-wr-calname", "Duties")
    made.add("x-published-ttl", "PT1H")
    for duty in sorted(duties, key=lambda one: one.start):
        event = Event()
        event.add("uid", f"{duty.handler}-{duty.start.astimezone(zone).date()}@pacesetter")
        event.add("dtstamp", now)
        event.add("dtstart", duty.start.astimezone(UTC))
        event.add("dtend", duty.end.astimezone(UTC))
        event.add("summary", f"Duty {duty.start.astimezone(zone):%H:%M} to {duty.end.astimezone(zone):%H:%M}")
        lines = (
            f"{span.start.astimezone(zone):%H:%M} to {span.end.astimezone(zone):%H:%M} {span.activity}"
            for span in duty.activities
        )
        event.add("description", "\n".join(lines))
        made.add_component(event)
    content: bytes = made.to_ical()
    return content


def _digest(secret: str) -> bytes:
    # A plain digest is enough: the secret has 256 random bits, so there is nothing to guess.
    return hashlib.sha256(secret.encode()).digest()


def _audit(work: Work, ref: str, action: str, **details: object) -> None:
    add_line(work.session, force_id=work.force.id, actor_id=work.actor.id, action=action, subject=ref,
             by=work.actor.name, **details)  # fmt: skip
