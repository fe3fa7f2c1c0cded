"""Pages of what-ifs: those that are kept, a new one, one with both sides."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.access import Planning, Reading, Work
from app.forces import service as forces
from app.forecasts import service as forecasts
from app.forecasts.schemas import WHOLE
from app.requirements import service as requirements
from app.rosters import service as rosters
from app.rosters.states import RosterStatus
from app.scenarios import service as scenarios
from app.web.roster_life import terms
from app.web.shell import page
from app.web.what_if import levers, sides

router = APIRouter(include_in_schema=False, prefix="/forces/{force}/what-if")

_SECTION = "what-if"
_PER_PAGE = 20
_BASES = 12  # newest rosters that a what-if may begin with


@router.get("")
def show_scenarios(request: Request, work: Planning, cursor: UUID | None = None) -> Response:
    """The what-ifs that are kept, newest first."""
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    found = scenarios.page(work.session, work.force.id, cursor, _PER_PAGE)
    lines = [{"entry": one, "told": [levers.told(change, zone) for change in one.changes]} for one in found.scenarios]
    return page(
        request, work, "what_if/list.html", title="What if", section=_SECTION, lines=lines, following=found.next
    )


@router.get("/new")
def build_scenario(
    request: Request,
    work: Planning,
    roster: UUID | None = None,
    replace: UUID | None = None,
    copy: UUID | None = None,
) -> Response:
    """The form that builds a what-if: from `roster`, with the roster `replace` in its place, or as `copy` had it."""
    known = None if copy is None else scenarios.find(work.session, work.force.id, copy)
    changes: list[dict[str, Any]] = [] if known is None else list(known.changes)
    if replace is not None:
        changes.append({"kind": "roster", "roster_id": str(replace)})
    chosen = f"roster_id:{roster}" if roster else ""
    if known is not None:
        chosen = next((f"{name}:{value}" for name, value in known.base.items() if value), "")
    return page(
        request, work, "what_if/new.html", title="New what-if", section=_SECTION,
        bases=_bases(work), chosen=chosen, offered=levers.OFFERED, changes=changes, variant=levers.variant,
        name="" if known is None else known.name,
        category_choices=_categories(work),
        rosters=_rosters(work),
    )  # fmt: skip


@router.get("/{scenario_id}")
def show_scenario(
    request: Request,
    work: Reading,
    scenario_id: UUID,
    measure: Annotated[
        Literal["service_level_999", "abandonment_101", "mean_wait_101_s", "mean_answer_999_s"], Query()
    ] = "service_level_999",
) -> Response:
    """Both sides and their difference; `measure` : what the grid shows."""
    row = scenarios.find(work.session, work.force.id, scenario_id)
    zone = forces.settings_of_version(work.session, work.force.id, row.settings_version).zone
    view = sides.seen(row.figures, zone, measure)
    return page(
        request, work, "what_if/one.html", title=row.name, section=_SECTION, charts=view.charts,
        scenario=scenarios.entry(work.session, row), view=view, figures=row.figures, address=request.url,
        told=[levers.told(change, zone) for change in row.changes], measures=sides.GRID_MEASURES, words=sides.SERVICE,
        written=sides.written,
    )  # fmt: skip


def _categories(work: Work) -> list[tuple[str, str]]:
    settings = forces.current_settings(work.session, work.force.id).settings
    return [(one.name, f"{one.name} ({one.queue})") for one in settings.categories]


def _rosters(work: Work) -> list[tuple[UUID, str]]:
    listed = rosters.page(work.session, work.force.id, status=None, week=None, cursor=None, size=_BASES).rosters
    return [
        (one.id, f"{terms.weeks_of(one.week_start, one.weeks)}, {terms.STATUSES[one.status][0].lower()}")
        for one in listed
        if one.status != RosterStatus.SUPERSEDED
    ]


def _bases(work: Work) -> list[tuple[str, str]]:
    """What a what-if may begin with, by its value in the form: rosters, then the newest requirement and forecast."""
    session, force_id = work.session, work.force.id
    zone = forces.current_settings(session, force_id).settings.zone
    found = [(f"roster_id:{roster_id}", f"Roster of {label}") for roster_id, label in _rosters(work)]
    for requirement in requirements.page(session, force_id, None, 1).requirements:
        first = terms.weeks_of(requirement.starts_at.astimezone(zone).date(), 1)
        found.append((f"requirement_id:{requirement.id}", f"Newest requirement, first week: {first}"))
    for forecast in forecasts.page(session, force_id, kind=WHOLE[0], known_by=None, cursor=None, size=1).forecasts:
        first = terms.weeks_of(forecast.starts_at.astimezone(zone).date(), 1)
        found.append((f"forecast_id:{forecast.id}", f"Newest forecast, first seven days: {first}"))
    return found
