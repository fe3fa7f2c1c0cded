"""What the checker writes down, and the few measures that it shares."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from rostering.problem import RosterProblem
from rostering.rules import RuleId


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: who, when (None: the whole week), and what was found against what was expected."""

    rule: RuleId
    handler: str
    when: datetime | None
    message: str


@dataclass
class Book:
    """Facts tested and rules found broken so far."""

    problem: RosterProblem
    tested: Counter[RuleId] = field(default_factory=Counter)
    broken: list[Violation] = field(default_factory=list)

    def expect(self, ok: bool, rule: RuleId, who: str, when: datetime | None, message: str) -> None:
        """Count a fact; write it down where it is broken."""
        self.tested[rule] += 1
        if not ok:
            self.broken.append(Violation(rule, who, when, message))


def minutes(start: datetime, end: datetime) -> int:
    """Elapsed minutes, also across a clock change: subtraction within one zone would count wall-clock time."""
    return int((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() // 60)


def local_date(problem: RosterProblem, moment: datetime) -> date:
    """Local date of ``moment``."""
    return moment.astimezone(ZoneInfo(problem.timezone)).date()


def quarters(span_min: int) -> int:
    """Started quarter-hours of ``span_min`` [min]."""
    return -(-span_min // 15)
