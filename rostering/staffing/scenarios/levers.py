"""What every change has: the span in which it holds, values that are not known exactly, and what it collides with."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from rostering.staffing.checks import require_count, require_not_negative
from rostering.staffing.scenarios.plan import Plan

QUEUES = ("999", "101")


class Case(StrEnum):
    """Which value of what is not known exactly."""

    LOW = "low"
    LIKELY = "likely"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A value with the bounds that it is believed to lie between."""

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        require_not_negative(low=self.low, likely=self.likely, high=self.high)
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"low {self.low}, likely {self.likely}, high {self.high}: expected them in this order")

    @property
    def is_known(self) -> bool:
        return self.low == self.high

    def at(self, case: Case) -> float:
        return float(getattr(self, case))


def known(value: float) -> Uncertain:
    return Uncertain(value, value, value)


@dataclass(frozen=True, slots=True)
class Span:
    """Intervals from ``first`` to ``last``, which is excluded; None: to the end of the plan."""

    first: int = 0
    last: int | None = None

    def __post_init__(self) -> None:
        require_count(0, first=self.first)
        if self.last is not None and self.last <= self.first:
            raise ValueError(f"span ends at interval {self.last}: expected after its first, {self.first}")

    def within(self, intervals: int) -> slice:
        """Raises ValueError where the span reaches beyond a plan of so many intervals."""
        last = intervals if self.last is None else self.last
        if not self.first < last <= intervals:
            raise ValueError(f"span of intervals {self.first} to {last}: expected inside the plan's {intervals}")
        return slice(self.first, last)

    def overlaps(self, other: "Span") -> bool:
        return (other.last is None or self.first < other.last) and (self.last is None or other.first < self.last)


WHOLE = Span()


class Change(Protocol):
    """A lever. Two of one class that share a subject and an interval contradict each other."""

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan: ...

    @property
    def subjects(self) -> frozenset[Hashable]:
        """What it moves."""
        ...

    @property
    def where(self) -> Span: ...

    @property
    def is_uncertain(self) -> bool: ...


def queues_of(queue: str | None) -> tuple[int, ...]:
    """Rows of a queue, or of both. Raises ValueError for an unknown name."""
    if queue is None:
        return 0, 1
    if queue not in QUEUES:
        raise ValueError(f"queue is {queue!r}: expected 999, 101 or none for both")
    return (QUEUES.index(queue),)


def scaled_rates(plan: Plan, queue: str | None, span: Span, factor: float) -> Plan:
    rates = plan.rates.copy()
    for row in queues_of(queue):
        rates[:, row, span.within(plan.intervals)] *= factor
    return replace(plan, rates=rates)
