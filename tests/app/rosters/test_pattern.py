"""What a handler's pattern says of dates: over both clock changes, through the cycle, with skills and leave."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.people.schemas import HandlerIn
from app.rosters.pattern import assumed_duties, has_skill, nominal_duties, on_leave, past_weeks_min
from rostering.problem import Skill
from rostering.roster import Activity
from rostering.rules import ENGLAND_WALES_STAFF as RULES
from rostering.rules import meal_min
from tests.helpers import handler_body

LONDON = ZoneInfo("Europe/London")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def handler(days: list[tuple[str, int] | None] | None = None, anchor: str = "2026-03-02", **changes) -> HandlerIn:
    if days is not None:
        written = [None if day is None else {"start": day[0], "length_min": day[1]} for day in days]
        changes["pattern"] = {"anchor": anchor, "days": written}
    return HandlerIn.model_validate(handler_body(**changes))


def one_duty(day: date, start: str, length_min: int = 540):
    (duty,) = nominal_duties(handler([(start, length_min)]), day, 1, LONDON)
    return duty


@pytest.mark.parametrize(
    ("day", "start", "utc_hour"),
    [
        (SPRING - timedelta(days=1), "07:00", 7),
        (SPRING, "07:00", 6),
        (AUTUMN, "07:00", 7),
        (AUTUMN - timedelta(days=1), "07:00", 6),
    ],
)
def test_a_start_is_local_on_either_side_of_a_clock_change(day, start, utc_hour):
    duty = one_duty(day, start)
    assert duty.date == day
    assert duty.start == datetime(day.year, day.month, day.day, utc_hour, tzinfo=UTC)
    assert duty.end - duty.start == timedelta(hours=9)


@pytest.mark.parametrize(("day", "local_end"), [(SPRING, "08:00"), (AUTUMN, "06:00")])
def test_a_night_over_a_clock_change_keeps_its_length(day, local_end):
    """Nine hours of work from 22:00: the clock on the wall says an hour more in spring, an hour less in autumn."""
    duty = one_duty(day - timedelta(days=1), "22:00")
    assert duty.end.astimezone(LONDON).strftime("%H:%M") == local_end


def test_a_start_in_the_hour_that_spring_skips_is_a_time_that_exists():
    duty = one_duty(SPRING, "01:30")
    assert duty.date == duty.start.astimezone(LONDON).date() == SPRING
    assert duty.start == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_start_in_the_hour_that_autumn_repeats_is_the_first_of_them():
    assert one_duty(AUTUMN, "01:30").start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("cycles", [-60, -1, 0, 1, 60])
def test_the_cycle_repeats_for_ever_in_both_directions(cycles):
    days = [("07:00", 540), ("14:00", 480), None]
    first = date(2026, 3, 2) + timedelta(days=3 * cycles)
    duties = nominal_duties(handler(days), first, 3, LONDON)
    assert [(d.date - first, d.length_min) for d in duties] == [(timedelta(0), 540), (timedelta(1), 480)]


def test_past_weeks_are_what_the_pattern_paid_newest_last():
    """Two weeks on, one off: five duties of nine hours with an unpaid hour's meal, then five of eight less 45 min."""
    nine, eight = ("07:00", 540), ("07:00", 480)
    person = handler([nine] * 5 + [None] * 2 + [eight] * 5 + [None] * 2 + [None] * 7)
    monday = date(2026, 3, 2)
    for cycle in (-3, 0, 4):
        week = monday + timedelta(weeks=3 * cycle)
        assert past_weeks_min(person, week, 4, RULES, meals_paid=False) == (0, 5 * 480, 5 * 435, 0)
        assert past_weeks_min(person, week, 3, RULES, meals_paid=True) == (5 * 540, 5 * 480, 0)
        assert past_weeks_min(person, week + timedelta(weeks=1), 1, RULES, meals_paid=False) == (5 * 480,)
    assert past_weeks_min(person, monday, 0, RULES, meals_paid=False) == ()


@pytest.mark.parametrize(
    ("day", "leave", "skilled"),
    [
        ("2026-06-01", False, False),
        ("2026-06-02", True, True),
        ("2026-06-04", True, True),
        ("2026-06-05", False, False),
    ],
)
def test_leave_and_skills_hold_on_their_first_and_last_day(day, leave, skilled):
    span = {"first": "2026-06-02", "last": "2026-06-04"}
    person = handler(leave=[span], skills=[{"skill": "999"} | span, "101"])
    on = date.fromisoformat(day)
    assert on_leave(person, on) is leave
    assert has_skill(person, Skill.CALLS_999, on) is skilled
    assert has_skill(person, Skill.CALLS_101, on)


@pytest.mark.parametrize(
    ("skills", "desk"),
    [(["999", "101"], Activity.CALLS_999), (["101", "999"], Activity.CALLS_999), (["101"], Activity.CALLS_101)],
)
@pytest.mark.parametrize("length_min", [120, 345, 360, 540, 720])
def test_an_assumed_duty_is_filled_without_gap_its_meal_inside(skills, desk, length_min):
    (duty,) = assumed(handler([("07:00", length_min)], skills=skills))
    assert [span.activity for span in duty.activities] == [desk, Activity.MEAL, desk]
    edges = [duty.start, *(span.end for span in duty.activities)]
    assert edges[:-1] == [span.start for span in duty.activities]
    assert edges == sorted(set(edges))
    assert edges[-1] == duty.end == duty.start + timedelta(minutes=length_min)
    meal = duty.activities[1]
    assert meal.end - meal.start == timedelta(minutes=meal_min(RULES, length_min))
    assert all(edge.minute % 15 == 0 for edge in edges)


def test_a_desk_eats_in_turn():
    """Five of one shift, whose meals of an hour may start in a window of three hours: at most two eat together."""
    people = [handler([("07:00", 540)], ref=f"H{i}", skills=["101"]) for i in range(5)]
    meals = [duty.activities[1].start for duty in assumed(*people)]
    eating = [sum(start <= moment < start + timedelta(hours=1) for start in meals) for moment in meals]
    assert max(eating) <= 2


def assumed(*people: HandlerIn):
    return assumed_duties(people, date(2026, 6, 1), 1, LONDON, RULES)


def test_nobody_is_assumed_without_a_skill_or_on_leave():
    lapsed = handler([("07:00", 540)], skills=[{"skill": "999", "last": "2026-05-31"}])
    away = handler([("07:00", 540)], leave=[{"first": "2026-06-01", "last": "2026-06-01"}])
    assert assumed(lapsed, away, handler([None])) == ()
