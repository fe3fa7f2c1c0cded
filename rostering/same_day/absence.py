"""Somebody is away: which duties and parts of duties of a roster go, and what stands of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from rostering.errors import ProblemError
from rostering.findings import local_date, minutes
from rostering.problem import Handler, Leave, RosterProblem
from rostering.roster import Activity, ActivitySpan, Duty, require_aware

QUARTER: Final = timedelta(minutes=15)
_DAY_ONE = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is not there from ``start`` to ``end``, with time zone; reasons are nobody's business."""

    handler: str
    start: datetime
    end: datetime
    credited: bool = True

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            require_aware(f"absence of handler {self.handler}: {name}", getattr(self, name))
        if self.end <= self.start:
            raise ProblemError(
                f"absence of handler {self.handler} ends {self.end.isoformat()}, expected after its start "
                f"{self.start.isoformat()}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class TakenOut:
    """A problem and its duties without somebody.

    duties : those that are not frozen
    lost : the duties, and parts of duties, that nobody works now, in order of start
    """

    problem: RosterProblem
    duties: tuple[Duty, ...]
    lost: tuple[Duty, ...]


def floor_quarter(moment: datetime) -> datetime:
    """The quarter-hour in which a moment lies [UTC]."""
    return _DAY_ONE + (moment.astimezone(UTC) - _DAY_ONE) // QUARTER * QUARTER


def ceil_quarter(moment: datetime) -> datetime:
    """The first quarter-hour that begins at or after a moment [UTC]."""
    return _DAY_ONE - (_DAY_ONE - moment.astimezone(UTC)) // QUARTER * QUARTER


def handler_of(problem: RosterProblem, ref: str) -> Handler:
    """The handler. Raises `ProblemError` for one who is not of the problem."""
    for handler in problem.handlers:
        if handler.ref == ref:
            return handler
    raise ProblemError(f"handler {ref} is not of the roster of {problem.week_start}, expected one who is")


def with_handler(problem: RosterProblem, changed: Handler) -> RosterProblem:
    """The problem with a handler in place of the one of the same reference."""
    people = tuple(changed if handler.ref == changed.ref else handler for handler in problem.handlers)
    return replace(problem, handlers=people)


def clipped(duty: Duty, start: datetime, end: datetime) -> Duty:
    """The part of a duty from ``start`` to ``end``, not empty."""
    spans = (
        ActivitySpan(span.activity, max(span.start, start), min(span.end, end))
        for span in duty.activities
        if span.start < end and span.end > start
    )
    return Duty(duty.handler, max(duty.start, start), min(duty.end, end), tuple(spans))


def taken_out(problem: RosterProblem, duties: Sequence[Duty], away: Away) -> TakenOut:
    """The roster while somebody is away, by started quarter-hours.

    A duty that lies wholly in the absence goes, and its local date becomes leave; of one that begins before or ends
    after it the rest stands as it is: it is frozen, since no rule asks anything of half a duty. Learning and training
    that are lost are no longer due in the period.

    Raises
    ------
    ProblemError : the handler is not of the problem, or the absence begins and ends inside one duty
    """
    handler = handler_of(problem, away.handler)
    start, end = floor_quarter(away.start), ceil_quarter(away.end)
    standing: list[Duty] = []
    lost: list[Duty] = []
    days: list[date] = []
    own = [
        d for d in (*problem.frozen_duties, *duties) if d.handler == away.handler and d.end > start and d.start < end
    ]
    for duty in own:
        if duty.start < start and end < duty.end:
            raise ProblemError(
                f"absence of handler {away.handler} from {start.isoformat()} to {end.isoformat()} lies inside the duty "
                f"of {duty.start.isoformat()} to {duty.end.isoformat()}: expected one that reaches its start or end"
            )
        lost.append(clipped(duty, start, end))
        if duty.start < start:
            standing.append(clipped(duty, duty.start, start))
        elif end < duty.end:
            standing.append(clipped(duty, end, duty.end))
        else:
            days.append(local_date(problem, duty.start))
    left = _without(handler, lost, [Leave(day, day, away.credited) for day in days])
    frozen = (*(duty for duty in problem.frozen_duties if duty not in own), *standing)
    changed = replace(
        with_handler(problem, left),
        frozen_duties=tuple(sorted(frozen, key=lambda duty: (duty.start, duty.handler))),
        pinned=tuple(pin for pin in problem.pinned if not _is_of(pin, own)),
    )
    lost.sort(key=lambda duty: duty.start)
    return TakenOut(changed, tuple(duty for duty in duties if duty not in own), tuple(lost))


def _without(handler: Handler, lost: Sequence[Duty], leave: Iterable[Leave]) -> Handler:
    """The handler with that leave, and without the sessions that were to be held in what is lost."""
    learned = sum(
        minutes(span.start, span.end) for duty in lost for span in duty.activities if span.activity is Activity.LEARNING
    )
    training = tuple(
        session
        for session in handler.training
        if not any(session.start < duty.end and session.end > duty.start for duty in lost)
    )
    return replace(
        handler,
        leave=(*handler.leave, *leave),
        learning_min=max(handler.learning_min - learned, 0),
        training=training,
    )


def _is_of(pin: Duty, duties: Iterable[Duty]) -> bool:
    return any((pin.handler, pin.start) == (duty.handler, duty.start) for duty in duties)
