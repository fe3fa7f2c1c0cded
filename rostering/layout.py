"""What fills a duty that a planner moves or adds by hand: breaks where the rules have them, sessions, calls between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from rostering.problem import Handler, RosterProblem, Skill
from rostering.roster import Activity, ActivitySpan, Duty
from rostering.rules import RuleId, meal_min

QUARTER = timedelta(minutes=15)
_QUARTER_MIN = 15
CALLS = (Activity.CALLS_999, Activity.CALLS_101)


def quarters_of(duty: Duty) -> list[Activity]:
    """The activity of each quarter-hour of a duty that is filled without gap."""
    return [span.activity for span in duty.activities for _ in range((span.end - span.start) // QUARTER)]


def written(handler: str, start: datetime, quarters: Sequence[Activity]) -> Duty:
    """The duty of these quarter-hours, one span for each stretch of an activity."""
    spans, at = [], start.astimezone(UTC)
    for activity, run in groupby(quarters):
        end = at + len(list(run)) * QUARTER
        spans.append(ActivitySpan(activity, at, end))
        at = end
    return Duty(handler, start.astimezone(UTC), at, tuple(spans))


def moved(problem: RosterProblem, handler: Handler, duty: Duty, start: datetime, end: datetime) -> Duty:
    """The duty at other times: as it was filled where its length stays and no session binds it, else laid out anew."""
    before = quarters_of(duty)
    if end - start == duty.end - duty.start and Activity.TRAINING not in before and not _sessions(handler, start, end):
        return written(handler.ref, start, before)
    return laid_out(problem, handler, start, end, learning=before.count(Activity.LEARNING))


def laid_out(problem: RosterProblem, handler: Handler, start: datetime, end: datetime, learning: int = 0) -> Duty:
    """A duty from `start` to `end` with `learning` quarter-hours of learning; what finds no room is left out."""
    n = (end.astimezone(UTC) - start.astimezone(UTC)) // QUARTER
    quarters = [desk_of(problem, handler, start)] * n
    briefing = problem.briefing_min // _QUARTER_MIN
    quarters[:briefing] = [Activity.BRIEFING] * min(briefing, n)
    for first, last in _sessions(handler, start, end):
        quarters[first:last] = [Activity.TRAINING] * (last - first)
    _place_meal(problem, quarters)
    _place_breaks(problem, quarters)
    session = problem.rules[RuleId.LEARNING]["session_min"] // _QUARTER_MIN
    while learning > 0:
        _place(quarters, Activity.LEARNING, min(learning, session), range(1, n), n // 3)
        learning -= session
    return written(handler.ref, start, quarters)


def desk_of(problem: RosterProblem, handler: Handler, start: datetime) -> Activity:
    """The desk of a handler: 999 for whoever may answer it on the duty's date."""
    day = start.astimezone(ZoneInfo(problem.timezone)).date()
    return Activity.CALLS_999 if handler.has_skill(Skill.CALLS_999, day) else Activity.CALLS_101


def _sessions(handler: Handler, start: datetime, end: datetime) -> list[tuple[int, int]]:
    """First quarter-hour and end of each training session that lies wholly in the duty."""
    return [
        ((session.start - start) // QUARTER, (session.end - start) // QUARTER)
        for session in handler.training
        if start <= session.start and session.end <= end
    ]


def clear_of_meal(problem: RosterProblem, n: int) -> int:
    """Quarter-hours that the meal stays clear of both ends of a duty of `n` by rule MEAL."""
    rule, length = problem.rules[RuleId.MEAL], n * _QUARTER_MIN
    if length >= rule["clear_from_min"]:
        return rule["clear_ends_min"] // _QUARTER_MIN
    return (length - meal_min(problem.rules, length)) * rule["clear_percent"] // 100 // _QUARTER_MIN


def _place_meal(problem: RosterProblem, quarters: list[Activity]) -> None:
    n, clear = len(quarters), clear_of_meal(problem, len(quarters))
    meal = meal_min(problem.rules, n * _QUARTER_MIN) // _QUARTER_MIN
    _place(quarters, Activity.MEAL, meal, range(max(clear, 1), n - max(clear, 1)), (n - meal) // 2)


def _place_breaks(problem: RosterProblem, quarters: list[Activity]) -> None:
    """Short breaks by rule SHORT_BREAKS, in the middle of the time in which each may lie."""
    rule, n = problem.rules[RuleId.SHORT_BREAKS], len(quarters)
    ends, off, length = (rule[name] // _QUARTER_MIN for name in ("clear_ends_min", "clear_meal_min", "break_min"))
    clear = clear_of_meal(problem, n)
    if clear < ends + length + off:
        return
    windows = [range(n - clear + off, n - ends)] if n * _QUARTER_MIN >= rule["one_from_min"] else []
    windows += [range(ends, clear - off)] if n * _QUARTER_MIN >= rule["two_from_min"] else []
    for window in windows:
        _place(quarters, Activity.BREAK, length, window, (window.start + window.stop - length) // 2)


def _place(quarters: list[Activity], activity: Activity, length: int, window: range, wanted: int) -> None:
    """Paint `length` quarter-hours of calls inside the window, as near to `wanted` as they are free, or none."""
    places = [
        at
        for at in range(window.start, window.stop - length + 1)
        if all(quarter in CALLS for quarter in quarters[at : at + length])
    ]
    if places:
        at = min(places, key=lambda place: (abs(place - wanted), place))
        quarters[at : at + length] = [activity] * length
