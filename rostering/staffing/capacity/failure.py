"""Failure demand: calls that would not have come had something gone right before, as hours of handling.

Kinds of call are known as shares of a queue's calls; of each kind a share repeats what was asked before, and a share
could have been prevented. None of the shares is known exactly: each is drawn from a triangle, and the hours have an
interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rostering.staffing.checks import Floats, require_count, require_not_negative, require_share

LEVEL = 0.90


@dataclass(frozen=True, slots=True)
class Triangle:
    """A share between low and high, most likely likely."""

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        require_share(low=self.low, likely=self.likely, high=self.high)
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"low {self.low}, likely {self.likely}, high {self.high}: expected them in this order")

    def draws(self, n: int, rng: np.random.Generator) -> Floats:
        if self.low == self.high:
            return np.full(n, self.low)
        return np.asarray(rng.triangular(self.low, self.likely, self.high, n), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call: its queue (0: 999, 1: 101), share of the queue's calls, and how much of it is failure demand.

    repeat, preventable : shares of the kind's calls; a call counts once, as preventable among those that do not repeat
    handling : the kind's mean handling time over its queue's
    """

    name: str
    queue: int
    share: Triangle
    repeat: Triangle
    preventable: Triangle
    handling: float = 1.0

    def __post_init__(self) -> None:
        require_not_negative(handling=self.handling)
        if self.queue not in (0, 1):
            raise ValueError(f"kind {self.name!r} has queue {self.queue}: expected 0 (999) or 1 (101)")


@dataclass(frozen=True, slots=True)
class Spent:
    """Handling hours over the span: mean, and the bounds of the 90% interval [h]; likewise calls and shares."""

    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class FailureDemand:
    """Of one kind, or of all together (``share``: of a queue's calls (999, 101), (2,))."""

    name: str
    repeat_h: Spent
    preventable_h: Spent
    total_h: Spent
    calls: Spent
    share: tuple[Spent, Spent]


def failure_demand(
    kinds: Sequence[Kind], calls: Floats, handling_h: Floats, draws: int, seed: int
) -> tuple[FailureDemand, ...]:
    """Hours of failure demand of each kind, and of all together at the end.

    Parameters
    ----------
    calls, handling_h : (2,), calls of each queue over the span, and the hours that handling them takes

    Raises
    ------
    ValueError : two kinds have one name, or those of a queue make more than all of its calls
    """
    require_count(100, draws=draws)
    require_count(0, seed=seed)
    names = [kind.name for kind in kinds]
    if len(set(names)) < len(names):
        raise ValueError(f"kinds are named {names}: expected each once")
    for queue, label in enumerate(("999", "101")):
        likely = sum(kind.share.likely for kind in kinds if kind.queue == queue)
        if likely > 1 + 1e-9:
            raise ValueError(f"kinds of queue {label} make {likely:g} of its calls: expected at most 1")
    rng = np.random.default_rng(seed)
    nothing = np.zeros(draws)
    total = {name: nothing.copy() for name in ("repeat", "preventable", "calls")}
    by_queue = np.zeros((2, draws))
    found = []
    for kind in kinds:
        share, repeat, preventable = (part.draws(draws, rng) for part in (kind.share, kind.repeat, kind.preventable))
        preventable = (1 - repeat) * preventable
        hours = share * handling_h[kind.queue] * kind.handling
        parts = {"repeat": hours * repeat, "preventable": hours * preventable}
        of_queue = share * (repeat + preventable)
        parts["calls"] = of_queue * calls[kind.queue]
        alone = np.zeros((2, draws))
        alone[kind.queue] = of_queue
        found.append(_told(kind.name, parts, alone))
        by_queue += alone
        for name in total:
            total[name] += parts[name]
    return (*found, _told("all", total, by_queue))


def _told(name: str, parts: dict[str, Floats], shares: Floats) -> FailureDemand:
    return FailureDemand(
        name=name,
        repeat_h=_spent(parts["repeat"]),
        preventable_h=_spent(parts["preventable"]),
        total_h=_spent(parts["repeat"] + parts["preventable"]),
        calls=_spent(parts["calls"]),
        share=(_spent(shares[0]), _spent(shares[1])),
    )


def _spent(values: Floats) -> Spent:
    tail = (1 - LEVEL) / 2
    lower, upper = np.quantile(values, (tail, 1 - tail))
    return Spent(float(values.mean()), float(lower), float(upper))
