"""From people, requirement and last week's duties to a roster problem, and to JSON and back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.forces.schemas import ForceSettings
from app.people.schemas import HandlerIn
from app.rosters.build import INTERVAL, TAIL, Heads, Period, build_problem
from app.rosters.document import duties_from_json, duties_to_json, problem_from_json, problem_to_json
from app.rosters.history import LastWeeks
from app.rosters.person import left_out
from rostering.problem import RosterProblem
from rostering.roster import Activity, ActivitySpan, Duty
from rostering.rules import ENGLAND_WALES_STAFF as RULES
from tests.helpers import handler_body

MONDAY = date(2026, 6, 1)
BEGIN = datetime(2026, 5, 31, 23, tzinfo=UTC)  # local midnight, in summer time
LONDON = ZoneInfo("Europe/London")
NO_PAST = LastWeeks()
NIGHTS = [{"start": "22:00", "length_min": 540}] * 7
EARLIES = [{"start": "07:00", "length_min": 540}] * 7


def person(ref: str = "H1", days: list | None = None, **changes) -> HandlerIn:
    pattern = {"anchor": "2026-03-02", "days": EARLIES if days is None else days}
    return HandlerIn.model_validate(handler_body(ref, pattern=pattern, **changes))


def heads(week: date = MONDAY, begin: datetime = BEGIN, n_week: int = 672) -> Heads:  # noqa: ARG001
    n = n_week + int(TAIL / INTERVAL)
    return Heads(begin, np.full((2, n), 1), np.full((2, n), 2))


def build(
    *people: HandlerIn, last: LastWeeks = NO_PAST, week: date = MONDAY, over: Heads | None = None, **settings
) -> RosterProblem:
    return build_problem(people, ForceSettings(**settings), RULES, Period(week), over or heads(), last)


def rostered(*duties: Duty) -> LastWeeks:
    """Both weeks before have rosters, and these are the duties of the last."""
    return LastWeeks({MONDAY - timedelta(days=14): (), MONDAY - timedelta(days=7): duties})


def duty(ref: str, start: datetime, hours: int = 9) -> Duty:
    end = start + timedelta(hours=hours)
    return Duty(ref, start, end, (ActivitySpan(Activity.CALLS_999, start, end),))


@pytest.mark.parametrize(
    ("week", "begin", "n_week"),
    [(date(2026, 3, 23), datetime(2026, 3, 23, tzinfo=UTC), 668), (MONDAY, BEGIN, 672),
     (date(2026, 10, 19), datetime(2026, 10, 18, 23, tzinfo=UTC), 676)],
)  # fmt: skip
def test_a_week_with_a_clock_change_is_built_whole(week, begin, n_week):
    problem = build(person(), week=week, over=heads(week, begin, n_week))
    assert problem.n_intervals == n_week
    (handler,) = problem.handlers
    assert [d.date for d in handler.nominal] == [week + timedelta(days=i) for i in range(7)]
    assert {d.start.astimezone(ForceSettings().zone).hour for d in handler.nominal} == {7}


def test_sundays_night_is_frozen_and_covers_monday():
    problem = build(person(days=NIGHTS))
    (frozen,) = problem.frozen_duties
    assert frozen.start == BEGIN - timedelta(hours=2)
    assert frozen.end > BEGIN
    assert problem.handlers[0].last_week[-1] == (frozen.start, frozen.end)
    assert build(person(days=EARLIES)).frozen_duties == ()


def test_last_weeks_stored_roster_counts_instead_of_the_pattern():
    moved = duty("H1", BEGIN - timedelta(hours=3), hours=8)
    stranger = duty("gone", BEGIN - timedelta(hours=1))
    problem = build(person(days=NIGHTS), last=rostered(moved, stranger))
    assert problem.frozen_duties == (moved,)  # who has left the force covers nothing
    assert problem.handlers[0].last_week == ((moved.start, moved.end),)
    nothing = build(person(days=NIGHTS), last=rostered())
    assert nothing.frozen_duties == ()
    assert nothing.handlers[0].last_week == ()


@pytest.mark.parametrize(("ends", "frozen"), [(timedelta(0), 0), (timedelta(minutes=15), 1)])
def test_a_duty_is_frozen_where_it_reaches_into_the_week(ends, frozen):
    last = duty("H1", BEGIN + ends - timedelta(hours=9))
    assert len(build(person(), last=rostered(last)).frozen_duties) == frozen


@pytest.mark.parametrize(("days", "later_min", "tail_h"), [(EARLIES, 0, 0), (NIGHTS, 0, 7), (NIGHTS, 120, 9)])
def test_the_tail_is_as_long_as_a_duty_of_the_week_may_reach(days, later_min, tail_h):
    problem = build(person(days=days, consent={"finish_later_min": later_min}))
    assert problem.cover.n_intervals - problem.n_intervals == 4 * tail_h


def test_the_longest_duty_ends_within_the_tail_that_is_read():
    latest = timedelta(hours=23, minutes=45) + timedelta(hours=12) - timedelta(days=1)
    assert latest + timedelta(hours=2) <= TAIL


def test_next_mondays_pattern_covers_the_tail():
    night = person("H1", days=NIGHTS, consent={"finish_later_min": 120})
    absent = person("H4", leave=[{"first": "2026-06-08", "last": "2026-06-08"}])
    problem = build(night, person("H2"), person("H3", skills=["101"]), absent)
    seven = problem.n_intervals + 7 * 4
    for already in (problem.cover.already_999, problem.cover.already_101):
        assert already[:seven].sum() == 0
        assert already[seven:].tolist() == [1] * 8  # H2 and H3 from 07:00 to the tail's end at 09:00


def test_a_problem_holds_what_the_handlers_said():
    starts = ("2026-06-01T10:00:00+01:00", "2026-06-08T00:00:00+01:00", "2026-05-31T23:45:00+01:00")
    training = [{"start": start, "length_min": 60} for start in starts]
    leave = [{"first": "2026-06-03", "last": "2026-06-04"}]
    problem = build(
        person(training=training, leave=leave, consent={"start_later_min": 60}, opted_out_48h=True), meals_paid=True
    )
    (handler,) = problem.handlers
    assert [t.start for t in handler.training] == [datetime(2026, 6, 1, 9, tzinfo=UTC)]
    assert handler.on_leave(date(2026, 6, 4))
    assert not handler.on_leave(date(2026, 6, 5))
    assert len(handler.nominal) == 7  # leave is credited, so that its duties are known
    assert (handler.consent.start_later_min, handler.consent.start_earlier_min) == (60, 0)
    assert handler.opted_out_48h
    assert problem.meals_paid


def test_whoever_has_no_skill_in_the_week_is_left_out():
    lapsed = person("H2", skills=[{"skill": "999", "last": "2026-05-31"}])
    last_day = person("H3", skills=[{"skill": "999", "last": "2026-06-01"}])
    later = person("H4", skills=[{"skill": "101", "first": "2026-06-08"}])
    assert [h.ref for h in build(person("H1"), lapsed, last_day, later).handlers] == ["H1", "H3"]


def test_past_minutes_are_as_rostered_else_as_given_else_as_the_pattern_says():
    by_pattern, given, given_by_week = 7 * 480, [100, 200, 300], {MONDAY - timedelta(days=14): {"H1": 1234, "H9": 1}}
    contract = {"weekly_min": 1920, "cycle_weeks": 5}
    plain = build(person(contract=contract)).handlers[0]
    assert plain.paid_min_by_week == (by_pattern,) * 4
    assert plain.worked_min_by_week == (by_pattern,) * 16
    told = build(person(contract=contract, paid_min_by_week=given, worked_min_by_week=given)).handlers[0]
    assert told.paid_min_by_week == (by_pattern, *given)
    assert told.worked_min_by_week == (by_pattern,) * 13 + tuple(given)
    both = build(
        person(contract=contract, paid_min_by_week=given),
        last=LastWeeks(minutes=given_by_week),
    ).handlers[0]
    assert both.paid_min_by_week == (by_pattern, 100, 1234, 300)
    longer = build(person(contract=contract, paid_min_by_week=[9] * 5 + given)).handlers[0]
    assert longer.paid_min_by_week == (9, *given)
    weekly = build(person(contract={"weekly_min": 1920, "cycle_weeks": 1}, paid_min_by_week=given)).handlers[0]
    assert weekly.paid_min_by_week == ()


def test_a_problem_survives_its_certificate():
    last = rostered(duty("H1", BEGIN - timedelta(hours=3)))
    problem = build(
        person("H1"), person("H2", days=NIGHTS, leave=[{"first": "2026-06-03", "last": "2026-06-04"}]), last=last
    )
    written = json.loads(json.dumps(problem_to_json(problem)))
    read = problem_from_json(written)
    assert problem_to_json(read) == written
    assert (read.handlers, read.frozen_duties, read.rules) == (problem.handlers, problem.frozen_duties, problem.rules)
    assert read.rules.hash == problem.rules.hash
    assert np.array_equal(read.cover.already_999, problem.cover.already_999)
    assert duties_from_json(json.loads(json.dumps(duties_to_json(problem.frozen_duties)))) == problem.frozen_duties


def test_a_day_without_a_skill_is_credited_and_named():
    wednesday = MONDAY + timedelta(days=2)
    late = person(skills=[{"skill": "101", "first": wednesday.isoformat()}])
    (who,) = build(late).handlers
    assert [who.on_leave(MONDAY + timedelta(days=n)) for n in range(7)] == [True, True, *[False] * 5]
    (note,) = left_out([late], MONDAY, 1, LONDON)
    assert "H1" in note
    assert f"{MONDAY}" in note
    assert f"{wednesday}" not in note


@pytest.mark.parametrize(
    ("start", "rostered", "noted"),
    [
        ("2026-06-02T10:00:00+01:00", True, False),
        ("2026-06-06T10:00:00+01:00", False, True),  # a rest day
        ("2026-06-08T10:00:00+01:00", False, False),  # next week's business
    ],
)
def test_training_lies_in_a_duty_or_is_named(start: str, rostered: bool, noted: bool):
    who = person(days=[*EARLIES[:5], None, None], training=[{"start": start, "length_min": 60}])
    assert bool(build(who).handlers[0].training) == rostered
    assert bool(left_out([who], MONDAY, 1, LONDON)) == noted


@pytest.mark.parametrize(
    ("start", "week"), [("2026-06-01T03:00:00+01:00", "before"), ("2026-06-08T03:00:00+01:00", "this")]
)
def test_training_after_midnight_belongs_to_the_night_that_holds_it(start: str, week: str):
    who = person(days=[None, *[None] * 5, NIGHTS[0]], training=[{"start": start, "length_min": 60}])
    assert bool(build(who).handlers[0].training) == (week == "this")
    assert left_out([who], MONDAY, 1, LONDON) == ()


def test_given_minutes_keep_their_weeks_as_time_goes_by():
    given = {"paid_min_by_week": [1000, 2000, 3000], "contract": {"weekly_min": 2220, "cycle_weeks": 5}}
    anchored = person(**given, history_until=MONDAY.isoformat())
    later = MONDAY + timedelta(days=7)
    begin = BEGIN + timedelta(days=7)
    assert build(anchored).handlers[0].paid_min_by_week[-3:] == (1000, 2000, 3000)
    after = build(anchored, week=later, over=heads(later, begin)).handlers[0].paid_min_by_week
    assert after[:3] == (1000, 2000, 3000)
    assert after[3] == build(person()).handlers[0].nominal[0].length_min * 7 - 7 * 60  # as the pattern says


@pytest.mark.parametrize(("later_min", "hour"), [(0, 7), (120, 5)])
def test_next_weeks_first_duty_bounds_the_rest(later_min: int, hour: int):
    who = person(days=[*EARLIES[:5], None, None], consent={"start_earlier_min": later_min})
    assert build(who).handlers[0].next_start == datetime(2026, 6, 8, hour - 1, tzinfo=UTC)
