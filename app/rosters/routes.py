"""Rosters over HTTP: asked for, found, read."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.access import Planning, Reading
from app.rosters import life, service
from app.rosters.schemas import ChangesOut, Monday, RosterIn, RosterOut, RostersOut
from app.rosters.states import RosterStatus
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = APIRouter(prefix="/v1/forces/{force}/rosters", tags=["rosters"])

ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Names this revision: send it as If-Match to change it."}}
TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": ETAG}}
RosterId = UUID | Literal["latest"]


@router.post("", status_code=202, responses=ACCEPTED)
def request_roster(
    body: RosterIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Roster one to four weeks. A run that proves that there is no legal roster ends as `infeasible`, with the reason.
    A run that is cancelled while it searches keeps the best roster that it has found."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("")
def list_rosters(
    work: Reading,
    status: RosterStatus | None = None,
    week_start: Annotated[Monday | None, Query(description="Local Monday of a week that the roster covers.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
) -> RostersOut:
    """Every stored roster without its duties, newest first, page by page."""
    return service.page(work.session, work.force.id, status=status, week=week_start, cursor=cursor, size=limit)


@router.get("/{roster_id}", responses=TAGGED)
def get_roster(roster_id: RosterId, work: Reading, response: Response) -> RosterOut:
    """The roster: every duty to the quarter-hour, its cover, simulated service and certificate."""
    row = service.find(work.session, work.force.id, None if roster_id == "latest" else roster_id)
    response.headers["ETag"] = service.etag(row)
    return service.read(work.session, row)


@router.get("/{roster_id}/certificate")
def get_certificate(roster_id: RosterId, work: Reading) -> dict[str, Any]:
    """What proves the roster, with all that is needed to check it again: save it, then `pacesetter check FILE`."""
    row = service.find(work.session, work.force.id, None if roster_id == "latest" else roster_id)
    return service.certificate(row)


@router.get("/{roster_id}/changes")
def get_changes(roster_id: UUID, work: Reading) -> ChangesOut:
    """Who did what to the roster since it was made, oldest first."""
    return life.changes(work.session, service.find(work.session, work.force.id, roster_id))
