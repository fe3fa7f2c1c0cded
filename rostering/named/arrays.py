"""The problem as arrays. Handlers, days and shifts are indices in the problem's order; a rest day is -1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.named.problem import NamedProblem, NamedRoster

REST = -1
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """What the search reads.

    duty_cost : (handlers, days, shifts), requests' cost of that shift on that day
    rest_cost : (handlers, days), requests' cost of a rest day
    is_allowed : (handlers, days, shifts), False on rest days that are fixed and where the limit of a shift is 0
    max_shifts : (handlers, shifts), never above the number of days
    required, under, over : (days, shifts), handlers needed and the weights
    """

    duty_cost: Ints
    rest_cost: Ints
    is_allowed: NDArray[np.bool_]
    max_shifts: Ints
    required: Ints
    under: Ints
    over: Ints

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of handlers, days and shifts."""
        n_handlers, n_days, n_shifts = self.duty_cost.shape
        return n_handlers, n_days, n_shifts


def to_arrays(problem: NamedProblem) -> Arrays:
    """The problem's numbers."""
    shift_at = {shift.name: place for place, shift in enumerate(problem.shifts)}
    handler_at = {handler.name: place for place, handler in enumerate(problem.handlers)}
    n_handlers, n_days, n_shifts = len(handler_at), problem.n_days, len(shift_at)
    duty_cost = np.zeros((n_handlers, n_days, n_shifts), dtype=np.int64)
    rest_cost = np.zeros((n_handlers, n_days), dtype=np.int64)
    for request in problem.requests:
        who, shift = handler_at[request.handler], shift_at[request.shift]
        if request.is_wanted:
            rest_cost[who, request.day] += request.weight
            duty_cost[who, request.day] += request.weight
            duty_cost[who, request.day, shift] -= request.weight
        else:
            duty_cost[who, request.day, shift] += request.weight
    max_shifts = np.array(
        [[min(handler.max_shifts.get(name, n_days), n_days) for name in shift_at] for handler in problem.handlers],
        dtype=np.int64,
    ).reshape(n_handlers, n_shifts)
    is_allowed = np.repeat(max_shifts[:, None, :] > 0, n_days, axis=1)
    for who, handler in enumerate(problem.handlers):
        is_allowed[who, sorted(handler.rest_days)] = False
    required, under, over = (np.zeros((n_days, n_shifts), dtype=np.int64) for _ in range(3))
    for need in problem.requirement:
        at = need.day, shift_at[need.shift]
        required[at], under[at], over[at] = need.handlers, need.under_weight, need.over_weight
    return Arrays(duty_cost, rest_cost, is_allowed, max_shifts, required, under, over)


def line_cost(arrays: Arrays, handler: int, line: NDArray[np.int8]) -> int:
    """Requests' cost of a handler's shifts, ``line`` (days,)."""
    days = np.arange(line.size)
    duty = arrays.duty_cost[handler, days, line]
    return int(np.where(line == REST, arrays.rest_cost[handler], duty).sum())


def coverage(arrays: Arrays, lines: NDArray[np.int8]) -> Ints:
    """Handlers per day and shift, (days, shifts), of ``lines`` (handlers, days)."""
    shifts = np.arange(arrays.shape[2])
    return np.asarray((lines[:, :, None] == shifts).sum(axis=0), dtype=np.int64)


def cover_cost(arrays: Arrays, count: Ints) -> int:
    """Cost of the coverage ``count`` (days, shifts)."""
    gap = arrays.required - count
    return int((np.where(gap > 0, arrays.under * gap, -arrays.over * gap)).sum())


def objective(arrays: Arrays, lines: NDArray[np.int8]) -> int:
    """Cost of ``lines`` (handlers, days)."""
    wishes = sum(line_cost(arrays, who, line) for who, line in enumerate(lines))
    return wishes + cover_cost(arrays, coverage(arrays, lines))


def to_roster(problem: NamedProblem, lines: NDArray[np.int8]) -> NamedRoster:
    """``lines`` (handlers, days) with the shifts' names."""
    names = [shift.name for shift in problem.shifts]
    return NamedRoster(tuple(tuple(None if s == REST else names[s] for s in line) for line in lines.tolist()))
