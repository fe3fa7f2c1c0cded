"""Actions over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Response

from app.access import Reading, Repairing
from app.actions import service
from app.actions.schemas import ActionIn, ActionOut, ActionPatch, ActionsOut, ActionState
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES
from app.pages import PAGED, Paging

router = Router(prefix="/v1/forces/{force}/actions", tags=["pacesetter"])

_ETAG = {
    "ETag": {"schema": {"type": "string"}, "description": "Names this revision: send it as If-Match to change it."}
}
_TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": _ETAG}}
_MADE: dict[int | str, dict[str, Any]] = {
    201: {"headers": _ETAG | {"Location": {"schema": {"type": "string"}, "description": "Address of the action."}}}
}
IfMatch = Annotated[str | None, Header(max_length=1000, description="ETag of the action as you read it; obligatory.")]


@router.post("", status_code=201, responses=_MADE)
def post_action(body: ActionIn, work: Repairing, response: Response) -> ActionOut:
    """Keep what a daily meeting decided to do, until it is closed."""
    action = service.add(work, body)
    response.headers["ETag"] = service.tag(action)
    response.headers["Location"] = f"/v1/forces/{work.force.slug}/actions/{action.id}"
    return action


@router.get("", responses=PAGED)
def list_actions(work: Reading, paging: Paging, state: ActionState | None = None) -> ActionsOut:
    """Actions of all meetings, newest first, page by page."""
    return paging.linked(service.page(work.session, work.force.id, state, paging.cursor, paging.size))


@router.get("/{action_id}", responses=_TAGGED)
def get_action(action_id: UUID, work: Reading, response: Response) -> ActionOut:
    """One action as it stands."""
    action = service.find(work.session, work.force.id, action_id)
    response.headers["ETag"] = service.tag(action)
    return action


@router.patch("/{action_id}", responses=_TAGGED | EDIT_RESPONSES)
def patch_action(
    action_id: UUID, body: ActionPatch, work: Repairing, response: Response, if_match: IfMatch = None
) -> ActionOut:
    """Change an action, close it with its outcome, or open it again."""
    action = service.change(work, action_id, if_match, body)
    response.headers["ETag"] = service.tag(action)
    return action
