"""What handlers and settings say beside patterns, as the problem has it: learning, roles, agreements, free mode."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest

from app.forces.schemas import ForceSettings
from app.people.schemas import HandlerIn
from app.rosters.build import TAIL, Heads, Period, build_problem
from app.rosters.document import problem_from_json, problem_to_json
from app.rosters.history import LastWeeks
from app.rosters.hours import PaidHistory, paid_history, settled
from app.rosters.pattern import past_weeks_min
from app.rosters.person import learning_due
from rostering.problem import Band, Mode
from rostering.rules import ENGLAND_WALES_STAFF as RULES
from tests.helpers import handler_body

MONDAY = date(2026, 6, 1)  # thirteen weeks after the patterns' anchor: the second of four
BEGIN = datetime(2026, 5, 31, 23, tzinfo=UTC)
DAYS = [MONDAY + timedelta(days=n) for n in range(5)]


def person(**changes) -> HandlerIn:
    return HandlerIn.model_validate(handler_body(**changes))


def learner(minutes: int, weeks: int) -> HandlerIn:
    return person(learning={"minutes": minutes, "weeks": weeks})


@pytest.mark.parametrize(
    ("minutes", "weeks", "n_weeks", "due"),
    [(240, 4, 1, 60), (240, 4, 3, 180), (60, 4, 1, 0), (60, 4, 3, 60), (120, 1, 1, 120), (600, 1, 1, 300)],
)
def test_learning_is_due_as_the_weeks_pass_at_most_an_hour_a_duty(minutes, weeks, n_weeks, due):
    assert learning_due(learner(minutes, weeks), MONDAY, n_weeks, DAYS * n_weeks, LastWeeks()) == due


@pytest.mark.parametrize(("given", "due"), [(60, 60), (0, 120), (120, 0), (240, 0)])
def test_learning_that_was_missed_is_caught_up(given, due):
    """The week before is the cycle's first: an hour of it was due."""
    before = MONDAY - timedelta(days=7)
    last = LastWeeks(minutes={before: {"H001": 1}}, learning_min={before: {"H001": given}})
    assert learning_due(learner(240, 4), MONDAY, 1, DAYS, last) == due


def test_who_is_away_does_not_learn():
    assert learning_due(learner(240, 4), MONDAY, 1, [], LastWeeks()) == 0
    assert learning_due(person(), MONDAY, 1, DAYS, LastWeeks()) == 0


def build(*people: HandlerIn, mode: Mode = Mode.WEEKLY, weeks: int = 1, **settings):
    n = 672 * weeks + int(TAIL / timedelta(minutes=15))
    heads = Heads(BEGIN, np.full((2, n), 1), np.full((2, n), 2))
    return build_problem(people, ForceSettings(**settings), RULES, Period(MONDAY, weeks, mode), heads, LastWeeks())


SAYS = {
    "roles": [{"role": "supervisor", "last": "2026-06-03"}],
    "agreements": [{"weekdays": ["Friday", "Sunday"], "off": True}, {"weekdays": ["Monday"], "latest": "16:00"}],
    "wishes": [{"date": "2026-06-02", "band": "late", "weight": 3}, {"date": "2026-06-09"}],
    "offers": [{"kind": "toil", "date": "2026-06-05", "earliest": "2026-06-05T06:00:00Z",
                "latest": "2026-06-05T18:00:00Z", "most_min": 480}],
    "consent": {"start_later_min": 60, "last": "2026-06-02"},
    "bands": ["early", "day"],
    "night_worker": True,
}  # fmt: skip


def test_a_problem_holds_what_people_agreed_to_and_survives_as_json():
    needs = [{"role": "supervisor", "weekdays": ["Sunday"], "from": "22:00", "until": "02:00", "at_least": 2}]
    problem = build(person(**SAYS), weeks=1, role_cover=needs, briefing_min=15)
    (handler,) = problem.handlers
    assert handler.has_role("supervisor", date(2026, 6, 3))
    assert not handler.has_role("supervisor", date(2026, 6, 4))
    assert [(a.weekdays, a.off, a.latest) for a in handler.agreements] == [
        ((4, 6), True, None),
        ((0,), False, time(16)),
    ]
    assert [(w.date.day, w.band, w.weight) for w in handler.wishes] == [(2, Band.LATE, 3)], "wishes of the period alone"
    assert [offer.most_min for offer in handler.offers] == [480]
    assert handler.consent.moves_min(date(2026, 6, 2)) == (0, 60, 0, 0)
    assert handler.consent.moves_min(date(2026, 6, 3)) == (0, 0, 0, 0)
    assert (handler.bands, handler.night_worker) == ((Band.EARLY, Band.DAY), True)
    (cover,) = problem.role_cover
    assert (cover.start.astimezone(UTC), cover.end - cover.start) == (
        datetime(2026, 6, 7, 21, tzinfo=UTC), timedelta(hours=4)
    )  # fmt: skip
    assert (cover.at_least, problem.briefing_min) == (2, 15)
    document = problem_to_json(problem)
    again = problem_from_json(document)
    assert problem_to_json(again) == document
    assert again.handlers == problem.handlers


