"""The page of teams, and that of an absence with what can be done."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request
from starlette.responses import Response

from app.absences import look
from app.absences.schemas import AbsenceStatus
from app.access import Reading, Repairing
from app.database import utc_now
from app.edge.routing import Router
from app.fairness import teams
from app.forces import service as forces
from app.identity.roles import Permission
from app.rosters import swaps
from app.web.shell import fragment, page
from app.web.team import view
from app.web.words import ACTIVITIES, BURDENS

router = Router(include_in_schema=False, prefix="/forces/{force}/team")

_DAYS_AHEAD = 28
_WEEKS = 13
_LISTED = 30


@router.get("")
def team(request: Request, work: Reading) -> Response:
    """Who is where now, leave and cover of four weeks, absences, swaps and requests that wait, and burdens of teams."""
    at = utc_now()
    today = at.astimezone(forces.zone(work.session, work.force.id)).date()
    may_repair, may_plan = (work.actor.may(one) for one in (Permission.REPAIR, Permission.PLAN))
    absences = look.listed(work, AbsenceStatus.OPEN, None, _LISTED).absences if may_repair else []
    return page(
        request, work, "team/page.html", title="Team", section="team", now=view.now(work, at),
        days=view.leave_ahead(work, today, _DAYS_AHEAD), absences=[one for one in absences if one.until > at],
        requests=view.waiting(work), swaps=swaps.waiting(work) if may_plan else [], teams=teams.of_teams(work, _WEEKS),
        activities=ACTIVITIES, burdens=BURDENS,
    )  # fmt: skip


@router.get("/now")
def now(request: Request, work: Reading) -> Response:
    """The part of the page that says who is where, as it is now."""
    return fragment(request, work, "team/now.html", now=view.now(work, utc_now()), activities=ACTIVITIES)


@router.get("/absences/{absence_id}")
def absence(request: Request, work: Repairing, absence_id: UUID) -> Response:
    """An absence with its options as they come, and forms to publish one."""
    found = look.read(work, absence_id)
    etag = None if found.roster_id is None else look.roster_etag(work, found.roster_id)
    return page(
        request, work, "team/absence.html", title=f"{found.handler} is absent", section="team", absence=found, etag=etag
    )
