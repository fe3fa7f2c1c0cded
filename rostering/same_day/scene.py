"""A roster at a moment, the heads that are missing from it, and what one head more or less is worth by quarter-hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from rostering.coverage import cost_of_heads, heads_on_calls
from rostering.errors import ProblemError
from rostering.problem import RosterProblem
from rostering.roster import Activity, Duty
from rostering.same_day.absence import QUARTER, ceil_quarter, floor_quarter

Ints = NDArray[np.int64]
ROWS: Mapping[Activity, int] = {Activity.CALLS_999: 0, Activity.CALLS_101: 1}


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a day's repair may go.

    lead_min : from the telephone call to the start of a duty that nobody expected [min]
    least_call_out_min, most_call_out_min : length of a call-out [min]
    most_extension_min : by which a duty is lengthened [min]
    """

    lead_min: int = 60
    least_call_out_min: int = 240
    most_call_out_min: int = 600
    most_extension_min: int = 240

    def __post_init__(self) -> None:
        for name in ("lead_min", "least_call_out_min", "most_call_out_min", "most_extension_min"):
            value = getattr(self, name)
            if value < 0 or value % 15:
                raise ProblemError(f"{name} is {value}, expected a multiple of 15, 0 or more")
        if not 0 < self.least_call_out_min <= self.most_call_out_min:
            raise ProblemError(
                f"least_call_out_min is {self.least_call_out_min}, expected more than 0 and at most most_call_out_min, "
                f"{self.most_call_out_min}"
            )


@dataclass(frozen=True, slots=True)
class Turn:
    """How often somebody was called out or kept longer in the last 13 and 52 weeks, and for how long in 52 [min]."""

    times_13: int = 0
    times_52: int = 0
    minutes_52: int = 0


@dataclass(frozen=True, slots=True)
class Lender:
    """An interruptible desk, with the heads there in each interval of the cover, (n,)."""

    name: str
    heads: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What options are made from.

    duties : that are not frozen, whoever is away taken out
    now : nothing before it changes; the next quarter-hour counts [UTC]
    start, end : of the time in which heads are missing, from ``now`` on [UTC]
    """

    problem: RosterProblem
    duties: tuple[Duty, ...]
    now: datetime
    start: datetime
    end: datetime
    limits: Limits = field(default_factory=Limits)
    turns: Mapping[str, Turn] = field(default_factory=dict)
    lenders: tuple[Lender, ...] = ()
    away: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.end <= self.start or self.start < self.now:
            raise ProblemError(
                f"heads are missing from {self.start.isoformat()} to {self.end.isoformat()}, told at "
                f"{self.now.isoformat()}: expected a time that begins by then or later"
            )

    def place(self, moment: datetime) -> int:
        """Interval of the cover that begins at a quarter-hour; below 0 before the period."""
        return (moment - self.problem.begin) // QUARTER

    @property
    def gap(self) -> slice:
        """Intervals of the cover in which heads are missing."""
        return slice(max(self.place(self.start), 0), max(self.place(self.end), 0))


def window_of(
    missing: Sequence[tuple[datetime, datetime]], now: datetime, until: datetime
) -> tuple[datetime, datetime] | None:
    """From the first to the last quarter-hour between ``now`` and ``until`` that is missing [UTC]; None: none is."""
    soon, latest = ceil_quarter(now), ceil_quarter(until)
    inside = [(max(floor_quarter(start), soon), min(ceil_quarter(end), latest)) for start, end in missing]
    inside = [(start, end) for start, end in inside if start < end]
    return (min(start for start, _ in inside), max(end for _, end in inside)) if inside else None


def wanting(problem: RosterProblem, queue: Activity, start: datetime, end: datetime, heads: int) -> RosterProblem:
    """The problem with so many heads more needed at a desk from ``start`` to ``end``, quarter-hours."""
    cover = problem.cover
    needed = np.stack([cover.needed_999, cover.needed_101])
    first, last = ((moment - problem.begin) // QUARTER for moment in (start, end))
    needed[ROWS[queue], max(first, 0) : max(last, 0)] += heads
    return replace(problem, cover=replace(cover, needed_999=needed[0], needed_101=needed[1]))


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What heads are worth in the service tier.

    on_calls : heads on calls, (2, n), 999 first
    cost : of each interval as it is, (n,)
    gain, loss : what one head more saves and one head fewer costs, (2, n)
    """

    on_calls: Ints
    cost: Ints
    gain: Ints
    loss: Ints


def worth_of(problem: RosterProblem, duties: Iterable[Duty]) -> Worth:
    """Heads of a roster and what one more or fewer is worth, interval by interval."""
    on_calls = heads_on_calls(problem, duties)
    cost = cost_of_heads(problem, on_calls)
    one = np.eye(2, dtype=np.int64)[:, :, None]
    gain = np.stack([cost - cost_of_heads(problem, on_calls + one[row]) for row in (0, 1)])
    loss = np.stack([cost_of_heads(problem, on_calls - one[row]) - cost for row in (0, 1)])
    return Worth(on_calls, cost, gain, loss)
