"""How a pattern's cover fits the need, by plain counting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.pattern.problem import DAY_MIN, WEEK_INTERVALS, PatternProblem, PatternShift
from rostering.people import INTERVAL_MIN
from rostering.rules import RuleId


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Heads on duty per quarter-hour of the week, short and over, (672,); what they cost.

    service : rule SERVICE: each head short in a quarter-hour, dearer beyond a tenth of the need, extra for 999
    over_cost : heads over the need, summed over the quarter-hours
    """

    on_duty: NDArray[np.int64]
    short: NDArray[np.int64]
    over: NDArray[np.int64]
    service: int
    over_cost: int


def intervals_of(day: int, shift: PatternShift) -> NDArray[np.int64]:
    """Quarter-hours of the week, cyclic, that a duty covers which starts on ``day`` (0: Monday)."""
    first = (day * DAY_MIN + shift.start_min) // INTERVAL_MIN
    return np.arange(first, first + shift.length_min // INTERVAL_MIN) % WEEK_INTERVALS


def service_costs(problem: PatternProblem, on_duty: NDArray[np.int64]) -> NDArray[np.int64]:
    """Service cost of each quarter-hour with so many heads on duty; ``on_duty`` is (..., 672), as is the result."""
    rule = problem.rules[RuleId.SERVICE]
    short = np.maximum(problem.needed - on_duty, 0)
    first_tenth = np.maximum(1, problem.needed * rule["first_percent"] // 100)
    per_beyond = max(rule["short_beyond"], rule["short_first"])
    costs = rule["short_first"] * np.minimum(short, first_tenth) + per_beyond * np.maximum(short - first_tenth, 0)
    if problem.needed_999 is not None:
        costs = costs + rule["short_999_extra"] * np.maximum(problem.needed_999 - on_duty, 0)
    return np.asarray(costs, dtype=np.int64)


def heads_of(problem: PatternProblem, duties: Iterable[tuple[int, PatternShift]]) -> NDArray[np.int64]:
    """Heads on duty, (672,), of all teams together: ``duties`` are a cycle's days of the week and shifts."""
    on_duty = np.zeros(WEEK_INTERVALS, dtype=np.int64)
    for day, shift in duties:
        on_duty[intervals_of(day, shift)] += problem.team_size
    return on_duty


def fit_of(problem: PatternProblem, duties: Iterable[tuple[int, PatternShift]]) -> Fit:
    """The fit of a cycle's duties; see `heads_of`."""
    on_duty = heads_of(problem, duties)
    short, over = np.maximum(problem.needed - on_duty, 0), np.maximum(on_duty - problem.needed, 0)
    return Fit(on_duty, short, over, int(service_costs(problem, on_duty).sum()), int(over.sum()))
