"""What the assessment of a pattern says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rostering.pattern.fit import Fit
from rostering.rules import RuleId

SHIFTS = "SHIFTS"  # the problem's own limit of different shifts, which no rule set holds


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A hard rule that the pattern breaks: where in the cycle (0-based; None: as a whole), what was found, expected.

    rule : its id, or ``SHIFTS``: more different shifts than the problem allows
    """

    rule: RuleId | str
    week: int | None
    day: int | None
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class PatternReport:
    """A pattern recounted. Counts are of one person in one cycle.

    broken : every hard rule broken, empty for a legal pattern
    strains : what the people tier counts, by the name of its value in rule FATIGUE or AFTER_NIGHTS
    service, people, cost : the three tiers; people in quarter-hours moved, the others as `Fit` has them
    weekly_paid_min : mean paid minutes a week; the contract asks for ``weekly_min`` of the problem
    needed_paid_min : paid minutes that each duty would need to have for the contract, 0 without a duty
    free_weekends : weekends without a minute on duty from Saturday 00:00 to Monday 00:00
    weekend_duties : duties that start on a Saturday or Sunday
    night_average_min : hours over the days that are not weekly rest [min a day] (rule W6)
    """

    broken: tuple[BrokenRule, ...]
    strains: Mapping[str, int]
    fit: Fit
    service: int
    people: int
    cost: int
    n_weeks: int
    n_duties: int
    n_shifts: int
    weekly_paid_min: float
    needed_paid_min: float
    nights: int
    free_weekends: int
    weekend_duties: int
    longest_run: int
    longest_night_run: int
    shortest_rest_min: int | None
    night_average_min: float

    @property
    def is_legal(self) -> bool:
        """Whether no hard rule is broken."""
        return not self.broken
