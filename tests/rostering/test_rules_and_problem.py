"""Rule sets as data, and what a problem refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rostering.errors import ProblemError
from rostering.problem import Contract, Cover, Leave, NominalDuty, RosterProblem, Skill, SkillValidity, Training
from rostering.roster import Duty
from rostering.rules import (
    ENGLAND_WALES_OFFICERS,
    ENGLAND_WALES_STAFF,
    RULE_SETS,
    SCOTLAND_OFFICERS,
    RuleId,
    RuleSet,
    meal_min,
    paid_min,
    tolerance_min,
)

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


@pytest.mark.parametrize(
    ("rule", "values", "refused"),
    [
        (RuleId.DAILY_REST, {"rest_min": 661}, None),
        (RuleId.DAILY_REST, {"rest_min": 10_081}, "rule W1: rest_min is 10081, expected 0 to 10080"),
        (RuleId.MEAL, {"short_meal_min": 15}, "rule W10: short_meal_min is 15, expected at least 20"),
        (RuleId.MEAL, {"meal_min": 0}, "rule W10: meal_min is 0, expected 1 to 1440"),
        (RuleId.MEAL, {"long_meal_min": 50}, "rule W10: long_meal_min is 50, expected a multiple of 15"),
        (RuleId.MEAL, {"long_meal_min": 45}, None),
        (RuleId.MEAL, {"meal_from_min": 555}, "rule W10: long_meal_from_min is 540, expected at least 555"),
        (RuleId.MEAL, {"clear_percent": 101}, "rule W10: clear_percent is 101, expected 0 to 100"),
        (RuleId.STATUTORY_BREAK, {"break_min": 30}, None),
        (RuleId.STATUTORY_BREAK, {"break_min": 31}, "short_meal_min is 30, expected at least 31, the break_min of"),
        (RuleId.SHORT_BREAKS, {"clear_ends_min": 50}, "rule W11: clear_ends_min is 50, expected a multiple of 15"),
        (RuleId.WEEKLY_AVERAGE, {"weeks": 52}, None),
        (RuleId.WEEKLY_AVERAGE, {"weeks": 0}, "rule W4: weeks is 0, expected 1 to 52"),
        (RuleId.WEEKLY_REST, {"week_rest_min": 1450}, "rule W3: week_rest_min is 1450, expected a multiple of 15"),
        (RuleId.WEEKLY_REST, {"week_rest_min": 2895}, "fortnight_rest_min is 2880, expected at least 2895"),
        (RuleId.LENGTHS, {"shortest_min": 615}, "rule LENGTHS: longest_min is 600, expected at least 615"),
        (RuleId.ACTIVITIES, {"grid_min": 30}, "rule ACTIVITIES: grid_min is 30, expected 15"),
        (RuleId.ACTIVITIES, {"grid_min": 0}, "rule ACTIVITIES: grid_min is 0, expected 15"),
        (RuleId.SERVICE, {"short_999_extra": 1000}, None),
        (
            RuleId.SERVICE,
            {"short_999_extra": 10**30},
            "rule SERVICE: short_999_extra is 1000000000.*, expected 0 to 1000",
        ),
    ],
)
def test_rule_values_are_checked_when_the_set_is_made(
    rule: RuleId, values: dict[str, int], refused: str | None
) -> None:
    if refused is None:
        assert ENGLAND_WALES_STAFF.replaced(rule, **values)
        return
    with pytest.raises(ProblemError, match=refused):
        ENGLAND_WALES_STAFF.replaced(rule, **values)


def test_a_rule_without_one_of_its_values_is_refused() -> None:
    old = ENGLAND_WALES_STAFF[RuleId.CONTRACT]
    rules = tuple(replace(r, values=r.values[:1]) if r == old else r for r in ENGLAND_WALES_STAFF.rules)
    with pytest.raises(ProblemError, match=r"rule P1 has the values \['tolerance_min'\], expected"):
        replace(ENGLAND_WALES_STAFF, rules=rules)


@pytest.mark.parametrize(("weeks", "tolerance"), [(1, 240), (4, 240), (5, 300), (10, 600)])
def test_tolerance_grows_with_the_cycle(weeks: int, tolerance: int) -> None:
    assert tolerance_min(ENGLAND_WALES_STAFF, weeks) == tolerance


def test_rule_sets_are_named_hashed_and_differ_where_their_sources_do() -> None:
    assert {name: rules.name for name, rules in RULE_SETS.items()} == {name: name for name in RULE_SETS}
    assert len({rules.hash for rules in RULE_SETS.values()}) == len(RULE_SETS) == 3
    staff, officers, scotland = ENGLAND_WALES_STAFF, ENGLAND_WALES_OFFICERS, SCOTLAND_OFFICERS
    for rules in RULE_SETS.values():
        assert rules[RuleId.DAILY_REST]["rest_min"] == 660
        assert rules[RuleId.NIGHT_RUN]["most_nights"] == 4
        assert all(rule.source and rule.text for rule in rules.rules)
    assert [rules[RuleId.RUN]["most_duties"] for rules in (staff, officers, scotland)] == [7, 7, 6]
    shown = [tuple(rules[RuleId.PUBLICATION][v] for v in ("ahead_days", "covers_days")) for rules in RULE_SETS.values()]
    assert shown == [(0, 0), (31, 92), (28, 91)]


def test_a_forces_own_rules_carry_its_name_and_tell_what_was_changed() -> None:
    own = ENGLAND_WALES_STAFF.own("northshire", "3", {RuleId.RUN: {"most_duties": 6}}, "agreement of May 2025")
    assert (own.name, own.version, own[RuleId.RUN]["most_duties"]) == ("northshire", "3", 6)
    assert own[RuleId.RUN].source.endswith("; changed: agreement of May 2025")
    assert own[RuleId.DAILY_REST] == ENGLAND_WALES_STAFF[RuleId.DAILY_REST]
    assert own.hash != ENGLAND_WALES_STAFF.hash != ENGLAND_WALES_STAFF.own("northshire", "3", {}, "-").hash
    with pytest.raises(ProblemError, match="rule set version is empty"):
        ENGLAND_WALES_STAFF.own("northshire", "", {}, "-")
    with pytest.raises(ProblemError, match="H2: most_duties is 0, expected 1 to 28"):
        ENGLAND_WALES_STAFF.own("northshire", "3", {RuleId.RUN: {"most_duties": 0}}, "-")


def test_training_that_overlaps_is_refused() -> None:
    touching = (Training(local(MONDAY, 10), 60), Training(local(MONDAY, 11), 30))
    assert handler(training=touching).training == touching
    with pytest.raises(ProblemError, match=r"handler H1: training of 2025-02-03T10:45.*do not overlap"):
        handler(training=(Training(local(MONDAY, 10, 45), 30), touching[0]))


def test_next_start_has_its_zone_and_lies_after_the_week() -> None:
    assert problem([handler(next_start=local(MONDAY, 0, days=7))]).handlers[0].next_start is not None
    with pytest.raises(ProblemError, match=r"handler H1: next_start is .*23:59.*, expected the week's end"):
        problem([handler(next_start=local(MONDAY, 23, 59, days=6))])
    with pytest.raises(ProblemError, match="with its zone"):
        handler(next_start=datetime(2025, 2, 10))  # noqa: DTZ001


def test_quarter_hours_are_those_of_utc() -> None:
    odd = timezone(timedelta(minutes=7))
    with pytest.raises(ProblemError, match="expected a quarter-hour"):
        Training(datetime(2025, 2, 3, 10, tzinfo=odd), 60)
    assert Training(datetime(2025, 2, 3, 10, 7, tzinfo=odd), 60).end == local(MONDAY, 11)


@pytest.mark.parametrize(("length", "meal"), [(345, 30), (360, 45), (525, 45), (540, 60), (720, 60)])
def test_meal_follows_the_duty(length: int, meal: int) -> None:
    assert meal_min(ENGLAND_WALES_STAFF, length) == meal
    assert paid_min(ENGLAND_WALES_STAFF, length, meals_paid=False) == length - meal
    assert paid_min(ENGLAND_WALES_STAFF, length, meals_paid=True) == length


@pytest.mark.parametrize(("week", "n"), [(MONDAY, 672), (SPRING, 668), (AUTUMN, 676)])
def test_a_week_with_a_clock_change(week: date, n: int) -> None:
    assert problem([], week=week).n_intervals == n


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
    with pytest.raises(ProblemError, match="expected the period's 672"):
        problem([], need=cover(tail=-5))


def duty_of(ref: str = "H1", day: int = 0, hour: int = 9, minute: int = 0, length_min: int = 480) -> Duty:
    start = local(MONDAY, hour, minute, day)
    return Duty(ref, start, start + timedelta(minutes=length_min), ())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"pinned": (duty_of("H9"),)}, "pinned: duty of handler H9 from .*expected a handler of the problem"),
        ({"pinned": (duty_of(day=7),)}, "pinned: duty of handler H1 .*and a date of the period"),
        ({"pinned": (duty_of(), duty_of(hour=20))}, "pinned: .*the second one of 2025-02-03, expected one a date"),
        ({"published": (duty_of(), duty_of(hour=20))}, "published: .*the second one of 2025-02-03"),
        ({"published": (duty_of(minute=5),)}, "published: .*09:05.*expected a quarter-hour"),
        ({"frozen": (duty_of(length_min=0),)}, "frozen_duties: .*ends .*expected after its start"),
        ({"frozen": (duty_of(), duty_of(hour=20))}, "frozen_duties: .*the second one of 2025-02-03"),
        ({"frozen": (duty_of(day=-1, hour=20, length_min=600), duty_of(hour=5))}, "H1: the known duty of .*05:00"),
        ({"band_starts": ()}, "band_starts are of .*, expected one or more"),
        ({"told_at": datetime(2025, 2, 1)}, "told_at is .*expected a time with its zone"),  # noqa: DTZ001
        ({"briefing_min": 20}, "briefing_min is 20, expected 0, 15 or 30"),
        ({"n_weeks": 5, "need": cover()}, "n_weeks is 5, expected 1 to 4"),
        ({"n_weeks": 2, "need": cover()}, "cover has 720 intervals, expected the period's 1344"),
    ],
)
def test_duties_that_stand_are_checked(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        problem([handler()], **more)


def test_what_may_stand_beside_each_other() -> None:
    """The same known duty told twice, two frozen ones of different people, a published one of somebody who left."""
    night = duty_of(day=-1, hour=22)
    who = handler(last_week=((night.start, night.end),))
    frozen = (night, duty_of(hour=20), duty_of("H2", hour=20))
    assert problem([who], frozen=frozen, published=(duty_of("H9"),), pinned=(duty_of(day=1),)).frozen_duties == frozen
    other = handler(last_week=((night.start - timedelta(hours=1), night.end),))
    with pytest.raises(ProblemError, match="expected a history that does not overlap"):
        problem([other], frozen=(night,))


def test_what_the_api_imports_loads_no_solver() -> None:
    code = (
        "import sys, rostering.check, rostering.notice, rostering.problem, rostering.roster, rostering.rules;"
        "sys.exit(', '.join({'ortools', 'numba', 'scipy', 'pandas'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_rules_page_names_every_set_and_every_hard_rule() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "rules.md").read_text()
    named = set(re.findall(r"[A-Z][A-Z0-9]+", page.split("## Hard rules")[1].split("## What changes")[0]))
    assert {str(rule.id) for rule in ENGLAND_WALES_STAFF.rules if rule.hard} <= named
    assert all(f"`{name}`" in page for name in RULE_SETS)
