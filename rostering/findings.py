"""What the checker writes down, and the few measures that it shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from rostering.problem import RosterProblem
from rostering.roster import ActivitySpan, TierName
from rostering.rules import RuleId


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: who, when (None: the whole period), and what was found against what was expected."""

    rule: RuleId
    handler: str
    when: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class RosterPenalty:
    """One term of a tier: the rule that it belongs to, the handler, role or queue, when, and what it adds."""

    tier: TierName
    rule: RuleId
    subject: str
    when: datetime | date | None
    amount: int


@dataclass
class Book:
    """Facts tested, rules found broken and penalties counted so far."""

    problem: RosterProblem
    tested: Counter[RuleId] = field(default_factory=Counter)
    broken: list[Violation] = field(default_factory=list)
    penalties: list[RosterPenalty] = field(default_factory=list)

    def expect(self, ok: bool, rule: RuleId, who: str, when: datetime | None, message: str) -> None:
        """Count a fact; write it down where it is broken."""
        self.tested[rule] += 1
        if not ok:
            self.broken.append(Violation(rule, who, when, message))

    def penalise(self, tier: TierName, rule: RuleId, subject: str, when: datetime | date | None, amount: int) -> None:
        """Count a term of a tier; nothing is written down where it adds nothing."""
        self.tested[rule] += 1
        if amount:
            self.penalties.append(RosterPenalty(tier, rule, subject, when, amount))


def minutes(start: datetime, end: datetime) -> int:
    """Elapsed minutes, also across a clock change: subtraction within one zone would count wall-clock time."""
    return int((end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() // 60)


def local_date(problem: RosterProblem, moment: datetime) -> date:
    """Local date of ``moment``."""
    return moment.astimezone(ZoneInfo(problem.timezone)).date()


def quarters(span_min: int) -> int:
    """Started quarter-hours of ``span_min`` [min]."""
    return -(-span_min // 15)


def merged(spans: Iterable[ActivitySpan]) -> list[ActivitySpan]:
    """Neighbouring spans of one activity as one."""
    whole: list[ActivitySpan] = []
    for span in spans:
        if whole and whole[-1].activity == span.activity and whole[-1].end == span.start:
            whole[-1] = ActivitySpan(span.activity, whole[-1].start, span.end)
        else:
            whole.append(span)
    return whole
