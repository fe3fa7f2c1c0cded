"""Forces and their settings over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Query, Response

from app.access import Installing, Managing, Reading, Visible
from app.edge.routing import Router
from app.errors import PreconditionFailed, documented
from app.forces import service
from app.forces.schemas import ForceIn, ForceOut, ForceSettings, SettingsOut
from app.representation import IfNoneMatch, unchanged

router = Router(prefix="/v1/forces", tags=["forces"])

_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Names this version: send it as If-Match to change it."}}
_TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": _ETAG}}
_KNOWN: dict[int | str, dict[str, Any]] = {304: {"description": "The client has it already.", "headers": _ETAG}}
_STALE: dict[int | str, dict[str, Any]] = {412: documented(PreconditionFailed)}

Reason = Annotated[str | None, Query(min_length=1, max_length=500, description="Why, for the audit.")]
IfMatch = Annotated[
    str | None, Header(max_length=1000, description="ETag of the settings as you read them; absent: whatever they are.")
]


@router.post("", status_code=201)
def create_force(body: ForceIn, desk: Installing) -> ForceOut:
    """Add a force. Only an administrator of the installation may."""
    return service.create(desk.session, desk.actor, body)


@router.get("")
def list_forces(desk: Visible) -> list[ForceOut]:
    """The forces that this key may see."""
    return service.visible(desk.session)


@router.put("/{force}/settings", responses=_TAGGED | _STALE)
def put_settings(
    body: ForceSettings, work: Managing, response: Response, reason: Reason = None, if_match: IfMatch = None
) -> SettingsOut:
    """Store a new version of the settings; what was made with an older one keeps naming that one."""
    stored = service.change_settings(work.session, work.actor, work.force.id, body, reason=reason, if_match=if_match)
    response.headers["ETag"] = service.tag(stored.version)
    return stored


@router.get("/{force}/settings", response_model=SettingsOut, responses=_TAGGED | _KNOWN)
def get_settings(work: Reading, response: Response, if_none_match: IfNoneMatch = None) -> Any:
    """The settings in force."""
    found = service.current_settings(work.session, work.force.id)
    known = unchanged(if_none_match, service.tag(found.version))
    if known is not None:
        return known
    response.headers["ETag"] = service.tag(found.version)
    return found
