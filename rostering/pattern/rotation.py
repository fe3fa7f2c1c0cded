"""Rotating workforce scheduling: a cycle in which every employee works the same weeks, one week apart.

The problem and its rules are those of Musliu, Schutt and Stuckey (2018), Solver independent rotating workforce
scheduling (CPAIOR). The check of a schedule is plain counting that shares nothing with the search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from rostering.errors import ProblemError
from rostering.roster import SolveStatus

REST_DAY = "-"


@dataclass(frozen=True, slots=True)
class BlockLimits:
    """Fewest and most consecutive days of a kind, 1 <= fewest <= most."""

    fewest: int
    most: int

    def __post_init__(self) -> None:
        if not 1 <= self.fewest <= self.most:
            raise ProblemError(f"block of {self.fewest} to {self.most} days, expected 1 <= fewest <= most")


@dataclass(frozen=True, slots=True)
class RotatingShift:
    """A shift: its name, blocks of it, and how many employees work it on each day of the week, (days,)."""

    name: str
    block: BlockLimits
    requirement: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.name or self.name == REST_DAY:
            raise ProblemError(f"shift is named {self.name!r}, expected a name other than {REST_DAY!r}")
        if any(heads < 0 for heads in self.requirement):
            raise ProblemError(f"shift {self.name}: requirement is {self.requirement}, expected 0 or more a day")


@dataclass(frozen=True, slots=True)
class RotationProblem:
    """What a cycle must meet: the requirement exactly, limits of blocks, and sequences that must not occur.

    n_employees : weeks of the cycle, one for each employee, >= 1
    n_days : days of a week, >= 1
    work, rest : limits of blocks of working days, and of rest days
    forbidden : sequences of two or three names (rest days as ``REST_DAY``) that follow each other on no day
    """

    n_employees: int
    n_days: int
    shifts: tuple[RotatingShift, ...]
    work: BlockLimits
    rest: BlockLimits
    forbidden: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if self.n_employees < 1 or self.n_days < 1:
            raise ProblemError(f"{self.n_employees} employees, {self.n_days} days a week: expected 1 or more of each")
        names = self.names
        if len(set(names)) != len(names):
            raise ProblemError(f"shifts are named {[shift.name for shift in self.shifts]}, expected each name once")
        for shift in self.shifts:
            if len(shift.requirement) != self.n_days:
                raise ProblemError(
                    f"shift {shift.name}: requirement of {len(shift.requirement)} days, expected {self.n_days}"
                )
        for sequence in self.forbidden:
            if len(sequence) not in (2, 3) or not set(sequence) <= set(names):
                raise ProblemError(f"forbidden sequence {sequence}: expected two or three of {names}")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of a day's choices: the rest day first, then the shifts in order."""
        return (REST_DAY, *(shift.name for shift in self.shifts))


Schedule = tuple[tuple[str, ...], ...]  # (employees, days) of names; the next row is the week that follows


@dataclass(frozen=True, slots=True)
class RotationOutcome:
    """End of a search. ``schedule`` is None unless the check has passed it; ``rounds`` of solving it took."""

    status: SolveStatus
    schedule: Schedule | None
    rounds: int


def broken_rules(problem: RotationProblem, schedule: Schedule) -> list[str]:
    """What the schedule breaks, in words; empty if nothing. A block longer than the whole cycle is endless."""
    if len(schedule) != problem.n_employees or any(len(week) != problem.n_days for week in schedule):
        return [f"schedule is not {problem.n_employees} weeks of {problem.n_days} days"]
    if unknown := {name for week in schedule for name in week} - set(problem.names):
        return [f"schedule holds {sorted(unknown)}, expected only {list(problem.names)}"]
    return [*_missed_requirement(problem, schedule), *_wrong_blocks(problem, schedule), *_sequences(problem, schedule)]


def _missed_requirement(problem: RotationProblem, schedule: Schedule) -> Iterator[str]:
    for day in range(problem.n_days):
        heads = Counter(week[day] for week in schedule)
        for shift in problem.shifts:
            if heads[shift.name] != shift.requirement[day]:
                yield f"day {day}: {heads[shift.name]} on shift {shift.name}, expected {shift.requirement[day]}"


def _wrong_blocks(problem: RotationProblem, schedule: Schedule) -> Iterator[str]:
    days = [name for week in schedule for name in week]
    for shift in problem.shifts:
        yield from _outside(f"shift {shift.name}", [name == shift.name for name in days], shift.block)
    yield from _outside("work", [name != REST_DAY for name in days], problem.work)
    yield from _outside("rest", [name == REST_DAY for name in days], problem.rest)


def _outside(kind: str, is_in: list[bool], limits: BlockLimits) -> Iterator[str]:
    """Blocks of the cyclic sequence whose length is outside the limits."""
    if all(is_in):
        yield f"a block of {kind} without end, expected {limits.fewest} to {limits.most} days"
        return
    first_out = is_in.index(False)
    for inside, block in groupby(is_in[first_out:] + is_in[:first_out]):
        length = sum(1 for _ in block)
        if inside and not limits.fewest <= length <= limits.most:
            yield f"a block of {length} days of {kind}, expected {limits.fewest} to {limits.most}"


def _sequences(problem: RotationProblem, schedule: Schedule) -> Iterator[str]:
    days = [name for week in schedule for name in week]
    for sequence in problem.forbidden:
        for first in range(len(days)):
            if all(days[(first + i) % len(days)] == name for i, name in enumerate(sequence)):
                yield f"{' '.join(sequence)} from day {first % problem.n_days} of week {first // problem.n_days}"
