"""What a handler's own page shows: days with their duties, and what the rooms know of the handler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from app.access import Work
from app.fairness import service as fairness
from app.forces import service as forces
from app.people import service as people
from app.people.schemas import HandlerIn
from app.rosters import joined
from app.rosters.own_changes import OwnChange, changes_for
from app.rosters.pattern import on_leave
from rostering.roster import Duty

View = Literal["week", "month"]
CAUSES: Final = {
    "pattern": "your shift pattern",
    "consent": "what you offered or agreed to",
    "swap": "a swap",
    "absence cover": "cover for somebody who was away",
    "solver": "the roster’s own choice within your pattern’s limits",
}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A local date: its duties, or why there is none."""

    date: date
    duties: tuple[Duty, ...]
    state: Literal["duty", "leave", "rest day", "not published"]
    is_today: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """A week or month of one handler.

    on_duty_min : minutes on duty in it; nominal_weeks : Mondays of weeks that show the pattern alone
    """

    view: View
    first: date
    before: date
    after: date
    days: tuple[ShownDay, ...]
    on_duty_min: int
    nominal_weeks: Sequence[date]
    changes: tuple[OwnChange, ...]


def schedule(work: Work, ref: str, view: View, on: date | None, now: datetime) -> Schedule:
    """The week or month that holds `on`, today where absent. Raises `NotFound` as `fairness.schedule`."""
    zone = forces.current_settings(work.session, work.force.id).settings.zone
    today = now.astimezone(zone).date()
    shown = fairness.schedule(work, ref, view, on or today)
    first, until = joined.span_of(view, on or today)
    own = [duty for _, duty in joined.published(work.session, work.force.id, first, until) if duty.handler == ref]
    handler = next(one for one in people.all_of(work.session, work.force.id) if one.ref == ref)
    missing = set(shown["missing_weeks"])
    days = []
    for n in range((until - first).days):
        day = first + n * _DAY
        duties = tuple(duty for duty in own if duty.start.astimezone(zone).date() == day)
        days.append(ShownDay(day, duties, _state(handler, day, duties, missing), day == today))
    return Schedule(
        view=view,
        first=first,
        before=first - _DAY,
        after=until,
        days=tuple(days),
        on_duty_min=sum(int((duty.end - duty.start).total_seconds()) // 60 for duty in own),
        nominal_weeks=shown["nominal_weeks"],
        changes=tuple(changes_for(work.session, work.force.id, ref, first, until)),
    )


def _state(
    handler: HandlerIn, day: date, duties: Sequence[Duty], missing: set[date]
) -> Literal["duty", "leave", "rest day", "not published"]:
    if duties:
        return "duty"
    if on_leave(handler, day):
        return "leave"
    return "not published" if day - day.weekday() * _DAY in missing else "rest day"
