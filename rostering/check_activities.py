"""What fills a duty, recounted by the checker: activities, briefing, meals and breaks, skills, training, learning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rostering.findings import Book, local_date, merged, minutes
from rostering.problem import Handler, RosterProblem, Skill
from rostering.roster import Activity, ActivitySpan, Duty
from rostering.rules import RuleId, meal_min
from rostering.tour import Tour

_CALLS = {Activity.CALLS_999: Skill.CALLS_999, Activity.CALLS_101: Skill.CALLS_101}


def check_activities(book: Book, tour: Tour) -> None:
    """Every duty's activities, and the sessions that the handler is due."""
    for one in tour.rostered:
        _check_filled(book, one.duty)
        _check_breaks(book, one.duty)
        _check_skills(book, tour.handler, one.duty)
    _check_training(book, tour)
    _check_learning(book, tour)


def _check_filled(book: Book, duty: Duty) -> None:
    """Activities without gap or overlap on the grid; the briefing at the start and nowhere else."""
    grid = book.problem.rules[RuleId.ACTIVITIES]["grid_min"]
    at = duty.start
    for span in duty.activities:
        ok = span.start == at and span.end > span.start and minutes(book.problem.begin, span.end) % grid == 0
        ok = ok and (span.end - span.start) % timedelta(minutes=grid) == timedelta(0)
        told = f"{span.activity} {span.start} to {span.end}, expected from {at}, by quarter-hours"
        book.expect(ok, RuleId.ACTIVITIES, duty.handler, span.start, told)
        at = span.end
    told = f"activities end {at}, expected the duty's end {duty.end}"
    book.expect(at == duty.end, RuleId.ACTIVITIES, duty.handler, duty.end, told)
    due = book.problem.briefing_min
    briefings = [s for s in merged(duty.activities) if s.activity == Activity.BRIEFING]
    lengths = [minutes(s.start, s.end) for s in briefings]
    ok = lengths == ([due] if due else []) and all(s.start == duty.start for s in briefings)
    told = f"briefings of {lengths} min, expected {due} at the start of the duty"
    book.expect(ok, RuleId.ACTIVITIES, duty.handler, duty.start, told)


def _rests(duty: Duty) -> list[ActivitySpan]:
    return [span for span in merged(duty.activities) if span.activity in (Activity.MEAL, Activity.BREAK)]


def _inside(duty: Duty) -> list[ActivitySpan]:
    return [span for span in _rests(duty) if span.start > duty.start and span.end < duty.end]


def _check_breaks(book: Book, duty: Duty) -> None:
    """Statutory break, the meal's length and place, short breaks."""
    rules, length, who = book.problem.rules, minutes(duty.start, duty.end), duty.handler
    statutory, due, clear = rules[RuleId.STATUTORY_BREAK], meal_min(rules, length), _meal_clear_min(book.problem, duty)
    book.expect(
        length <= statutory["duty_over_min"]
        or any(minutes(s.start, s.end) >= statutory["break_min"] for s in _inside(duty)),
        RuleId.STATUTORY_BREAK,
        who,
        duty.start,
        f"no break of {statutory['break_min']} min inside a duty of {length} min",
    )
    meals = [s for s in _rests(duty) if s.activity == Activity.MEAL]
    lengths = [minutes(s.start, s.end) for s in meals]
    book.expect(lengths == [due], RuleId.MEAL, who, duty.start, f"meals {lengths} min, expected one of {due}")
    for meal in meals:
        front, behind = minutes(duty.start, meal.start), minutes(meal.end, duty.end)
        told = f"meal {front} min after the start, {behind} before the end, expected {clear} or more"
        book.expect(min(front, behind) >= clear, RuleId.MEAL, who, meal.start, told)
    taken, wanted = short_breaks(book.problem, duty)
    told = f"{taken} short breaks, expected {wanted}"
    book.expect(taken >= wanted, RuleId.SHORT_BREAKS, who, duty.start, told)


