"""The checker on briefings, protected learning and training beside what stands already."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from rostering.check import check
from rostering.problem import Handler, Mode, RosterProblem, Training
from rostering.roster import Activity, ActivitySpan, Duty, Roster
from rostering.rules import RuleId

from .roster_helpers import MONDAY, handler, local, nominal, problem, written_duty

Spans = tuple[tuple[str, int, int], ...]
PLAIN: Spans = (("999", 0, 60), ("break", 60, 75), ("999", 75, 180), ("meal", 180, 225), ("999", 225, 345))
REST: Spans = (("break", 345, 360), ("999", 360, 480))


def duty(spans: Spans, start: datetime | None = None) -> Duty:
    start = start or local(MONDAY, 9)
    told = [
        ActivitySpan(Activity(name), start + timedelta(minutes=first), start + timedelta(minutes=last))
        for name, first, last in spans
    ]
    return Duty("H1", start, told[-1].end, tuple(told))


def broken(whole: RosterProblem, *duties: Duty) -> set[RuleId]:
    return {violation.rule for violation in check(whole, Roster(duties)).violations}


def worker(**more: object) -> Handler:
    return handler(duties=[nominal(MONDAY, 9)], **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "ok"),
    [
        ((("briefing", 0, 15), ("999", 15, 60)), True),
        ((("999", 0, 60),), False),
        ((("briefing", 0, 30), ("999", 30, 60)), False),
        ((("999", 0, 15), ("briefing", 15, 30), ("999", 30, 60)), False),
        ((("briefing", 0, 15), ("999", 15, 30), ("briefing", 30, 45), ("999", 45, 60)), False),
    ],
)
def test_every_duty_begins_with_its_briefing(first: Spans, ok: bool) -> None:
    plan = duty((*first, *PLAIN[1:], *REST))
    assert broken(problem([worker()], briefing_min=15), plan) == (set() if ok else {RuleId.ACTIVITIES})
    assert (broken(problem([worker()]), plan) == set()) == (first == PLAIN[:1])


@pytest.mark.parametrize(
    ("due", "learning", "ok"),
    [
        (0, (), True),
        (60, (("learning", 360, 420),), True),
        (60, (), False),
        (60, (("learning", 360, 405),), False),
        (60, (("learning", 360, 390), ("999", 390, 420), ("learning", 420, 450)), False),  # two halves
        (90, (("learning", 360, 450),), True),
        (90, (("learning", 360, 390), ("999", 390, 420), ("learning", 420, 480)), True),  # an hour and what is left
        (120, (("learning", 360, 480),), True),
        (0, (("learning", 360, 420),), False),
    ],
)
def test_protected_learning_is_given_in_hours(due: int, learning: Spans, ok: bool) -> None:
    end = learning[-1][2] if learning else 360
    rest: Spans = (("999", end, 480),) if end < 480 else ()
    plan = duty((*PLAIN, REST[0], *learning, *rest))
    assert broken(problem([worker(learning_min=due)]), plan) == (set() if ok else {RuleId.LEARNING})


def test_learning_is_not_due_from_somebody_without_a_duty() -> None:
    assert broken(problem([handler(learning_min=60)], mode=Mode.FREE)) - {RuleId.CONTRACT} == set()


@pytest.mark.parametrize(("due", "ok"), [(60, True), (120, False)])
def test_learning_in_a_frozen_duty_is_had(due: int, ok: bool) -> None:
    held = duty((*PLAIN, REST[0], ("learning", 360, 420), ("999", 420, 480)))
    who = handler(duties=[nominal(MONDAY, 9), nominal(MONDAY + timedelta(days=1), 9)], learning_min=due)
    plan = written_duty("H1", local(MONDAY, 9, days=1), 480, 180)
    assert broken(problem([who], frozen=(held,)), plan) == (set() if ok else {RuleId.LEARNING})


def test_training_in_a_duty_that_stands_is_not_asked_for_again() -> None:
    night = written_duty("H1", local(MONDAY, 22, days=-1), 480, 180)
    session = Training(local(MONDAY, 2), 60)
    who = handler(duties=[nominal(MONDAY + timedelta(days=1), 9)], training=(session,))
    plan = written_duty("H1", local(MONDAY, 9, days=1), 480, 180)
    assert broken(problem([who]), plan) == {RuleId.TRAINING}
    assert broken(problem([who], frozen=(night,)), plan) == set()
