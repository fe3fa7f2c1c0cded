"""One rule: its id, what it says, its values with their units, where it comes from, hard or soft."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rostering.errors import ProblemError


class RuleId(StrEnum):
    """Names of the rules; W, H, P, O, F, L and S numbers are those of the domain notes."""

    DAILY_REST = "W1"
    COMPENSATORY_REST = "W2"
    WEEKLY_REST = "W3"
    WEEKLY_AVERAGE = "W4"
    NIGHT = "W5"
    NIGHT_AVERAGE = "W6"
    NIGHT_LENGTH = "W7"
    STATUTORY_BREAK = "W9"
    MEAL = "W10"
    SHORT_BREAKS = "W11"
    DUTY_MAX = "H1"
    RUN = "H2"
    NIGHT_RUN = "H2N"
    AFTER_NIGHTS = "H3"
    FATIGUE = "H4"
    LENGTHS = "LENGTHS"
    CONTRACT = "P1"
    FIXED_DAYS = "P2"
    CONSENT = "P3"
    OVERTIME = "P4"
    PUBLICATION = "O1"
    AGREEMENT = "F1"
    LEARNING = "L1"
    ROLES = "S1"
    TRAINEES = "S2"
    LEAVE = "LEAVE"
    SKILL = "SKILL"
    SINGLE_DUTY = "SINGLE"
    TRAINING = "TRAINING"
    ACTIVITIES = "ACTIVITIES"
    PINNED = "PINNED"
    SERVICE = "SERVICE"
    FAIRNESS = "FAIRNESS"
    WISHES = "WISHES"
    CHANGES = "CHANGES"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: named whole-number values (unit in the name), where it comes from, hard or soft.

    Raises
    ------
    ProblemError : a name comes twice, a value is below 0, or there is no source
    """

    id: RuleId
    text: str
    values: tuple[tuple[str, int], ...]
    source: str
    hard: bool

    def __post_init__(self) -> None:
        if len({name for name, _ in self.values}) != len(self.values):
            raise ProblemError(f"rule {self.id} names a value twice: {[name for name, _ in self.values]}")
        for name, value in self.values:
            if value < 0:
                raise ProblemError(f"rule {self.id}: {name} is {value}, expected 0 or more")
        if not self.source:
            raise ProblemError(f"rule {self.id} has no source: say where it comes from")

    def __getitem__(self, name: str) -> int:
        for known, value in self.values:
            if known == name:
                return value
        raise KeyError(f"rule {self.id} has no value {name!r}; it has {[known for known, _ in self.values]}")
