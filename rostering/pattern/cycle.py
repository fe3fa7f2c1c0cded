"""The best cycle on given shifts, tier by tier."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ortools.sat.python import cp_model

from rostering.pattern.circulation import Circulation, add_circulation, add_connections, dated_steps
from rostering.pattern.cover_model import CoverCosts, add_cover, add_hours, add_shift_limit
from rostering.pattern.joining import Joiner
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
    people: list[int]  # people tier's cost of each step, (steps,)

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
    people = [sum(price(problem, strain) for strain in step.marks) for step in steps]
    tiers = {
        TierName.SERVICE: costs.service,
        TierName.PEOPLE: cp_model.LinearExpr.weighted_sum(circulation.times, people),
        TierName.COST: costs.over,
    }
    return CycleModel(problem, shifts, circulation, tiers, people)


@dataclass(frozen=True, slots=True)
class Found:
    """End of one tier's search: a cycle and how often it takes each step, or None and none; the tier's bound.

    ``bound`` holds for the model's shifts, with the limits set on it; infinite if no cycle keeps them
    """

    pattern: Pattern | None
    times: list[int]
    bound: float


def best_cycle(cycles: CycleModel, tier: TierName | None, limits: Limits, effort: float, until_share: float) -> Found:
    """The cycle with the least of a tier, or any without one, within the effort.

    A solution in several pieces is joined; where that is impossible, or costs the people tier more than the model
    thought, pieces of its kind are refused and the model solved again.
    """
    model = cycles.circulation.model
    model.clear_objective()  # type: ignore[no-untyped-call]
    if tier is not None:
        model.minimize(cycles.tiers[tier])
    joiner = Joiner.of(cycles.circulation, cycles.people)
    best, bound, spent = Found(None, [], 0.0), 0.0, 0.0
    least = math.inf
    while spent < effort and limits.left_s(until_share) > 0:
        solver, status = limits.solve(model, effort - spent, until_share)
        spent += max(solver.response_proto.deterministic_time, effort / 50)
        if tier is not None:
            bound = max(bound, solver.best_objective_bound)
        if status not in FOUND:
            bound = math.inf if status == cp_model.INFEASIBLE and best.pattern is None else bound
            break
        times = [solver.value(taken) for taken in cycles.circulation.times]
        people = _price(cycles, times)
        is_whole = not add_connections(cycles.circulation, times)
        if not is_whole:
            walk = joiner.joined(times)
            if walk is None:
                continue
            times = joiner.times(walk)
        if (value := _price(cycles, times)) < least:
            best, least = Found(cycles.pattern(times), times, bound), value
        if tier != TierName.PEOPLE or is_whole or value <= people:
            break
    return replace(best, bound=bound)


def _price(cycles: CycleModel, times: list[int]) -> int:
    return sum(price * taken for price, taken in zip(cycles.people, times, strict=True) if taken)
