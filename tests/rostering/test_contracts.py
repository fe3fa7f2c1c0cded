"""Terms of one contract alone: meals that it pays, and consents of several dates; model and checker count alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rostering.check import check
from rostering.model.options import person_options
from rostering.problem import Consent, Contract, Handler
from rostering.roster import Roster
from rostering.rules import RuleId

from .roster_helpers import MONDAY, handler, local, nominal, problem, written_duty

DAY = timedelta(days=1)


def two(meals_paid: bool | None, weekly_min: int) -> Handler:
    """Two nominal duties of eight hours, with a meal of 45 min in each."""
    return replace(
        handler(duties=[nominal(MONDAY, 9), nominal(MONDAY + DAY, 9)]), contract=Contract(weekly_min, 1, meals_paid)
    )


@pytest.mark.parametrize("force_pays", [False, True])
@pytest.mark.parametrize(("own", "paid_min"), [(True, 960), (False, 870), (None, None)])
def test_a_contract_pays_its_own_meals(force_pays: bool, own: bool | None, paid_min: int | None) -> None:
    expected = paid_min or (960 if force_pays else 870)
    whole = problem([two(own, expected)], meals_paid=force_pays)
    duties = tuple(written_duty("H1", local(day, 9), 480, 180) for day in (MONDAY, MONDAY + DAY))
    report = check(whole, Roster(duties))
    assert not [v for v in report.violations if v.rule is RuleId.CONTRACT]
    assert not [p for p in report.penalties if p.rule is RuleId.CONTRACT], "to the minute"
    options = person_options(whole, whole.handlers[0])
    assert {int(n) for duty in options.duties for n in duty.options.paid} == {expected // 2 // 15}
    assert options.hours_off(2 * (expected // 2 // 15)) <= 1


def test_two_contracts_beside_each_other_keep_their_own_meals() -> None:
    """Options are kept by what they depend on: one handler's may not be taken for the other's."""
    paid = replace(two(True, 960), ref="H2")
    whole = problem([two(False, 870), paid])
    of_each = [person_options(whole, who).duties[0].options.paid[0] for who in whole.handlers]
    assert [int(n) for n in of_each] == [435 // 15, 480 // 15]


def test_a_dated_consent_counts_on_its_dates_instead_of_the_standing_one() -> None:
    agreed = Consent(60, 60, 60, 60, others=(Consent(0, 120, 0, 120, first=MONDAY, last=MONDAY),))
    assert agreed.moves_min(MONDAY - DAY) == (60, 60, 60, 60)
    assert agreed.moves_min(MONDAY) == (0, 120, 0, 120)
    assert agreed.moves_min(MONDAY + DAY) == (60, 60, 60, 60)
    wider = agreed.widened(MONDAY, (30, 120, 30, 120))
    assert wider.moves_min(MONDAY) == (30, 120, 30, 120)
    assert wider.moves_min(MONDAY + DAY) == (60, 60, 60, 60)


@pytest.mark.parametrize(
    ("day", "later_min", "broken"), [(0, 120, False), (0, 135, True), (1, 60, False), (1, 75, True)]
)
def test_the_checker_asks_the_consent_of_the_day(day: int, later_min: int, broken: bool) -> None:
    agreed = Consent(60, 60, 60, 60, others=(Consent(0, 120, 0, 120, first=MONDAY, last=MONDAY),))
    who = handler(duties=[nominal(MONDAY + day * DAY, 9)], consent=agreed)
    start = local(MONDAY + day * DAY, 9) + timedelta(minutes=later_min)
    found = check(problem([who]), Roster((written_duty("H1", start, 480, 180),))).violations
    assert bool([v for v in found if v.rule is RuleId.CONSENT]) is broken
