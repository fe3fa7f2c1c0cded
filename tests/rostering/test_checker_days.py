"""The checker on days and times in each mode: offers, pins, frozen duties, agreements, consent, bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from rostering.check import check
from rostering.problem import Agreement, Band, Consent, Contract, Handler, Leave, Mode, Offer, OfferKind, RosterProblem
from rostering.roster import Duty, Roster, TierName
from rostering.rules import ENGLAND_WALES_STAFF, RuleId

from .roster_helpers import BOTH, MONDAY, handler, local, nominal, problem, written_duty

TUESDAY = MONDAY + timedelta(days=1)
HOURS = {RuleId.CONTRACT, RuleId.WEEKLY_REST}  # of weeks cut down to the days that matter


def duty(start: datetime, length_min: int = 480) -> Duty:
    """A duty of H1 with its meal in the middle."""
    return written_duty("H1", start, length_min, (length_min - 60) // 30 * 15)


def broken(whole: RosterProblem, *duties: Duty, ignore: set[RuleId] = HOURS) -> set[RuleId]:
    return {v.rule for v in check(whole, Roster(duties)).violations} - ignore


def overtime(whole: RosterProblem, *duties: Duty) -> int:
    terms = check(whole, Roster(duties)).penalties
    return sum(p.amount for p in terms if p.tier is TierName.COST and p.rule is RuleId.OVERTIME)


def offer(kind: OfferKind, first: datetime, last: datetime, most_min: int, day: date = MONDAY) -> Offer:
    return Offer(kind, day, first, last, most_min)


def worker(duties: Sequence[int] = (0,), **more: object) -> Handler:
    return handler(duties=[nominal(MONDAY + timedelta(days=n), 9) for n in duties], **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", [Mode.WEEKLY, Mode.REPAIR])
def test_working_days_stand(mode: Mode) -> None:
    plan = duty(local(MONDAY, 9))
    whole = problem([worker()], mode=mode, published=(plan,) if mode is Mode.REPAIR else ())
    assert broken(whole, plan) == set()
    assert broken(whole) == {RuleId.FIXED_DAYS}
    assert broken(whole, plan, duty(local(TUESDAY, 9))) == {RuleId.FIXED_DAYS}


def test_a_free_day_may_be_worked_once_or_not() -> None:
    whole = problem([handler()], mode=Mode.FREE)
    assert broken(whole) == set()
    assert broken(whole, duty(local(MONDAY, 9)), duty(local(TUESDAY, 9))) == set()
    early, night = duty(local(MONDAY, 6), 420), duty(local(MONDAY, 23, 0), 420)
    assert broken(whole, early) == broken(whole, night) == set()
    assert broken(whole, early, night) == {RuleId.FIXED_DAYS, RuleId.DAILY_REST}
    assert broken(whole, duty(local(MONDAY, 9, days=7))) == {RuleId.FIXED_DAYS}


@pytest.mark.parametrize("mode", list(Mode))
def test_leave_is_not_worked_in_any_mode(mode: Mode) -> None:
    plan = duty(local(MONDAY, 9))
    whole = problem([worker(leave=(Leave(MONDAY, MONDAY),))], mode=mode, published=(plan,))
    assert broken(whole) == set()
    assert broken(whole, plan) == {RuleId.LEAVE}


@pytest.mark.parametrize(("hour", "minute", "ok"), [(6, 0, True), (9, 0, True), (9, 15, False), (5, 45, False)])
def test_free_starts_lie_in_a_band_of_the_handler(hour: int, minute: int, ok: bool) -> None:
    whole = problem([handler(bands=(Band.EARLY,))], mode=Mode.FREE)
    assert broken(whole, duty(local(MONDAY, hour, minute))) == (set() if ok else {RuleId.CONSENT})


@pytest.mark.parametrize(("length", "ok"), [(420, True), (405, False), (600, True), (615, False)])
def test_free_lengths_are_those_of_the_catalogue(length: int, ok: bool) -> None:
    plan = duty(local(MONDAY, 9), length)
    assert broken(problem([handler()], mode=Mode.FREE), plan) == (set() if ok else {RuleId.LENGTHS})


@pytest.mark.parametrize(("first", "last", "ok"), [(0, 0, True), (1, 6, False), (-3, -1, False), (None, 0, True)])
def test_consent_holds_on_its_dates(first: int | None, last: int, ok: bool) -> None:
    since = None if first is None else MONDAY + timedelta(days=first)
    consent = Consent(60, 60, 60, 60, since, MONDAY + timedelta(days=last))
    plan = duty(local(MONDAY, 10))
    assert broken(problem([worker(consent=consent)]), plan) == (set() if ok else {RuleId.CONSENT})


@pytest.mark.parametrize(
    ("start_min", "length", "ok"),
    [(0, 600, True), (-60, 540, True), (-60, 600, True), (0, 615, False), (-75, 555, False), (15, 585, False)],
)
def test_overtime_lengthens_a_duty_as_offered(start_min: int, length: int, ok: bool) -> None:
    """Offered: 08:00 to 19:00 around a duty of 09:00 to 17:00, two hours at most."""
    offered = offer(OfferKind.OVERTIME, local(MONDAY, 8), local(MONDAY, 19), 120)
    whole = problem([worker(offers=(offered,))])
    plan = duty(local(MONDAY, 9) + timedelta(minutes=start_min), length)
    assert (RuleId.CONSENT in broken(whole, plan)) == (not ok)
    assert overtime(whole, plan) == (3 * (length - 480) // 15 if ok else 0)


def test_overtime_may_exceed_the_catalogue_but_not_twelve_hours() -> None:
    offered = offer(OfferKind.OVERTIME, local(MONDAY, 5), local(MONDAY, 22), 360)
    whole = problem([worker(offers=(offered,))])
    assert broken(whole, duty(local(MONDAY, 9), 720)) == set()
    assert broken(whole, duty(local(MONDAY, 9), 735)) == {RuleId.DUTY_MAX}


def test_overtime_is_worked_but_is_no_contract_time() -> None:
    offered = offer(OfferKind.OVERTIME, local(MONDAY, 9), local(MONDAY, 19), 120)
    whole = problem([replace(worker(offers=(offered,)), contract=Contract(435))])
    found = check(whole, Roster((duty(local(MONDAY, 9), 600),)))
    assert found.handlers["H1"].contract_min == found.handlers["H1"].contract_due_min == 435
    assert found.handlers["H1"].worked_min == 540


@pytest.mark.parametrize("kind", [OfferKind.REST_DAY, OfferKind.TOIL])
@pytest.mark.parametrize(
    ("hour", "length", "ok"), [(8, 480, True), (12, 480, True), (7, 480, False), (13, 480, False), (9, 495, False)]
)
def test_a_rest_day_is_worked_as_offered(kind: OfferKind, hour: int, length: int, ok: bool) -> None:
    offered = offer(kind, local(TUESDAY, 8), local(TUESDAY, 20), 480, TUESDAY)
    whole = problem([worker(offers=(offered,))])
    plans = duty(local(MONDAY, 9)), duty(local(TUESDAY, hour), length)
    assert (RuleId.FIXED_DAYS in broken(whole, *plans)) == (not ok)
    price = 5 if kind is OfferKind.REST_DAY else 4  # Tuesday is one day from the period's begin: both are owed
    assert overtime(whole, *plans) == (price * length // 15 if ok else 0)


@pytest.mark.parametrize(("days", "price"), [(5, 3), (4, 5)])
def test_rest_days_are_dearer_within_five_days(days: int, price: int) -> None:
    day = MONDAY + timedelta(days=3)
    offered = offer(OfferKind.REST_DAY, local(day, 8), local(day, 20), 480, day)
    told_at = local(day, 9) - timedelta(days=days)
    whole = problem([worker((), offers=(offered,))], told_at=told_at)
    assert overtime(whole, duty(local(day, 9))) == price * 32


def test_a_rest_day_needs_no_more_than_it_is_offered_for() -> None:
    """Shorter than the catalogue's seven hours where no more is offered."""
    offered = offer(OfferKind.REST_DAY, local(MONDAY, 8), local(MONDAY, 14), 240)
    whole = problem([worker((), offers=(offered,))])
    assert broken(whole, duty(local(MONDAY, 9), 240)) == set()
    assert broken(whole, duty(local(MONDAY, 9), 225)) == {RuleId.FIXED_DAYS}


