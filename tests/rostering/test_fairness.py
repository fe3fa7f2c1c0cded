"""Burdens: who stands where, which groups may be shown, and that past burdens lighten the next roster."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
import pytest

from rostering.check import check
from rostering.fairness import Place, hidden_groups, place_of, spread_of
from rostering.model.resume import resumed
from rostering.problem import Ledger, Mode, RosterProblem
from rostering.roster import Roster, SolveBudget, TierName
from rostering.rules import RuleId
from tests.rostering.roster_helpers import MONDAY, cover, handler, nominal, problem, written_duty

TUESDAY = MONDAY + timedelta(days=1)


def test_a_spread_is_that_of_its_quartiles():
    found = spread_of([1, 2, 3, 4, 10])
    assert found is not None
    assert (found.n, found.lower, found.median, found.upper, found.mean) == (5, 2, 3, 4, 4)
    assert [place_of(own, found) for own in (1, 2, 4, 5)] == [
        Place.LOWEST_QUARTER, Place.MIDDLE, Place.MIDDLE, Place.HIGHEST_QUARTER
    ]  # fmt: skip
    assert spread_of([]) is None


@pytest.mark.parametrize("least", [2, 3, 5])
def test_no_group_shown_is_small_nor_are_those_hidden_together(least):
    """Every partition into up to four groups of up to seven: neither a group nor the total less the shown ones tells of
    fewer than the least; and where every group is large enough nothing is hidden."""
    for sizes in product(range(8), repeat=4):
        groups = {str(n): size for n, size in enumerate(sizes)}
        hidden = hidden_groups(groups, least)
        shown = [size for name, size in groups.items() if name not in hidden]
        left = sum(sizes) - sum(shown)
        assert all(size >= least or size == 0 for size in shown)
        assert left == 0 or left >= least or not any(shown)
        if all(size >= least or size == 0 for size in sizes):
            assert not hidden


def two_duties_for_two(first: Ledger, second: Ledger) -> RosterProblem:
    """Somebody has to work on Monday, a bank holiday, somebody on Tuesday; each has the hours of one duty."""
    needed = np.zeros(720, dtype=np.int64)
    for day in (0, 1):
        needed[96 * day + 36 : 96 * day + 68] = 1
    people = [handler(ref, (), contract_min=435, ledger=ledger) for ref, ledger in (("A", first), ("B", second))]
    return problem(people, need=cover(MONDAY, needed), mode=Mode.FREE, bank_holidays=(MONDAY,))


@pytest.mark.parametrize("burdens", [{"bank_holidays": 4}, {"weekends": 4}])
@pytest.mark.parametrize("burdened", ["A", "B"])
def test_who_has_borne_more_gets_less_of_it_in_the_next_roster(burdens, burdened):
    ledgers = [Ledger(**burdens) if ref == burdened else Ledger() for ref in ("A", "B")]
    whole = two_duties_for_two(*ledgers)
    made = resumed(whole, None, SolveBudget(60.0, effort=3, workers=1))
    assert made.roster is not None
    assert made.checked is not None
    assert made.checked.is_legal
    on_monday = {duty.handler for duty in made.roster.duties if duty.start.date() == MONDAY}
    assert on_monday == {"A", "B"} - {burdened}


def test_a_duty_on_a_bank_holiday_counts_as_one_on_a_weekend():
    """One unit above the mean and one below: prices 1 + 1 and 1; on other days nothing."""
    for day, holidays, counted in ((0, (MONDAY,), [3, 1]), (0, (), [0, 0]), (1, (MONDAY,), [0, 0])):
        when = MONDAY + timedelta(days=day)
        people = [handler(ref, [nominal(when, 9)], ledger=ledger)
                  for ref, ledger in (("A", Ledger(bank_holidays=3, weekends=1)), ("B", Ledger()))]  # fmt: skip
        whole = problem(people, bank_holidays=holidays)
        duties = tuple(written_duty(ref, nominal(when, 9).start, 480, 240) for ref in ("A", "B"))
        terms = [term for term in check(whole, Roster(duties)).penalties if term.rule is RuleId.FAIRNESS]
        assert [sum(term.amount for term in terms if term.subject == ref) for ref in ("A", "B")] == counted


@pytest.mark.parametrize(("short_notice", "more"), [(0, 0), (1, 0), (2, 1), (40, 10)])
def test_a_change_costs_more_for_who_was_changed_often(short_notice, more):
    """Of two people, half of the changes are above the mean; ten quarter-hours at most."""
    person = handler("A", [nominal(MONDAY, 9)], ledger=Ledger(short_notice=short_notice))
    whole = problem([person, handler("B", [nominal(TUESDAY, 9)])], mode=Mode.REPAIR)
    told = [
        written_duty("A", nominal(MONDAY, 9).start, 480, 240),
        written_duty("B", nominal(TUESDAY, 9).start, 480, 240),
    ]
    moved = [written_duty("A", told[0].start + timedelta(hours=1), 480, 240), told[1]]
    found = check(replace(whole, published=tuple(told)), Roster(tuple(moved)))
    amounts = [term.amount for term in found.penalties if term.rule is RuleId.CHANGES]
    assert amounts == [20 + more + 8]
    assert found.cost[TierName.PEOPLE] >= 28 + more
