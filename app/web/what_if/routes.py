"""Pages of what-ifs: those that are kept, a new one, one with both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from app.access import Planning, Reading, Work
from app.edge.routing import Router
from app.errors import NotFound
from app.forces import service as forces
from app.forecasts import service as forecasts
from app.forecasts.schemas import WHOLE
from app.requirements import service as requirements
from app.rosters import service as rosters
from app.rosters.schemas import RosterEntry
from app.rosters.states import RosterStatus
from app.scenarios import service as scenarios
from app.tables import RosterRow
from app.web.roster_life import terms
from app.web.shell import page
from app.web.what_if import besides, levers, sides

router = Router(include_in_schema=False, prefix="/forces/{force}/what-if")

_SECTION = "what-if"
_PER_PAGE = 20
_GONE = "one that is no longer kept"
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
    asked = None if known is None else scenarios.asked(work.session, known)
    changes: list[dict[str, Any]] = [] if known is None else list(known.changes)
    if replace is not None:
        changes.append({"kind": "roster", "roster_id": str(replace)})
    chosen = f"roster_id:{roster}" if roster else ""
    if known is not None:
        chosen = next((f"{name}:{value}" for name, value in known.base.items() if value), "")
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    listed = _rosters(work)
    return page(
        request, work, "what_if/new.html", title="New what-if", section=_SECTION,
        bases=_with_chosen(work, _bases(work, listed, zone), chosen, zone), chosen=chosen,
        offered=levers.OFFERED, variant=levers.variant,
        changes=[(change, levers.told(change, zone)) for change in changes],
        span=None if known is None or chosen.startswith("roster_id:") else (known.starts_at, known.ends_at),
        name="" if known is None else known.name,
        category_choices=_categories(work, changes),
        rosters=_with_replacements(work, listed, changes),
        asked=asked, grid=besides.grid(asked), precisions=besides.precisions(asked),
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
    )  # fmt: skip


def _categories(work: Work, changes: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The settings' categories, and those of `changes` that are no longer among them."""
    settings = forces.current_settings(work.session, work.force.id).settings
    known = {one.name: f"{one.name} ({one.queue})" for one in settings.categories}
    used = [change["category"] for change in changes if change.get("category")]
    return list(({name: f"{name} (not in the settings now)" for name in used} | known).items())


def _roster_words(roster: RosterEntry | RosterRow) -> str:
    return f"{terms.weeks_of(roster.week_start, roster.weeks)}, {terms.STATUSES[roster.status][0].lower()}"


def _rosters(work: Work) -> list[tuple[UUID, str]]:
    listed = rosters.page(work.session, work.force.id, status=None, week=None, cursor=None, size=_BASES).rosters
    return [(one.id, _roster_words(one)) for one in listed if one.status != RosterStatus.SUPERSEDED]


def _roster_label(work: Work, roster_id: UUID) -> str:
    try:
        return _roster_words(rosters.find(work.session, work.force.id, roster_id))
    except NotFound:
        return _GONE


def _with_replacements(
    work: Work, listed: Sequence[tuple[UUID, str]], changes: Sequence[Mapping[str, Any]]
) -> list[tuple[UUID, str]]:
    """Rosters that may stand in the place of another: those `listed`, and those of `changes` whatever their age."""
    used = {UUID(change["roster_id"]) for change in changes if change["kind"] == "roster"} - {one for one, _ in listed}
    return [*listed, *((one, _roster_label(work, one)) for one in sorted(used))]


def _bases(work: Work, listed: Sequence[tuple[UUID, str]], zone: ZoneInfo) -> list[tuple[str, str]]:
    """What a what-if may begin with, by its value in the form: rosters, then the newest requirement and forecast."""
    session, force_id = work.session, work.force.id
    found = [(f"roster_id:{roster_id}", f"Roster of {label}") for roster_id, label in listed]
    for requirement in requirements.page(session, force_id, None, 1).requirements:
        first = terms.weeks_of(requirement.starts_at.astimezone(zone).date(), 1)
        found.append((f"requirement_id:{requirement.id}", f"Newest requirement, first week: {first}"))
    for forecast in forecasts.page(session, force_id, kind=WHOLE[0], known_by=None, cursor=None, size=1).forecasts:
        first = terms.weeks_of(forecast.starts_at.astimezone(zone).date(), 1)
        found.append((f"forecast_id:{forecast.id}", f"Newest forecast, first seven days: {first}"))
    return found


def _with_chosen(work: Work, bases: list[tuple[str, str]], chosen: str, zone: ZoneInfo) -> list[tuple[str, str]]:
    """`bases` with what is chosen, however old it is."""
    if not chosen or chosen in dict(bases):
        return bases
    name, _, value = chosen.partition(":")
    if name == "roster_id":
        return [(chosen, f"Roster of {_roster_label(work, UUID(value))}"), *bases]
    find = requirements.find if name == "requirement_id" else forecasts.find
    try:
        since = find(work.session, work.force.id, UUID(value)).starts_at
    except NotFound:
        return [(chosen, _GONE), *bases]
    first = terms.weeks_of(since.astimezone(zone).date(), 1)
    return [(chosen, f"Earlier {name.removesuffix('_id')}, first week: {first}"), *bases]
