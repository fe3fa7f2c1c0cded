"""Duties whose times stand, as the second model sees them: what is fixed in them, where their breaks may lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rostering.errors import ProblemError
from rostering.model.options import quarter_of
from rostering.model.slots import SkillClass, Window, skill_class_of
from rostering.model.times import break_windows
from rostering.problem import INTERVAL_MIN, Handler, RosterProblem
from rostering.roster import Activity, Duty
from rostering.rules import RuleId

BREAKS = (Activity.MEAL, Activity.BREAK, Activity.BREAK)


@dataclass(frozen=True, slots=True)
class Span:
    """An activity from quarter-hour ``start`` of the cover on, ``length`` quarter-hours long."""

    activity: Activity
    start: int
    length: int

    @property
    def quarters(self) -> range:
        """The quarter-hours that it takes."""
        return range(self.start, self.start + self.length)


@dataclass(frozen=True, slots=True)
class FinalDuty:
    """A duty whose start and end stand [quarter-hours of the cover].

    skill_class : queues that may be answered; None: the duty stands as it is written
    fixed : briefing and training, or all that is off calls where the duty stands as it is written
    windows : of the meal, the short break before it and the one after it; no starts: no such break
    before : where meal, breaks and learning lay in the roster that it comes from
    """

    handler: Handler
    start: int
    end: int
    skill_class: SkillClass | None
    fixed: tuple[Span, ...]
    windows: tuple[Window, Window, Window]
    before: tuple[Span, ...]
    source: Duty

    @property
    def blocked(self) -> frozenset[int]:
        """Quarter-hours of what is fixed."""
        return frozenset(quarter for span in self.fixed for quarter in span.quarters)

    def place_before(self, kind: int) -> int | None:
        """Start of the break of this kind in the roster before, where its window allows it."""
        window = self.windows[kind]
        fitting = (
            span.start
            for span in self.before
            if span.activity == BREAKS[kind] and span.length == window.length and span.start in window.starts
        )
        return next(fitting, None)


def row_of(duty: FinalDuty) -> int:
    """Row of the heads on calls: 0 only 999, 1 only 101, 2 both."""
    assert duty.skill_class is not None  # a duty that stands as it is written has no row
    return int(duty.skill_class)


def final_duties(problem: RosterProblem, duties: Sequence[Duty]) -> list[FinalDuty]:
    """``duties`` of handlers of the problem with what the rules of breaks say about each.

    Raises
    ------
    ProblemError : a duty of somebody else
    """
    handlers = {handler.ref: handler for handler in problem.handlers}
    for duty in duties:
        if duty.handler not in handlers:
            raise ProblemError(
                f"duty of {duty.start.isoformat()} is {duty.handler}'s, expected a handler of the problem"
            )
    return [_final_duty(problem, handlers[duty.handler], duty) for duty in duties]


def _final_duty(problem: RosterProblem, handler: Handler, duty: Duty) -> FinalDuty:
    start, end = quarter_of(problem, duty.start), quarter_of(problem, duty.end)
    zone = ZoneInfo(problem.timezone)
    day = duty.start.astimezone(zone).date()
    spans = tuple(
        Span(part.activity, first := quarter_of(problem, part.start), quarter_of(problem, part.end) - first)
        for part in duty.activities
    )
    fixed = [Span(Activity.BRIEFING, start, problem.briefing_min // INTERVAL_MIN)] if problem.briefing_min else []
    for session in handler.training:
        first, last = quarter_of(problem, session.start), quarter_of(problem, session.end)
        due = not handler.on_leave(session.start.astimezone(zone).date())
        if due and start <= first and last <= end:
            fixed.append(Span(Activity.TRAINING, first, last - first))
    blocked = frozenset(quarter for span in fixed for quarter in span.quarters)
    windows = break_windows(problem, start, (end - start) * INTERVAL_MIN, blocked)
    skills = skill_class_of(handler, day)
    if skills is None or not windows[0].starts:
        nothing = Window((), 0)
        off = tuple(span for span in spans if span.activity not in (Activity.CALLS_999, Activity.CALLS_101))
        return FinalDuty(handler, start, end, None, off, (nothing,) * 3, spans, duty)
    return FinalDuty(handler, start, end, skills, tuple(fixed), windows, spans, duty)


@dataclass(frozen=True, slots=True)
class Learning:
    """Protected learning of one handler: lengths of its sessions [quarter-hours], and the duties that may hold them.

    duties : numbers among the final duties
    """

    handler: str
    sessions: tuple[int, ...]
    duties: tuple[int, ...]


def learning_of(problem: RosterProblem, duties: Sequence[FinalDuty]) -> list[Learning]:
    """Learning still due to each handler: what frozen duties of the period give counts.

    Sessions last rule LEARNING's hour, the last one what is left.
    """
    session_min = problem.rules[RuleId.LEARNING]["session_min"]
    given: dict[str, int] = defaultdict(int)
    for frozen in problem.frozen_duties:
        if problem.begin <= frozen.start < problem.end:
            for part in frozen.activities:
                if part.activity == Activity.LEARNING:
                    given[frozen.handler] += (part.end - part.start).seconds // 60
    places: dict[str, list[int]] = defaultdict(list)
    for number, duty in enumerate(duties):
        if duty.skill_class is None:
            given[duty.handler.ref] += sum(
                span.length * INTERVAL_MIN for span in duty.fixed if span.activity == Activity.LEARNING
            )
        else:
            places[duty.handler.ref].append(number)
    found = []
    for handler in problem.handlers:
        due = handler.learning_min - given[handler.ref]
        sessions = tuple(min(session_min, due - at) // INTERVAL_MIN for at in range(0, max(due, 0), session_min))
        if sessions:
            found.append(Learning(handler.ref, sessions, tuple(places[handler.ref])))
    return found


def learning_starts(duty: FinalDuty, length: int) -> list[int]:
    """Where a session may start in a duty beside what is fixed."""
    blocked = duty.blocked
    return [at for at in range(duty.start, duty.end - length + 1) if blocked.isdisjoint(range(at, at + length))]
