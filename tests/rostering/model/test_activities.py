"""Activities on duties whose times stand: exact against enumeration, legal by the checker, never worse than before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, product

import numpy as np
import pytest

from rostering.check import check
from rostering.cover import Cover
from rostering.errors import ProblemError
from rostering.model.activities import activity_plan
from rostering.model.activities.curves import Curve, Job, chains, starts_of
from rostering.problem import Handler, RosterProblem, Training
from rostering.roster import Activity, ActivitySpan, Duty, Roster, SolveBudget, TierName
from tests.rostering.roster_helpers import AUTUMN, MONDAY, ONLY_101, cover, force, handler, local, nominal, problem

BUDGET = SolveBudget(seconds=60, seed=1, workers=1)
BARE: tuple[ActivitySpan, ...] = ()


def bare(whole: RosterProblem) -> Roster:
    """The nominal duties without activities."""
    duties = [
        Duty(who.ref, duty.start, duty.end, BARE)
        for who in whole.handlers
        for duty in who.nominal
        if not who.on_leave(duty.date)
    ]
    return Roster(tuple(sorted(duties, key=lambda duty: (duty.start, duty.handler))))


@pytest.mark.parametrize("seed", range(4))
def test_counts_within_the_limits_of_a_class_are_met_first_in_first_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    windows = [(int(first), int(first + rng.integers(0, 6))) for first in rng.integers(0, 12, size=9)]
    jobs = [Job((n, 0), first, last, None) for n, (first, last) in enumerate(windows)]
    classes = chains(jobs)
    assert sorted(job.key for chain in classes for job in chain) == sorted(job.key for job in jobs)
    for chain in classes:
        assert all(a.first <= b.first and a.last <= b.last for a, b in pairwise(chain))
        first, last = chain[0].first, max(job.last for job in chain)
        low = [sum(job.last <= t for job in chain) for t in range(first, last + 1)]
        high = [sum(job.first <= t for job in chain) for t in range(first, last + 1)]
        for _ in range(20):
            counts = np.maximum.accumulate(rng.integers(low, np.array(high) + 1))
            starts = starts_of(Curve(chain, 1, first, last), [float(n) for n in counts], [1.0] * len(chain))
            assert all(job.first <= start <= job.last for job, start in zip(chain, starts, strict=True))
            assert [sum(start <= t for start in starts) for t in range(first, last + 1)] == counts.tolist()


def test_classes_are_the_fewest() -> None:
    """Windows inside one another need a class each; windows in one order need one."""
    nested = [Job((n, 0), n, 10 - n, None) for n in range(4)]
    assert len(chains(nested)) == 4
    assert len(chains([Job((n, 0), n, n + 3, None) for n in range(4)])) == 1


def tiny(*people: Handler, needed: np.ndarray, ones: np.ndarray | int = 0, **more: object) -> RosterProblem:
    return problem(people, need=cover(MONDAY, needed, ones), **more)


def enumerated(whole: RosterProblem, learning: int | None) -> int:
    """Least seats short over every meal, short break and session of two duties from 08:00, by plain counting.

    Duties of 5 hours: a meal of 30 min clear of the first and last 105, a short break from 1:45 to 3:45 before the end
    has no room beside it. All are dual-skilled and need is of 999 only.
    """
    need = whole.cover.needed_999[32:52]
    best = 10**9
    meals = range(7, 20 - 7 - 2 + 1)
    sessions: Iterator[tuple[int, int] | None] = iter([None])
    if learning is not None:
        sessions = ((duty, start) for duty in (0, 1) for start in range(20 - learning + 1))
    for session in list(sessions):
        for first, second in product(meals, meals):
            on = np.full(20, 2)
            on[first : first + 2] -= 1
            on[second : second + 2] -= 1
            if session is not None and learning is not None:
                duty, start = session
                meal = (first, second)[duty]
                if start < meal + 2 and meal < start + learning:
                    continue
                on[start : start + learning] -= 1
            short = np.maximum(need - on, 0)
            best = min(best, int((short + 2 * np.maximum(short - 1, 0) + 15 * short).sum()))
    return best


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("learning_min", [0, 60])
def test_activities_are_the_best_of_all(seed: int, learning_min: int) -> None:
    rng = np.random.default_rng(seed)
    needed = np.zeros(720, dtype=np.int64)
    needed[32:52] = rng.integers(0, 3, size=20)
    duty = nominal(MONDAY, 8, length_min=300)
    first = handler("A", [duty], learning_min=learning_min)
    both = handler("B", [duty])
    whole = tiny(first, both, needed=needed)
    plan = activity_plan(whole, bare(whole), BUDGET)
    # Either duty holds the session in the count, since both are alike.
    assert plan.service == enumerated(whole, learning_min // 15 or None)
    assert plan.bound <= plan.service
    assert plan.bound == plan.service or learning_min
    report = check(whole, plan.roster)
    assert report.violations == ()
    assert report.cost[TierName.SERVICE] == plan.service


def test_tables_of_the_cover_decide() -> None:
    """Where one interval's seats cost nothing the meal lies there, though more seats are short."""
    duty = nominal(MONDAY, 8, length_min=300)
    needed = np.zeros(720, dtype=np.int64)
    needed[32:52] = 1
    base = cover(MONDAY, needed)
    total = np.zeros((720, 2), dtype=np.int64)
    total[:, 1] = 7
    total[41:43, 1] = 0
    tables = Cover(base.start, base.needed_999, base.needed_101, cost_short=total, cost_short_999=np.zeros_like(total))
    whole = problem([handler("A", [duty])], need=tables)
    plan = activity_plan(whole, bare(whole), BUDGET)
    meal = next(span for span in plan.roster.duties[0].activities if span.activity == Activity.MEAL)
    assert (meal.start, plan.service, plan.bound) == (local(MONDAY, 10, 15), 0, 0)


