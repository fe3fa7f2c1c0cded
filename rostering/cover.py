"""What the room needs in each interval: heads on calls, what each seat short costs, roles that must be present."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rostering.errors import ProblemError
from rostering.people import INTERVAL_MIN, require_quarter
from rostering.roster import require_aware

_MOST_HEADS, _MOST_COST = 1_000_000, 1_000_000_000  # sums over four weeks stay far within 64 bits


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single truth value
class Cover:
    """Heads wanted on calls per interval: the local period from Monday 00:00, then a tail into the next week.

    start : first interval, with time zone
    needed_999, needed_101 : heads, (n,), >= 0, stored read-only
    already_999, already_101 : people on calls there from duties that are not in this problem, (n,), default none
    cost_short : service cost of 0, 1, 2 ... seats short in total, (n, k), convex and rising from 0; None: by rule
        SERVICE, in seat-quarter-hours. From the staffing model: thousandths of a late 999 or lost 101 call, weighted
    cost_short_999 : what it costs on top that of them 0, 1, 2 ... are 999 seats, (n, j), likewise; both or neither.
        Beyond the last column each further seat costs what the last one did
    """

    start: datetime
    needed_999: NDArray[np.int64]
    needed_101: NDArray[np.int64]
    already_999: NDArray[np.int64] | None = None
    already_101: NDArray[np.int64] | None = None
    interval_s: int = 900
    cost_short: NDArray[np.int64] | None = None
    cost_short_999: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        require_aware("cover start", self.start)
        require_quarter("cover start", self.start)
        if self.interval_s != INTERVAL_MIN * 60:
            raise ProblemError(f"cover interval_s is {self.interval_s}, expected 900")
        n = np.size(self.needed_999)
        for name in ("needed_999", "needed_101", "already_999", "already_101"):
            values = getattr(self, name)
            object.__setattr__(self, name, _heads(name, np.zeros(n) if values is None else values, n))
        if (self.cost_short is None) != (self.cost_short_999 is None):
            raise ProblemError("cover cost_short and cost_short_999: expected both or neither")
        for name in ("cost_short", "cost_short_999"):
            if (values := getattr(self, name)) is not None:
                object.__setattr__(self, name, _convex(name, values, n))

    @property
    def n_intervals(self) -> int:
        """Intervals of the period and its tail."""
        return len(self.needed_999)


@dataclass(frozen=True, slots=True)
class RoleCover:
    """People of a role on duty: at least so many in every interval from ``start`` to ``end``, with time zone.

    Soft, in the service tier, since days may be fixed: each head short in a quarter-hour costs what rule ROLES says.
    """

    role: str
    start: datetime
    end: datetime
    at_least: int

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            require_aware(f"role cover of {self.role}: {name}", getattr(self, name))
            require_quarter(f"role cover of {self.role}: {name}", getattr(self, name))
        if self.end <= self.start:
            raise ProblemError(f"role cover of {self.role} ends {self.end} before it starts {self.start}")
        if self.at_least < 1:
            raise ProblemError(f"role cover of {self.role}: at_least is {self.at_least}, expected 1 or more")


def _heads(name: str, values: ArrayLike, n: int) -> NDArray[np.int64]:
    """Whole heads >= 0 as a read-only copy, (n,)."""
    heads = np.array(values, dtype=np.int64)
    if heads.shape != (n,) or not np.array_equal(heads, np.asarray(values)):
        raise ProblemError(f"cover {name} has shape {heads.shape}, expected {n} whole numbers")
    if (heads > _MOST_HEADS).any():
        raise ProblemError(
            f"cover {name} is {heads.max()} at interval {heads.argmax()}, expected at most {_MOST_HEADS}"
        )
    if (heads < 0).any():
        raise ProblemError(f"cover {name} is {heads.min()} at interval {heads.argmin()}, expected 0 or more")
    heads.flags.writeable = False
    return heads


def _convex(name: str, values: ArrayLike, n: int) -> NDArray[np.int64]:
    """Rising convex costs from 0 as a read-only copy, (n, at least 2)."""
    costs = np.array(values, dtype=np.int64)
    if costs.ndim != 2 or costs.shape[0] != n or costs.shape[1] < 2 or not np.array_equal(costs, np.asarray(values)):
        raise ProblemError(f"cover {name} has shape {costs.shape}, expected ({n}, 2 or more) whole numbers")
    steps = np.diff(costs, axis=1)
    bad = (costs[:, 0] != 0) | (steps[:, 0] < 0) | (np.diff(steps, axis=1) < 0).any(axis=1)
    if (costs > _MOST_COST).any():
        raise ProblemError(f"cover {name} is {costs.max()} at most, expected up to {_MOST_COST}")
    if bad.any():
        raise ProblemError(f"cover {name} at interval {bad.argmax()} is {costs[bad.argmax()]}, expected convex from 0")
    costs.flags.writeable = False
    return costs
