"""What a handler's own page shows: days with their duties, and what the rooms know of the handler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

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
State = Literal["duty", "by pattern", "leave", "rest day", "not published"]
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
    """A local date: its published duties, or start and end of those by the pattern alone, or why there is none."""

    date: date
    duties: tuple[Duty, ...]
    by_pattern: tuple[tuple[datetime, datetime], ...]
    state: State
    is_today: bool


@dataclass(frozen=True, slots=True)
class Schedule:
    """A week or month of one handler.

    on_duty_min : minutes on duty in it; nominal_weeks : Mondays of weeks that show the handler's pattern alone
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
    zone = forces.zone(work.session, work.force.id)
    today = now.astimezone(zone).date()
    shown = fairness.schedule(work, ref, view, on or today)
    first, until = joined.span_of(view, on or today)
    own = [duty for _, duty in joined.published(work.session, work.force.id, first, until) if duty.handler == ref]
    handler = next(one for one in people.all_of(work.session, work.force.id) if one.ref == ref)
    (row,) = shown["rows"]
    nominal = {_monday(first + n * _DAY) for n, cell in enumerate(row["cells"]) if cell["duties"]}
    nominal &= set(shown["nominal_weeks"])
    unknown = set(shown["missing_weeks"]) - nominal
    days = []
    for n, cell in enumerate(row["cells"]):
        day = first + n * _DAY
        duties = tuple(duty for duty in own if duty.start.astimezone(zone).date() == day)
        by_pattern = _spans(cell) if _monday(day) in nominal else ()
        state = _state(handler, day, duties, by_pattern, is_known=_monday(day) not in unknown)
        days.append(ShownDay(day, duties, by_pattern, state, day == today))
    return Schedule(
        view=view,
        first=first,
        before=first - _DAY,
        after=until,
        days=tuple(days),
        on_duty_min=row["total"]["on_duty_min"],
        nominal_weeks=sorted(nominal),
        changes=tuple(changes_for(work.session, work.force.id, ref, first, until)),
    )


def _monday(day: date) -> date:
    return day - day.weekday() * _DAY


def _spans(cell: Mapping[str, Any]) -> tuple[tuple[datetime, datetime], ...]:
    """Start and end of the duties that begin on a date of a view."""
    return tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in cell["duties"])


def _state(
    handler: HandlerIn, day: date, duties: Sequence[Duty], by_pattern: Sequence[object], *, is_known: bool
) -> State:
    if duties or by_pattern:
        return "duty" if duties else "by pattern"
    if on_leave(handler, day):
        return "leave"
    return "rest day" if is_known else "not published"
