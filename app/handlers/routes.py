"""One handler over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Header, Response

from app.access import Planning, Reading
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES
from app.handlers import service
from app.handlers.schemas import DutyConcerned, HandlerChanged, RecordsIn, RecordsOut
from app.people import service as people
from app.people.schemas import HandlerIn, HandlerOut, HandlerRef
from app.people.team import require_own_team

router = Router(prefix="/v1/forces/{force}/handlers", tags=["people"])

_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Names this version: send it as If-Match to change it."}}
_TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": _ETAG}}
IfMatch = Annotated[str | None, Header(max_length=1000, description="ETag of the handler as you read it; obligatory.")]


@router.get("/{ref}", responses=_TAGGED)
def get_handler(ref: HandlerRef, work: Reading, response: Response) -> HandlerOut:
    """The handler as stored."""
    require_own_team(work, ref)
    row = service.find(work.session, work.force.id, ref)
    response.headers["ETag"] = service.etag(row)
    return people.as_answer(row)


@router.put("/{ref}", responses=_TAGGED | EDIT_RESPONSES)
def put_handler(
    ref: HandlerRef, body: HandlerIn, work: Planning, response: Response, if_match: IfMatch = None
) -> HandlerChanged:
    """Replace the handler, or add one of this reference. Published duties that rest on what the change takes away (a
    consent, a skill, a day now on leave) are listed; they stand until the roster is repaired."""
    return _tagged(service.put(work, ref, if_match, body), work, response)


@router.patch("/{ref}", responses=_TAGGED | EDIT_RESPONSES)
def patch_handler(
    ref: HandlerRef,
    changes: Annotated[dict[str, Any], Body(examples=[{"consent": {"start_earlier_min": 60}}, {"leave": []}])],
    work: Planning,
    response: Response,
    if_match: IfMatch = None,
) -> HandlerChanged:
    """Change some fields of `HandlerIn` (RFC 7396: null takes a value away, a list is given whole). `pattern` may be a
    pattern in use by `name` with `position` or `anchor`. What the change means for published duties is listed."""
    return _tagged(service.patch(work, ref, if_match, changes), work, response)


@router.delete("/{ref}", responses=EDIT_RESPONSES)
def delete_handler(ref: HandlerRef, work: Planning, if_match: IfMatch = None) -> list[DutyConcerned]:
    """Take the handler out of rosters to come; history stays. Answers the published duties that are left without
    them."""
    return service.remove(work, ref, if_match)


@router.get("/{ref}/records")
def get_records(ref: HandlerRef, work: Reading) -> RecordsOut:
    """Recorded weeks, planned and worked, and balances of leave and time off."""
    require_own_team(work, ref)
    return service.records(work.session, work.force.id, ref)


@router.put("/{ref}/records")
def put_records(ref: HandlerRef, body: RecordsIn, work: Planning) -> RecordsOut:
    """Add recorded weeks and balances, or put them in place of those of the same week or date."""
    return service.put_records(work, ref, body)


def _tagged(changed: HandlerChanged, work: Planning, response: Response) -> HandlerChanged:
    row = service.find(work.session, work.force.id, changed.handler.ref)
    response.headers["ETag"] = service.etag(row)
    return changed