def test_free_mode_knows_no_pattern():
    problem = build(person(leave=[{"first": "2026-06-02", "last": "2026-06-02"}]), mode=Mode.FREE, weeks=2)
    (handler,) = problem.handlers
    assert handler.nominal == ()
    assert handler.next_start is None
    assert handler.credited(date(2026, 6, 2))
    assert (problem.n_weeks, problem.n_intervals) == (2, 2 * 672)
    assert problem.cover.n_intervals == 2 * 672 + 6 * 4, "until the first start of the next period's bands"
    assert not problem.cover.already_999.any()


def test_weeks_together_are_the_pattern_of_each():
    problem = build(person(), weeks=2)
    (handler,) = problem.handlers
    assert [duty.date.isoformat() for duty in handler.nominal] == [
        *(f"2026-06-0{day}" for day in (1, 2, 3, 4)), "2026-06-08", "2026-06-09", "2026-06-10", "2026-06-11"
    ]  # fmt: skip
    assert handler.next_start == datetime(2026, 6, 15, 6, tzinfo=UTC)


FOUR_WEEKS = {"contract": {"weekly_min": 1920, "cycle_weeks": 4}}


def rostered(off_min: int) -> LastWeeks:
    """Three weeks as the pattern pays them, the newest so far off it."""
    weekly_min = past_weeks_min(person(**FOUR_WEEKS), MONDAY, 1, RULES, meals_paid=False)[0]
    weeks = {1: weekly_min + off_min, 2: weekly_min, 3: weekly_min}
    return LastWeeks(minutes={MONDAY - timedelta(weeks=back): {"H001": paid} for back, paid in weeks.items()})


@pytest.mark.parametrize("side", [1, -1])
def test_hours_beyond_what_the_pattern_can_make_up_are_settled_otherwise(side):
    """The pattern pays the contract to the minute, four weeks of it may lie four hours off."""
    who, settings = person(**FOUR_WEEKS), ForceSettings()
    edge = side * 240
    within = paid_history(who, settings, RULES, MONDAY, 1, Mode.WEEKLY, rostered(edge))
    assert within == PaidHistory((1920, 1920, 1920 + edge))
    last = rostered(edge + side * 15)
    assert paid_history(who, settings, RULES, MONDAY, 1, Mode.WEEKLY, last) == PaidHistory(within.by_week, side * 15)
    (note,) = settled([who], settings, RULES, MONDAY, 1, Mode.WEEKLY, last)
    assert "0.25 h" in note
    assert ("over" if side > 0 else "under") in note


def test_more_is_settled_than_the_newest_week_had():
    last = LastWeeks(minutes={MONDAY - timedelta(weeks=back): {"H001": paid} for back, paid in [(1, 60), (2, 4000)]})
    found = paid_history(person(**FOUR_WEEKS), ForceSettings(), RULES, MONDAY, 1, Mode.WEEKLY, last)
    assert found == PaidHistory((1920, 4000, 60))  # 220 min over the contract with this week's pattern
    over = LastWeeks(minutes={MONDAY - timedelta(weeks=back): {"H001": paid} for back, paid in [(1, 60), (2, 4300)]})
    found = paid_history(person(**FOUR_WEEKS), ForceSettings(), RULES, MONDAY, 1, Mode.WEEKLY, over)
    assert found == PaidHistory((1920, 4080, 0), 280)


def test_a_pattern_that_does_not_pay_its_contract_is_not_excused():
    who = person(contract={"weekly_min": 1800, "cycle_weeks": 4})
    found = paid_history(who, ForceSettings(), RULES, MONDAY, 1, Mode.WEEKLY, rostered(-600))
    assert found == PaidHistory((1920, 1920, 1320))


def test_free_duties_can_make_up_whatever_they_may():
    found = paid_history(person(**FOUR_WEEKS), ForceSettings(), RULES, MONDAY, 1, Mode.FREE, rostered(-600))
    assert found == PaidHistory((1920, 1920, 1320))
