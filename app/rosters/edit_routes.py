"""Edits by hand and swap requests over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access import Planning, Reading
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES
from app.rosters import edit, service, swaps
from app.rosters.edit_schemas import EditOut, EditsIn, SwapDecision, SwapIn, SwapOut, SwapsOut
from app.rosters.life_routes import IfMatch
from app.rosters.routes import TAGGED

router = Router(prefix="/v1/forces/{force}/rosters", tags=["rosters"])


@router.patch("/{roster_id}", responses=TAGGED | EDIT_RESPONSES)
def edit_roster(
    roster_id: UUID,
    body: EditsIn,
    work: Planning,
    response: Response,
    dry_run: Annotated[bool, Query(description="Say what the edits would do, change nothing.")] = False,
    if_match: IfMatch = None,
) -> EditOut:
    """Move, add or remove duties, breaks and activities by hand, all of the body or nothing, checked at once without
    the solver. What breaks a hard rule is refused; short daily rest may be set aside with a reason, and is owed then.
    An approved roster becomes a draft again; a published one only a manager may edit, and the rules of notice hold."""
    done = edit.edit(work, roster_id, if_match, body, dry_run=dry_run)
    response.headers["ETag"] = service.tag(done.roster.id, done.roster.revision)
    return done


@router.post("/{roster_id}/swaps", status_code=201)
def ask_for_swap(roster_id: UUID, body: SwapIn, work: Planning) -> SwapOut:
    """Store two handlers' request to swap duties, with what the swap would do to rules and tiers."""
    return swaps.ask(work, roster_id, body)


@router.get("/{roster_id}/swaps")
def list_swaps(roster_id: UUID, work: Reading) -> SwapsOut:
    """The roster's swap requests, oldest first."""
    return swaps.listed(work, roster_id)


@router.post("/{roster_id}/swaps/{swap_id}/accept", responses=TAGGED | EDIT_RESPONSES)
def accept_swap(
    roster_id: UUID,
    swap_id: UUID,
    body: SwapDecision,
    work: Planning,
    response: Response,
    if_match: IfMatch = None,
) -> SwapOut:
    """Swap the duties, checked against the roster as it stands. Of an approved or published roster a manager does."""
    swap = swaps.accept(work, roster_id, swap_id, if_match, body)
    response.headers["ETag"] = service.etag(service.find(work.session, work.force.id, roster_id))
    return swap


@router.post("/{roster_id}/swaps/{swap_id}/decline")
def decline_swap(roster_id: UUID, swap_id: UUID, body: SwapDecision, work: Planning) -> SwapOut:
    """Decline the request; the roster stays as it is."""
    return swaps.decline(work, roster_id, swap_id, body)
