"""What dated, annualised and clock-change contracts ask of a period, by another count."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.forces.schemas import ForceSettings
from app.people.schemas import HandlerIn
from app.rosters.contract import contract_of
from app.rosters.history import LastWeeks
from app.rosters.pattern import nominal_duties
from app.rosters.person import left_out, person
from rostering.problem import Mode
from rostering.rules import ENGLAND_WALES_STAFF as RULES
from tests.helpers import handler_body

LONDON, DAY = ZoneInfo("Europe/London"), timedelta(days=1)
MONDAY = date(2026, 6, 1)
SPRING, AUTUMN = date(2026, 3, 23), date(2026, 10, 19)  # weeks whose Sunday morning changes the clocks
NIGHTS = {"anchor": "2026-03-02", "days": [None, None, None, None, None, {"start": "22:00", "length_min": 540}, None]}


def who(**changes) -> HandlerIn:
    return HandlerIn.model_validate(handler_body(**changes))


def test_a_contract_that_changes_in_the_middle_of_a_week_is_due_by_days():
    half = {"weekly_min": 960, "cycle_weeks": 1, "first": "2026-06-04"}
    changing = who(contracts=[half])
    assert contract_of(changing, MONDAY - 7 * DAY, 1, LONDON).weekly_min == 1920
    assert contract_of(changing, MONDAY, 1, LONDON).weekly_min == round((3 * 1920 + 4 * 960) / 7)
    assert contract_of(changing, MONDAY + 7 * DAY, 1, LONDON).weekly_min == 960
    assert contract_of(changing, MONDAY, 2, LONDON).weekly_min == round((3 * 1920 + 11 * 960) / 14)
    assert any("2026-06-04" in note for note in left_out([changing], MONDAY, 1, LONDON))
    assert not left_out([changing], MONDAY + 7 * DAY, 1, LONDON)


def test_weeks_of_an_earlier_contract_are_counted_as_it_asked():
    """Ten weeks, six of them of twice the hours: no week of the old contract is taken for one of the new pattern."""
    old = {"weekly_min": 2400, "cycle_weeks": 10, "last": (MONDAY - 4 * 7 * DAY - DAY).isoformat()}
    now = who(contract={"weekly_min": 1200, "cycle_weeks": 10}, contracts=[old])
    settings = ForceSettings(meals_paid=True)
    made = person(now, settings, RULES, MONDAY, 1, Mode.WEEKLY, (), LastWeeks())
    assert made.contract.weekly_min == (5 * 2400 + 5 * 1200) // 10
    assert made.paid_min_by_week == (2400,) * 5 + (4 * 540,) * 4


def test_an_annualised_contract_counts_fifty_two_weeks():
    made = contract_of(who(contract={"weekly_min": 1920, "cycle_weeks": 52, "annualised": True}), MONDAY, 1, LONDON)
    assert (made.weekly_min, made.cycle_weeks) == (1920, 52)
    with pytest.raises(ValueError, match="expected 52"):
        who(contract={"weekly_min": 1920, "cycle_weeks": 10, "annualised": True})


@pytest.mark.parametrize(("week", "elapsed_min"), [(SPRING, 480), (AUTUMN, 600), (MONDAY, 540)])
def test_a_nominal_night_ends_by_the_clock_and_counts_its_usual_hours(week, elapsed_min):
    terms = {"weekly_min": 540, "cycle_weeks": 1}
    by_clock, as_passed = (
        who(pattern=NIGHTS, contract=terms | {"clock_change": how}) for how in ("nominal", "elapsed")
    )
    (night,) = nominal_duties(by_clock, week, 7, LONDON)
    assert (night.length_min, night.end.astimezone(LONDON).hour) == (elapsed_min, 7)
    (night,) = nominal_duties(as_passed, week, 7, LONDON)
    assert night.length_min == 540
    assert contract_of(as_passed, week, 1, LONDON).weekly_min == 540
    # What is due falls with what the night lasts: its hours and the contract's agree, as on any other night.
    assert contract_of(by_clock, week, 1, LONDON).weekly_min == elapsed_min


def test_a_later_week_of_the_cycle_remembers_the_night():
    terms = {"weekly_min": 540, "cycle_weeks": 4, "clock_change": "nominal"}
    handler = who(pattern=NIGHTS, contract=terms)
    due = [contract_of(handler, SPRING + n * 7 * DAY, 1, LONDON).weekly_min * 4 for n in range(-1, 5)]
    assert due == [2160, 2100, 2100, 2100, 2100, 2160]


def test_recorded_hours_count_before_rostered_ones_for_working_time_alone():
    """Newest last: a week that the records tell both ways, one that they only plan, one that is only rostered."""
    weeks = [MONDAY - n * 7 * DAY for n in (1, 2, 3)]
    last = LastWeeks(
        minutes={weeks[0]: {"H001": 1900}, weeks[2]: {"H001": 1930}},
        worked_min={weeks[0]: {"H001": 1000}, weeks[2]: {"H001": 1300}},
        planned={weeks[0]: {"H001": 1500}, weeks[1]: {"H001": 1910}},
        actual={weeks[0]: {"H001": 1700}, weeks[1]: {"H002": 9}},
    )
    made = person(
        who(contract={"weekly_min": 1920, "cycle_weeks": 4}), ForceSettings(), RULES, MONDAY, 1, Mode.WEEKLY, (), last
    )
    assert made.worked_min_by_week[-3:] == (1300, 1910, 1700)
    assert made.paid_min_by_week == (1930, 1910, 1900)
