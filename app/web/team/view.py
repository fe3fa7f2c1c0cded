"""Who is where now, and leave against cover in the weeks ahead, as the page shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from app.absences.leave import spans_away
from app.access import Work
from app.forces import service as forces
from app.leave_requests import service as leave
from app.leave_requests.schemas import LeaveRequestOut, RequestStatus
from app.people import service as people
from app.people.schemas import holds
from app.rosters import joined
from app.rosters.cover import Basis, covers
from app.rosters.pattern import nominal_duties, on_leave
from app.year.told import as_told
from rostering.roster import ActivitySpan, Duty

NO_TEAM = "No team"
_DAY = timedelta(days=1)
_SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Placed:
    """A handler on duty now or soon: in which activity, until when, and what follows; None before the duty and in its
    last activity."""

    handler: str
    duty: Duty
    now: ActivitySpan | None
    then: ActivitySpan | None
    is_away: bool

    @property
    def state(self) -> Literal["away", "later", "on duty"]:
        return "away" if self.is_away else "on duty" if self.now else "later"


@dataclass(frozen=True, slots=True)
class Now:
    """Everybody by team, and how many are where."""

    at: datetime
    teams: Mapping[str, Sequence[Placed]]
    counts: Mapping[str, int]
    is_published: bool


@dataclass(frozen=True, slots=True)
class LeaveDay:
    """A date: how many who would have a duty are on leave, how many more ask, and heads short as it stands."""

    date: date
    basis: Basis
    n_on_leave: int
    n_asking: int
    short_h: float | None
    worst: int | None
    worst_at: datetime | None


def now(work: Work, at: datetime) -> Now:
    """Who is where at a time, by what is published and who was told absent."""
    session, force_id = work.session, work.force.id
    day = at.astimezone(_zone(work)).date()
    found = joined.published(session, force_id, day - _DAY, day + 2 * _DAY)
    away = spans_away(session, force_id, at)
    team_of = {handler.ref: handler.team or NO_TEAM for handler in people.all_of(session, force_id)}
    teams: dict[str, list[Placed]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for _, duty in found:
        if duty.start - _SOON <= at < duty.end:
            placed = _placed(duty, at, away.get(duty.handler, ()))
            teams[team_of.get(duty.handler, NO_TEAM)].append(placed)
            counts[placed.state if placed.now is None or placed.is_away else str(placed.now.activity)] += 1
    for people_of in teams.values():
        people_of.sort(key=lambda one: (one.duty.start, one.handler))
    return Now(at, dict(sorted(teams.items())), counts, bool(found))


def _placed(duty: Duty, at: datetime, away: Sequence[tuple[datetime, datetime]]) -> Placed:
    spans = duty.activities
    place = next((n for n, span in enumerate(spans) if span.start <= at < span.end), None)
    then = None if place is None or place + 1 == len(spans) else spans[place + 1]
    is_away = any(since <= max(at, duty.start) < until for since, until in away)
    return Placed(duty.handler, duty, None if place is None else spans[place], then, is_away)


def leave_ahead(work: Work, first: date, n_days: int) -> list[LeaveDay]:
    """Leave against cover of so many dates."""
    session, force_id, zone = work.session, work.force.id, _zone(work)
    settings = forces.current_settings(session, force_id).settings
    last = first + (n_days - 1) * _DAY
    everybody = as_told(session, force_id, people.all_of(session, force_id), first - 8 * _DAY, last + 9 * _DAY)
    cover = covers(session, force_id, first, last, everybody, zone, forces.rule_set(settings))
    asking = leave.listed(session, force_id, RequestStatus.OPEN, None)
    days = []
    for day in (first + n * _DAY for n in range(n_days)):
        off = [one for one in everybody if on_leave(one, day) and nominal_duties(one, day, 1, zone)]
        begin, end = (datetime.combine(edge, time(), zone) for edge in (day, day + _DAY))
        short = cover[day].short(begin, end)
        worst = None if short is None or not short.size else int(short.max())
        at = (
            None
            if short is None or not worst
            else max(begin, cover[day].start) + int(short.argmax()) * timedelta(minutes=15)
        )
        days.append(
            LeaveDay(
                date=day,
                basis=cover[day].basis,
                n_on_leave=len(off),
                n_asking=sum(holds(one.first, one.last, day) for one in asking),
                short_h=None if worst is None or short is None else float(short.sum()) / 4,
                worst=worst,
                worst_at=at,
            )
        )
    return days


def waiting(work: Work) -> list[LeaveRequestOut]:
    """Leave requests that wait for a decision, of whom the actor answers for."""
    return leave.listed_to(work, RequestStatus.OPEN, None)


def _zone(work: Work) -> ZoneInfo:
    return forces.current_settings(work.session, work.force.id).settings.zone
