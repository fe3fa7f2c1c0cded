"""Patterns over HTTP."""

from __future__ import annotations

from fastapi import Response

from app.access import Planning
from app.edge.routing import Router
from app.patterns import service
from app.patterns.schemas import PatternSearchIn
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = Router(prefix="/v1/forces/{force}/patterns", tags=["rosters"])


@router.post("", status_code=202, responses=ACCEPTED)
def request_pattern(
    body: PatternSearchIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Design a cyclic shift pattern for the weekly need of a requirement, with rest days and shifts free; or assess a
    proposed one. The run's `result` holds the pattern, its assessment against every rule and the need, and tiers with
    bounds."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run
