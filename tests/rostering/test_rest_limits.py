"""Daily and weekly rest either side of their limits, in the model and in the checker."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from rostering.rules import RuleId

from .judging import EIGHT_HOURS, LONG_RUNS, assert_judged, daily_until, days
from .roster_helpers import AUTUMN, MONDAY, SPRING, handler, local, nominal, written_duty


@pytest.mark.parametrize(("start", "rule"), [((9, 0), None), ((8, 45), RuleId.DAILY_REST)])
def test_daily_rest_between_duties(start: tuple[int, int], rule: RuleId | None) -> None:
    who = handler(duties=[nominal(MONDAY, 14), nominal(MONDAY + timedelta(days=1), *start)])
    assert_judged(who, rule)


@pytest.mark.parametrize(("minutes", "rule"), [(660, None), (661 - 2, RuleId.DAILY_REST)])
def test_daily_rest_after_the_last_known_duty(minutes: int, rule: RuleId | None) -> None:
    end = local(MONDAY, 9) - timedelta(minutes=minutes)
    assert_judged(handler(duties=days(9, 0, 0), last_week=((end - EIGHT_HOURS, end),)), rule)


@pytest.mark.parametrize(("start", "rule"), [((17, 0), None), ((16, 45), RuleId.DAILY_REST)])
def test_daily_rest_after_a_frozen_night(start: tuple[int, int], rule: RuleId | None) -> None:
    night = written_duty("H1", local(MONDAY, 22) - timedelta(days=1), 480, 180)
    assert_judged(handler(duties=days(*start, 0)), rule, frozen=(night,))


@pytest.mark.parametrize(
    ("week", "start", "rule"),
    [
        (SPRING, (11, 0), RuleId.DAILY_REST),  # from 00:00: eleven hours by the clock, ten in truth
        (SPRING, (11, 45), RuleId.DAILY_REST),
        (SPRING, (12, 0), None),
        (AUTUMN, (10, 0), None),  # from 00:00: ten hours by the clock, eleven in truth
        (AUTUMN, (9, 45), RuleId.DAILY_REST),
    ],
)
def test_daily_rest_is_elapsed_time(week: date, start: tuple[int, int], rule: RuleId | None) -> None:
    saturday, sunday = nominal(week + timedelta(days=5), 16), nominal(week + timedelta(days=6), *start)
    assert saturday.end == local(week, 0, days=6)
    assert_judged(handler(duties=[saturday, sunday]), rule, week=week)


@pytest.mark.parametrize(("minutes", "rule"), [(59 * 60, None), (59 * 60 - 15, RuleId.WEEKLY_REST)])
def test_seven_days_need_the_fortnights_rest(minutes: int, rule: RuleId | None) -> None:
    duties = days(7, 0, *range(7))
    before = duties[0].start - timedelta(minutes=minutes)
    who = handler(duties=duties, last_week=daily_until(before, n_duties=5), worked_min_by_week=(2400,) * 16)
    assert_judged(who, rule, rules=LONG_RUNS)


@pytest.mark.parametrize(
    ("rests_min", "rule"),
    [
        ((59 * 60,), None),  # 48 h and the daily 11 h
        ((59 * 60 - 15,), RuleId.WEEKLY_REST),
        ((35 * 60, 35 * 60), None),  # twice 24 h
        ((35 * 60, 35 * 60 - 15), RuleId.WEEKLY_REST),
    ],
)
def test_seven_days_may_follow_the_rest_of_the_week_before(rests_min: tuple[int, ...], rule: RuleId | None) -> None:
    """The week before ends on Sunday at 20:00, at work without a break of 24 h but for the given rests."""
    spans, end = [], local(MONDAY, 20) - timedelta(days=1)
    for rest_min in (*rests_min, *(16 * 60,) * 7):
        spans.append((end - EIGHT_HOURS, end))
        end -= EIGHT_HOURS + timedelta(minutes=rest_min)
    who = handler(duties=days(7, 0, *range(7)), last_week=tuple(sorted(spans)), worked_min_by_week=(2400,) * 16)
    assert_judged(who, rule, rules=LONG_RUNS)


@pytest.mark.parametrize(("start", "rule"), [((16, 0), None), ((16, 15), RuleId.WEEKLY_REST)])
def test_one_rest_day_is_enough_if_it_is_whole(start: tuple[int, int], rule: RuleId | None) -> None:
    who = handler(duties=days(*start, *range(6)), last_week=daily_until(local(MONDAY, 0), n_duties=7))
    assert_judged(who, rule, rules=LONG_RUNS)


@pytest.mark.parametrize(("gap_min", "rule"), [(35 * 60, None), (35 * 60 - 15, RuleId.WEEKLY_REST)])
def test_rest_within_the_week_comes_besides_daily_rest(gap_min: int, rule: RuleId | None) -> None:
    """A rest day between two duties, the other five days worked around it."""
    wednesday = nominal(MONDAY + timedelta(days=2), 12)
    friday_start = wednesday.end + timedelta(minutes=gap_min)
    friday = replace(wednesday, date=friday_start.date(), start=friday_start)
    duties = [*days(12, 0, 0, 1), wednesday, friday, *days(12, 0, 5), *days(14, 0, 6)]
    who = handler(duties=duties, last_week=daily_until(local(MONDAY, 0), n_duties=7))
    assert_judged(who, rule, rules=LONG_RUNS)


@pytest.mark.parametrize(
    ("next_start", "rule"),
    [
        (None, None),
        (local(MONDAY, 9, days=7), None),  # Saturday 22:00 to Monday 09:00: 24 h and the daily 11 h
        (local(MONDAY, 8, 59, days=7), RuleId.WEEKLY_REST),
        (local(MONDAY, 0, days=7), RuleId.WEEKLY_REST),
    ],
)
def test_rest_at_the_weeks_end_lasts_until_the_next_duty(next_start: datetime | None, rule: RuleId | None) -> None:
    duties = days(13, 0, *range(6), length_min=540)
    before = daily_until(local(MONDAY, 0), n_duties=7)
    assert_judged(handler(duties=duties, last_week=before, next_start=next_start), rule, rules=LONG_RUNS)


@pytest.mark.parametrize(("hour", "rule"), [(9, None), (8, RuleId.WEEKLY_REST)])
def test_two_weeks_in_a_row_cannot_both_count_on_the_rest_between_them(hour: int, rule: RuleId | None) -> None:
    """Monday to Saturday until 22:00, then from Monday to Friday: the first week is to blame for too short a rest."""
    first, second = days(13, 0, *range(6), length_min=540), MONDAY + timedelta(days=7)
    before = daily_until(local(MONDAY, 0), n_duties=7)
    assert_judged(handler(duties=first, last_week=before, next_start=local(second, hour)), rule, rules=LONG_RUNS)
    weekdays = days(hour, 0, *range(5), week=second)
    known = tuple((duty.start, duty.end) for duty in first)
    assert_judged(
        handler(duties=weekdays, last_week=known, next_start=local(second, hour, days=7)),
        None,
        week=second,
        rules=LONG_RUNS,
    )


@pytest.mark.parametrize(("start", "rule"), [((16, 0), None), ((16, 15), RuleId.WEEKLY_REST)])
def test_rest_at_the_weeks_end_lies_in_the_week(start: tuple[int, int], rule: RuleId | None) -> None:
    """However late the next duty is, 24 h of the rest have to lie before the week's end."""
    before, free = daily_until(local(MONDAY, 0), n_duties=7), local(MONDAY, 12, days=9)
    who = handler(duties=days(*start, *range(6)), last_week=before, next_start=free)
    assert_judged(who, rule, rules=LONG_RUNS)
