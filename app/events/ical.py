"""A partner's calendar file (iCalendar, RFC 5545) as events: fixture lists usually come so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from app.errors import Invalid, invalid
from app.events.schemas import EventIn

if TYPE_CHECKING:
    from icalendar import Event

# Each makes single occurrences differ from the rule, which an event of ours can't say.
_UNKNOWN = ("EXDATE", "RDATE", "EXRULE", "RECURRENCE-ID")
_MOST_EVENTS = 1000
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class IcalFile:
    """`events` of the file, each with its `uid`; `cancelled` are the `uid` of those called off."""

    events: tuple[EventIn, ...]
    cancelled: frozenset[str]


def read(body: bytes, name: str | None) -> IcalFile:
    """The file's events under one `name`, their own summary kept as the note; absent: each under its summary.

    Raises `Invalid`, with every event that can't be used.
    """
    from icalendar import Calendar  # loaded where it is wanted: it takes a part of the process's start

    try:
        entries = Calendar.from_ical(body).events
    except ValueError as error:
        raise invalid("file", body[:80].decode(errors="replace"), f"an iCalendar file ({error})") from error
    if not 0 < len(entries) <= _MOST_EVENTS:
        raise invalid("file", f"{len(entries)} events", f"1 to {_MOST_EVENTS} events")
    events: list[EventIn] = []
    cancelled: set[str] = set()
    errors: list[dict[str, Any]] = []
    for number, entry in enumerate(entries, start=1):
        summary = (entry.summary or "").strip()
        if entry.status == "CANCELLED" and entry.uid:
            cancelled.add(entry.uid)
            continue
        try:
            events.append(_event(entry, summary, name))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            expected = "; ".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}" for e in found)
            errors.append({"where": f"event {number}", "value": summary, "expected": expected})
        except ValueError as error:
            errors.append({"where": f"event {number}", "value": summary, "expected": str(error)})
    uids = [event.uid for event in events]
    if twice := [event for event in events if uids.count(event.uid) > 1]:
        errors.append({"where": "UID", "value": twice[0].uid, "expected": "each event once"})
    if errors:
        first = errors[0]
        detail = f"nothing was stored: {first['where']} ({first['value']}): {first['expected']}"
        raise Invalid(detail, errors=errors[:_SHOWN])
    return IcalFile(tuple(events), frozenset(cancelled))


def _event(entry: Event, summary: str, name: str | None) -> EventIn:
    if entry.errors:
        raise ValueError("; ".join(f"{part} is not as RFC 5545 has it: {why}" for part, why in entry.errors))
    for part in _UNKNOWN:
        if part in entry:
            raise ValueError(f"{part} is not known here: give what differs from the rule as an event of its own")
    if not entry.uid:
        raise ValueError("UID is missing")
    if len(entry.rrules) > 1:
        raise ValueError("RRULE is there more than once")
    starts, ends = _moment(entry.start), _moment(entry.end)
    for part, moment in (("DTSTART", entry.start), ("DTEND", entry.end)):
        zone = entry[part].params.get("TZID") if part in entry else None
        if zone and isinstance(moment, datetime) and moment.tzinfo is None:
            raise ValueError(f"TZID of {part} is {zone!r}, which is not known: give one such as Europe/London")
    content: dict[str, Any] = {
        "uid": entry.uid,
        "name": name or summary,
        "note": summary if name and summary else None,
        "starts": starts,
        "ends": ends,
        "rule": entry.rrules[0].to_ical().decode() if entry.rrules else None,
    }
    return EventIn.model_validate(content)


def _moment(value: date | datetime) -> datetime:
    """A date is its midnight by the force's wall clock."""
    return value if isinstance(value, datetime) else datetime.combine(value, time())
