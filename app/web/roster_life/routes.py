"""Pages of rosters' lives: the list, asking, any run as it goes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.access import Planning, Reading, Work, require
from app.database import utc_now
from app.edge.routing import Router
from app.errors import NotFound
from app.forces import service as forces
from app.forecasts import service as forecasts
from app.forecasts.schemas import WHOLE
from app.identity.roles import Permission
from app.people import service as people
from app.requirements import service as requirements
from app.rosters import repository as roster_rows
from app.rosters import service as rosters
from app.rosters.schemas import Monday
from app.runs import service as runs
from app.runs.schemas import RunStatus
from app.sign_in.routes import own
from app.tables import RunRow
from app.web.roster_life import ask, listed, run, terms
from app.web.shell import fragment, page

router = Router(include_in_schema=False)

_SECTION = "rosters"
_PER_PAGE = 20
_NEWEST = 20  # forecasts and requirements among which those of the weeks are looked for

Weeks = Annotated[int, Query(ge=1, le=4)]


@router.get("/forces/{force}/rosters")
def show_rosters(request: Request, work: Reading, cursor: UUID | None = None) -> Response:
    """Every roster, newest first, and those that are being made."""
    found = rosters.page(work.session, work.force.id, status=None, week=None, cursor=cursor, size=_PER_PAGE)
    asked = [
        {"id": one.id, "created_at": one.created_at, "told": terms.RUN_STATUSES[one.status][0].lower()}
        for status in (RunStatus.RUNNING, RunStatus.QUEUED)
        for one in runs.page(
            work.session, force=work.force.slug, kind="roster", status=status, cursor=None, size=10
        ).runs
    ]
    return page(
        request, work, "roster_life/list.html", title="Rosters", section=_SECTION,
        lines=listed.lines(rosters.summaries(work.session, work.force.id, found.rosters)),
        following=found.next, asked=asked,
    )  # fmt: skip


@router.get("/forces/{force}/ask")
def ask_for_roster(request: Request, work: Planning, week_start: Monday | None = None, weeks: Weeks = 1) -> Response:
    """The form that asks for a roster, with what these weeks need first."""
    settings = forces.current_settings(work.session, work.force.id).settings
    today = utc_now().astimezone(settings.zone).date()
    heads = roster_rows.heads(
        work.session, work.force.id, today - 2 * ask.STALE, today + (ask.AHEAD_WEEKS + 2) * ask.STALE
    )
    choices, free = ask.choices(heads, today)
    monday = week_start or free
    return page(
        request, work, "roster_life/ask.html", title="Ask for a roster", section=_SECTION,
        choices=choices, monday=monday, weeks=weeks, how_long=ask.HOW_LONG,
        ready=_ready(work, monday, weeks),
    )  # fmt: skip


@router.get("/forces/{force}/ask/ready")
def ready_for_roster(request: Request, work: Planning, week_start: Monday, weeks: Weeks = 1) -> Response:
    """What the chosen weeks need, as a part of the form's page."""
    return fragment(request, work, "roster_life/ready.html", ready=_ready(work, week_start, weeks))


def _ready(work: Work, monday: Monday, weeks: int) -> ask.Ready:
    session, force_id = work.session, work.force.id
    whole = [
        one
        for kind in WHOLE
        for one in forecasts.page(session, force_id, kind=kind, known_by=None, cursor=None, size=_NEWEST).forecasts
    ]
    return ask.ready(
        monday,
        weeks,
        forces.current_settings(session, force_id).settings,
        len(people.all_of(session, force_id)),
        sorted(whole, key=lambda one: one.created_at, reverse=True),
        requirements.page(session, force_id, None, _NEWEST).requirements,
        utc_now(),
    )


@router.get("/forces/{force}/runs/{run_id}")
def show_run(
    request: Request, work: Reading, run_id: UUID, then: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """Any run, as it goes on; `then`: where whoever asked for it goes on afterwards."""
    view = _run(work, run_id)
    return page(
        request, work, "roster_life/run.html", title=view.title, section=_SECTION,
        charts=[view.chart] if view.chart else [], view=view, onward=_onward(view, then), phases=terms.PHASES,
        address=request.url, query=f"?{request.url.query}" if request.url.query else "",
    )  # fmt: skip


@router.get("/forces/{force}/runs/{run_id}/now")
def run_now(
    request: Request, work: Reading, run_id: UUID, then: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """The run as it stands, as a part of its page."""
    view = _run(work, run_id)
    whole = request.url.replace(path=request.url.path.removesuffix("/now"))
    return fragment(request, work, "roster_life/run_now.html", view=view, onward=_onward(view, then), address=whole)


def _run(work: Work, run_id: UUID) -> run.RunView:
    """Raises `NotFound` for another force's, `Forbidden` for what a person asked for where the actor plans nothing."""
    row: RunRow = runs.get(work.session, run_id)
    if row.force_id != work.force.id:
        raise NotFound(f"run {run_id} does not exist here")
    if row.kind in runs.PERSONAL:
        require(work.actor, Permission.PLAN)
    events, _ = runs.events_after(work.session, run_id, 0)
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    return run.seen(runs.describe(work.session, row), events, zone)


def _onward(view: run.RunView, then: str) -> str:
    """Where to go on, once the run is done; only within this service."""
    return own(then) if then and view.run.status == RunStatus.SUCCEEDED else ""
