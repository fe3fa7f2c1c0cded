"""Rules of a person's days either side of their limits, in the model and in the checker, and what they still allow."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from rostering.model.explain import conflict_of, is_possible
from rostering.model.options import PersonOptions, moment_of, person_options
from rostering.problem import (
    Agreement,
    Band,
    Consent,
    Contract,
    Handler,
    Leave,
    Mode,
    Offer,
    OfferKind,
    RosterProblem,
    Training,
)
from rostering.roster import Duty
from rostering.rules import ENGLAND_WALES_STAFF, RuleId
from tests.rostering.judging import assert_judged, days
from tests.rostering.roster_helpers import MONDAY, cover, handler, local, nominal, problem

WIDE = ENGLAND_WALES_STAFF.replaced(RuleId.CONTRACT, tolerance_min=10_080)


def shifts(*starts: datetime, length_min: int = 480) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((start, start + timedelta(minutes=length_min)) for start in starts)


def duty(ref: str, start: datetime, length_min: int = 480) -> Duty:
    return Duty(ref, start, start + timedelta(minutes=length_min), ())


def times(problem: RosterProblem, person: PersonOptions, day: int) -> list[tuple[datetime, int]]:
    """Start and length [min] of the options of a date."""
    found = [slot for slot in person.duties if slot.day == day]
    return [
        (moment_of(problem, int(option.start)), 15 * (option.end - option.start))
        for slot in found
        for option in slot.options
    ]


@pytest.mark.parametrize(("before", "rule"), [(2, None), (3, RuleId.RUN)])
def test_seven_days_in_a_row_history_included(before: int, rule: RuleId | None) -> None:
    history = shifts(*(local(MONDAY, 9, days=-n) for n in range(before, 0, -1)))
    assert_judged(handler(duties=days(9, 0, *range(5)), last_week=history), rule)


def test_a_day_off_begins_a_new_run() -> None:
    history = shifts(*(local(MONDAY, 9, days=-n) for n in range(7, 1, -1)))
    assert_judged(handler(duties=days(9, 0, *range(5)), last_week=history), None)


@pytest.mark.parametrize(("nights", "rule"), [(4, None), (5, RuleId.NIGHT_RUN)])
def test_four_nights_in_a_row(nights: int, rule: RuleId | None) -> None:
    assert_judged(handler(duties=days(22, 0, *range(nights))), rule)


@pytest.mark.parametrize(("hour", "minute", "rule"), [(18, 0, RuleId.NIGHT_RUN), (17, 45, None)])
def test_a_night_has_three_hours_of_the_night(hour: int, minute: int, rule: RuleId | None) -> None:
    """Eight hours from 18:00 end at 02:00, three hours after 23:00."""
    assert_judged(handler(duties=days(hour, minute, *range(5))), rule)


@pytest.mark.parametrize(
    ("extra", "night_worker", "rule"), [(0, True, None), (1, True, RuleId.NIGHT_AVERAGE), (1, False, None)]
)
def test_night_workers_average_knows_no_opt_out(extra: int, night_worker: bool, rule: RuleId | None) -> None:
    """Eight hours on six days a week over 17 weeks."""
    history = (17 * 2880 - 4 * 435 - 15 * 3000 + extra, *(3000,) * 15)
    who = handler(
        duties=days(22, 0, *range(4)), worked_min_by_week=history, opted_out_48h=True, night_worker=night_worker
    )
    assert_judged(who, rule)


@pytest.mark.parametrize(("length", "hour", "rule"), [(480, 22, None), (495, 22, RuleId.NIGHT_LENGTH), (495, 9, None)])
def test_longest_night_where_work_is_hazardous(length: int, hour: int, rule: RuleId | None) -> None:
    hazardous = ENGLAND_WALES_STAFF.replaced(RuleId.NIGHT_LENGTH, longest_min=480)
    assert_judged(handler(duties=days(hour, 0, 0, length_min=length)), rule, rules=hazardous)


@pytest.mark.parametrize(
    ("earliest", "latest", "rule"),
    [
        (time(9), time(17), None),
        (time(9, 15), None, RuleId.AGREEMENT),
        (None, time(16, 45), RuleId.AGREEMENT),
        (None, time(17), None),
    ],
)
def test_agreement_of_times(earliest: time | None, latest: time | None, rule: RuleId | None) -> None:
    agreed = (Agreement((0,), earliest=earliest, latest=latest),)
    assert_judged(handler(duties=days(9, 0, 0), agreements=agreed), rule)


@pytest.mark.parametrize(("weekday", "rule"), [(0, RuleId.AGREEMENT), (1, None)])
def test_agreement_of_days_off(weekday: int, rule: RuleId | None) -> None:
    assert_judged(handler(duties=days(9, 0, 0), agreements=(Agreement((weekday,), off=True),)), rule)


@pytest.mark.parametrize(("latest", "rule"), [(time(6), None), (time(5, 45), RuleId.AGREEMENT)])
def test_an_agreement_may_end_on_the_next_day(latest: time, rule: RuleId | None) -> None:
    agreed = (Agreement((0,), earliest=time(22), latest=latest),)
    assert_judged(handler(duties=days(22, 0, 0), agreements=agreed), rule)


@pytest.mark.parametrize(("last", "moves"), [(MONDAY, True), (MONDAY - timedelta(days=1), False)])
def test_consent_holds_on_its_dates(last: object, moves: bool) -> None:
    who = handler(duties=days(9, 0, 0), consent=Consent(60, 60, 60, 60, last=last))  # type: ignore[arg-type]
    assert (len(times(problem([who]), person_options(problem([who]), who), 0)) > 1) == moves


@pytest.mark.parametrize(("credited", "possible"), [(True, True), (False, False)])
def test_leave_that_is_not_credited_has_to_be_made_up(credited: bool, possible: bool) -> None:
    who = handler(duties=days(9, 0, *range(5)), leave=(Leave(MONDAY, MONDAY, credited),))
    assert is_possible(person_options(problem([who]), who)) == possible
    if not possible:
        found = conflict_of(problem([who]), who)
        assert set(found.rules) >= {RuleId.LEAVE, RuleId.CONTRACT}
        assert "that is not credited" in found.message


@pytest.mark.parametrize(("minute", "possible"), [(0, True), (15, False)])
def test_a_pinned_duty_keeps_its_times_and_the_consent(minute: int, possible: bool) -> None:
    who = handler(duties=days(9, 0, 0), consent=Consent(0, 60, 0, 60), contract_min=435)
    whole = problem([who], pinned=(duty("H1", local(MONDAY, 10, minute)),))
    person = person_options(whole, who)
    assert is_possible(person) == possible
    if possible:
        assert times(whole, person, 0) == [(local(MONDAY, 10), 480)]
    else:
        assert set(conflict_of(whole, who).rules) == {RuleId.CONSENT, RuleId.PINNED}


def test_a_pinned_duty_may_lie_off_the_grid() -> None:
    who = handler(duties=days(9, 0, 0), consent=Consent(0, 60, 0, 60))
    whole = problem([who], pinned=(duty("H1", local(MONDAY, 9, 15)),))
    assert times(whole, person_options(whole, who), 0) == [(local(MONDAY, 9, 15), 480)]


@pytest.mark.parametrize("mode", [Mode.WEEKLY, Mode.FREE])
def test_a_pinned_duty_on_leave_is_explained(mode: Mode) -> None:
    nominal_days = days(9, 0, 0, 1) if mode is Mode.WEEKLY else []
    who = handler(duties=nominal_days, leave=(Leave(MONDAY, MONDAY),), contract_min=870)
    whole = problem([who], pinned=(duty("H1", local(MONDAY, 9)),), mode=mode, rules=WIDE)
    assert not is_possible(person_options(whole, who))
    assert set(conflict_of(whole, who).rules) == {RuleId.LEAVE, RuleId.PINNED}


def test_a_pinned_duty_on_a_rest_day_is_explained() -> None:
    who = handler(duties=days(9, 0, 0))
    whole = problem([who], pinned=(duty("H1", local(MONDAY, 9, days=2)),))
    assert conflict_of(whole, who).rules == (RuleId.PINNED,)


def test_agreements_that_contradict_each_other_are_explained() -> None:
    agreed = (Agreement((0,), earliest=time(10)), Agreement((0,), latest=time(17)))
    who = handler(duties=days(9, 0, 0), consent=Consent(120, 120, 120, 120), agreements=agreed)
    long = ENGLAND_WALES_STAFF.replaced(RuleId.LENGTHS, shortest_min=480)
    found = conflict_of(problem([who], rules=long), who)
    assert RuleId.AGREEMENT in found.rules
    assert "agreement for Monday: from 10:00; agreement for Monday: until 17:00" in found.message


def free(who: Handler, **more: object) -> RosterProblem:
    return problem([who], mode=Mode.FREE, **more)


def test_free_duties_start_in_the_bands_and_last_as_long_as_they_may() -> None:
    who = replace(handler(contract_min=2220), bands=(Band.EARLY, Band.NIGHT))
    options = times(free(who), person_options(free(who), who), 0)
    assert {start for start, _ in options} == {
        *(local(MONDAY, 6, 30 * n) if n < 2 else local(MONDAY, 6 + n // 2, 30 * (n % 2)) for n in range(7)),
        *(local(MONDAY, 19 + n // 2, 30 * (n % 2)) for n in range(9)),
    }
    assert {length for _, length in options} == set(range(420, 601, 30))


def test_free_days_of_training_are_worked() -> None:
    session = Training(local(MONDAY, 3, days=1), 90)  # in the small hours: of Monday's night duty
    who = handler(contract_min=2220, training=(session,))
    person = person_options(free(who), who)
    assert [slot.day for slot in person.duties if slot.must] == [0]
    for start, length in times(free(who), person, 0):
        assert start <= session.start
        assert session.end <= start + timedelta(minutes=length)


def test_free_leave_is_credited_by_the_day() -> None:
    """Two days of leave at 37 h a week credit 634 min of 2,220."""
    who = handler(contract_min=2220, leave=(Leave(MONDAY, MONDAY + timedelta(days=1)),))
    person = person_options(free(who), who)
    assert [slot.day for slot in person.duties] == [2, 3, 4, 5, 6]
    assert person.balance_min == 634 - 2220


@pytest.mark.parametrize(("most", "longest"), [(60, 540), (45, 510)])
def test_overtime_lengthens_a_duty_within_its_offer(most: int, longest: int) -> None:
    offer = Offer(OfferKind.OVERTIME, MONDAY, local(MONDAY, 17), local(MONDAY, 18), most)
    who = handler(duties=days(9, 0, 0), offers=(offer,))
    options = times(problem([who]), person_options(problem([who]), who), 0)
    assert max(length for _, length in options) == longest
    assert {start for start, _ in options} == {local(MONDAY, 9)}


def test_overtime_is_worked_but_not_contracted() -> None:
    offer = Offer(OfferKind.OVERTIME, MONDAY, local(MONDAY, 17), local(MONDAY, 18), 60)
    who = handler(duties=days(9, 0, 0), offers=(offer,))
    options = person_options(problem([who]), who).duties[0].options
    assert [(option.paid, option.worked, option.extra) for option in options] == [
        (29, 29, 0),
        (29, 31, 6),
        (29, 32, 12),
    ]


@pytest.mark.parametrize(("extra", "lengths"), [(0, {480, 510, 540}), (15, {480, 510}), (30, {480})])
def test_overtime_counts_in_the_average(extra: int, lengths: set[int]) -> None:
    """17 weeks leave 480 paid minutes to a duty of 435 and overtime, less ``extra``."""
    offer = Offer(OfferKind.OVERTIME, MONDAY, local(MONDAY, 17), local(MONDAY, 18), 60)
    history = (17 * 2880 - 480 - 15 * 3000 + extra, *(3000,) * 15)
    who = handler(duties=days(9, 0, 0), offers=(offer,), worked_min_by_week=history)
    whole = problem([who])
    possible = set()
    for start, length in times(whole, person_options(whole, who), 0):
        pinned = replace(whole, pinned=(duty("H1", start, length),))
        if is_possible(person_options(pinned, who)):
            possible.add(length)
    assert possible == lengths


def test_overtime_offered_on_a_day_without_a_duty_offers_nothing() -> None:
    day = MONDAY + timedelta(days=2)
    offer = Offer(OfferKind.OVERTIME, day, local(day, 8), local(day, 17), 60)
    who = handler(duties=days(9, 0, 0), offers=(offer,))
    person = person_options(problem([who]), who)
    assert [slot.day for slot in person.duties] == [0]
    assert is_possible(person)


@pytest.mark.parametrize(("latest", "starts"), [(17, 3), (15, 0)])
def test_a_rest_day_is_worked_as_offered_or_not(latest: int, starts: int) -> None:
    day = MONDAY + timedelta(days=2)
    offer = Offer(OfferKind.REST_DAY, day, local(day, 8), local(day, latest), 480)
    who = handler(duties=days(9, 0, 0), offers=(offer,))
    person = person_options(problem([who]), who)
    assert len({start for start, n in times(problem([who]), person, 2) if n == 480}) == starts
    assert all(not slot.must for slot in person.duties if slot.day == 2)
    assert is_possible(person)


def test_published_times_stay_possible() -> None:
    """Published off the consent: possible as it stands, and where the consent allows."""
    who = handler(duties=days(9, 0, 0), consent=Consent(0, 30, 0, 30), contract_min=435)
    whole = problem([who], mode=Mode.REPAIR, published=(duty("H1", local(MONDAY, 11)),))
    assert {option.start for option in person_options(whole, who).duties[0].options} == {36, 38, 44}


@pytest.mark.parametrize(("hour", "minute", "possible"), [(5, 0, True), (4, 45, False)])
def test_what_stands_is_exempt_and_binds_what_follows(hour: int, minute: int, possible: bool) -> None:
    """Two frozen duties ten hours apart stand; the one after keeps eleven."""
    frozen = duty("H1", local(MONDAY, 16)), duty("H1", local(MONDAY, 10, days=1))
    who = handler(duties=[nominal(MONDAY + timedelta(days=2), hour, minute)], contract_min=435)
    person = person_options(whole := problem([who], frozen=frozen, rules=WIDE), who)
    assert [(slot.day, slot.frozen) for slot in person.duties] == [(0, True), (1, True), (2, False)]
    assert is_possible(person) == possible
    if not possible:
        assert RuleId.DAILY_REST in conflict_of(whole, who).rules


@pytest.mark.parametrize(("weekly_min", "possible"), [(1740, True), (1860, True), (1861, False)])
def test_hours_hold_over_a_period_that_is_longer_than_the_cycle(weekly_min: int, possible: bool) -> None:
    """Five duties in one week and three in the next are eight times 435 min, at most 240 off."""
    numbers = (*range(5), 7, 8, 9)
    who = replace(handler(duties=days(9, 0, *numbers)), contract=Contract(weekly_min))
    assert is_possible(person_options(problem([who], n_weeks=2, need=cover(MONDAY, tail=720)), who)) == possible
