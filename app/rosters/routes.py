"""Rosters over HTTP."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response

from app.access import Planning, Reading
from app.rosters import service
from app.rosters.schemas import RosterIn, RosterOut
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = APIRouter(prefix="/v1/forces/{force}/rosters", tags=["rosters"])


@router.post("", status_code=202, responses=ACCEPTED)
def request_roster(
    body: RosterIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Roster a week. A run that proves that there is no legal roster ends as `infeasible`, with the reason."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("/{roster_id}")
def get_roster(roster_id: UUID | Literal["latest"], work: Reading) -> RosterOut:
    """The roster: every duty to the quarter-hour, its cover, simulated service and certificate."""
    row = service.find(work.session, work.force.id, None if roster_id == "latest" else roster_id)
    return service.read(work.session, row)


@router.get("/{roster_id}/certificate")
def get_certificate(roster_id: UUID | Literal["latest"], work: Reading) -> dict[str, Any]:
    """What proves the roster, with all that is needed to check it again: save it, then `pacesetter check FILE`."""
    row = service.find(work.session, work.force.id, None if roster_id == "latest" else roster_id)
    return service.certificate(row)