def test_offers_of_another_day_or_in_free_mode_give_nothing() -> None:
    offered = offer(OfferKind.REST_DAY, local(TUESDAY, 0), local(TUESDAY, 23), 480, TUESDAY)
    assert broken(problem([worker((), offers=(offered,))]), duty(local(MONDAY, 9))) == {RuleId.FIXED_DAYS}
    free = problem([handler(offers=(offered,), bands=(Band.NIGHT,))], mode=Mode.FREE)
    assert broken(free, duty(local(TUESDAY, 9))) == {RuleId.CONSENT}


def test_pinned_duties_keep_their_times() -> None:
    pin = duty(local(MONDAY, 9, 30))
    whole = problem([worker(consent=Consent(60, 60, 60, 60))], pinned=(pin,))
    assert broken(whole, pin) == set()
    assert broken(whole, written_duty("H1", pin.start, 480, 240)) == set()  # its breaks may move
    assert broken(whole, duty(local(MONDAY, 9, 15))) == {RuleId.PINNED}
    assert broken(problem([worker()], pinned=(pin,)), pin) == {RuleId.CONSENT}  # other rules still hold


def test_a_frozen_date_is_not_rostered_again() -> None:
    frozen = duty(local(MONDAY, 9))
    whole = problem([worker()], frozen=(frozen,))
    assert broken(whole) == set()
    assert RuleId.FIXED_DAYS in broken(whole, duty(local(MONDAY, 9)))


