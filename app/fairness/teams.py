"""Burdens and fatigue of teams: spreads over their people, never one person, and no team that is too small."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.database import utc_now
from app.fairness.schemas import SpreadOut, TeamOut, TeamsOut
from app.fairness.service import spread_out, this_monday
from app.forces import service as forces
from app.newest import Newest
from app.people import service as people
from app.rosters import look
from app.rosters import service as rosters
from app.rosters.borne import BURDENS, Borne, borne, published_on, window
from rostering.fairness import hidden_groups, spread_of
from rostering.rules import RuleId

NO_TEAM = "no team"
FATIGUE = "fatigue"

_points = Newest[tuple[UUID, int], dict[str, int]](8)


def of_teams(work: Work, weeks: int) -> TeamsOut:
    """Burdens of the `weeks` before this one, and fatigue in this week's published roster, by team. A team of fewer
    than the settings' `least_group` is hidden from everybody, and so is one from which such a team could be told."""
    session, force_id = work.session, work.force.id
    settings = forces.current_settings(session, force_id).settings
    until = this_monday(settings)
    since = window(until, weeks)
    found = borne(session, force_id, settings, since, until)
    roster_id, points = _fatigue(session, force_id, utc_now().astimezone(settings.zone).date())
    teams: dict[str, list[str]] = defaultdict(list)
    for handler in people.all_of(session, force_id):
        teams[handler.team or NO_TEAM].append(handler.ref)
    hidden = hidden_groups({name: len(refs) for name, refs in teams.items()}, settings.least_group)
    too_few = sum(map(len, teams.values())) < settings.least_group
    shown = [
        TeamOut(team=name, n=None, hidden=True, burdens={})
        if name in hidden or too_few
        else TeamOut(team=name, n=len(refs), hidden=False, burdens=_burdens(found, refs, since, points))
        for name, refs in sorted(teams.items())
    ]
    return TeamsOut(
        until=until, weeks=weeks, published_weeks=found.weeks_since(since), least_group=settings.least_group,
        roster_id=roster_id, teams=shown,
    )  # fmt: skip


def _burdens(found: Borne, refs: Sequence[str], since: date, points: Mapping[str, int] | None) -> dict[str, SpreadOut]:
    figures = {name: [found.total(name, ref, since) for ref in refs] for name in BURDENS}
    if points is not None:
        figures[FATIGUE] = [points.get(ref, 0) for ref in refs]
    told = {name: spread_out(spread_of(values)) for name, values in figures.items()}
    return {name: spread for name, spread in told.items() if spread is not None}


def _fatigue(session: Session, force_id: UUID, today: date) -> tuple[UUID | None, dict[str, int] | None]:
    """The published roster of `today`, and each handler's points of the rule on fatigue in it."""
    head = published_on(session, force_id, today)
    if head is None:
        return None, None
    row = rosters.find(session, force_id, head.id)

    def counted() -> dict[str, int]:
        totals = look.explained(row, None, None)["penalties"]
        return {one["subject"]: one["amount"] for one in totals if one["rule"] == RuleId.FATIGUE}

    return head.id, _points.get((row.id, row.revision), counted)
