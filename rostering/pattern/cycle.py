"""The best cycle on given shifts, tier by tier."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ortools.sat.python import cp_model

from rostering.pattern.circulation import Circulation, add_circulation, add_connections, dated_steps
from rostering.pattern.cover_model import CoverCosts, add_cover, add_hours, add_shift_limit
from rostering.pattern.limits import Limits
from rostering.pattern.problem import DAYS, Pattern, PatternProblem, PatternShift, Starts
from rostering.pattern.relaxation import FOUND
from rostering.pattern.sequences import legal_sequences, price
from rostering.roster import TierName


@dataclass(slots=True)
class CycleModel:
    """All legal cycles on some shifts as a circulation, with the three tiers."""

    problem: PatternProblem
    shifts: tuple[PatternShift, ...]
    circulation: Circulation
    tiers: dict[TierName, cp_model.LinearExprT]

    def pattern(self, times: list[int]) -> Pattern:
        """The cycle that takes each step so often, from a Monday."""
        choices = (None, *self.shifts)
        days = [choices[step.label] for step in self.circulation.walk(times)]
        return Pattern(tuple(tuple(days[first : first + DAYS]) for first in range(0, len(days), DAYS)))

    def hint(self, times: list[int]) -> None:
        """Begin the next search from these times."""
        self.circulation.model.clear_hints()  # type: ignore[no-untyped-call]
        for taken, value in zip(self.circulation.times, times, strict=True):
            self.circulation.model.add_hint(taken, value)

    def at_most(self, tier: TierName, most: int) -> None:
        """Keep the tier no worse than that from now on."""
        self.circulation.model.add(self.tiers[tier] <= most)


def cycle_model(problem: PatternProblem, shifts: tuple[PatternShift, ...], starts: Starts | None = None) -> CycleModel:
    """The model of all legal cycles on at most ``max_shifts`` of ``shifts``; with just these ``starts`` if given."""
    model = cp_model.CpModel()
    steps = dated_steps(legal_sequences(problem, shifts), len(shifts) + 1)
    circulation = add_circulation(model, steps, problem.n_weeks, DAYS)
    counts = {}
    for day in range(DAYS):
        for k in range(1, len(shifts) + 1):
            least, most = (0, problem.n_weeks) if starts is None else (starts.get((day, shifts[k - 1]), 0),) * 2
            counts[day, k] = model.new_int_var(least, most, f"{shifts[k - 1]} on day {day}")
            model.add(counts[day, k] == sum(circulation.by_choice.get((day, k), [])))
    add_hours(model, problem, shifts, counts)
    if len(shifts) > problem.max_shifts:
        add_shift_limit(model, problem, shifts, counts)
    costs: CoverCosts = add_cover(model, problem, shifts, counts)
    people = sum(
        price(problem, strain) * taken
        for step, taken in zip(circulation.steps, circulation.times, strict=True)
        for strain in step.marks
    )
    tiers = {TierName.SERVICE: costs.service, TierName.PEOPLE: people, TierName.COST: costs.over}
    return CycleModel(problem, shifts, circulation, tiers)


@dataclass(frozen=True, slots=True)
class Found:
    """End of one tier's search: a cycle and how often it takes each step, or None and none; the tier's bound.

    ``bound`` holds for the model's shifts, with the limits set on it; infinite if no cycle keeps them
    """

    pattern: Pattern | None
    times: list[int]
    bound: float


def best_cycle(cycles: CycleModel, tier: TierName, limits: Limits, effort: float, until_share: float) -> Found:
    """The cycle with the least of a tier, within the effort. Cycles in several pieces are refused, round by round."""
    model = cycles.circulation.model
    model.minimize(cycles.tiers[tier])
    spent, bound = 0.0, 0.0
    while spent < effort and limits.left_s(until_share) > 0:
        solver, status = limits.solve(model, effort - spent, until_share)
        spent += max(solver.response_proto.deterministic_time, effort / 50)
        bound = max(bound, solver.best_objective_bound)
        if status not in FOUND:
            return Found(None, [], math.inf if status == cp_model.INFEASIBLE else bound)
        times = [solver.value(taken) for taken in cycles.circulation.times]
        if not add_connections(cycles.circulation, times):
            return Found(cycles.pattern(times), times, bound)
    return Found(None, [], bound)
