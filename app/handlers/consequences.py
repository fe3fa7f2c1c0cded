"""Published duties that rest on a consent, a skill or a presence that a change takes away: named, never moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from app.access import Work
from app.database import utc_now
from app.forces import service as forces
from app.forces.staffing import WEEKDAYS
from app.handlers.schemas import DutyConcerned
from app.people.schemas import ConsentIn, HandlerIn, holds
from app.rosters import joined
from app.rosters.pattern import nominal_duties, on_leave
from app.year.told import as_told
from rostering.roster import Activity, Duty

_AHEAD = timedelta(days=400)
_QUEUES = (Activity.CALLS_999, Activity.CALLS_101)
Why = Literal["consent", "leave", "skill", "agreement", "left"]


class _Published(NamedTuple):
    roster_id: UUID
    duty: Duty
    day: date


def of_changes(work: Work, changes: Sequence[tuple[HandlerIn, HandlerIn | None]]) -> list[DutyConcerned]:
    """Published duties from today on that the changes concern: of each handler as it was and as it will be, None: has
    left. By handler and date."""
    changes = [(before, after) for before, after in changes if after is None or _matters(before, after)]
    if not changes:
        return []
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    today = utc_now().astimezone(zone).date()
    until = today + _AHEAD
    by_ref: dict[str, list[_Published]] = {}
    for roster_id, duty in joined.published(work.session, work.force.id, today, until):
        by_ref.setdefault(duty.handler, []).append(_Published(roster_id, duty, duty.start.astimezone(zone).date()))
    told = as_told(work.session, work.force.id, [before for before, _ in changes], today, until)
    concerned = []
    for (before, after), nominal in zip(changes, told, strict=True):
        for one in by_ref.get(before.ref, []):
            for why, message in _why(before, after, nominal, one, zone):
                concerned.append(
                    DutyConcerned(
                        roster_id=one.roster_id,
                        handler=before.ref,
                        date=one.day,
                        start=one.duty.start,
                        end=one.duty.end,
                        why=why,
                        message=message,
                    )
                )
    return sorted(concerned, key=lambda one: (one.handler, one.start))


def _matters(before: HandlerIn, after: HandlerIn) -> bool:
    fields = ("leave", "consent", "consents", "skills", "agreements")
    return any(getattr(before, name) != getattr(after, name) for name in fields)


def _why(
    before: HandlerIn, after: HandlerIn | None, nominal: HandlerIn, one: _Published, zone: ZoneInfo
) -> Iterator[tuple[Why, str]]:
    if after is None:
        yield "left", f"duty of {one.day}: handler {before.ref} is no longer there"
        return
    if on_leave(after, one.day) and not on_leave(before, one.day):
        yield "leave", f"duty of {one.day} lies on leave"
    for desk in dict.fromkeys(span.activity for span in one.duty.activities if span.activity in _QUEUES):
        if _skilled(before, desk, one.day) and not _skilled(after, desk, one.day):
            yield "skill", f"duty of {one.day} answers {desk}, a skill that is no longer valid then"
    if _agrees(before, one, zone) and not _agrees(after, one, zone):
        yield "agreement", f"duty of {one.day} lies outside an agreement of handler {after.ref}"
    for base in nominal_duties(nominal, one.day, 1, zone):
        moved = (_minutes(one.duty.start, base.start), _minutes(one.duty.end, base.end))
        was, still = (_within(handler.consent_on(one.day), one.day, moved) for handler in (before, after))
        if was and not still:
            told = f"start moved {moved[0]} min and finish {moved[1]} min from the pattern"
            yield "consent", f"duty of {one.day} rests on a consent that no longer holds: {told}"


def _agrees(handler: HandlerIn, one: _Published, zone: ZoneInfo) -> bool:
    """Whether the duty keeps every agreement for the weekday on which it starts."""
    for agreed in handler.agreements:
        if WEEKDAYS[one.day.weekday()] not in agreed.weekdays:
            continue
        start, end = (moment.astimezone(zone) for moment in (one.duty.start, one.duty.end))
        if agreed.off or (agreed.earliest is not None and start.time() < agreed.earliest):
            return False
        if agreed.latest is not None:
            next_day = agreed.earliest is not None and agreed.latest <= agreed.earliest
            if end > datetime.combine(one.day + timedelta(days=next_day), agreed.latest, zone):
                return False
    return True


def _skilled(handler: HandlerIn, desk: Activity, day: date) -> bool:
    return any(skill.skill == desk and holds(skill.first, skill.last, day) for skill in handler.skills)


def _within(agreed: ConsentIn, day: date, moved: tuple[int, int]) -> bool:
    """Whether a consent allows start and finish to move so far from the pattern."""
    allowed = agreed if holds(agreed.first, agreed.last, day) else ConsentIn()
    start, finish = moved
    return -allowed.start_earlier_min <= start <= allowed.start_later_min and (
        -allowed.finish_earlier_min <= finish <= allowed.finish_later_min
    )


def _minutes(moment: datetime, base: datetime) -> int:
    return (moment - base) // timedelta(minutes=1)
