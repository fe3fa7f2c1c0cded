"""What decides the shape of a handler's rosters, apart from days and prices: handlers of one contract share a graph."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

from rostering.named.problem import NamedHandler, NamedProblem


@dataclass(frozen=True, slots=True)
class ShiftGroup:
    """Shifts that no rule tells apart: whichever is cheapest on a day stands for all of them.

    shifts : places in the problem
    kind : place in the table of forbidden successions, from 1 (0 is a rest day)
    length : in the contract's unit of minutes
    counter : place among the contract's counted shifts, or None
    """

    shifts: tuple[int, ...]
    kind: int
    length: int
    counter: int | None


@dataclass(frozen=True, slots=True)
class Contract:
    """Rules of a graph of rosters.

    is_barred : [kind before][kind after], kind 0 is a rest day
    least, most : total length in units
    counts : limit of each counted shift
    rest_days : days that must be rest days
    """

    n_days: int
    groups: tuple[ShiftGroup, ...]
    is_barred: tuple[tuple[bool, ...], ...]
    least: int
    most: int
    min_run: int
    max_run: int
    min_rest_run: int
    max_weekends: int
    counts: tuple[int, ...]
    rest_days: frozenset[int]


def contract_of(problem: NamedProblem, handler: NamedHandler) -> Contract:
    """The handler's contract. Shifts whose limit the minutes keep anyway are not counted."""
    n_days, shifts = problem.n_days, problem.shifts
    limits = {place: handler.max_shifts.get(shift.name, n_days) for place, shift in enumerate(shifts)}
    usable = [place for place in limits if limits[place] > 0]
    counters = [
        place
        for place in usable
        if limits[place] < n_days and (limits[place] + 1) * shifts[place].length_min <= handler.max_total_min
    ]
    unit = gcd(*(shifts[place].length_min for place in usable)) or 1
    kinds = _kinds(problem, usable)
    groups: dict[tuple[int, int, int | None], list[int]] = {}
    for place in usable:
        counter = counters.index(place) if place in counters else None
        groups.setdefault((kinds[place], shifts[place].length_min // unit, counter), []).append(place)
    return Contract(
        n_days,
        tuple(ShiftGroup(tuple(places), *key) for key, places in groups.items()),
        _barred(problem, kinds),
        -(-handler.min_total_min // unit),
        handler.max_total_min // unit,
        min(handler.min_run, n_days),
        min(handler.max_run, n_days),
        min(handler.min_rest_run, n_days),
        handler.max_weekends,
        tuple(limits[place] for place in counters),
        handler.rest_days,
    )


def _kinds(problem: NamedProblem, usable: list[int]) -> dict[int, int]:
    """Kind of each usable shift: equal where the same usable shifts are barred before and after."""
    names = {problem.shifts[place].name: place for place in usable}
    after = {place: frozenset(problem.shifts[place].not_followed_by & names.keys()) for place in usable}
    before = {place: frozenset(q for q in usable if problem.shifts[place].name in after[q]) for place in usable}
    known: dict[tuple[frozenset[str], frozenset[int]], int] = {}
    return {place: known.setdefault((after[place], before[place]), len(known) + 1) for place in usable}


def _barred(problem: NamedProblem, kinds: dict[int, int]) -> tuple[tuple[bool, ...], ...]:
    n_kinds = max(kinds.values(), default=0) + 1
    table = [[False] * n_kinds for _ in range(n_kinds)]
    for before, kind in kinds.items():
        for after, next_kind in kinds.items():
            if problem.shifts[after].name in problem.shifts[before].not_followed_by:
                table[kind][next_kind] = True
    return tuple(map(tuple, table))
