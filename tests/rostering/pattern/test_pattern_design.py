"""The design of patterns: against full enumeration, its bounds, its cover, and how it ends."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from rostering.errors import ProblemError
from rostering.pattern.anneal import anneal, starts_problem
from rostering.pattern.assess import assess_pattern
from rostering.pattern.cycle import best_cycle, cycle_model
from rostering.pattern.design import design_pattern
from rostering.pattern.fit import fit_of
from rostering.pattern.limits import Limits
from rostering.pattern.problem import Pattern, PatternProblem, PatternShift, shift_grid, starts_of
from rostering.pattern.relaxation import spread
from rostering.roster import EndedBy, SolveBudget, SolveStatus, TierName
from rostering.rules import RuleId
from tests.rostering.pattern.patterns import EARLY, NIGHT, SIX_ON_FOUR_OFF, pattern, problem

BUDGET = SolveBudget(seconds=60, workers=1, effort=1)


def uneven(seed: int, n_teams: int, heads: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A need by hour of the week that wanders between none and all teams."""
    hours = np.random.default_rng(seed).integers(0, n_teams * heads, size=168)
    return np.repeat(hours, 4)


def every_legal(given: PatternProblem, shifts: tuple[PatternShift, ...], n_duties: int) -> list[tuple[int, int, int]]:
    """Tiers of every legal pattern of so many duties, which alone fit the contract, by enumeration."""
    n_days = 7 * given.n_weeks
    cycles = (days for days in product((None, *shifts), repeat=n_days) if n_days - days.count(None) == n_duties)
    reports = (
        assess_pattern(given, Pattern(tuple(days[first : first + 7] for first in range(0, n_days, 7))))
        for days in cycles
    )
    return [(report.service, report.people, report.cost) for report in reports if report.is_legal]


def test_tiers_are_those_of_full_enumeration() -> None:
    shifts = (PatternShift(6 * 60, 600), NIGHT)
    given = replace(problem(n_weeks=1, shifts=shifts), needed=uneven(1, 1, 3))
    best = min(every_legal(given, shifts, 4))  # of 9 and 10 hours, 33 to 41 in all
    outcome = design_pattern(given, BUDGET)
    assert outcome.report is not None
    assert (outcome.report.service, outcome.report.people, outcome.report.cost) == best
    bounds = tuple(tier.bound for tier in outcome.tiers)
    assert all(bound <= reached for bound, reached in zip(bounds, best, strict=True))
    assert bounds[0] > 0
    again = design_pattern(given, BUDGET)
    assert (again.pattern, again.tiers) == (outcome.pattern, outcome.tiers)


def test_two_weeks_on_one_shift_are_those_of_full_enumeration() -> None:
    """Here a cycle can fall into two pieces of a week each, which is no pattern."""
    given = replace(problem(n_weeks=2, shifts=(EARLY,)), needed=uneven(2, 2, 2))
    best = min(every_legal(given, (EARLY,), 8))[0]  # of 9 hours, 70 to 78 in all
    cycles = cycle_model(given, (EARLY,))
    found = best_cycle(cycles, TierName.SERVICE, Limits.start(BUDGET, None), 10.0, 1.0)
    assert found.pattern is not None
    assert assess_pattern(given, found.pattern).service == best == found.bound


def test_a_designed_pattern_is_legal_and_bounded() -> None:
    grid = shift_grid([360, 480, 840, 1320], [480, 600])
    given = replace(problem(n_weeks=3, shifts=grid, max_shifts=3), needed=uneven(3, 2, 2))
    told = []
    outcome = design_pattern(given, BUDGET, told.append)
    assert outcome.status == SolveStatus.FEASIBLE
    assert outcome.ended_by == EndedBy.EFFORT
    assert outcome.pattern is not None
    report = assess_pattern(given, outcome.pattern)
    assert report.is_legal
    assert report.n_shifts <= 3
    assert [tier.objective for tier in outcome.tiers] == [report.service, report.people, report.cost]
    assert all(0 <= tier.bound <= tier.objective for tier in outcome.tiers)
    assert [progress.share for progress in told] == sorted(progress.share for progress in told)


def test_no_pattern_where_no_hours_fit_the_contract() -> None:
    too_much = design_pattern(problem(weekly_min=60 * 60), BUDGET)
    assert (too_much.status, too_much.pattern) == (SolveStatus.INFEASIBLE, None)
    assert "3600 paid minutes" in too_much.notes[0]
    # Hours would fit, but each duty would have to follow a night after ten hours.
    rules = problem().rules.replaced(RuleId.RUN, most_duties=1).replaced(RuleId.DAILY_REST, rest_min=5000)
    assert design_pattern(problem(n_weeks=2, shifts=(NIGHT,), rules=rules), BUDGET).status == SolveStatus.INFEASIBLE


