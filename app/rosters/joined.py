"""What the force's published rosters say together: views of a day, week, month or year across them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.database import utc_now
from app.forces import service as forces
from app.people import service as people
from app.rosters import look, repository
from app.rosters.document import duties_from_json
from app.rosters.history import WEEK
from app.rosters.look import View
from app.rosters.nominal import NominalWeeks, nominal_weeks
from app.rosters.repository import PublishedDuties
from rostering.roster import Duty

_DAY = timedelta(days=1)


def published(session: Session, force_id: UUID, first: date, until: date) -> list[tuple[UUID, Duty]]:
    """Published duties that start on first <= local date < until, each with its roster."""
    zone = forces.current_settings(session, force_id).settings.zone
    return [
        (one.id, duty)
        for one in repository.published_duties(session, force_id, first, until)
        for duty in duties_from_json([*one.frozen, *one.duties])
        if first <= duty.start.astimezone(zone).date() < until
    ]


def viewed(
    session: Session, force_id: UUID, view: View, on: date | None, handler: str | None, team: str | None
) -> dict[str, Any]:
    """The view that holds the local date `on`, today where absent, over every published roster; `rosters` are those in
    it, `missing_weeks` the Mondays of its weeks that none covers. Of these `nominal_weeks` show the nominal duties that
    people were told, whose minutes in the view are `nominal_min`. Raises `Invalid` for a handler or team that is none.
    """
    zone = forces.current_settings(session, force_id).settings.zone
    day = on or utc_now().astimezone(zone).date()
    first, until = span_of(view, day)
    # A week earlier as well: its last duties may reach into the span.
    told = repository.published_duties(session, force_id, first - WEEK, until)
    covered = {monday for one in told for monday in one.mondays}
    everybody = people.all_of(session, force_id)
    nominal = nominal_weeks(session, force_id, everybody, first - WEEK, until, covered)
    duties = [*_joined(told, zone, nominal), *nominal.duties]
    teams = {handler.ref: handler.team for handler in everybody}
    known = set(teams) | {duty.handler for duty in duties}
    refs = look.chosen(teams, known, handler, team)
    rows = set(known if refs is None else refs)
    shown = look.seen([duty for duty in duties if duty.handler in rows], zone, view, day, sorted(rows))
    assumed = [duty for duty in nominal.duties if duty.handler in rows]
    begin, end = (datetime.combine(date, datetime.min.time(), zone) for date in (first, until))
    monday = first - timedelta(days=first.weekday())
    weeks = [monday + n * WEEK for n in range(-(-(until - monday).days // 7))]
    inside = [one for one in told if one.week_start < until and one.mondays[-1] + WEEK > first]
    return shown | {
        "rosters": [one.id for one in inside],
        "missing_weeks": [week for week in weeks if week not in covered],
        "nominal_weeks": [week for week in weeks if week in nominal.mondays],
        "nominal_min": sum(_minutes_within(duty, begin, end) for duty in assumed),
    }


def _minutes_within(duty: Duty, begin: datetime, end: datetime) -> int:
    first, last = max(duty.start, begin), min(duty.end, end)
    return max((last.astimezone(UTC) - first.astimezone(UTC)) // timedelta(minutes=1), 0)


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


def _joined(told: Sequence[PublishedDuties], zone: ZoneInfo, nominal: NominalWeeks) -> list[Duty]:
    """Every duty once: those that a roster carried over count where no published roster has their week, and nobody was
    told the handler's nominal duties of it."""
    covered = {monday for one in told for monday in one.mondays}
    duties = [duty for one in told for duty in duties_from_json([*one.frozen, *one.duties])]
    for one in told:
        for duty in duties_from_json(one.carried_over):
            day = duty.start.astimezone(zone).date()
            monday = day - timedelta(days=day.weekday())
            if monday not in covered and not nominal.was_told(duty.handler, day):
                duties.append(duty)
    return duties