def _meal_clear_min(problem: RosterProblem, duty: Duty) -> int:
    """How far the meal stays from the duty's ends [min]."""
    rule, length = problem.rules[RuleId.MEAL], minutes(duty.start, duty.end)
    if length >= rule["clear_from_min"]:
        return rule["clear_ends_min"]
    return max(0, (length - meal_min(problem.rules, length)) * rule["clear_percent"] // 1500 * 15)


def short_breaks(problem: RosterProblem, duty: Duty) -> tuple[int, int]:
    """Short breaks taken, and expected by rule SHORT_BREAKS where the duty has room for them."""
    rule, length = problem.rules[RuleId.SHORT_BREAKS], minutes(duty.start, duty.end)
    # Before and after the meal alike.
    room = _meal_clear_min(problem, duty) >= rule["clear_ends_min"] + rule["break_min"] + rule["clear_meal_min"]
    wanted = room * ((length >= rule["one_from_min"]) + (length >= rule["two_from_min"]))
    taken = sum(s.activity == Activity.BREAK and minutes(s.start, s.end) == rule["break_min"] for s in _inside(duty))
    return taken, wanted


def _check_skills(book: Book, handler: Handler, duty: Duty) -> None:
    day = local_date(book.problem, duty.start)
    for span in duty.activities:
        if (skill := _CALLS.get(span.activity)) is not None:
            told = f"answers {skill} on {day}, expected a valid skill {skill}"
            book.expect(handler.has_skill(skill, day), RuleId.SKILL, handler.ref, span.start, told)


def _check_training(book: Book, tour: Tour) -> None:
    """Each session of the period whole and as training inside a duty; no other training."""
    who, planned = tour.handler.ref, 0
    spans = list(_spans(tour, Activity.TRAINING))
    for start, end in _sessions_due(book, tour):
        planned += minutes(start, end)
        inside = any(s.start <= start and s.end >= end for s in spans)
        book.expect(inside, RuleId.TRAINING, who, start, f"no training until {end}, expected the session")
    given = sum(minutes(s.start, s.end) for s in spans)
    told = f"{given} min of training, expected the {planned} of the sessions"
    book.expect(given == planned, RuleId.TRAINING, who, None, told)


def _sessions_due(book: Book, tour: Tour) -> Iterator[tuple[datetime, datetime]]:
    """Sessions that are neither on leave nor, wholly or in part, in a duty that stands as it is."""
    standing = [*tour.history, *((one.duty.start, one.duty.end) for one in tour.duties if one.is_frozen)]
    for session in tour.handler.training:
        start, end = session.start.astimezone(UTC), session.end
        if tour.handler.on_leave(local_date(book.problem, session.start)):
            continue
        if not any(first < end and last > start for first, last in standing):
            yield start, end


def _check_learning(book: Book, tour: Tour) -> None:
    """Protected learning in whole sessions, and one with what is left over; due from whoever has a duty.

    What frozen duties of the period give is had.
    """
    whole = book.problem.rules[RuleId.LEARNING]["session_min"]
    lengths = [minutes(s.start, s.end) for s in _spans(tour, Activity.LEARNING)]
    frozen = (span for one in tour.duties if one.is_frozen for span in one.duty.activities)
    had = sum(minutes(span.start, span.end) for span in frozen if span.activity == Activity.LEARNING)
    due = max(0, tour.handler.learning_min - had) if tour.rostered else 0
    left_over = [length % whole for length in lengths if length % whole]
    ok = sum(lengths) == due and left_over in ([], [due % whole])
    told = f"learning of {lengths} min, expected {due} in sessions of {whole}"
    book.expect(ok, RuleId.LEARNING, tour.handler.ref, None, told)


def _spans(tour: Tour, activity: Activity) -> Iterator[ActivitySpan]:
    for one in tour.rostered:
        yield from (span for span in merged(one.duty.activities) if span.activity == activity)
