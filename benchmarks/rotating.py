"""Rotating workforce scheduling on a published instance: ``python -m benchmarks.rotating FILE``."""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rostering.pattern.rotate import solve_rotation
from rostering.pattern.rotation import BlockLimits, RotatingShift, RotationProblem, Schedule, broken_rules
from rostering.roster import SolveBudget, SolveStatus


class InstanceInvalid(ValueError):
    """A file that is no instance of rotating workforce scheduling; names the file and what was expected."""


def read_instance(path: Path) -> RotationProblem:
    """The instance of a file in Musliu's format: comments after ``#``, then days, employees, shifts, requirement by
    shift and day, shifts with the limits of their blocks, limits of rest and of work, numbers of forbidden sequences
    of two and of three days, and these.

    Raises
    ------
    InstanceInvalid, ProblemError : the file ends early, or a value makes no sense
    """
    rows = (line.split("#")[0].split() for line in path.read_text().splitlines())
    filled = iter([row for row in rows if row])
    try:
        return _read(filled)
    except StopIteration:
        raise InstanceInvalid(f"{path.name} ends early, expected a rotating workforce instance") from None
    except (ValueError, IndexError) as error:
        raise InstanceInvalid(f"{path.name}: {error}, expected a rotating workforce instance") from error


def _read(rows: Iterator[list[str]]) -> RotationProblem:
    n_days, n_employees, n_shifts = (int(next(rows)[0]) for _ in range(3))
    requirement = [tuple(int(heads) for heads in next(rows)) for _ in range(n_shifts)]
    shifts = []
    for heads in requirement:
        name, *_, fewest, most = next(rows)
        shifts.append(RotatingShift(name, BlockLimits(int(fewest), int(most)), heads))
    rest = BlockLimits(*(int(days) for days in next(rows)[:2]))
    work = BlockLimits(*(int(days) for days in next(rows)[:2]))
    n_forbidden = sum(int(count) for count in next(rows)[:2])
    forbidden = tuple(tuple(next(rows)) for _ in range(n_forbidden))
    return RotationProblem(n_employees, n_days, tuple(shifts), work, rest, forbidden)


def write_schedule(path: Path, schedule: Schedule) -> None:
    """One row an employee, without a header; the row below is the week that follows."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(schedule)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    began = time.monotonic()
    try:
        problem = read_instance(options.file)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    outcome = solve_rotation(problem, SolveBudget(options.seconds, options.seed, options.workers))
    is_solved = outcome.schedule is not None
    if outcome.schedule is not None:
        if broken := broken_rules(problem, outcome.schedule):
            raise AssertionError(f"a schedule that breaks rules: {broken}")
        if options.out is not None:
            write_schedule(options.out, outcome.schedule)
    elif options.out is not None:
        print(f"{outcome.status}: no schedule, nothing written", file=sys.stderr)
    print(
        json.dumps(
            {
                "status": outcome.status,
                "objective": 0 if is_solved else None,
                "bound": None if outcome.status == SolveStatus.INFEASIBLE else 0,
                "seconds": round(time.monotonic() - began, 3),
                "rounds": outcome.rounds,
            }
        )
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
