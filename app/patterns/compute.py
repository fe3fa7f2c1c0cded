"""The pattern run's computation, in a child process."""

from __future__ import annotations

from dataclasses import asdict
from datetime import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.patterns.run import Inputs
from app.patterns.schemas import ShiftIn
from app.runs.child import Report
from rostering.pattern.assess import assess_pattern
from rostering.pattern.design import design_pattern
from rostering.pattern.problem import Pattern, PatternProblem, PatternShift, shift_grid
from rostering.pattern.report import PatternReport
from rostering.roster import Progress, SolveBudget
from rostering.rules import RuleId, RuleSet, meal_min

_WORKERS = 2


def compute(inputs: Inputs, report: Report) -> dict[str, Any]:
    """The pattern designed, or the proposed one assessed, as data."""
    problem = problem_of(inputs)
    if inputs.asked.proposed is not None:
        report(0.0, "assessing the proposed pattern")
        proposed = Pattern(tuple(tuple(_shift(day) for day in week) for week in inputs.asked.proposed))
        found = assess_pattern(problem, proposed)
        outcome = "legal" if found.is_legal else "illegal"
        return {"outcome": outcome, "reason": None, "pattern": _weeks(proposed), "report": _report(found), "tiers": {}}

    def told(progress: Progress) -> None:
        figures = {"tier": str(progress.tier), "objective": progress.objective, "bound": progress.bound}
        report(progress.share, progress.phase, **figures)

    asked = inputs.asked
    budget = SolveBudget(seconds=asked.seconds, seed=asked.seed, workers=_WORKERS, effort=asked.effort)
    made = design_pattern(problem, budget, told, report.cancelled)
    return {
        "outcome": str(made.status),
        "reason": "; ".join(made.notes) or None,
        "ended_by": str(made.ended_by),
        "pattern": None if made.pattern is None else _weeks(made.pattern),
        "report": None if made.report is None else _report(made.report),
        "tiers": {
            str(tier.name): {"status": str(tier.status), "objective": tier.objective, "bound": round(tier.bound, 3),
                             "gap": round(tier.gap, 5)}
            for tier in made.tiers
        },
    }  # fmt: skip


def problem_of(inputs: Inputs) -> PatternProblem:
    """Heads on calls become heads on duty: meals and short breaks of the lengths asked for are on top."""
    asked = inputs.asked
    if asked.proposed is None:
        shifts = shift_grid([_minute(start) for start in asked.starts], asked.lengths_min)
    else:
        given = [_shift(day) for week in asked.proposed for day in week]
        shifts = tuple(sorted({shift for shift in given if shift is not None})) or (PatternShift(0, 480),)
    on_calls = np.mean([_share_on_calls(inputs.rules, shift.length_min) for shift in shifts])
    needed = inputs.heads / on_calls
    return PatternProblem(
        needed=_whole(needed.sum(axis=0)),
        n_weeks=asked.weeks if asked.proposed is None else len(asked.proposed),
        team_size=asked.team_size,
        shifts=shifts,
        max_shifts=asked.max_shifts,
        weekly_min=asked.weekly_min,
        meals_paid=inputs.meals_paid,
        needed_999=_whole(needed[0]),
        after_nights_hard=asked.after_nights_hard,
        rules=inputs.rules,
    )


def _share_on_calls(rules: RuleSet, length_min: int) -> float:
    """Share of a duty that is left for calls after its meal and short breaks."""
    rule = rules[RuleId.SHORT_BREAKS]
    breaks = (length_min >= rule["one_from_min"]) + (length_min >= rule["two_from_min"])
    return 1 - (meal_min(rules, length_min) + breaks * rule["break_min"]) / length_min


def _whole(heads: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.ceil(heads - 1e-9).astype(np.int64)


def _shift(day: ShiftIn | None) -> PatternShift | None:
    return None if day is None else PatternShift(_minute(day.start), day.length_min)


def _minute(clock: time) -> int:
    return 60 * clock.hour + clock.minute


def _weeks(pattern: Pattern) -> list[list[dict[str, Any] | None]]:
    return [
        [
            None
            if shift is None
            else {"start": f"{time(*divmod(shift.start_min, 60)):%H:%M}", "length_min": shift.length_min}
            for shift in week
        ]
        for week in pattern.weeks
    ]


def _report(found: PatternReport) -> dict[str, Any]:
    skipped = ("broken", "strains", "fit")
    plain = {name: getattr(found, name) for name in PatternReport.__dataclass_fields__ if name not in skipped}
    fit = {
        name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in asdict(found.fit).items()
    }
    return plain | {
        "broken": [asdict(rule) | {"rule": str(rule.rule)} for rule in found.broken],
        "strains": dict(found.strains),
        "fit": fit,
    }
