"""Who is on calls today and tomorrow by the published rosters, what they were made for, and who is away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.absences.leave import spans_away
from app.forecasts import service as forecasts
from app.forecasts.repository import opened
from app.intraday import repository
from app.intraday.repository import Plan
from app.people import service as people
from app.requirements import repository as requirement_rows
from app.requirements import service as requirements
from app.requirements.service import INTERVAL, QUEUES
from app.rosters import repository as rosters
from app.rosters.document import duties_from_json
from rostering.roster import Activity, Duty

Ints = NDArray[np.int64]
Span = tuple[datetime, datetime]
Floats = NDArray[np.float64]
_DAY = timedelta(days=1)
_DESKS = (Activity.CALLS_999, Activity.CALLS_101)


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """By quarter-hour from `start`; arrays are (2, intervals), 999 first, or (intervals,).

    on_calls : heads rostered on calls without those who are away; `required` : heads that the roster was made for, -1
    where that is not known; `planned` : calls forecast when its requirement was made, NaN likewise; `reserve` : idle
    999 seats kept from 101; `absent` : people rostered on calls who are away; `is_rostered` : a published roster has
    the quarter-hour
    """

    start: datetime
    on_calls: Ints
    required: Ints
    planned: Floats
    reserve: Ints
    absent: Ints
    is_rostered: NDArray[np.bool_]
    rosters: tuple[UUID, ...]


def cover(session: Session, force_id: UUID, since: datetime, until: datetime, zone: ZoneInfo) -> Cover:
    """What published rosters say from `since` to `until`, quarter-hours of UTC."""
    n = (until - since) // INTERVAL
    first, last = (moment.astimezone(zone).date() for moment in (since, until))
    plans = repository.plans(session, force_id, first, last + _DAY)
    told = rosters.published_duties(session, force_id, first - _DAY, last + _DAY)
    duties = [duty for one in told for duty in duties_from_json([*one.frozen, *one.duties])]
    on_calls, away = _heads(duties, away_of(session, force_id, since, zone), since, n)
    found = Cover(
        start=since,
        on_calls=on_calls,
        required=np.full((2, n), -1, dtype=np.int64),
        planned=np.full((2, n), np.nan),
        reserve=np.zeros(n, dtype=np.int64),
        absent=away.sum(axis=0),
        is_rostered=np.zeros(n, dtype=bool),
        rosters=tuple(plan.roster_id for plan in plans),
    )
    for plan in plans:
        _fill(session, force_id, found, plan, zone)
    return found


def _fill(session: Session, force_id: UUID, found: Cover, plan: Plan, zone: ZoneInfo) -> None:
    """What the requirement of a roster said of its weeks."""
    n = found.is_rostered.size
    begin, end = (
        datetime.combine(plan.week_start + timedelta(weeks=weeks), datetime.min.time(), zone)
        for weeks in (0, plan.weeks)
    )
    weeks = _places(begin, end, found.start, n)
    found.is_rostered[weeks] = True
    requirement = requirements.find(session, force_id, plan.requirement_id)
    inside = _places(max(begin, requirement.starts_at), min(end, requirement.ends_at), found.start, n)
    if inside.stop <= inside.start:
        return
    since, until = (found.start + place * INTERVAL for place in (inside.start, inside.stop))
    there = slice((since - requirement.starts_at) // INTERVAL, (until - requirement.starts_at) // INTERVAL)
    found.required[:, inside] = requirement_rows.heads(requirement, "rostered")[:, there]
    kept = requirement_rows.reserve(requirement, since, until)
    if kept is not None:
        found.reserve[inside] = kept
    forecast = opened(forecasts.find(session, force_id, requirement.forecast_id)).forecast
    order = [forecast.queues.index(queue) for queue in QUEUES]
    found.planned[:, inside] = forecast.window(since, until).mean[order]


def _places(begin: datetime, end: datetime, start: datetime, n: int) -> slice:
    """Quarter-hours from `begin` to `end` among the `n` from `start` on."""
    first, last = (min(max((moment - start) // INTERVAL, 0), n) for moment in (begin, end))
    return slice(first, max(first, last))


def away_of(session: Session, force_id: UUID, since: datetime, zone: ZoneInfo) -> Callable[[Duty], list[Span]]:
    """When a duty's handler is away: absences, and leave that was stored after the roster was published."""
    leave = {handler.ref: handler.leave for handler in people.all_of(session, force_id)}
    absences = spans_away(session, force_id, since)

    def spans(duty: Duty) -> list[Span]:
        day = duty.start.astimezone(zone).date()
        if any(one.first <= day <= one.last for one in leave.get(duty.handler, ())):
            return [(duty.start, duty.end)]
        return absences.get(duty.handler, [])

    return spans


def _heads(duties: Sequence[Duty], away: Callable[[Duty], list[Span]], start: datetime, n: int) -> tuple[Ints, Ints]:
    """People on calls at both desks, (2, n), who are there and who are away."""
    there, gone = np.zeros((2, n), dtype=np.int64), np.zeros((2, n), dtype=np.int64)
    for duty in duties:
        is_away = np.zeros(n, dtype=bool)
        for first, last in away(duty):
            is_away[_places(first, last, start, n)] = True
        for span in duty.activities:
            if span.activity in _DESKS:
                desk, places = _DESKS.index(span.activity), _places(span.start, span.end, start, n)
                there[desk, places] += ~is_away[places]
                gone[desk, places] += is_away[places]
    return there, gone
