"""Scenarios over HTTP."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response

from app.access import Planning, Reading
from app.edge.routing import Router
from app.pages import PAGED, Paging
from app.representation import IfNoneMatch, Representation, answer, documented, etag_of, unchanged
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut
from app.scenarios import service
from app.scenarios.read import CSV_COLUMNS, as_csv, as_json
from app.scenarios.schemas import ScenarioIn, ScenarioOut, ScenariosOut

router = Router(prefix="/v1/forces/{force}/scenarios", tags=["scenarios"])


@router.post("", status_code=202, responses=ACCEPTED)
def request_scenario(
    body: ScenarioIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Compare a roster, requirement or forecast with itself as changed: demand, handling, callers, people, switchboard,
    incidents, alone or combined. Changes that contradict each other are refused."""
    run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("", responses=PAGED)
def list_scenarios(work: Reading, paging: Paging) -> ScenariosOut:
    """The stored scenarios without their figures, newest first, page by page."""
    return paging.linked(service.page(work.session, work.force.id, paging.cursor, paging.size))


@router.get("/{scenario_id}", responses=documented(ScenarioOut, CSV_COLUMNS))
def get_scenario(
    scenario_id: UUID, work: Reading, representation: Representation, if_none_match: IfNoneMatch = None
) -> Response:
    """Both sides and their paired difference by quarter-hour, local day and week. As CSV: a line per quarter-hour."""
    row = service.find(work.session, work.force.id, scenario_id)
    etag = etag_of(row.id, representation)
    known = unchanged(if_none_match, etag)
    if known is not None:
        return known
    content = as_csv(work.session, row) if representation == "csv" else as_json(work.session, row)
    return answer(content, representation, etag)