def test_a_published_duty_stands_against_consent_and_agreements() -> None:
    told = duty(local(MONDAY, 12), 390)
    who = worker(agreements=(Agreement((0,), latest=time(18)),))
    assert broken(problem([who], mode=Mode.REPAIR, published=(told,)), told) == set()
    moved = duty(told.start + timedelta(minutes=15), 390)
    again = broken(problem([who], mode=Mode.REPAIR, published=(told,)), moved)
    assert again == {RuleId.CONSENT, RuleId.LENGTHS, RuleId.AGREEMENT}


def test_a_repair_works_a_swapped_in_day_around_the_published_times() -> None:
    """Nominal Monday, published Tuesday: Tuesday is worked, moved from what was published; Monday is not."""
    told = duty(local(TUESDAY, 11))
    whole = problem([worker(consent=Consent(60, 60, 60, 60))], mode=Mode.REPAIR, published=(told,))
    assert broken(whole, duty(local(TUESDAY, 12))) == set()
    assert broken(whole, duty(local(TUESDAY, 12, 15))) == {RuleId.CONSENT}
    assert broken(whole, told, duty(local(MONDAY, 9))) == {RuleId.FIXED_DAYS}


@pytest.mark.parametrize(
    ("agreement", "hour", "ok"),
    [
        (Agreement((0,), off=True), 9, False),
        (Agreement((1,), off=True), 9, True),
        (Agreement((0,), earliest=time(9)), 9, True),
        (Agreement((0,), earliest=time(9, 15)), 9, False),
        (Agreement((0,), latest=time(17)), 9, True),
        (Agreement((0,), latest=time(16, 45)), 9, False),
        (Agreement((0,), earliest=time(20), latest=time(6)), 22, True),
        (Agreement((0,), earliest=time(20), latest=time(5, 45)), 22, False),
        (Agreement((0,), latest=time(6)), 22, False),  # of the same date
    ],
)
def test_agreements_hold_by_local_time(agreement: Agreement, hour: int, ok: bool) -> None:
    who = handler(duties=[nominal(MONDAY, hour)], skills=BOTH, agreements=(agreement,))
    assert broken(problem([who]), duty(local(MONDAY, hour))) == (set() if ok else {RuleId.AGREEMENT})


@pytest.mark.parametrize(("longest", "length", "ok"), [(0, 600, True), (480, 480, True), (480, 495, False)])
def test_the_longest_night_duty_where_the_work_is_hazardous(longest: int, length: int, ok: bool) -> None:
    rules = ENGLAND_WALES_STAFF.replaced(RuleId.NIGHT_LENGTH, longest_min=longest)
    night = handler(duties=[nominal(MONDAY, 21, length_min=length)])
    day = handler(duties=[nominal(MONDAY, 9, length_min=length)])
    assert broken(problem([night], rules=rules), duty(local(MONDAY, 21), length)) == (
        set() if ok else {RuleId.NIGHT_LENGTH}
    )
    assert broken(problem([day], rules=rules), duty(local(MONDAY, 9), length)) == set()
