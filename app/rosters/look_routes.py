"""Views and explanations of a roster over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from fastapi.encoders import jsonable_encoder

from app.access import Planning, Reading
from app.edge.routing import Router
from app.rosters import explain_run, joined, look, service
from app.rosters.explain_schemas import ExplanationIn
from app.rosters.look import View
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut
from app.schema import Day, Instant

router = Router(prefix="/v1/forces/{force}/rosters", tags=["rosters"])

Handler = Annotated[str | None, Query(max_length=40, description="Reference of one handler.")]
Team = Annotated[str | None, Query(max_length=40, description="A team's handlers.")]


@router.get("/views/{view}")
def get_published_view(
    view: View,
    work: Reading,
    date: Annotated[Day | None, Query(description="A local date in it; absent: today.")] = None,
    handler: Handler = None,
    team: Team = None,
) -> dict[str, Any]:
    """What is published, across rosters: the same views as of one roster, with `rosters`, those that it joins, and
    `missing_weeks`, the Mondays of weeks in it that have no published roster."""
    shown: dict[str, Any] = jsonable_encoder(joined.viewed(work.session, work.force.id, view, date, handler, team))
    return shown


@router.get("/{roster_id}/views/{view}")
def get_view(
    roster_id: UUID,
    view: View,
    work: Reading,
    date: Annotated[Day | None, Query(description="A local date in it; absent: the roster's first.")] = None,
    handler: Handler = None,
    team: Team = None,
) -> dict[str, Any]:
    """The same schedule as a day of quarter-hours (a code each: 9 is 999, 1 is 101, M meal, B break, T training,
    L learning, H briefing, `.` off duty), as a week or month by dates, or a year by months. Minutes agree in all."""
    row = service.find(work.session, work.force.id, roster_id)
    refs, _ = look.refs_of(work.session, row, handler, team)
    shown: dict[str, Any] = jsonable_encoder(look.viewed(row, look.zone_of(work.session, row), view, date, refs))
    return shown


@router.get("/{roster_id}/explain")
def explain_roster(
    roster_id: UUID,
    work: Reading,
    interval: Annotated[Instant | None, Query(description="Start of a quarter-hour of the roster.")] = None,
    handler: Handler = None,
) -> dict[str, Any]:
    """Of an interval: who is on calls, who is not and by which rules, and what no roster of these people could avoid.
    Of a handler: every penalty with its rule, rests, runs and hours. Of neither: the roster's penalties by rule and
    subject."""
    row = service.find(work.session, work.force.id, roster_id)
    told: dict[str, Any] = jsonable_encoder(look.explained(row, interval, handler))
    return told


@router.post("/{roster_id}/explain", status_code=202, responses=ACCEPTED)
def ask_what_would_help(
    roster_id: UUID, body: ExplanationIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Ask which single relaxations would help a short interval, each with its gain in every tier, and what agreements
    and consents cost. Each is re-solved, so that it is a run; its `result` holds the answer."""
    run = explain_run.request(work, roster_id, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run
