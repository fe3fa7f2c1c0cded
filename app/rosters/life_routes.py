"""Steps of a roster's life over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Header, Response

from app.access import Managing, Planning
from app.edge.routing import Router
from app.errors import EDIT_RESPONSES
from app.rosters import life, repair, service
from app.rosters.repair_schemas import RepairIn
from app.rosters.routes import TAGGED
from app.rosters.schemas import PublishedOut, PublishIn, RosterEntry, StepIn, SupersedeIn
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut
from app.tables import RosterRow

router = Router(prefix="/v1/forces/{force}/rosters", tags=["rosters"])

IfMatch = Annotated[str | None, Header(max_length=1000, description="ETag of the roster as you read it; obligatory.")]


@router.post("/{roster_id}/approve", responses=TAGGED | EDIT_RESPONSES)
def approve_roster(
    roster_id: UUID, body: StepIn, work: Managing, response: Response, if_match: IfMatch = None
) -> RosterEntry:
    """Approve a draft. Where the force's settings want a second person, neither who asked for it nor who edited it
    may."""
    return _stepped(life.approve(work, roster_id, if_match, body.reason), response)


@router.post("/{roster_id}/publish", responses=TAGGED | EDIT_RESPONSES)
def publish_roster(
    roster_id: UUID, body: PublishIn, work: Managing, response: Response, if_match: IfMatch = None
) -> PublishedOut:
    """Publish an approved roster: it becomes the history of later weeks, and the roster that it repairs is superseded.
    What it changes of what people were told is checked against the rules of notice: with too little of it, `agreed` or
    `exigency` must name the handler and date. Where the force's settings want a second person, whoever approved it may
    not."""
    published = life.publish(work, roster_id, if_match, body)
    response.headers["ETag"] = service.tag(published.id, published.revision)
    return published


@router.post("/{roster_id}/supersede", responses=TAGGED | EDIT_RESPONSES)
def supersede_roster(
    roster_id: UUID, body: SupersedeIn, work: Planning, response: Response, if_match: IfMatch = None
) -> RosterEntry:
    """Take a roster out of use, with the reason. An approved or published one only a manager may."""
    return _stepped(life.supersede(work, roster_id, if_match, body.reason), response)


@router.post("/{roster_id}/repair", status_code=202, responses=ACCEPTED)
def repair_roster(
    roster_id: UUID, body: RepairIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Repair a published roster after sickness, offers or a surge, with as few people disturbed as pays. The run makes
    drafts to choose from, based on the published roster; to publish one supersedes it."""
    run = repair.request(work, roster_id, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


def _stepped(row: RosterRow, response: Response) -> RosterEntry:
    response.headers["ETag"] = service.etag(row)
    return service.entry(row)
