"""Events kept as immutable versions: added, superseded, withdrawn; and as the forecasts take them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, Invalid, NotFound, invalid
from app.events import ical, repository
from app.events.schemas import YEARS, EventIn, EventKind, EventOut, EventVersionOut, ImportOut
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.if_match import require_match
from app.tables import EventVersionRow
from forecasting.errors import EventInvalid
from forecasting.events import Event
from forecasting.terms import SCHOOL_HOLIDAY, school_holidays

_MOST_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class EventVersion:
    """Which version of an event it is."""

    id: UUID
    version: int
    kind: EventKind


@dataclass(frozen=True, slots=True)
class KnownEvents:
    """The events that stood at one instant: the force's own with their versions, what is assumed besides, and words on
    that."""

    own: tuple[Event, ...]
    versions: tuple[EventVersion, ...]
    assumed: tuple[Event, ...]
    notes: tuple[str, ...]

    @property
    def all(self) -> tuple[Event, ...]:
        return self.own + self.assumed


def known(session: Session, force_id: UUID, settings: ForceSettings, known_by: datetime) -> KnownEvents:
    """The force's events as they stood at `known_by`, and England's usual school holidays where it has none of its
    own. Raises `Conflict` where the time zone of `settings` makes a stored event impossible."""
    rows = repository.standing(session, force_id, known_by)
    bodies = [EventIn.model_validate(row.body) for row in rows]
    try:
        own = tuple(_event(body, settings.zone, row.set_by) for body, row in zip(bodies, rows, strict=True))
    except EventInvalid as error:  # the force's time zone has changed since, and with it the weekday of a start
        raise Conflict(f"in the time zone {settings.timezone} a stored event is none: {error}") from error
    versions = tuple(EventVersion(row.id, row.version, body.kind) for body, row in zip(bodies, rows, strict=True))
    if settings.subdivision != "ENG" or any(event.name == SCHOOL_HOLIDAY for event in own):
        return KnownEvents(own, versions, (), ())
    note = f"school holidays are assumed to be the usual ones of England: give events named {SCHOOL_HOLIDAY} instead"
    return KnownEvents(own, versions, school_holidays(settings.timezone), (note,))


def add(work: Work, body: EventIn) -> EventOut:
    """Store a new event. Raises `Invalid`, or `Conflict` where the force would have too many."""
    _check_room(len(repository.standing(work.session, work.force.id, utc_now())), 1)
    return _out(_add(work, resolved(body, _zone(work))))


def change(work: Work, event_id: UUID, if_match: str | None, body: EventIn) -> EventOut:
    """Supersede the event; the same content again changes nothing. Raises `NotFound`, `Invalid`,
    `PreconditionRequired` or `PreconditionFailed`."""
    before = _matching(work, event_id, if_match)
    return _out(_supersede(work, before, resolved(body, _zone(work))))


def take_file(work: Work, body: bytes, name: str | None) -> ImportOut:
    """Add the events of a calendar file, change those that came with an earlier one, withdraw those called off: all or
    nothing. What planners say about an event stays. Raises `Invalid` or `Conflict`."""
    file, zone = ical.read(body, name), _zone(work)
    standing = repository.standing(work.session, work.force.id, utc_now())
    earlier = {row.body["uid"]: row for row in standing if row.body.get("uid") is not None}
    new = [event for event in file.events if event.uid not in earlier]
    _check_room(len(standing), len(new))
    for event in new:
        _add(work, resolved(event, zone))
    updated = 0
    for event in file.events:
        before = earlier.get(event.uid)
        if before is not None:
            dated = {field: getattr(event, field) for field in ("name", "starts", "ends", "rule", "note")}
            content = EventIn.model_validate(before.body).model_copy(update=dated)
            updated += _supersede(work, before, resolved(content, zone)) is not before
    cancelled = [row for uid, row in earlier.items() if uid in file.cancelled]
    for row in cancelled:
        _withdraw(work, row)
    unchanged = len(file.events) - len(new) - updated
    return ImportOut(created=len(new), updated=updated, unchanged=unchanged, withdrawn=len(cancelled))


def withdraw(work: Work, event_id: UUID, if_match: str | None) -> None:
    """Take the event away; its versions stay. Raises as `change`."""
    _withdraw(work, _matching(work, event_id, if_match))


def standing(session: Session, force_id: UUID) -> list[EventOut]:
    """The events that stand now, by first start and name."""
    found = [_out(row) for row in repository.standing(session, force_id, utc_now())]
    return sorted(found, key=lambda event: (event.starts, event.name))


def find(session: Session, force_id: UUID, event_id: UUID) -> EventOut:
    """The event as it stands. Raises `NotFound`."""
    return _out(_standing_row(session, force_id, event_id))


def versions(session: Session, force_id: UUID, event_id: UUID) -> list[EventVersionOut]:
    """Every version, oldest first, withdrawn ones too. Raises `NotFound`."""
    rows = repository.versions(session, force_id, event_id)
    if not rows:
        raise NotFound(f"event {event_id} is unknown")
    return [EventVersionOut(**_fields(row), is_withdrawn=row.is_withdrawn) for row in rows]


def etag(event: EventOut) -> str:
    return f'"{event.id}-{event.version}"'


def resolved(body: EventIn, zone: ZoneInfo) -> EventIn:
    """The body with its wall-clock times as instants, once it is known to be an event. Raises `Invalid`."""
    starts, ends = (_instant(getattr(body, edge), zone, edge) for edge in ("starts", "ends"))
    content = body.model_copy(update={"starts": starts, "ends": ends, "queues": sorted(body.queues)})
    try:
        _event(content, zone, set_by=None)
    except EventInvalid as error:
        where = "rule" if "rule" in str(error) else "starts" if "start" in str(error) else "event"
        errors = [{"where": where, "value": getattr(body, where, body.name), "expected": str(error)}]
        raise Invalid(str(error), errors=errors) from error
    return content


def _instant(value: datetime, zone: ZoneInfo, where: str) -> datetime:
    moment = _unambiguous(value, zone, where).astimezone(UTC)
    if moment.year not in YEARS:  # a time of the last hours or the first, far from Greenwich
        raise invalid(where, value.isoformat(), f"a time of {YEARS[0]} to {YEARS[-1]}, UTC")
    return moment


def _unambiguous(value: datetime, zone: ZoneInfo, where: str) -> datetime:
    if value.utcoffset() is not None:
        return value
    first, second = (value.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    if first != second:
        assert first is not None
        assert second is not None
        happens = "does not exist, since the clocks go forward" if first < second else "happens twice"
        raise invalid(where, value.isoformat(), f"a time with its offset: in {zone.key} this one {happens}")
    return value.replace(tzinfo=zone)


def _event(body: EventIn, zone: ZoneInfo, set_by: str | None) -> Event:
    return Event(
        name=body.name,
        start=body.starts.astimezone(zone),
        end=body.ends.astimezone(zone),
        rule=body.rule,
        queues=tuple(body.queues),
        is_excluded=body.kind is not EventKind.DEMAND,
        multiplier=body.multiplier,
        set_by=set_by,
        reason=body.reason,
    )


def _standing_row(session: Session, force_id: UUID, event_id: UUID) -> EventVersionRow:
    row = repository.newest(session, force_id, event_id)
    if row is None or row.is_withdrawn:
        raise NotFound(f"event {event_id} is {'unknown' if row is None else 'withdrawn'}")
    return row


def _matching(work: Work, event_id: UUID, if_match: str | None) -> EventVersionRow:
    row = _standing_row(work.session, work.force.id, event_id)
    changed = f"{row.actor_name} changed it at {row.created_at.isoformat()}"
    require_match(if_match, etag(_out(row)), f"event {event_id}", changed)
    return row


def _zone(work: Work) -> ZoneInfo:
    return forces.current_settings(work.session, work.force.id).settings.zone


def _check_room(standing: int, more: int) -> None:
    if standing + more > _MOST_EVENTS:
        raise Conflict(
            f"the force has {standing} events and {more} more are given: expected at most {_MOST_EVENTS}; "
            "withdraw old ones, or use a rule"
        )


def _add(work: Work, content: EventIn) -> EventVersionRow:
    row = _store(work, new_id(), 1, content, before=None)
    _audit(work, "event added", row, after=row.body)
    return row


def _supersede(work: Work, before: EventVersionRow, content: EventIn) -> EventVersionRow:
    if _dump(content) == before.body:
        return before
    row = _store(work, before.id, before.version + 1, content, before=before)
    _audit(work, "event changed", row, before=before.body, after=row.body)
    return row


def _withdraw(work: Work, before: EventVersionRow) -> None:
    content = EventIn.model_validate(before.body)
    row = _store(work, before.id, before.version + 1, content, before=before, is_withdrawn=True)
    _audit(work, "event withdrawn", row, before=before.body)


def _store(
    work: Work,
    event_id: UUID,
    version: int,
    content: EventIn,
    *,
    before: EventVersionRow | None,
    is_withdrawn: bool = False,
) -> EventVersionRow:
    earlier = EventIn.model_validate(before.body) if before else None
    is_kept = earlier is not None and (earlier.multiplier, earlier.reason) == (content.multiplier, content.reason)
    set_by = before.set_by if before and is_kept else work.actor.name
    row = EventVersionRow(
        force_id=work.force.id,
        id=event_id,
        version=version,
        created_at=utc_now(),
        actor_id=work.actor.id,
        actor_name=work.actor.name,
        set_by=set_by if content.multiplier is not None else None,
        is_withdrawn=is_withdrawn,
        body=_dump(content),
    )
    repository.add(work.session, row)
    return row


def _audit(work: Work, action: str, row: EventVersionRow, **details: Any) -> None:
    subject = f"event {row.id} version {row.version}"
    add_line(work.session, force_id=work.force.id, actor_id=work.actor.id, action=action, subject=subject, **details)


def _dump(content: EventIn) -> dict[str, Any]:
    return content.model_dump(mode="json")


def _fields(row: EventVersionRow) -> dict[str, Any]:
    changed = {"changed_at": row.created_at, "changed_by": row.actor_name, "set_by": row.set_by}
    return {**row.body, **changed, "id": row.id, "version": row.version}


def _out(row: EventVersionRow) -> EventOut:
    return EventOut(**_fields(row))
