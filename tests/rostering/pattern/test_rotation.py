"""Rotating workforce scheduling: every rule, the search against full enumeration, published instances."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.rotating import InstanceInvalid, read_instance
from rostering.errors import ProblemError
from rostering.pattern.rotate import solve_rotation
from rostering.pattern.rotation import BlockLimits, RotatingShift, RotationProblem, broken_rules
from rostering.roster import SolveBudget, SolveStatus
from tests.shared import DATA, needs

INSTANCES = DATA / "instances/rotating"
BUDGET = SolveBudget(seconds=30, workers=1)
ANY = BlockLimits(1, 9)
WEEKS = ("DDDN--", "DDNN--")  # two weeks of six days; D 2 or 3 in a row, N 1 or 2, work 4, rest 2


def schedule(weeks: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(week) for week in weeks)


def problem_of(weeks: tuple[str, ...], **limits: BlockLimits) -> RotationProblem:
    """The requirement that the weeks meet; limits by shift name, ``work`` and ``rest``, by default none that bind."""
    shifts = tuple(
        RotatingShift(
            name, limits.get(name, ANY), tuple(sum(d == name for d in day) for day in zip(*weeks, strict=True))
        )
        for name in sorted(set("".join(weeks)) - {"-"})
    )
    return RotationProblem(len(weeks), len(weeks[0]), shifts, limits.get("work", ANY), limits.get("rest", ANY), ())


@pytest.mark.parametrize(
    ("kind", "allowed", "too_narrow"),
    [
        ("D", (2, 3), [(3, 3), (2, 2)]),
        ("N", (1, 2), [(2, 2), (1, 1)]),
        ("work", (4, 4), [(5, 6), (1, 3)]),
        ("rest", (2, 2), [(3, 4), (1, 1)]),
    ],
)
def test_block_limits_at_their_edges(kind: str, allowed: tuple[int, int], too_narrow: list[tuple[int, int]]) -> None:
    problem = problem_of(WEEKS)
    assert broken_rules(problem_of(WEEKS, **{kind: BlockLimits(*allowed)}), schedule(WEEKS)) == []
    assert broken_rules(problem, schedule(WEEKS)) == []
    for limits in too_narrow:
        assert broken_rules(problem_of(WEEKS, **{kind: BlockLimits(*limits)}), schedule(WEEKS))


def test_sequences_wrap_and_only_whole_ones_count() -> None:
    problem = problem_of(WEEKS)
    for sequence in [("D", "N"), ("D", "D", "N"), ("N", "-"), ("-", "D"), ("-", "-", "D")]:
        assert broken_rules(replace(problem, forbidden=(sequence,)), schedule(WEEKS))
    for sequence in [("N", "D"), ("N", "-", "D"), ("-", "D", "N"), ("-", "N")]:
        assert broken_rules(replace(problem, forbidden=(sequence,)), schedule(WEEKS)) == []


def test_the_requirement_is_met_exactly() -> None:
    problem = problem_of(WEEKS)
    one_more = replace(problem.shifts[0], requirement=(2, 2, 2, 0, 0, 0))
    one_less = replace(problem.shifts[0], requirement=(1, 2, 1, 0, 0, 0))
    for shift in (one_more, one_less):
        assert len(broken_rules(replace(problem, shifts=(shift, problem.shifts[1])), schedule(WEEKS))) == 1


def test_a_cycle_without_rest_or_without_work_is_an_endless_block() -> None:
    for days in ("DD", "--"):
        problem = RotationProblem(1, 2, (RotatingShift("D", ANY, (days.count("D") // 2,) * 2),), ANY, ANY, ())
        assert broken_rules(problem, schedule((days,)))
        assert solve_rotation(problem, BUDGET).status == SolveStatus.INFEASIBLE


def test_two_cycles_beside_each_other_are_no_solution() -> None:
    """D - and E - each for itself: the daily requirement is met, but nobody could go from one to the other."""
    block = BlockLimits(1, 1)
    shifts = (RotatingShift("D", block, (1, 0)), RotatingShift("E", block, (1, 0)))
    problem = RotationProblem(2, 2, shifts, block, block, ())
    assert solve_rotation(problem, BUDGET).schedule is not None
    apart = replace(problem, forbidden=(("D", "-", "E"),))
    assert solve_rotation(apart, BUDGET).status == SolveStatus.INFEASIBLE


def random_problem(rng: np.random.Generator) -> RotationProblem:
    """Two shifts, six or eight days in all; the requirement of random rows, limits and sequences drawn."""
    n_employees, n_days = [(2, 3), (3, 2), (2, 4)][rng.integers(3)]
    cells = rng.choice(["-", "-", "D", "N"], size=(n_employees, n_days))
    shifts = tuple(
        RotatingShift(name, BlockLimits(1, int(rng.integers(1, 4))), tuple((cells == name).sum(axis=0).tolist()))
        for name in "DN"
    )
    work, rest = BlockLimits(1, int(rng.integers(2, 5))), BlockLimits(int(rng.integers(1, 3)), 4)
    drawn = [("N", "D"), ("D", "N"), ("N", "-", "D"), ("D", "-", "D"), ("-", "N")]
    forbidden = tuple(drawn[i] for i in rng.choice(5, size=rng.integers(0, 3), replace=False))
    return RotationProblem(n_employees, n_days, shifts, work, rest, forbidden)


def test_the_search_decides_as_full_enumeration_does() -> None:
    rng = np.random.default_rng(5)
    solvable = []
    for _ in range(60):
        problem = random_problem(rng)
        cycles = product(product("-DN", repeat=problem.n_days), repeat=problem.n_employees)
        needed = [[s.name for s in problem.shifts for _ in range(s.requirement[day])] for day in range(problem.n_days)]
        exists = any(
            not broken_rules(problem, cycle)
            for cycle in cycles
            if all(sorted(set(day) - {"-"}) == sorted(set(needed[d])) for d, day in enumerate(zip(*cycle, strict=True)))
        )
        outcome = solve_rotation(problem, BUDGET)
        assert outcome.status == (SolveStatus.OPTIMAL if exists else SolveStatus.INFEASIBLE), problem
        solvable.append(exists)
    assert 15 <= sum(solvable) <= 45


def test_a_solution_begun_a_week_later_is_one_too() -> None:
    problem = problem_of(WEEKS, D=BlockLimits(2, 3), N=BlockLimits(1, 2))
    found = solve_rotation(problem, BUDGET).schedule
    assert found is not None
    assert broken_rules(problem, found[1:] + found[:1]) == []


@needs(INSTANCES)
@pytest.mark.parametrize(
    ("name", "status"),
    [("Example1", SolveStatus.OPTIMAL), ("Example20", SolveStatus.OPTIMAL), ("Example100", SolveStatus.INFEASIBLE)],
)
def test_published_instances(name: str, status: SolveStatus) -> None:
    assert solve_rotation(read_instance(INSTANCES / f"{name}.txt"), BUDGET).status == status


def test_files_are_read_in_their_order(tmp_path: Path) -> None:
    rows = [
        "#days",
        "2",
        "2",
        "2",
        "1 0",
        "0 1 # N",
        "D 360 480 1 2",
        "N 1320 480 2 3",
        "1 4",
        "2 5",
        "1 1",
        "N D",
        "N - D",
    ]
    text = "\r\n".join(rows)
    path = tmp_path / "tiny.txt"
    path.write_text(text)
    shifts = (RotatingShift("D", BlockLimits(1, 2), (1, 0)), RotatingShift("N", BlockLimits(2, 3), (0, 1)))
    expected = RotationProblem(2, 2, shifts, BlockLimits(2, 5), BlockLimits(1, 4), (("N", "D"), ("N", "-", "D")))
    assert read_instance(path) == expected
    path.write_text(text[:-20])
    with pytest.raises(InstanceInvalid, match=r"tiny\.txt"):
        read_instance(path)


@pytest.mark.parametrize(
    "change", [{"n_employees": 0}, {"n_days": 3}, {"forbidden": (("D",),)}, {"forbidden": (("D", "X"),)}]
)
def test_nonsense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ProblemError, match="expected"):
        replace(problem_of(WEEKS), **change)
