"""Pages on one roster: its certificate, its steps, comparing it, repairing it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.access import Planning, Reading, Work
from app.database import utc_now
from app.edge.routing import Router
from app.errors import NotFound
from app.forces import service as forces
from app.rosters import life, notice
from app.rosters import repository as roster_rows
from app.rosters import service as rosters
from app.rosters.states import RosterStatus
from app.runs import service as runs
from app.tables import RosterRow
from app.web.roster_life import certificate, compare, repair, steps, terms
from app.web.shell import page

router = Router(include_in_schema=False, prefix="/forces/{force}/rosters/{roster_id}")

_OTHERS = 40  # newest rosters that a roster may be compared with


@router.get("/certificate")
def show_certificate(request: Request, work: Reading, roster_id: UUID) -> Response:
    """What proves the roster, in words."""
    row = rosters.find(work.session, work.force.id, roster_id)
    roster = rosters.read(work.session, row)
    rules = forces.rule_set(forces.settings_of_version(work.session, work.force.id, row.settings_version))
    return _page(request, work, row, "certificate", "Certificate", view=certificate.seen(roster, rules))


@router.get("/steps")
def show_steps(request: Request, work: Reading, roster_id: UUID) -> Response:
    """The next step of the roster's life, and every one before."""
    row = rosters.find(work.session, work.force.id, roster_id)
    is_next = row.status == RosterStatus.APPROVED
    view = steps.seen(
        RosterStatus(row.status),
        notice.notice_of(work.session, row, utc_now()) if is_next else None,
        life.changes(work.session, row).changes,
        blocked=life.barred(work, row),
    )
    return _page(request, work, row, "steps", "Steps", view=view, etag=rosters.etag(row))


@router.get("/compare")
def show_comparison(
    request: Request, work: Reading, roster_id: UUID, other_id: Annotated[UUID | None, Query(alias="with")] = None
) -> Response:
    """The roster beside another one: by default what it was made from, else the newest other of its weeks."""
    row = rosters.find(work.session, work.force.id, roster_id)
    listed = rosters.page(work.session, work.force.id, status=None, week=None, cursor=None, size=_OTHERS).rosters
    others = sorted((one for one in listed if one.id != row.id), key=lambda one: one.week_start != row.week_start)
    chosen = other_id or row.based_on or (others[0].id if others else None)
    context: dict[str, Any] = {"found": None, "other": None}
    if chosen is not None:
        other = rosters.find(work.session, work.force.id, chosen)
        zone = forces.current_settings(work.session, work.force.id).settings.zone
        context = {
            "found": compare.compared(rosters.read(work.session, other), rosters.read(work.session, row), zone),
            "other": rosters.entry(other),
            "other_weeks": terms.weeks_of(other.week_start, other.weeks),
            "other_status": terms.STATUSES[other.status],
        }
    labels = [
        {
            "id": one.id,
            "label": f"{terms.weeks_of(one.week_start, one.weeks)}, {terms.STATUSES[one.status][0].lower()}, "
            f"{terms.MODES.get(one.mode, one.mode)}",
        }
        for one in others
    ]
    return _page(request, work, row, "compare", "Compare", others=labels, **context)


@router.get("/repair")
def ask_for_repair(request: Request, work: Planning, roster_id: UUID) -> Response:
    """The form that says what has changed since the roster was published."""
    row = rosters.find(work.session, work.force.id, roster_id)
    days = repair.days_of(row.week_start, row.weeks)
    return _page(request, work, row, "repair", "Repair", people=sorted(row.body["paid_min"]), days=days)


@router.get("/repair/{run_id}")
def choose_repair(request: Request, work: Reading, roster_id: UUID, run_id: UUID, csv: str | None = None) -> Response:
    """The drafts that a repair has made, to choose from."""
    row = rosters.find(work.session, work.force.id, roster_id)
    run = runs.get(work.session, run_id)
    if run.force_id != work.force.id or run.inputs.get("from_roster_id") != str(row.id):
        raise NotFound(f"run {run_id} is no repair of roster {row.id}")
    result = run.result or {}
    options = result.get("options", [])
    stored = roster_rows.of_ids(work.session, work.force.id, [UUID(one["roster_id"]) for one in options])
    found = repair.curve(options, {key: rosters.entry(one) for key, one in stored.items()})
    if csv is not None:
        headers = {"Content-Disposition": 'attachment; filename="repairs.csv"'}
        return Response(found.csv(), media_type="text/csv; charset=utf-8", headers=headers)
    return _page(request, work, row, "repairs", "Choose a repair", found=found, run_id=run_id, reason=run.reason)


def _page(request: Request, work: Work, row: RosterRow, name: str, title: str, **context: Any) -> Response:
    weeks = terms.weeks_of(row.week_start, row.weeks)
    return page(
        request, work, f"roster_life/{name}.html", title=f"{title}, {weeks}", section="rosters",
        roster=rosters.entry(row), weeks=weeks, state=terms.STATUSES[row.status], **context,
    )  # fmt: skip
