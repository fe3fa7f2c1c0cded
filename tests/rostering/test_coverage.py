"""Cover recounted: tables of what a seat short costs, roles, trainees; each term with its subject and interval."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from rostering.check import check
from rostering.errors import ProblemError
from rostering.problem import Cover, Handler, RoleCover, RoleValidity, RosterProblem
from rostering.roster import Roster, TierName
from rostering.rules import RuleId

from .roster_helpers import MONDAY, cover, handler, local, nominal, problem, written_duty

N = 672 + 48
NINE = 36  # the interval from 09:00 on Monday


def heads(at: int, n: int) -> np.ndarray:
    wanted = np.zeros(N, dtype=np.int64)
    wanted[at] = n
    return wanted


def staff(n: int, **more: object) -> list[Handler]:
    refs = (f"H{number + 1}" for number in range(n))
    return [handler(ref, duties=[nominal(MONDAY, 9)], **more) for ref in refs]  # type: ignore[arg-type]


def roster(people: list[Handler], desk: str = "999") -> Roster:
    return Roster(tuple(written_duty(who.ref, local(MONDAY, 9), 480, 180, desk) for who in people))


def service(whole: RosterProblem, planned: Roster, rule: RuleId = RuleId.SERVICE) -> list[tuple[str, int]]:
    found = check(whole, planned)
    terms = [p for p in found.penalties if p.tier is TierName.SERVICE]
    assert sum(p.amount for p in terms) == found.cost[TierName.SERVICE]
    return [(p.subject, p.amount) for p in terms if p.rule is rule]


@pytest.mark.parametrize(("short", "cost"), [(0, 0), (1, 7), (2, 20), (3, 33), (5, 59)])
def test_tables_repeat_their_last_step(short: int, cost: int) -> None:
    tables = {"cost_short": np.tile([0, 7, 20], (N, 1)), "cost_short_999": np.tile([0, 0, 0], (N, 1))}
    whole = problem([], need=cover(ones=heads(NINE, short), **tables))
    assert service(whole, Roster(())) == ([("calls", cost)] if cost else [])


def test_a_999_seat_costs_what_its_own_table_says_on_top() -> None:
    tables = {"cost_short": np.tile([0, 7, 20], (N, 1)), "cost_short_999": np.tile([0, 100], (N, 1))}
    need = cover(nines=heads(NINE, 2), ones=heads(NINE, 1), **tables)
    assert service(problem([], need=need), Roster(())) == [("calls", 33), ("999", 200)]
    people = staff(2)
    assert service(problem(people, need=need), roster(people)) == [("calls", 7)]
    people = staff(3)
    assert service(problem(people, need=need), roster(people)) == [("calls", 7)]  # a third 999 seat is none of 101's
    over = check(problem(people, need=need), roster(people)).cost[TierName.COST]
    assert over == 3 * 27 - 2  # 27 quarter-hours each on calls, besides meal and breaks


def test_tables_are_those_of_each_interval() -> None:
    table = np.tile([0, 1], (N, 1))
    table[NINE] = [0, 50]
    both = heads(NINE, 1) + heads(NINE + 1, 1)
    whole = problem([], need=cover(ones=both, cost_short=table, cost_short_999=np.zeros((N, 2), dtype=np.int64)))
    terms = check(whole, Roster(())).penalties
    assert [(p.when, p.amount) for p in terms] == [(local(MONDAY, 9), 50), (local(MONDAY, 9, 15), 1)]


@pytest.mark.parametrize(("n", "short"), [(2, 0), (1, 4), (0, 8)])
def test_roles_short_cost_by_head_and_quarter_hour(n: int, short: int) -> None:
    """Two supervisors from 16:00 to 17:00, the duty's last hour; breaks count as present."""
    people = staff(n, roles=(RoleValidity("supervisor"),))
    wanted = (RoleCover("supervisor", local(MONDAY, 16), local(MONDAY, 17), 2),)
    found = service(problem(people, role_cover=wanted), roster(people), RuleId.ROLES)
    assert sum(amount for _, amount in found) == 15 * short


def test_a_role_counts_while_it_is_held_and_where_entries_overlap_the_largest_counts() -> None:
    until = RoleValidity("mental_health", last=MONDAY - timedelta(days=1))
    people = staff(1, roles=(until,))
    wanted = RoleCover("mental_health", local(MONDAY, 9), local(MONDAY, 10), 1)
    again = RoleCover("mental_health", local(MONDAY, 9, 30), local(MONDAY, 10, 30), 2)
    found = service(problem(people, role_cover=(wanted, again)), roster(people), RuleId.ROLES)
    assert found == [("mental_health", 15)] * 2 + [("mental_health", 30)] * 4


@pytest.mark.parametrize(("trainees", "tutors", "beyond"), [(2, 1, 0), (3, 1, 1), (1, 0, 1), (4, 2, 0), (5, 2, 1)])
def test_two_trainees_for_each_tutor(trainees: int, tutors: int, beyond: int) -> None:
    people = staff(trainees + tutors)
    people = [
        handler(who.ref, duties=who.nominal, roles=(RoleValidity("trainee" if place < trainees else "tutor"),))
        for place, who in enumerate(people)
    ]
    found = service(problem(people), roster(people), RuleId.TRAINEES)
    assert found == [("trainee", 5 * beyond)] * 32 * bool(beyond)


def test_in_calls_roles_and_trainees_have_their_other_price() -> None:
    tables = {"cost_short": np.zeros((N, 2), dtype=np.int64), "cost_short_999": np.zeros((N, 2), dtype=np.int64)}
    people = staff(1, roles=(RoleValidity("trainee"),))
    wanted = (RoleCover("supervisor", local(MONDAY, 9), local(MONDAY, 9, 15), 1),)
    whole = problem(people, need=cover(**tables), role_cover=wanted)
    assert service(whole, roster(people), RuleId.ROLES) == [("supervisor", 200)]
    assert service(whole, roster(people), RuleId.TRAINEES) == [("trainee", 50)] * 32


def test_a_role_in_the_tail_is_next_weeks_matter() -> None:
    late = (RoleCover("supervisor", local(MONDAY, 23, days=6), local(MONDAY, 1, days=7), 1),)
    assert len(service(problem([], role_cover=late), Roster(()), RuleId.ROLES)) == 4


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"needed_999": np.full(N, 1_000_001)}, "needed_999 is 1000001 at interval 0, expected at most 1000000"),
        ({"cost_short": np.tile([0, 2, 3], (N, 1))}, r"cost_short at interval 0 is \[0 2 3\], expected convex"),
        ({"cost_short": np.tile([1, 2], (N, 1))}, "expected convex from 0"),
        ({"cost_short": np.tile([0, 2_000_000_000], (N, 1))}, "is 2000000000 at most, expected up to 1000000000"),
        ({"cost_short": np.zeros((N, 1))}, r"shape \(720, 1\), expected \(720, 2 or more\)"),
    ],
)
def test_covers_beyond_reason_are_named(more: dict[str, np.ndarray], message: str) -> None:
    flat = np.zeros((N, 2), dtype=np.int64)
    wanted = {"needed_999": np.zeros(N), "needed_101": np.zeros(N), "cost_short_999": flat, "cost_short": flat} | more
    with pytest.raises(ProblemError, match=message):
        Cover(local(MONDAY, 0), **wanted)
