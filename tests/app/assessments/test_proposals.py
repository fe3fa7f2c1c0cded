"""What a proposal makes of a handler, what lies near it, what the Act's clock says: no solver, no database."""

from __future__ import annotations

from datetime import date, time

import pytest

from app.assessments.clock import decide_by, in_12_months
from app.assessments.neighbours import applications_near, patterns_near
from app.assessments.proposal import as_applied, cycle_of, on_pattern, pattern_of, pays_min
from app.assessments.schemas import FlexibleProposal, PatternProposal
from app.people.schemas import HandlerIn
from rostering.rules import ENGLAND_WALES_STAFF as RULES
from tests.helpers import handler_body

MONDAY = date(2026, 3, 2)  # the anchor of the helper's pattern: four days of nine hours from 07:00, three off
EARLY, NIGHT = {"start": "07:00", "length_min": 540}, {"start": "21:00", "length_min": 600}


def applied(*agreements, weekly_min=None, **changes) -> HandlerIn:
    asked = FlexibleProposal(
        kind="flexible_working", handler="H001", week_start=date(2026, 3, 23), received=date(2026, 1, 5),
        agreements=list(agreements), weekly_min=weekly_min,
    )  # fmt: skip
    return as_applied(HandlerIn.model_validate(handler_body(**changes)), asked, RULES, meals_paid=False)


def duties(handler: HandlerIn) -> list[tuple[time, int] | None]:
    return [None if day is None else (day.start, day.length_min) for day in handler.pattern.days]


def test_a_day_off_takes_its_duty_and_its_hours():
    made = applied({"weekdays": ["Tuesday"], "off": True})
    assert duties(made) == [(time(7), 540), None, (time(7), 540), (time(7), 540), None, None, None]
    assert made.contract.weekly_min == 3 * 480
    assert made.agreements[-1].off


def test_hours_asked_for_are_made_up_on_the_days_left_to_ten_hours_at_most():
    """Three duties of 10 h pay 27 h, as near to 32 h as ten hours let them come."""
    made = applied({"weekdays": ["Tuesday"], "off": True}, weekly_min=1920)
    assert {length for _, length in filter(None, duties(made))} == {600}
    assert made.contract.weekly_min == 1920
    shorter = applied(weekly_min=4 * 420)
    assert {length for _, length in filter(None, duties(shorter))} == {465}, "7 h paid and a meal of 45 min"


@pytest.mark.parametrize(
    ("agreed", "start", "length_min"),
    [({"earliest": "07:00"}, "07:00", 540), ({"earliest": "07:15"}, "07:15", 540), ({"latest": "16:00"}, "07:00", 540),
     ({"latest": "15:45"}, "06:45", 540), ({"earliest": "07:00", "latest": "15:45"}, "07:00", 525)],
)  # fmt: skip
def test_a_duty_moves_into_the_hours_left_and_is_shortened_where_they_are_too_few(agreed, start, length_min):
    made = applied({"weekdays": ["Monday"]} | agreed)
    assert duties(made)[0] == (time.fromisoformat(start), length_min)
    assert duties(made)[1:] == duties(applied({"weekdays": ["Sunday"], "off": True}))[1:], "other days stay"


def test_what_is_so_already_changes_nothing_but_the_agreement():
    made = applied({"weekdays": ["Friday", "Sunday"], "off": True})
    plain = HandlerIn.model_validate(handler_body())
    assert (made.pattern, made.contract) == (plain.pattern, plain.contract)


def test_a_cycle_that_is_no_week_is_unrolled():
    """Five days, anchored on a Thursday: Fridays off take one in five Fridays' duties of the five weeks."""
    pattern = {"anchor": "2026-03-05", "days": [EARLY, EARLY, None, None, None]}
    before = HandlerIn.model_validate(handler_body(pattern=pattern))
    made = applied({"weekdays": ["Friday"], "off": True}, pattern=pattern)
    assert len(made.pattern.days) == 35
    worked = [sum(day is not None for day in one.days) for one in (cycle_of(before), cycle_of(made))]
    assert worked == [14, 12], "of 14 duties in five weeks two fall on a Friday"
    assert cycle_of(before).days[3] is not None
    assert cycle_of(before).days[0:3] == (None, None, None), "Monday to Wednesday before the anchor's Thursday"


def test_a_team_begins_together_or_each_a_week_further():
    week = [EARLY, EARLY, None, None, NIGHT, None, None]
    asked = PatternProposal.model_validate(
        {"kind": "pattern", "week_start": "2026-03-23", "proposed": [week, [None] * 7], "begin": "in_turn"}
    )
    people = [HandlerIn.model_validate(handler_body(ref)) for ref in ("B", "A", "C")]
    anchors = {one.ref: one.pattern.anchor for one in on_pattern(people, asked)}
    assert {one.contract.cycle_weeks for one in on_pattern(people, asked)} == {2}, "averaged over the pattern's weeks"
    assert anchors == {"A": date(2026, 3, 23), "B": date(2026, 3, 16), "C": date(2026, 3, 23)}
    together = on_pattern(people, asked.model_copy(update={"begin": "together"}))
    assert {one.pattern.anchor for one in together} == {date(2026, 3, 23)}
    assert pays_min(pattern_of(asked.proposed), RULES, meals_paid=True) == (540 + 540 + 600) / 2


@pytest.mark.parametrize(
    ("received", "last"),
    [("2026-01-05", "2026-03-04"), ("2026-01-01", "2026-02-28"), ("2026-12-31", "2027-02-27"),
     ("2027-12-31", "2028-02-28")],
)  # fmt: skip
def test_two_months_begin_with_the_day_of_the_application(received, last):
    assert decide_by(date.fromisoformat(received)).isoformat() == last
    assert decide_by(date.fromisoformat(received), date(2028, 6, 1)) == date(2028, 6, 1)


def test_applications_of_twelve_months_count_once_each():
    day = date(2026, 3, 1)
    others = [date(2025, 3, 1), date(2025, 3, 2), date(2025, 3, 2), date(2026, 3, 1), date(2026, 3, 2)]
    assert in_12_months(day, others) == 2


def test_near_applications_ask_for_less_or_for_another_day_the_nearest_first():
    asked = FlexibleProposal.model_validate(
        {"kind": "flexible_working", "handler": "H001", "week_start": "2026-03-23", "received": "2026-01-05",
         "agreements": [{"weekdays": ["Friday", "Saturday"], "off": True},
                        {"weekdays": ["Monday"], "earliest": "09:00"}]}
    )  # fmt: skip
    near = applications_near(asked, 1920)
    assert [one.distance for one in near] == sorted(one.distance for one in near)
    told = [one.told for one in near]
    assert told[0] == "from 08:00 instead of 09:00"
    assert {"Thursday off instead of Friday", "Sunday off instead of Saturday", "without Friday off"} <= set(told)
    assert asked not in [one.asked for one in near]
    assert len({one.asked.model_dump_json() for one in near}) == len(near)


def test_near_patterns_move_or_stretch_one_shift_everywhere():
    week = [EARLY, EARLY, None, None, None, None, None]
    asked = PatternProposal.model_validate({"kind": "pattern", "week_start": "2026-03-23", "proposed": [week]})
    made = {one.told: pattern_of(one.asked.proposed) for one in patterns_near(asked)}
    assert set(made) == {"06:00 instead of 07:00", "08:00 instead of 07:00", "8.5 h from 07:00 instead of 9 h",
                         "9.5 h from 07:00 instead of 9 h"}  # fmt: skip
    assert [str(shift) for shift in made["08:00 instead of 07:00"].shifts] == ["08:00-17:00"]
