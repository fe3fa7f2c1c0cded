"""Cover without regard to who works what after what: below the cost of any cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from rostering.pattern.cover_model import CoverCosts, add_cover, add_hours, add_shift_limit
from rostering.pattern.problem import DAY_MIN, DAYS, PatternProblem, PatternShift, Starts
from rostering.rules import RuleId

FOUND = (cp_model.OPTIMAL, cp_model.FEASIBLE)


@dataclass(slots=True)
class Relaxation:
    """A model of the teams that start each shift on each day, with every rule but those of sequence."""

    model: cp_model.CpModel
    shifts: tuple[PatternShift, ...]
    counts: dict[tuple[int, int], cp_model.IntVar]
    used: list[cp_model.IntVar]
    costs: CoverCosts

    def hint(self, starts: Starts) -> None:
        """Begin the search from these starts."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for (day, k), taken in self.counts.items():
            self.model.add_hint(taken, starts.get((day, self.shifts[k - 1]), 0))
        chosen = {shift for _, shift in starts}
        for shift, used in zip(self.shifts, self.used, strict=True):
            self.model.add_hint(used, shift in chosen)


def relaxation(problem: PatternProblem, shifts: tuple[PatternShift, ...]) -> Relaxation:
    """The model on these shifts, without an objective; every legal pattern on at most ``max_shifts`` obeys it."""
    model = cp_model.CpModel()
    numbers = range(1, len(shifts) + 1)
    counts = {(day, k): model.new_int_var(0, problem.n_weeks, "") for day in range(DAYS) for k in numbers}
    for day in range(DAYS):
        model.add(sum(counts[day, k] for k in numbers) <= problem.n_weeks)
    most_run = problem.rules[RuleId.RUN]["most_duties"]  # each run is followed by a rest day
    model.add(sum(counts.values()) <= DAYS * problem.n_weeks * most_run // (most_run + 1))
    add_hours(model, problem, shifts, counts)
    used = add_shift_limit(model, problem, shifts, counts)
    return Relaxation(model, shifts, counts, used, add_cover(model, problem, shifts, counts))


def spread(shifts: tuple[PatternShift, ...], n: int) -> tuple[PatternShift, ...]:
    """At most ``n`` of the shifts, far from each other in start and length: each next one is the farthest."""
    starts = np.array([shift.start_min for shift in shifts])
    lengths = np.array([shift.length_min for shift in shifts])
    chosen = [int(np.lexsort((starts, np.abs(lengths - np.median(lengths))))[0])]
    nearest = np.full(len(shifts), np.inf)
    while len(chosen) < min(n, len(shifts)):
        apart = np.abs(starts - starts[chosen[-1]])
        nearest = np.minimum(nearest, np.minimum(apart, DAY_MIN - apart) + np.abs(lengths - lengths[chosen[-1]]))
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
    return tuple(shifts[index] for index in sorted(chosen))
