"""What the force's published rosters say together: views of a day, week, month or year across them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.database import utc_now
from app.forces import service as forces
from app.rosters import look, repository
from app.rosters.document import duties_from_json
from app.rosters.history import WEEK
from app.rosters.look import View
from app.rosters.repository import PublishedDuties
from rostering.roster import Duty

_DAY = timedelta(days=1)


def viewed(
    session: Session, force_id: UUID, view: View, on: date | None, handler: str | None, team: str | None
) -> dict[str, Any]:
    """The view that holds the local date `on`, today where absent, over every published roster; `rosters` are those in
    it, `missing_weeks` the Mondays of its weeks that none covers. Raises `Invalid` for a handler or team that is none.
    """
    zone = forces.current_settings(session, force_id).settings.zone
    day = on or utc_now().astimezone(zone).date()
    first, until = span_of(view, day)
    # A week earlier as well: its last duties may reach into the span.
    told = repository.published_duties(session, force_id, first - WEEK, until)
    duties = _joined(told, zone)
    teams = look.teams_of(session, force_id)
    known = set(teams) | {duty.handler for duty in duties}
    refs = look.chosen(teams, known, handler, team)
    people = sorted(known if refs is None else refs)
    shown = look.seen([duty for duty in duties if duty.handler in people], zone, view, day, people)
    covered = {monday for one in told for monday in one.mondays}
    monday = first - timedelta(days=first.weekday())
    weeks = [monday + n * WEEK for n in range(-(-(until - monday).days // 7))]
    inside = [one for one in told if one.week_start < until and one.mondays[-1] + WEEK > first]
    return shown | {
        "rosters": [one.id for one in inside],
        "missing_weeks": [week for week in weeks if week not in covered],
    }


def span_of(view: View, day: date) -> tuple[date, date]:
    """First date of the view that holds `day`, and the date after its last."""
    if view == "day":
        return day, day + _DAY
    if view == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + WEEK
    if view == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1)
    return date(day.year, 1, 1), date(day.year + 1, 1, 1)


def _joined(told: Sequence[PublishedDuties], zone: ZoneInfo) -> list[Duty]:
    """Every duty once: those that a roster carried over count where no published roster has their week."""
    covered = {monday for one in told for monday in one.mondays}
    duties = [duty for one in told for duty in duties_from_json([*one.frozen, *one.duties])]
    for one in told:
        for duty in duties_from_json(one.carried_over):
            day = duty.start.astimezone(zone).date()
            if day - timedelta(days=day.weekday()) not in covered:
                duties.append(duty)
    return duties
