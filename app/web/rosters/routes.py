"""The page of a roster: `/forces/{force}/rosters/{roster_id}`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from app.access import Reading, Work
from app.data_protection import service as data_protection
from app.database import utc_now
from app.edge.routing import Router
from app.errors import invalid
from app.identity.roles import Permission
from app.people import service as people
from app.rosters import look, service
from app.rosters.states import RosterStatus
from app.schema import Day
from app.tables import RosterRow
from app.web.roster_life import terms
from app.web.rosters import hours
from app.web.rosters.drawing import LEGEND
from app.web.rosters.view import Facts, Look, cell_classes, grid, script_safe, steps
from app.web.shell import page

router = Router(include_in_schema=False)


@router.get("/forces/{force}/rosters/{roster_id}")
def show_roster(
    request: Request,
    roster_id: UUID,
    work: Reading,
    view: Annotated[Look, Query()] = "week",
    day: Annotated[Day | None, Query(alias="date")] = None,
) -> Response:
    """The roster as a grid by day, week or all of its weeks; as hours by month or year."""
    row = service.find(work.session, work.force.id, roster_id)
    facts = _facts(work, row)
    shown = _day(facts, day)
    context: dict[str, Any] = {
        "zone": facts.zone,
        "roster": service.entry(row),
        "weeks": terms.weeks_of(row.week_start, row.weeks),
        "state": terms.STATUSES[row.status],
        "mode": terms.mode(row.mode),
        "etag": service.etag(row),
        "view": view,
        "day": shown,
        "steps": steps(facts, view, shown),
        "may_edit": _may_edit(work, row),
        "legend": LEGEND,
        "service": row.body.get("service", {}),
        "gap": row.certificate.get("solver", {}).get("service", {}),
        "notes": row.certificate.get("notes", []),
        "hours": row.body["hours"],
    }
    title = f"Roster from {row.week_start:%-d %B %Y}"
    match view:
        case "month" | "year":
            template = "rosters/hours.html"
            # The month that holds most of the week, as weeks are counted.
            context["day"] = shown + timedelta(days=3 - shown.weekday())
            told = look.viewed(row, facts.zone, view, context["day"], None)
            context["table"] = hours.table(told, view, facts.teams, facts.names)
        case "day" | "week" | "weeks":
            template = "rosters/page.html"
            drawn = grid(facts, view, shown)
            context |= {"grid": drawn, "data": script_safe(drawn.data)}
            context["cell_classes"] = [cell_classes(column) for column in drawn.days]
    return page(request, work, template, title=title, section="rosters", **context)


def _facts(work: Work, row: RosterRow) -> Facts:
    problem = row.certificate["problem"]
    return Facts(
        week_start=row.week_start,
        weeks=row.weeks,
        zone=look.zone_of(work.session, row),
        body=row.body,
        problem=problem,
        teams=people.teams_of(work.session, work.force.id),
        names=data_protection.names_for(work),
        holidays={date.fromisoformat(day): "Bank holiday" for day in problem.get("bank_holidays", ())},
    )


def _day(facts: Facts, day: date | None) -> date:
    """The local date that is asked for; without one today where the roster has it, else its first.

    Raises `Invalid` for a date that the roster has not.
    """
    last = facts.week_start + timedelta(weeks=facts.weeks, days=-1)
    if day is None:
        today = utc_now().astimezone(facts.zone).date()
        return today if facts.week_start <= today <= last else facts.week_start
    if not facts.week_start <= day <= last:
        raise invalid("date", f"{day}", f"a date from {facts.week_start} to {last}")
    return day


def _may_edit(work: Work, row: RosterRow) -> bool:
    """Drafts are planners' to edit, what is approved or published managers'."""
    wanted = Permission.PLAN if row.status == RosterStatus.DRAFT else Permission.MANAGE
    return row.status != RosterStatus.SUPERSEDED and work.actor.may(Permission.PLAN) and work.actor.may(wanted)
