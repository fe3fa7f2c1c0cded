"""Requirements over HTTP."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fastapi import Response

from app.access import Planning, Reading
from app.edge.routing import Router
from app.pages import PAGED, Paging
from app.representation import IfNoneMatch, Representation, answer, documented, etag_of, unchanged
from app.requirements import service
from app.requirements.read import CSV_COLUMNS, as_csv
from app.requirements.schemas import RequirementIn, RequirementOut, RequirementsOut
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = Router(prefix="/v1/forces/{force}/requirements", tags=["requirements"])


@router.post("", status_code=202, responses=ACCEPTED)
def request_requirement(
    body: RequirementIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Work out how many handlers each quarter-hour needs, by skill."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("", responses=PAGED)
def list_requirements(work: Reading, paging: Paging) -> RequirementsOut:
    """The stored requirements without their columns, newest first, page by page."""
    return paging.linked(service.page(work.session, work.force.id, paging.cursor, paging.size))


@router.get("/{requirement_id}", responses=documented(RequirementOut, CSV_COLUMNS))
def get_requirement(
    requirement_id: UUID | Literal["latest"],
    work: Reading,
    representation: Representation,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The requirement, column by column, with what it assumes. As CSV: one line per quarter-hour."""
    row = service.find(work.session, work.force.id, None if requirement_id == "latest" else requirement_id)
    etag = etag_of(row.id, representation)
    known = unchanged(if_none_match, etag)
    if known is not None:
        return known
    if representation == "csv":
        return answer(as_csv(work.session, row), representation, etag)
    return answer(service.read(work.session, row).model_dump_json().encode(), representation, etag)
