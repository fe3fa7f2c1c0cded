"""Events over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response

from app.access import Planning, Reading
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES, UnsupportedMedia
from app.events import calendar, effects, service
from app.events.schemas import (
    EffectsOut,
    EventIn,
    EventOut,
    EventsOut,
    EventVersionsOut,
    ImportOut,
    OccurrencesOut,
)
from app.schema import Day

router = Router(prefix="/v1/forces/{force}/events", tags=["events"])

_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Names this version: send it as If-Match to change it."}}
_TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": _ETAG}}
_MADE: dict[int | str, dict[str, Any]] = {
    201: {"headers": _ETAG | {"Location": {"schema": {"type": "string"}, "description": "Address of the event."}}}
}

_FIXTURES = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//club//fixtures//EN\r\nBEGIN:VEVENT\r\nUID:final@club\r\n"
    "DTSTAMP:20260501T090000Z\r\nDTSTART:20260530T140000Z\r\nDTEND:20260530T180000Z\r\nSUMMARY:Cup final\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)

IfMatch = Annotated[str | None, Header(max_length=1000, description="ETag of the event as you read it; obligatory.")]


@router.post("", status_code=201, responses=_MADE)
def post_event(body: EventIn, work: Planning, response: Response) -> EventOut:
    """Add an event: once, or by a rule of recurrence."""
    event = service.add(work, body)
    response.headers["ETag"] = service.etag(event)
    response.headers["Location"] = f"/v1/forces/{work.force.slug}/events/{event.id}"
    return event


async def _file(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "text/calendar":
        raise UnsupportedMedia(f"Content-Type is {media_type or 'missing'!r}: expected text/calendar")
    return await request.body()


@router.post(
    "/import",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/calendar": {"schema": {"type": "string"}, "example": _FIXTURES}},
        }
    },
)
def import_events(
    work: Planning,
    file: Annotated[bytes, Depends(_file)],
    name: Annotated[
        str | None,
        Query(min_length=1, max_length=80, description="Name for all of them, so that they share what is learned."),
    ] = None,
) -> ImportOut:
    """Take an iCalendar file, such as a fixture list: all of it or nothing. The same file again changes nothing; an
    event that has moved (same UID) is changed, one that is cancelled is withdrawn."""
    return service.take_file(work, file, name)


@router.get("")
def get_events(work: Reading) -> EventsOut:
    """The force's own events as they stand."""
    return EventsOut(events=service.standing(work.session, work.force.id))


@router.get("/occurrences")
def get_occurrences(
    work: Reading,
    first: Annotated[Day, Query(alias="from", description="First local day.")],
    last: Annotated[Day, Query(alias="to", description="Last local day, included.")],
) -> OccurrencesOut:
    """Public holidays and special days, assumed school holidays and own events in one calendar."""
    return calendar.listed(work.session, work.force.id, first, last)


@router.get("/effects")
def get_effects(work: Reading) -> EffectsOut:
    """What events do to calls: learned by the newest forecast, beside the planners' values, with who and why."""
    return effects.listed(work.session, work.force.id)


@router.get("/{event_id}", responses=_TAGGED)
def get_event(event_id: UUID, work: Reading, response: Response) -> EventOut:
    """The event as it stands."""
    event = service.find(work.session, work.force.id, event_id)
    response.headers["ETag"] = service.etag(event)
    return event


@router.get("/{event_id}/versions")
def get_event_versions(event_id: UUID, work: Reading) -> EventVersionsOut:
    """Every version of the event: who changed what, when; withdrawn events too."""
    return EventVersionsOut(versions=service.versions(work.session, work.force.id, event_id))


@router.put("/{event_id}", responses=_TAGGED | EDIT_RESPONSES)
def put_event(event_id: UUID, body: EventIn, work: Planning, response: Response, if_match: IfMatch = None) -> EventOut:
    """Supersede the event. Forecasts that were made with an older version keep naming that one."""
    event = service.change(work, event_id, if_match, body)
    response.headers["ETag"] = service.etag(event)
    return event


@router.delete("/{event_id}", status_code=204, responses=EDIT_RESPONSES)
def delete_event(event_id: UUID, work: Planning, if_match: IfMatch = None) -> None:
    """Withdraw the event; its versions stay."""
    service.withdraw(work, event_id, if_match)
