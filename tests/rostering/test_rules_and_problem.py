"""Rule sets as data, and what a problem refuses."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from rostering.errors import ProblemError
from rostering.problem import Contract, Cover, Leave, NominalDuty, RosterProblem, Skill, SkillValidity
from rostering.rules import ENGLAND_WALES_STAFF, RuleId, RuleSet, meal_min, paid_min

from .roster_helpers import AUTUMN, LONDON, MONDAY, SPRING, cover, handler, local, nominal, problem


def test_hash_follows_values_and_not_the_order() -> None:
    turned = RuleSet(ENGLAND_WALES_STAFF.name, ENGLAND_WALES_STAFF.version, tuple(reversed(ENGLAND_WALES_STAFF.rules)))
    assert turned.hash == ENGLAND_WALES_STAFF.hash
    assert len(turned.hash) == 64
    other = ENGLAND_WALES_STAFF.replaced(RuleId.DAILY_REST, rest_min=600)
    assert other.hash != turned.hash
    assert other[RuleId.DAILY_REST]["rest_min"] == 600


def test_a_rule_set_has_each_rule_once() -> None:
    with pytest.raises(ProblemError, match="wrong: W1"):
        replace(ENGLAND_WALES_STAFF, rules=ENGLAND_WALES_STAFF.rules[1:])
    with pytest.raises(ProblemError, match="W1 has no value"):
        ENGLAND_WALES_STAFF.replaced(RuleId.DAILY_REST, hours=11)


@pytest.mark.parametrize(("length", "meal"), [(345, 30), (360, 45), (525, 45), (540, 60), (720, 60)])
def test_meal_follows_the_duty(length: int, meal: int) -> None:
    assert meal_min(ENGLAND_WALES_STAFF, length) == meal
    assert paid_min(ENGLAND_WALES_STAFF, length, meals_paid=False) == length - meal
    assert paid_min(ENGLAND_WALES_STAFF, length, meals_paid=True) == length


@pytest.mark.parametrize(("week", "n"), [(MONDAY, 672), (SPRING, 668), (AUTUMN, 676)])
def test_a_week_with_a_clock_change(week: date, n: int) -> None:
    assert problem([], week=week).n_week == n


def test_bad_values_are_named() -> None:
    with pytest.raises(ProblemError, match="expected a Monday"):
        RosterProblem(MONDAY + timedelta(days=1), LONDON, cover(), ())
    with pytest.raises(ProblemError, match="Europe/Londn"):
        RosterProblem(MONDAY, "Europe/Londn", cover(), ())
    with pytest.raises(ProblemError, match="expected the local Monday"):
        RosterProblem(MONDAY, LONDON, cover(SPRING), ())
    with pytest.raises(ProblemError, match="handler H1 comes twice"):
        problem([handler(), handler()])
    with pytest.raises(ProblemError, match="multiple of 15"):
        NominalDuty(MONDAY, local(MONDAY, 7), 470)
    with pytest.raises(ProblemError, match="expected a quarter-hour"):
        nominal(MONDAY, 7, 10)
    with pytest.raises(ProblemError, match="with its zone"):
        NominalDuty(MONDAY, datetime(2025, 2, 3, 7), 480)  # noqa: DTZ001
    with pytest.raises(ProblemError, match="that local date"):
        problem([handler(duties=[nominal(MONDAY + timedelta(days=7), 7)])])
    with pytest.raises(ProblemError, match="needed_999 is -1"):
        Cover(local(MONDAY, 0), np.full(700, -1), np.zeros(700, dtype=np.int64))
    with pytest.raises(ProblemError, match="weekly_min is 0"):
        Contract(0)
    with pytest.raises(ProblemError, match="ends 2025-02-03 before"):
        Leave(MONDAY + timedelta(days=1), MONDAY)
    with pytest.raises(ProblemError, match="skill 999 ends"):
        SkillValidity(Skill.CALLS_999, MONDAY, MONDAY - timedelta(days=1))
    with pytest.raises(ProblemError, match="expected the week's 672"):
        problem([], need=cover(tail=-5))


def test_what_the_api_imports_loads_no_solver() -> None:
    code = (
        "import sys, rostering.check, rostering.problem, rostering.roster, rostering.rules;"
        "sys.exit(', '.join({'ortools', 'numba', 'scipy', 'pandas'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
