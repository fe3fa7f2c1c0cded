"""Who is where now, and leave against cover in the weeks ahead, as the page shows them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.access import Work
from app.forces import service as forces
from app.leave_requests import service as leave
from app.leave_requests.schemas import LeaveRequestOut, RequestStatus
from app.pacesetter import service as pacesetter
from app.pacesetter.duty import AWAY, Placed
from app.people import service as people
from app.people.schemas import holds
from app.rosters.cover import Basis, covers
from app.rosters.pattern import nominal_duties, on_leave
from app.year.told import as_told

NO_TEAM, LATER = "No team", "later"
_DAY = timedelta(days=1)
_SOON = timedelta(hours=2)


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
    found = pacesetter.whereabouts(session, force_id, at, _SOON)
    team_of = {handler.ref: handler.team or NO_TEAM for handler in people.all_of(session, force_id)}
    teams: dict[str, list[Placed]] = defaultdict(list)
    for one in found or ():
        teams[team_of.get(one.duty.handler, NO_TEAM)].append(one)
    return Now(at, dict(sorted(teams.items())), Counter(map(_counted, found or ())), found is not None)


def _counted(one: Placed) -> str:
    """Under which word a handler is counted."""
    return AWAY if one.away_until else LATER if one.now is None else str(one.now.activity)


def leave_ahead(work: Work, first: date, n_days: int) -> list[LeaveDay]:
    """Leave against cover of so many dates."""
    session, force_id, zone = work.session, work.force.id, forces.zone(work.session, work.force.id)
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
