"""What changes of a published roster need: notice by calendar months, consent, offers, reasons, rest owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from rostering.notice import OVERRIDABLE, Needs, add_months, notice_flags, publication_flags, rest_flags
from rostering.problem import Consent, Handler, Leave, Offer, OfferKind, RosterProblem
from rostering.roster import Duty
from rostering.rules import ENGLAND_WALES_OFFICERS, ENGLAND_WALES_STAFF, SCOTLAND_OFFICERS, RuleId

from .roster_helpers import MONDAY, handler, local, nominal, problem, written_duty

TUESDAY = MONDAY + timedelta(days=1)


def duty(day: date = MONDAY, hour: int = 9, minute: int = 0, length_min: int = 480) -> Duty:
    return written_duty("H1", local(day, hour, minute), length_min, 180)


def whole(**more: object) -> RosterProblem:
    return problem([handler(duties=[nominal(MONDAY, 9)], **more)])  # type: ignore[arg-type]


def needs(problem: RosterProblem, before: tuple[Duty, ...], after: tuple[Duty, ...], told: date) -> list[tuple]:  # type: ignore[type-arg]
    now = datetime(told.year, told.month, told.day, 12, tzinfo=UTC)
    return [(flag.rule, flag.needs) for flag in notice_flags(problem, before, after, now)]


def test_calendar_months_end_where_the_month_does() -> None:
    assert add_months(date(2024, 11, 30), 3) == date(2025, 2, 28)
    assert add_months(date(2023, 12, 31), 2) == date(2024, 2, 29)
    assert add_months(date(2025, 2, 3), 12) == date(2026, 2, 3)


@pytest.mark.parametrize(
    ("told", "need"),
    [
        (date(2024, 2, 3), None),  # twelve months to the day
        (date(2024, 2, 4), Needs.AGREEMENT),
        (date(2024, 11, 3), Needs.AGREEMENT),  # three months to the day
        (date(2024, 11, 4), Needs.AGREEMENT_OR_EXIGENCY),
    ],
)
def test_rest_days_and_working_days_move_with_a_years_notice(told: date, need: Needs | None) -> None:
    expected = [] if need is None else [(RuleId.FIXED_DAYS, need)]
    assert needs(whole(), (), (duty(),), told) == expected
    assert needs(whole(), (duty(),), (), told) == expected
    assert needs(whole(), (duty(),), (duty(),), told) == []


@pytest.mark.parametrize(("told", "need"), [(date(2024, 11, 3), False), (date(2024, 11, 4), True)])
def test_times_move_with_three_months_notice(told: date, need: bool) -> None:
    expected = [(RuleId.CONSENT, Needs.AGREEMENT_OR_EXIGENCY)] if need else []
    assert needs(whole(), (duty(),), (duty(hour=10),), told) == expected


def test_a_move_within_consent_needs_nothing_and_one_beyond_does() -> None:
    agreed = whole(consent=Consent(60, 60, 60, 60))
    assert needs(agreed, (duty(),), (duty(hour=10),), MONDAY) == []
    assert needs(agreed, (duty(),), (duty(hour=10, minute=15),), MONDAY) == [
        (RuleId.CONSENT, Needs.AGREEMENT_OR_EXIGENCY)
    ]


def test_a_day_on_leave_or_frozen_is_nobodys_change() -> None:
    assert needs(whole(leave=(Leave(MONDAY, MONDAY),)), (duty(),), (), MONDAY) == []
    frozen = problem([handler(duties=[nominal(MONDAY, 9)])], frozen=(duty(),))
    assert needs(frozen, (duty(),), (), MONDAY) == []


@pytest.mark.parametrize(
    ("kind", "days", "owed"),
    [
        (OfferKind.REST_DAY, 5, 0),
        (OfferKind.REST_DAY, 4, 480),  # overtime and time off
        (OfferKind.TOIL, 5, 480),
        (OfferKind.TOIL, 4, 480),
    ],
)
def test_offers_cover_rest_days_and_leave_time_off_owed(kind: OfferKind, days: int, owed: int) -> None:
    offered = Offer(kind, TUESDAY, local(TUESDAY, 8), local(TUESDAY, 20), 480)
    now = local(TUESDAY, 9) - timedelta(days=days)
    (flag,) = notice_flags(whole(offers=(offered,)), (duty(),), (duty(), duty(TUESDAY)), now)
    assert (flag.rule, flag.needs, flag.day, flag.owed_min) == (RuleId.OVERTIME, Needs.NOTHING, TUESDAY, owed)
    assert ("not paid" in flag.message) == (kind is OfferKind.TOIL and days == 5)


def test_overtime_as_offered_needs_nothing_more() -> None:
    offered = Offer(OfferKind.OVERTIME, MONDAY, local(MONDAY, 9), local(MONDAY, 19), 120)
    known = whole(offers=(offered,))
    assert needs(known, (duty(),), (duty(length_min=600),), MONDAY) == [(RuleId.OVERTIME, Needs.NOTHING)]
    assert needs(known, (duty(),), (duty(length_min=615),), MONDAY) == [(RuleId.CONSENT, Needs.AGREEMENT_OR_EXIGENCY)]


def test_officers_have_their_own_notice() -> None:
    who = whole()
    told = date(2024, 11, 3)  # three months ahead
    assert needs(who, (), (duty(),), told) == [(RuleId.FIXED_DAYS, Needs.AGREEMENT)]
    officers = replace(who, rules=ENGLAND_WALES_OFFICERS)
    assert needs(officers, (), (duty(),), told) == []
    assert needs(officers, (duty(),), (duty(hour=10),), date(2025, 1, 3)) == []
    assert needs(officers, (duty(),), (duty(hour=10),), date(2025, 1, 4)) != []


@pytest.mark.parametrize(("gap", "owed"), [(660, None), (645, 15), (0, 660)])
def test_short_rest_needs_a_reason_and_leaves_rest_owed(gap: int, owed: int | None) -> None:
    first = duty()
    second = written_duty("H1", first.end + timedelta(minutes=gap), 480, 180)
    found = rest_flags(whole(), (first, second))
    assert [flag.owed_min for flag in found] == ([] if owed is None else [owed])
    for flag in found:
        assert (flag.rule, flag.needs) == (RuleId.DAILY_REST, Needs.REASON)
        assert flag.owed_by == second.start.date() + timedelta(days=14)
    assert RuleId.DAILY_REST in OVERRIDABLE


def test_rest_after_history_is_flagged_and_an_overlap_is_no_short_rest() -> None:
    late = (local(MONDAY, 15, days=-1), local(MONDAY, 0))
    who: Handler = handler(duties=[nominal(MONDAY, 9)], last_week=(late,))
    assert [flag.owed_min for flag in rest_flags(problem([who]), (duty(),))] == [120]
    assert rest_flags(whole(), (duty(), duty(hour=12))) == ()


def test_short_rest_is_elapsed_time_on_the_spring_night() -> None:
    """Until Sunday 00:00, from 11:00 by the clock: ten hours."""
    spring = date(2025, 3, 24)
    saturday, sunday = local(spring, 16, days=5), local(spring, 11, days=6)
    who = problem([handler()], week=spring)
    found = rest_flags(who, (written_duty("H1", saturday, 480, 180), written_duty("H1", sunday, 480, 180)))
    assert [flag.owed_min for flag in found] == [60]


@pytest.mark.parametrize(
    ("rules", "ahead", "covers", "n"),
    [
        (ENGLAND_WALES_STAFF, 0, 7, 0),
        (ENGLAND_WALES_OFFICERS, 31, 92, 0),
        (ENGLAND_WALES_OFFICERS, 30, 92, 1),
        (ENGLAND_WALES_OFFICERS, 31, 91, 1),
        (SCOTLAND_OFFICERS, 28, 91, 0),
        (SCOTLAND_OFFICERS, 27, 90, 2),
    ],
)
def test_publication_ahead_and_for_long_enough(rules: object, ahead: int, covers: int, n: int) -> None:
    first = MONDAY
    published, last = first - timedelta(days=ahead), first + timedelta(days=covers - 1)
    found = publication_flags(rules, first, last, published)  # type: ignore[arg-type]
    assert [flag.needs for flag in found] == [Needs.EARLIER] * n
