"""Burdens over HTTP: one person's explained, and the ledger by group."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.encoders import jsonable_encoder

from app.access import Comparing, Explaining, Planning, Reading
from app.edge.routing import Router
from app.fairness import service, teams
from app.fairness.schemas import ExplainOut, FairnessOut, TeamsOut, WithoutIn
from app.rosters.look import View
from app.rosters.schemas import Monday
from app.runs.routes import ACCEPTED, IdempotencyKey
from app.runs.schemas import RunOut
from app.schema import Day

router = Router(prefix="/v1/forces/{force}", tags=["fairness"])

Until = Annotated[Monday | None, Query(description="Monday after the weeks looked at; absent: of this week.")]


@router.get("/fairness")
def get_fairness(work: Comparing, weeks: Annotated[int, Query(ge=1, le=52)] = 13, until: Until = None) -> FairnessOut:
    """Nights, weekends, bank holidays and days changed at short notice by group of handlers on the same pattern. A
    staff representative sees no group of fewer than the settings' `least_group`, nor one that would tell of such."""
    return service.of_groups(work, weeks, until)


@router.get("/fairness/teams")
def get_teams(work: Reading, weeks: Annotated[int, Query(ge=1, le=52)] = 13) -> TeamsOut:
    """The same burdens by team, and fatigue in this week's roster: spreads over people, never one person. No team of
    fewer than the settings' `least_group` is shown to anybody, nor one that would tell of such."""
    return teams.of_teams(work, weeks)


@router.get("/handlers/{ref}/explain")
def explain_handler(ref: str, work: Explaining, until: Until = None) -> ExplainOut:
    """Why me: a handler's burdens over 13 and 52 weeks beside colleagues on the same pattern, the cause of each, and
    what they weigh in the next roster. A handler's own key sees its handler alone."""
    return service.of_person(work, ref, until)


@router.get("/handlers/{ref}/schedule/{view}")
def get_schedule(
    ref: str,
    view: View,
    work: Explaining,
    date: Annotated[Day | None, Query(description="A local date in it; absent: today.")] = None,
) -> dict[str, Any]:
    """A handler's published schedule of a day, week, month or year. A handler's own key sees its handler alone."""
    shown: dict[str, Any] = jsonable_encoder(service.schedule(work, ref, view, date))
    return shown


@router.post("/handlers/{ref}/explain/without", status_code=202, responses=ACCEPTED)
def ask_without(
    ref: str, body: WithoutIn, work: Planning, response: Response, idempotency_key: IdempotencyKey = None
) -> RunOut:
    """Ask for the nearest roster without a handler's duty of a date, and what it costs colleagues and callers. The run
    makes an assessment of that day off in the published roster."""
    run = service.without(work, ref, body, idempotency_key)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run
