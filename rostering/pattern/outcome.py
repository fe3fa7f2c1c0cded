"""What a pattern's design ends with."""

from __future__ import annotations

from dataclasses import dataclass

from rostering.pattern.problem import Pattern
from rostering.pattern.report import PatternReport
from rostering.roster import EndedBy, SolveStatus, Tier


@dataclass(frozen=True, slots=True)
class PatternOutcome:
    """End of a design. ``pattern`` is None unless the assessment found no rule broken; ``report`` is that assessment.

    tiers : service, people and cost with their bounds, over all choices of at most ``max_shifts`` of the problem's
        shifts; the bound of people and cost holds where the tiers before are no worse than reached. Empty without one
    notes : what a planner should know of the result, in words
    """

    status: SolveStatus
    pattern: Pattern | None
    report: PatternReport | None
    tiers: tuple[Tier, ...]
    notes: tuple[str, ...]
    ended_by: EndedBy
