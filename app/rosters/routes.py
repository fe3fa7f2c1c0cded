"""Rosters over HTTP: asked for, found, read."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response

from app.access import Planning, Reading
from app.edge.routing import Router
from app.errors import invalid
from app.pages import PAGED, Paging
from app.patterns import service as patterns
from app.representation import IfNoneMatch, etag_of, unchanged
from app.rosters import export, life, look, repair, service
from app.rosters.export import MEDIA_TYPES
from app.rosters.request_schemas import AnyRosterIn, PatternRosterIn, RepairRosterIn
from app.rosters.schemas import ChangesOut, Monday, RosterOut, RostersOut
from app.rosters.states import RosterStatus
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut

router = Router(prefix="/v1/forces/{force}/rosters", tags=["rosters"])

ETAG = {"ETag": {"schema": {"type": "string"}, "description": "Names this revision: send it as If-Match to change it."}}
TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": ETAG}}
RosterId = UUID | Literal["latest"]


@router.post("", status_code=202, responses=ACCEPTED)
def request_roster(
    body: AnyRosterIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Roster one to four weeks, repair a published roster, or design a pattern: `mode` tells which. A run that proves
    that there is no legal roster ends as `infeasible`, with the reason. A run that is cancelled while it searches keeps
    the best roster that it has found."""
    if isinstance(body, RepairRosterIn):
        run = repair.request(work, body.from_roster_id, body.repair, idempotency_key)
    elif isinstance(body, PatternRosterIn):
        run = patterns.request(work, body.pattern, idempotency_key)
    else:
        run = service.request(work, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


@router.get("", responses=PAGED)
def list_rosters(
    work: Reading,
    paging: Paging,
    status: RosterStatus | None = None,
    week_start: Annotated[Monday | None, Query(description="Local Monday of a week that the roster covers.")] = None,
) -> RostersOut:
    """Every stored roster without its duties, newest first, page by page."""
    return paging.linked(
        service.page(
            work.session, work.force.id, status=status, week=week_start, cursor=paging.cursor, size=paging.size
        )
    )


_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": RosterOut,
        "content": {MEDIA_TYPES[kind].split(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA_TYPES},
        "headers": ETAG,
    },
    304: {"description": "The client has it already.", "headers": ETAG},
}


@router.get("/{roster_id}", responses=_FILES)
def get_roster(
    roster_id: RosterId,
    work: Reading,
    format: Annotated[Literal["json", "csv", "xlsx", "ical"], Query(description="JSON, or a file.")] = "json",
    handler: Annotated[str | None, Query(max_length=40, description="Of a file: one handler's duties.")] = None,
    team: Annotated[str | None, Query(max_length=40, description="Of a file: a team's duties.")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The roster: every duty to the quarter-hour, its cover, simulated service and certificate. As CSV or workbook: one
    line for each activity; as iCalendar: an event for each duty. Times are UTC, with local times beside them."""
    row = service.find(work.session, work.force.id, None if roster_id == "latest" else roster_id)
    # A file's is of its own: only that of the roster itself names what an edit means.
    etag = service.etag(row) if format == "json" else etag_of(row.id, row.revision, format, handler, team)
    if (known := unchanged(if_none_match, etag)) is not None:
        return known
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if format == "json":
        if handler is not None or team is not None:
            raise invalid("format", format, "csv, xlsx or ical, where a handler or team is chosen")
        shown = service.read(work.session, row).model_dump_json(by_alias=True)
        return Response(shown, media_type="application/json", headers=headers)
    refs, teams = look.refs_of(work.session, row, handler, team)
    duties = export.chosen(look.duties_of(row), refs)
    content = export.as_file(row, duties, teams, look.zone_of(work.session, row), format)
    name = f"roster-{row.week_start}-{handler or team or 'all'}.{'ics' if format == 'ical' else format}"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(content, media_type=MEDIA_TYPES[format], headers=headers)


@router.get("/{roster_id}/certificate")
def get_certificate(roster_id: RosterId, work: Reading) -> dict[str, Any]:
    """What proves the roster, with all that is needed to check it again: save it, then `pacesetter check FILE`."""
    row = service.find(work.session, work.force.id, None if roster_id == "latest" else roster_id)
    return service.certificate(row)


@router.get("/{roster_id}/changes")
def get_changes(roster_id: UUID, work: Reading) -> ChangesOut:
    """Who did what to the roster since it was made, oldest first."""
    return life.changes(work.session, service.find(work.session, work.force.id, roster_id))
