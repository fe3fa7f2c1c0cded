"""Days told months ahead: what stands, what moves with notice, agreement or exigency, and where old meets new."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from rostering.errors import ProblemError
from rostering.notice import Needs
from rostering.roll_out import DayDuty, breaks, rolled
from rostering.rules import ENGLAND_WALES_STAFF as RULES
from rostering.rules import RuleId

from .roster_helpers import LONDON

DAY = timedelta(days=1)
TODAY = date(2025, 2, 3)
EARLY, LATE, NIGHT = (DayDuty(time(hour), 540) for hour in (7, 14, 22))


@pytest.mark.parametrize(
    ("day", "needs"),
    [
        (date(2026, 2, 3), None),  # twelve months to the day
        (date(2026, 2, 2), Needs.AGREEMENT),
        (date(2025, 5, 3), Needs.AGREEMENT),  # three months to the day
        (date(2025, 5, 2), Needs.AGREEMENT_OR_EXIGENCY),
    ],
)
@pytest.mark.parametrize(("before", "after"), [(None, EARLY), (EARLY, None)])
def test_a_rest_day_moves_with_a_years_notice_else_by_agreement(
    day: date, needs: Needs | None, before: DayDuty | None, after: DayDuty | None
) -> None:
    days, (change,) = rolled({day: before}, {day: after}, RULES, TODAY, (), ())
    assert (change.rule, change.needs, change.is_made) == (RuleId.FIXED_DAYS, needs, needs is None)
    assert days[day] == (after if needs is None else before)
    agreed, (change,) = rolled({day: before}, {day: after}, RULES, TODAY, {day}, ())
    assert change.is_made
    assert agreed[day] == after
    pressed, (change,) = rolled({day: before}, {day: after}, RULES, TODAY, (), {day})
    assert change.is_made == (needs in (None, Needs.AGREEMENT_OR_EXIGENCY))
    assert pressed[day] == (after if change.is_made else before)


@pytest.mark.parametrize(("day", "is_made"), [(date(2025, 5, 3), True), (date(2025, 5, 2), False)])
def test_times_move_with_three_months_notice(day: date, is_made: bool) -> None:
    days, (change,) = rolled({day: EARLY}, {day: LATE}, RULES, TODAY, (), ())
    assert (change.rule, change.is_made) == (RuleId.CONSENT, is_made)
    assert days[day] == (LATE if is_made else EARLY)


def test_what_is_told_for_the_first_time_or_the_same_is_no_change() -> None:
    told = {TODAY: EARLY, TODAY + DAY: None}
    days, changes = rolled(told, told | {TODAY + 2 * DAY: LATE}, RULES, TODAY, (), ())
    assert changes == ()
    assert days == told | {TODAY + 2 * DAY: LATE}


@pytest.mark.parametrize(("end", "broken"), [(time(20), False), (time(20, 15), True)])
def test_old_and_new_days_keep_eleven_hours_apart(end: time, broken: bool) -> None:
    late = DayDuty(time(14), (end.hour - 14) * 60 + end.minute)
    found = list(breaks({TODAY: late, TODAY + DAY: EARLY}, LONDON, RULES))
    assert [(rule, day) for rule, day, _ in found] == ([(RuleId.DAILY_REST, TODAY + DAY)] if broken else [])


def test_rest_in_the_night_of_the_clock_change_is_an_hour_shorter() -> None:
    saturday = date(2025, 3, 29)
    days = {saturday: DayDuty(time(11), 540), saturday + DAY: EARLY}
    assert [(rule, words[:3]) for rule, _, words in breaks(days, LONDON, RULES)] == [(RuleId.DAILY_REST, "600")]
    assert not list(breaks({day - 7 * DAY: duty for day, duty in days.items()}, LONDON, RULES))


@pytest.mark.parametrize("more", [0, 1])
def test_the_longest_run_of_duties(more: int) -> None:
    most = RULES[RuleId.RUN]["most_duties"]
    days: dict[date, DayDuty | None] = {TODAY + n * DAY: EARLY for n in range(most + more)}
    found = [(rule, day) for rule, day, _ in breaks(days, LONDON, RULES)]
    assert found == ([(RuleId.RUN, TODAY + most * DAY)] if more else [])
    if more:
        assert not list(breaks(days | {TODAY + 2 * DAY: None}, LONDON, RULES)), "a rest day ends the run"


def test_a_day_duty_is_on_the_grid_by_the_local_clock() -> None:
    with pytest.raises(ProblemError, match="multiple of 15"):
        DayDuty(time(7), 500)
