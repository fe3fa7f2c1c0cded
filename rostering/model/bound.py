"""Proven lower bounds of the tiers, by ascent on the Lagrangian; each given that the tiers before are no worse."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np

from rostering.model.arrays import Floats, Ints
from rostering.model.lagrangian import ascend
from rostering.model.state import Force, Reached

_ROUNDS = 10
_STEPS = (0.3, 3.0, 1.0)  # first Adam step per tier [cost per seat]
_MULTIPLIERS = ((0.0, 0.0, 0.0), (10.0, 0.0, 0.0), (5.0, 0.3, 0.0))  # of the tiers before, at the start


@dataclass
class _Ascent:
    """Prices of one tier's bound, and the best bound per values of the tiers before."""

    tier: int
    price: Floats
    multiplier: Floats
    moments: Floats
    done: int = 0
    best: dict[Reached, float] = field(default_factory=dict)


class Bounds:
    """Bounds that get better with each call of ``climb``; safe to read while another thread climbs."""

    def __init__(self, force: Force) -> None:
        n = force.need.need.shape[1]
        self._force = force
        self._most = _most_heads(force)
        self._ascents = [
            _Ascent(tier, np.zeros((3, n)), np.array(_MULTIPLIERS[tier]), np.zeros((2, 3, n + 1))) for tier in range(3)
        ]

    def climb(self, tier: int, reached: Reached) -> float:
        """A few more steps for ``tier``, if the tiers before it are kept at ``reached``; the best bound so far."""
        ascent = self._ascents[tier]
        known = _before(tier, reached)
        week, need = self._force.week, self._force.need
        values = np.array(reached, dtype=np.float64)
        bound = ascend(
            week,
            need,
            self._most,
            tier,
            values,
            ascent.price,
            ascent.multiplier,
            ascent.moments,
            _STEPS[tier],
            ascent.done,
            _ROUNDS,
        )
        ascent.done += _ROUNDS
        ascent.best[known] = max(bound, ascent.best.get(known, 0.0))
        return ascent.best[known]

    def best(self, tier: int, reached: Reached) -> float:
        """Best bound so far of ``tier``; tiers are whole numbers, so that it rounds up."""
        value = self._ascents[tier].best.get(_before(tier, reached), 0.0)
        return float(np.ceil(value - 1e-4))

    def complete(self, reached: Reached) -> None:
        """Climb once for each tier that has no bound at these values yet."""
        for ascent in self._ascents:
            if _before(ascent.tier, reached) not in ascent.best:
                self.climb(ascent.tier, reached)


def climb_until(bounds: Bounds, reached: list[Reached], stop: threading.Event) -> None:
    """Climb for the three tiers in turn until told to stop; ``reached[0]`` is today's incumbent."""
    turn = 0
    while not stop.is_set():
        now = reached[0]
        tier = (0, 1, 1, 2, 0, 1, 1, 1)[turn % 8]
        if bounds.best(tier, now) < now[tier]:
            bounds.climb(tier, now)
        else:
            stop.wait(0.01)
        turn += 1


def _before(tier: int, reached: Reached) -> Reached:
    """The values that a bound of ``tier`` leans on."""
    service, people, _ = reached
    return (service if tier > 0 else 0, people if tier > 1 else 0, 0)


def _most_heads(force: Force) -> Ints:
    """Most heads of ours that could be on calls, (3 skill classes, intervals)."""
    most = np.zeros((3, force.need.need.shape[1]), dtype=np.int64)
    for person in force.people:
        for duty in person.duties:
            first, last = min(o.start for o in duty.options), max(o.end for o in duty.options)
            if duty.skill_class is not None:
                most[duty.skill_class, max(first, 0) : max(last, 0)] += 1
    return most
