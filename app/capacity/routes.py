"""Capacity over HTTP: plans for the months ahead, the pay table, structural overtime."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response

from app.access import Managing, Planning, Reading
from app.capacity import service
from app.capacity.schemas import CapacitiesOut, CapacityIn, CapacityOut, OvertimeOut, PayTableIn, PayTableOut
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = Router(prefix="/v1/forces/{force}", tags=["capacity"])

IfMatch = Annotated[str | None, Header(description="The `ETag` of the table that you mean to replace.")]


@router.post("/capacity", status_code=202, responses=ACCEPTED)
def request_capacity(
    body: CapacityIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Posts needed in a base week, service against posts, and on request the months ahead with their chance of falling
    short, and what failure demand costs in hours and posts."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("/capacity")
def list_capacity(work: Reading, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> CapacitiesOut:
    """The stored plans, newest first."""
    return service.newest(work.session, work.force.id, limit)


@router.get("/capacity/overtime")
def get_overtime(
    work: Reading,
    weeks: Annotated[int, Query(ge=2, le=26, description="Newest published and recorded weeks.")] = 8,
    least_weeks: Annotated[int, Query(ge=2, le=26, description="In a row, up to the newest.")] = 4,
    least_h: Annotated[float, Query(gt=0, le=20, description="Short in the hour [handler-hours].")] = 0.5,
) -> OvertimeOut:
    """Hours of the week that were short of people without overtime week after week, and were foreseen: posts that are
    missing rather than surprises."""
    return service.overtime(work.session, work.force.id, weeks, least_weeks, least_h)


@router.get("/capacity/latest")
def get_latest_capacity(work: Reading) -> CapacityOut:
    """The newest plan."""
    return service.find(work.session, work.force.id, None)


@router.get("/capacity/{plan_id}")
def get_capacity(plan_id: UUID, work: Reading) -> CapacityOut:
    """A plan with its assumptions; each figure says what it counts."""
    return service.find(work.session, work.force.id, plan_id)


@router.get("/pay-table")
def get_pay_table(work: Reading, response: Response) -> PayTableOut:
    """The dated pay table, with the dates that no rate covers."""
    row = service.pay_table(work.session, work.force.id)
    response.headers["ETag"] = service.pay_etag(row)
    return service.shown(row)


@router.put("/pay-table", responses=EDIT_RESPONSES)
def put_pay_table(body: PayTableIn, work: Managing, response: Response, if_match: IfMatch = None) -> PayTableOut:
    """Replace the pay table by a new version; earlier plans keep theirs. Gaps are named and stay gaps."""
    row = service.store_pay_table(work, body, if_match)
    response.headers["ETag"] = service.pay_etag(row)
    return service.shown(row)
