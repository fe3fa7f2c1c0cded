"""The cover of duties in a CP-SAT model, and what it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from rostering.pattern.fit import intervals_of, service_costs
from rostering.pattern.problem import DAYS, WEEK_INTERVALS, PatternProblem, PatternShift, is_night
from rostering.rules import RuleId, tolerance_min

Counts = Mapping[tuple[int, int], cp_model.IntVar]  # teams that start shift k (from 1) on a day of the week


@dataclass(frozen=True, slots=True)
class CoverCosts:
    """Service and cost tiers as expressions, each at least the true value and equal to it where it is minimised."""

    service: cp_model.LinearExprT
    over: cp_model.LinearExprT


def add_cover(
    model: cp_model.CpModel, problem: PatternProblem, shifts: tuple[PatternShift, ...], counts: Counts
) -> CoverCosts:
    """Add both costs of the teams on duty. Quarter-hours that the same duties cover are taken together."""
    together: dict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
    covering: list[list[tuple[int, int]]] = [[] for _ in range(WEEK_INTERVALS)]
    for day, number in counts:
        for interval in intervals_of(day, shifts[number - 1]):
            covering[interval].append((day, number))
    for interval, found in enumerate(covering):
        together[tuple(found)].append(interval)
    levels = np.arange(problem.n_weeks + 1)[:, None] * problem.team_size * np.ones(WEEK_INTERVALS, dtype=np.int64)
    service_by_level = service_costs(problem, levels)
    over_by_level = np.maximum(levels - problem.needed, 0)
    service: list[cp_model.LinearExprT] = []
    over: list[cp_model.LinearExprT] = []
    for duties, intervals in together.items():
        on_duty = model.new_int_var(0, problem.n_weeks, f"on duty {intervals[0]}")
        model.add(on_duty == sum(counts[duty] for duty in duties))
        for table, costs in ((service_by_level, service), (over_by_level, over)):
            costs.append(_add_convex(model, on_duty, table[:, intervals].sum(axis=1)))
    return CoverCosts(sum(service), sum(over))


def _add_convex(model: cp_model.CpModel, level: cp_model.IntVar, table: NDArray[np.int64]) -> cp_model.LinearExprT:
    """A variable of at least ``table[level]``, which is convex: above each of its lines."""
    cost = model.new_int_var(int(table.min()), int(table.max()), "cost")
    lines = {(int(high - low), int(low - (high - low) * k)) for k, (low, high) in enumerate(pairwise(table))}
    for slope, at_zero in lines:
        model.add(cost >= slope * level + at_zero)
    return cost


def add_hours(
    model: cp_model.CpModel, problem: PatternProblem, shifts: tuple[PatternShift, ...], counts: Counts
) -> None:
    """Keep the limits of paid minutes."""
    paid = sum(problem.paid_min(shifts[number - 1]) * taken for (_, number), taken in counts.items())
    model.add_linear_constraint(paid, *paid_limits(problem, shifts))


def paid_limits(problem: PatternProblem, shifts: tuple[PatternShift, ...]) -> tuple[int, int]:
    """Fewest and most paid minutes of a cycle: contract, averages of rules W4 and, if a shift is a night, W6."""
    rules, n_weeks = problem.rules, problem.n_weeks
    due, tolerance = problem.weekly_min * n_weeks, tolerance_min(rules, n_weeks)
    most = min(due + tolerance, rules[RuleId.WEEKLY_AVERAGE]["average_min"] * n_weeks)
    if any(is_night(rules, shift) for shift in shifts):
        nights = rules[RuleId.NIGHT_AVERAGE]
        most = min(most, nights["average_min"] * (DAYS - nights["rest_days_per_week"]) * n_weeks)
    return max(due - tolerance, 0), most


def add_shift_limit(
    model: cp_model.CpModel, problem: PatternProblem, shifts: tuple[PatternShift, ...], counts: Counts
) -> list[cp_model.IntVar]:
    """At most ``max_shifts`` different shifts; whether each is used, (shifts,)."""
    used = [model.new_bool_var(f"{shift} used") for shift in shifts]
    for (_, number), taken in counts.items():
        model.add(taken <= problem.n_weeks * used[number - 1])
    model.add(sum(used) <= problem.max_shifts)
    return used
