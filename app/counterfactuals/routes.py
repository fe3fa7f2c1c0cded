"""Counterfactuals over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.access import Planning, Reading
from app.counterfactuals import service
from app.counterfactuals.schemas import CounterfactualIn, CounterfactualOut, CounterfactualsOut
from app.edge.routing import Router
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = Router(prefix="/v1/forces/{force}/counterfactuals", tags=["counterfactuals"])


@router.post("", status_code=202, responses=ACCEPTED)
def request_counterfactual(
    body: CounterfactualIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Roster weeks that are over anew, with the same people and hours from the forecasts of that time, and simulate
    both rosters on the calls that came: beside what was published, or beside Erlang C sums."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("")
def list_counterfactuals(work: Reading, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> CounterfactualsOut:
    """The stored counterfactuals, newest first."""
    return service.newest(work.session, work.force.id, limit)


@router.get("/{counterfactual_id}")
def get_counterfactual(counterfactual_id: UUID, work: Reading) -> CounterfactualOut:
    """Both sides by week and together, with their paired difference."""
    return service.find(work.session, work.force.id, counterfactual_id)
