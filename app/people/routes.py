"""Handlers over HTTP."""

from __future__ import annotations

from app.access import Planning, Reading
from app.edge.routing import Router
from app.people import service, team
from app.people.schemas import HandlersIn, HandlersOut, HandlersReport

router = Router(prefix="/v1/forces/{force}/handlers", tags=["people"])


@router.post("")
def post_handlers(body: HandlersIn, work: Planning) -> HandlersReport:
    """Add handlers, or replace those whose `ref` is known. All of the body or nothing."""
    return service.store(work.session, work.actor, work.force.id, body)


@router.get("")
def get_handlers(work: Reading) -> HandlersOut:
    """The force's handlers; to a supervisor whose own team is known, that team's."""
    known, own = service.listed(work.session, work.force.id), team.own_team(work)
    return HandlersOut(handlers=[handler for handler in known if own is None or handler.ref in own])