def test_fit_counts_every_teams_heads() -> None:
    cycle = pattern(SIX_ON_FOUR_OFF)
    given = replace(problem(), needed=uneven(4, 5, 4), needed_999=uneven(5, 2, 3))
    on_duty = np.zeros(672, dtype=np.int64)
    for day, shift in enumerate(cycle.days):
        for quarter in range(0 if shift is None else shift.length_min // 15):
            on_duty[(day * 96 + shift.start_min // 15 + quarter) % 672] += given.team_size  # type: ignore[union-attr]
    fit = fit_of(given, [(day % 7, shift) for day, shift in enumerate(cycle.days) if shift is not None])
    assert np.array_equal(fit.on_duty, on_duty)
    service = 0
    assert given.needed_999 is not None
    for on, need, urgent in zip(on_duty.tolist(), given.needed.tolist(), given.needed_999.tolist(), strict=True):
        short, tenth = max(need - on, 0), max(1, need // 10)
        service += min(short, tenth) + 3 * max(short - tenth, 0) + 15 * max(urgent - on, 0)
    assert fit.service == service
    assert fit.over_cost == np.maximum(on_duty - given.needed, 0).sum()


def test_annealed_starts_cost_what_it_says_and_keep_hours() -> None:
    grid = shift_grid(range(0, 1440, 60), [420, 480, 540, 600])
    given = replace(problem(n_weeks=6, shifts=grid, max_shifts=3), needed=uneven(6, 2, 2))
    annealed = anneal(starts_problem(given), grid, 20_000, np.random.default_rng(1))
    assert annealed is not None
    starts, cost = annealed
    duties = [duty for duty, teams in starts.items() for _ in range(teams)]
    assert fit_of(given, duties).service == cost
    assert abs(sum(given.paid_min(shift) for _, shift in duties) - 6 * 2220) <= 6 * 60
    assert len({shift for _, shift in duties}) <= 3
    assert all(sum(on == day for on, _ in duties) <= 6 for day in range(7))


def test_spread_shifts_are_far_apart() -> None:
    grid = shift_grid(range(0, 1440, 15), [480])
    starts = sorted(shift.start_min for shift in spread(grid, 4))
    assert np.diff([*starts, starts[0] + 1440]).tolist() == [360] * 4
    assert spread(grid, 1000) == grid


def test_starts_of_a_pattern() -> None:
    starts = starts_of(pattern("EE----- E-----N"))
    assert starts == {(0, EARLY): 2, (1, EARLY): 1, (6, NIGHT): 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_weeks", 0),
        ("team_size", 0),
        ("max_shifts", 0),
        ("weekly_min", 0),
        ("needed", np.zeros(671)),
        ("needed", np.full(672, -1)),
        ("needed", np.full(672, 0.5)),
        ("needed_999", np.zeros(96)),
        ("shifts", ()),
        ("shifts", (EARLY, EARLY)),
        ("shifts", (PatternShift(0, 735),)),
    ],
)
def test_nonsense_is_refused(name: str, value: object) -> None:
    with pytest.raises(ProblemError, match="expected"):
        replace(problem(), **{name: value})


def test_shifts_and_patterns_that_make_no_sense() -> None:
    for start_min, length_min in ((-15, 480), (1440, 480), (420, 0), (421, 480), (420, 1455), (420, 487)):
        with pytest.raises(ProblemError, match="expected"):
            PatternShift(start_min, length_min)
    with pytest.raises(ProblemError, match="7 in each"):
        Pattern(((None,) * 6,))
    assert str(PatternShift(22 * 60, 540)) == "22:00-07:00"


@pytest.mark.parametrize("after", ["start", "shifts"])
def test_a_cancelled_design_gives_what_it_has(after: str) -> None:
    told: list[str] = ["start"]
    outcome = design_pattern(problem(), BUDGET, lambda progress: told.append(progress.phase), lambda: after in told)
    assert outcome.ended_by is EndedBy.CANCEL
    if after == "start":
        assert (outcome.status, outcome.pattern) == (SolveStatus.UNKNOWN, None)
    else:
        assert outcome.report is not None
        assert outcome.report.is_legal
        assert all(tier.bound <= tier.objective for tier in outcome.tiers)