def test_placing_never_worsens_and_the_checker_agrees() -> None:
    whole = force(8, seed=3)
    before = activity_plan(whole, bare(whole), SolveBudget(seconds=0.05, workers=1)).roster
    plan = activity_plan(whole, before, BUDGET)
    again = activity_plan(whole, plan.roster, BUDGET)
    reports = [check(whole, roster) for roster in (before, plan.roster, again.roster)]
    costs = [report.cost[TierName.SERVICE] for report in reports]
    assert costs[0] >= costs[1] == costs[2] == plan.service == plan.bound
    times = [(duty.handler, duty.start, duty.end) for duty in plan.roster.duties]
    assert times == [(duty.handler, duty.start, duty.end) for duty in bare(whole).duties]
    assert activity_plan(whole, before, BUDGET) == plan


def test_everything_that_fills_a_duty_at_once_over_a_clock_change() -> None:
    """Briefing, training, learning of a whole and a part session, meals and breaks, in the night of 25 hours too."""
    sunday = AUTUMN + timedelta(days=6)
    people = []
    for n in (0, 1, 3):
        duties = [nominal(AUTUMN + timedelta(days=2), 7, length_min=600), nominal(sunday, 0, length_min=585)]
        training = (Training(local(AUTUMN + timedelta(days=2), 9), 90),) if n == 0 else ()
        skills = {"skills": ONLY_101} if n == 3 else {}
        people.append(handler(f"H{n}", duties, learning_min=90, training=training, **skills))
    whole = problem(people, week=AUTUMN, need=cover(AUTUMN, 2, 1), briefing_min=15)
    plan = activity_plan(whole, bare(whole), BUDGET)
    report = check(whole, plan.roster)
    assert report.violations == ()
    assert report.notices == ()
    assert report.cost[TierName.SERVICE] == plan.service >= plan.bound
    assert plan.unplaced == ()


def test_nobody_and_somebody_else() -> None:
    """No duties are placed as such; a duty of nobody's is named."""
    whole = tiny(handler("A"), needed=np.ones(720, dtype=int))
    plan = activity_plan(whole, Roster(()), BUDGET)
    assert (plan.roster, plan.service, plan.bound) == (Roster(()), 720 * 16, 720 * 16)
    stranger = Roster((Duty("X", local(MONDAY, 8), local(MONDAY, 16), BARE),))
    with pytest.raises(ProblemError, match="is X's, expected a handler of the problem"):
        activity_plan(whole, stranger, BUDGET)


def test_learning_without_room_is_told() -> None:
    """A duty of five hours holds two hours of learning before its meal or after it, and no ten."""
    whole = tiny(handler("A", [nominal(MONDAY, 8, length_min=300)], learning_min=600), needed=np.zeros(720, dtype=int))
    plan = activity_plan(whole, bare(whole), BUDGET)
    assert plan.unplaced
    assert plan.unplaced[0][0] == "A"
    held = replace(whole, handlers=(replace(whole.handlers[0], learning_min=120),))
    assert activity_plan(held, bare(held), BUDGET).unplaced == ()
