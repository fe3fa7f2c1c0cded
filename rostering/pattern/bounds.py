"""What no pattern can be below, tier by tier, over every choice of the problem's shifts."""

from __future__ import annotations

import math

from ortools.sat.python import cp_model

from rostering.pattern.cycle import best_cycle, cycle_model
from rostering.pattern.limits import Limits
from rostering.pattern.problem import PatternProblem, Starts
from rostering.pattern.relaxation import FOUND, Relaxation, relaxation
from rostering.pattern.report import PatternReport
from rostering.pattern.sequences import Strain, price
from rostering.roster import SolveStatus, Tier, TierName
from rostering.rules import RuleId

_FEW = 12  # shifts whose every legal cycle one model holds
_EFFORT = 60.0  # deterministic time of CP-SAT for each tier


def tier_bounds(problem: PatternProblem, report: PatternReport, starts: Starts, limits: Limits) -> tuple[Tier, ...]:
    """The report's tiers with their bounds, from the model without the rules of sequence.

    Of the people tier that model knows what depends on single duties: early starts and long ones.
    """
    relaxed = relaxation(problem, problem.shifts)
    relaxed.hint(starts)
    service, people = relaxed.costs.service, _people_of_duties(problem, relaxed)
    tiers = [_bounded(relaxed, TierName.SERVICE, service, report.service, limits, 1 / 2)]
    relaxed.model.add(service <= report.service)
    tiers.append(_bounded(relaxed, TierName.PEOPLE, people, report.people, limits, 2 / 3))
    relaxed.model.add(people <= report.people)
    tiers.append(_bounded(relaxed, TierName.COST, relaxed.costs.over, report.cost, limits, 1.0))
    return tuple(tiers)


def is_impossible(problem: PatternProblem, limits: Limits) -> bool:
    """Whether it is proven that no cycle exists: by hours and shifts alone, or by all rules if the shifts are few."""
    _, status = limits.solve(relaxation(problem, problem.shifts).model, limits.effort(_EFFORT))
    if status == cp_model.INFEASIBLE:
        return True
    if len(problem.shifts) > _FEW:
        return False
    found = best_cycle(cycle_model(problem, problem.shifts), None, limits, limits.effort(_EFFORT), 1.0)
    return math.isinf(found.bound)


def _bounded(
    relaxed: Relaxation,
    name: TierName,
    expression: cp_model.LinearExprT,
    reached: int,
    limits: Limits,
    share_left: float,
) -> Tier:
    """One tier's bound within a share of the time left; 0 needs no proof."""
    bound = 0
    if reached:
        relaxed.model.minimize(expression)
        spent = 1 - limits.left_s() / limits.budget.seconds
        solver, end = limits.solve(relaxed.model, limits.effort(_EFFORT), spent + share_left * (1 - spent))
        if end in FOUND or end == cp_model.UNKNOWN:
            proven = solver.best_objective_bound
            bound = max(math.ceil(proven - 1e-6), 0) if math.isfinite(proven) else 0
    bound = min(bound, reached)
    status = SolveStatus.OPTIMAL if bound == reached else SolveStatus.FEASIBLE
    return Tier(name, reached, bound, (reached - bound) / reached if reached else 0.0, status)


def _people_of_duties(problem: PatternProblem, relaxed: Relaxation) -> cp_model.LinearExprT:
    """People tier of early starts and long duties."""
    rule = problem.rules[RuleId.FATIGUE]
    costs = [
        price(problem, Strain.EARLY) * (shift.start_min < rule["early_before_min"])
        + price(problem, Strain.LONG) * (shift.length_min > rule["long_over_min"])
        for shift in relaxed.shifts
    ]
    return sum(costs[k - 1] * taken for (_, k), taken in relaxed.counts.items())
