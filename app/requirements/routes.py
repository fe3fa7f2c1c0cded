"""Requirements over HTTP."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Response

from app.access import Planning, Reading
from app.requirements import service
from app.requirements.schemas import RequirementIn, RequirementOut
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = APIRouter(prefix="/v1/forces/{force}/requirements", tags=["requirements"])


@router.post("", status_code=202, responses=ACCEPTED)
def request_requirement(
    body: RequirementIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Work out how many handlers each quarter-hour needs, by skill."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("/{requirement_id}")
def get_requirement(requirement_id: UUID | Literal["latest"], work: Reading) -> RequirementOut:
    """The requirement, column by column."""
    row = service.find(work.session, work.force.id, None if requirement_id == "latest" else requirement_id)
    return service.read(work.session, row)
