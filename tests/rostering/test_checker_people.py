"""The people tier term by term: rule, subject and amount, either side of each threshold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from rostering.check import check
from rostering.check_people import count_strain
from rostering.findings import Book
from rostering.problem import Band, Consent, Contract, Handler, Leave, Ledger, Mode, RosterProblem, Wish
from rostering.roster import Roster, TierName
from rostering.rules import RuleId
from rostering.tour import tours_of

from .roster_helpers import MONDAY, handler, local, nominal, problem, written_duty

Starts = Sequence[tuple[int, int, int]]  # day, local hour, length [min]


def spans(starts: Starts) -> tuple[tuple[datetime, datetime], ...]:
    begins = [(local(MONDAY, hour, days=day), length) for day, hour, length in starts]
    return tuple((start, start + timedelta(minutes=length)) for start, length in begins)


def worked(starts: Starts, **more: object) -> Handler:
    duties = [nominal(MONDAY + timedelta(days=day), hour, 0, length) for day, hour, length in starts]
    return handler(duties=duties, **more)  # type: ignore[arg-type]


def planned(who: Handler, **moves: int) -> Roster:
    """The nominal duties, moved and lengthened [min]."""
    shift, longer = timedelta(minutes=moves.get("shift", 0)), moves.get("longer", 0)
    return Roster(tuple(written_duty(who.ref, d.start + shift, d.length_min + longer, 180) for d in who.nominal))


def strain(rule: RuleId, *people: Handler) -> dict[str, int]:
    """What ``rule`` counts for each handler."""
    whole = problem(people)
    duties = [duty for who in people for duty in planned(who).duties]
    book = Book(whole)
    count_strain(book, tours_of(whole, duties))
    assert all(term.tier is TierName.PEOPLE for term in book.penalties)
    return {who.ref: sum(t.amount for t in book.penalties if (t.rule, t.subject) == (rule, who.ref)) for who in people}


def term(whole: RosterProblem, roster: Roster, rule: RuleId) -> int:
    found = check(whole, roster)
    people = sum(p.amount for p in found.penalties if p.tier is TierName.PEOPLE)
    assert people == found.cost[TierName.PEOPLE]
    return sum(p.amount for p in found.penalties if p.tier is TierName.PEOPLE and p.rule is rule)


DAILY = [(day, 9, 480) for day in range(-6, 0)]


@pytest.mark.parametrize(
    ("before", "starts", "amount"),
    [
        ((), [(0, 9, 480), (1, 9, 480)], 0),
        (DAILY[1:], [(0, 9, 480)], 0),  # the sixth day in a row
        (DAILY, [(0, 9, 480)], 8),
        (DAILY, [(0, 9, 480), (1, 9, 480)], 16),
        ([(-2, 22, 480), (-1, 22, 480)], [(0, 22, 480)], 0),  # the third night in a row
        ([(-2, 22, 480), (-1, 22, 480)], [(0, 22, 480), (1, 22, 480)], 8),
        ((), [(0, 9, 600)], 0),
        ((), [(0, 9, 615)], 4),
        ((), [(0, 7, 480)], 0),
        ((), [(0, 6, 480)], 2),
        ((), [(0, 9, 480), (2, 9, 480)], 6),  # a single day of rest
        ((), [(0, 9, 480), (3, 9, 480)], 0),
        ([(-2, 9, 480)], [(0, 9, 480)], 6),
        ((), [(0, 10, 480), (1, 9, 480)], 0),
        ((), [(0, 11, 480), (1, 9, 480)], 4),  # two hours backward
        ([(-1, 11, 480)], [(0, 9, 480)], 4),
        ((), [(0, 9, 480), (1, 11, 480)], 0),
    ],
)
def test_fatigue(before: Starts, starts: Starts, amount: int) -> None:
    assert strain(RuleId.FATIGUE, worked(starts, last_week=spans(before))) == {"H1": amount}


def test_a_single_day_of_leave_is_no_single_day_of_rest() -> None:
    who = worked([(0, 9, 480), (2, 9, 480)], leave=(Leave(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1)),))
    assert strain(RuleId.FATIGUE, who) == {"H1": 0}


@pytest.mark.parametrize(
    ("before", "starts", "amount"),
    [
        ((), [(0, 22, 480), (3, 9, 480)], 0),
        ((), [(0, 22, 480), (3, 4, 480)], 0),  # 46 hours after 06:00 on Tuesday, and a night duty at that
        ((), [(0, 22, 480), (3, 3, 60 * 7)], 0),
        ((), [(0, 22, 480), (2, 20, 120)], 30),
        ((), [(0, 22, 480), (2, 22, 480)], 0),  # another night
        ([(-1, 22, 480)], [(1, 9, 480)], 30),
        ([(-1, 22, 480), (0, 9, 60)], [(1, 9, 480)], 0),  # not after the night any more
    ],
)
def test_days_after_nights(before: Starts, starts: Starts, amount: int) -> None:
    who = worked(starts, last_week=spans([b for b in before if b[0] < 0]))
    if before and before[-1][0] == 0:
        who = worked([*before[1:], *starts], last_week=spans(before[:1]))
        amount += 30  # the duty straight after it is
    assert strain(RuleId.AFTER_NIGHTS, who) == {"H1": amount}


def test_nights_and_weekends_are_dearer_above_the_mean() -> None:
    """Ledgers of 9 and 2 nights: the mean is 5.5, 3.5 above count as 3; of 20: 9 whole ones above, at most 10."""
    week = [(4, 22, 480), (5, 22, 480)]
    alone = {"contract_min": 870}
    first = worked(week, ref="H1", ledger=Ledger(nights=9), **alone)
    second = worked(week, ref="H2", ledger=Ledger(nights=2), **alone)
    assert strain(RuleId.FAIRNESS, first, second) == {"H1": 2 * (1 + 3) + 1, "H2": 2 * 1 + 1}
    burdened = worked(week, ref="H1", ledger=Ledger(nights=40), **alone)
    assert strain(RuleId.FAIRNESS, burdened, second) == {"H1": 2 * 10 + 1, "H2": 2 * 1 + 1}
    weekends = worked([(5, 9, 480), (6, 9, 480)], ref="H1", ledger=Ledger(weekends=2), **alone)
    assert strain(RuleId.FAIRNESS, weekends, second) == {"H1": 2 * (1 + 1), "H2": 2 * (1 + 1) + 1}


@pytest.mark.parametrize(
    ("wish", "amount"),
    [
        (Wish(MONDAY, weight=3), 6),
        (Wish(MONDAY + timedelta(days=1), weight=3), 0),
        (Wish(MONDAY, Band.EARLY), 0),
        (Wish(MONDAY, Band.LATE, 10), 20),
        (Wish(MONDAY + timedelta(days=1), Band.LATE), 2),  # no duty at all
        (Wish(MONDAY + timedelta(days=7)), 0),  # of another period
        (Wish(MONDAY + timedelta(days=2)), 0),  # on leave
    ],
)
def test_wishes(wish: Wish, amount: int) -> None:
    leave = (Leave(MONDAY + timedelta(days=2), MONDAY + timedelta(days=2)),)
    who = worked([(0, 9, 480)], wishes=(wish,), leave=leave)
    assert term(problem([who]), planned(who), RuleId.WISHES) == amount


@pytest.mark.parametrize(("start", "band"), [((9, 0), Band.EARLY), ((9, 30), Band.DAY), ((2, 0), Band.NIGHT)])
def test_bands_of_starts_between_them_are_the_nearest(start: tuple[int, int], band: Band) -> None:
    """02:00 is three hours from the last night start, 23:00, and four from the first early one."""
    who = handler(duties=[nominal(MONDAY, *start)], wishes=(Wish(MONDAY, band),))
    assert term(problem([who]), planned(who), RuleId.WISHES) == 0


@pytest.mark.parametrize(
    ("shift", "longer", "wish", "amount"), [(0, 0, 0, 0), (30, 0, 0, 4), (30, 0, 30, 0), (0, 15, 0, 1), (0, 0, -20, 4)]
)
def test_moves_are_counted_off_the_wish(shift: int, longer: int, wish: int, amount: int) -> None:
    who = worked([(0, 9, 480)], consent=Consent(60, 60, 60, 60), preferred_offset_min=wish)
    assert term(problem([who]), planned(who, shift=shift, longer=longer), RuleId.CONSENT) == amount


@pytest.mark.parametrize(("weekly", "amount"), [(435, 0), (436, 1), (450, 1), (451, 2), (420, 1)])
def test_hours_off_contract_in_started_quarter_hours(weekly: int, amount: int) -> None:
    who = Handler("H1", Contract(weekly), handler().skills, worked([(0, 9, 480)]).nominal)
    assert term(problem([who]), planned(who), RuleId.CONTRACT) == amount


@pytest.mark.parametrize(
    ("days", "shift", "longer", "amount"),
    [([0, 1], 0, 0, 0), ([0, 1], 30, 0, 2 * (20 + 4)), ([0, 1], 0, 15, 2 * (20 + 1)), ([0], 0, 0, 20 + 32)],
)
def test_changes_of_a_published_roster(days: list[int], shift: int, longer: int, amount: int) -> None:
    who = worked([(0, 9, 480), (1, 9, 480)], consent=Consent(60, 60, 60, 60))
    whole = problem([who], mode=Mode.REPAIR, published=planned(who).duties)
    kept = planned(who, shift=shift, longer=longer).duties
    assert term(whole, Roster(tuple(kept[day] for day in days)), RuleId.CHANGES) == amount


def test_sickness_and_frozen_duties_are_no_change_of_the_planner() -> None:
    who = worked([(0, 9, 480), (1, 9, 480)], leave=(Leave(MONDAY, MONDAY),))
    published = planned(who).duties
    whole = problem([who], mode=Mode.REPAIR, published=published)
    assert term(whole, Roster(published[1:]), RuleId.CHANGES) == 0
    whole = problem([who], mode=Mode.REPAIR, published=published, frozen=published[1:])
    assert term(whole, Roster(()), RuleId.CHANGES) == 0
