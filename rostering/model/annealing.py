"""The cooling of the search: from a heat at which seats short come and go to one at which only gains are kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rostering.model.moves import make_trial
from rostering.model.need import seat_cost
from rostering.model.search import anneal, reinsert
from rostering.model.state import Force, Reached, State, tiers_of, weighted
from rostering.model.watch import Watch
from rostering.roster import EndedBy

PER_ROUND = 1000  # proposals per person and week in a round of effort
_BLOCKS = 200  # of a search by effort, between two looks at the clock,
_MOST_PROPOSALS = 200_000  # but none of more than so many, about a second: however long, a search ends when told
_BLOCK_S = 0.04  # of a search by seconds
_COLD = 0.2  # heat at last, in the least weight
_COOLED = 0.93  # share of the search after which only gains are kept
_SWEEP_BLOCKS = 7  # cold blocks in which everybody is taken out and put back once
_ENOUGH = 2000  # proposals per slot from which the search may start hot: less could not mend what heat breaks


@dataclass(frozen=True, slots=True)
class Cooling:
    """One search: seats short that its heat is worth at first, its seed, and its part of the budget's effort."""

    hot_seats: float = 0.4
    seed: tuple[int, ...] = (1,)
    part: float = 1.0


Better = Callable[[State, Reached], bool]  # told of each better state; whether nothing is left to gain


def seat_value(force: Force) -> float:
    """What one seat short costs in the middle interval that needs one, weighted."""
    return float(force.weights[0]) * seat_cost(force.need)


def heat_at(part: float, hot: float, cold: float) -> float:
    """Heat after a ``part`` of the search: falling by the same factor, then none."""
    return float(hot * (cold / hot) ** (part / _COOLED)) if part < _COOLED else 0.0


def cooled(
    force: Force, state: State, watch: Watch, until: float, told: Better, cooling: Cooling
) -> tuple[State, EndedBy]:
    """The best state found from ``state``, which is changed, and what ended the search.

    until : share of the seconds at which the search ends at the latest
    told : hears of the best state after every block of proposals
    """
    best = state.copy()
    best_tiers = tiers_of(force, best)
    if force.moves.fixed.size + force.moves.optional.size == 0:
        return best, EndedBy.PROOF
    pace, work = _pace(force, watch, until, cooling), _Work(force, np.random.default_rng(cooling.seed), state)
    cold = _COLD * float(force.weights.min())
    span = max(cooling.hot_seats * seat_value(force) / cold, 1.0)
    while (end := watch.ended(until)) is None:
        if (part := pace.part()) >= 1.0:
            end = pace.ended_by
            break
        heat = heat_at(part, cold * span ** min(1.0, pace.expected() / _ENOUGH), cold)
        block = pace.block
        before = time.monotonic()
        work.anneal(state, heat, block)
        if heat == 0.0:
            work.reinsert(state, pace.people)
        pace.done(block, time.monotonic() - before)
        tiers = tiers_of(force, state)
        if weighted(force, tiers) < weighted(force, best_tiers):
            best, best_tiers = state.copy(), tiers
        if told(best, best_tiers):
            return best, EndedBy.PROOF
    return best, end


class _Work:
    """Random numbers and work arrays of one search."""

    def __init__(self, force: Force, rng: np.random.Generator, state: State) -> None:
        self._force, self._rng, self._trial = force, rng, make_trial(*state.count.shape)
        options = force.week.start.size
        self._price, self._cost = np.zeros(state.count.shape), np.zeros(options)
        self._at = np.zeros((3, options), dtype=np.int64)
        self._order = rng.permutation(len(force.people))
        self._next = 0

    def anneal(self, state: State, heat: float, proposals: int) -> None:
        """Small changes at a heat."""
        force = self._force
        anneal(
            force.week, force.need, force.moves, self._trial, state.choice, state.breaks, state.count, force.weights,
            heat, proposals, self._rng,
        )  # fmt: skip

    def reinsert(self, state: State, n_people: int) -> None:
        """The next people, in a fixed random order, each with another at random: both taken out and put back best."""
        force = self._force
        for _ in range(n_people):
            one, other = self._order[self._next], self._rng.integers(len(self._order))
            self._next = (self._next + 1) % len(self._order)
            pair = np.array([one, other] if other != one else [one], dtype=np.int64)
            reinsert(
                force.week, force.need, pair, state.choice, state.breaks, state.count, force.weights, self._price,
                self._cost, self._at,
            )  # fmt: skip


class _Pace(Protocol):
    """How a search goes on: proposals of the next block, people to reinsert with a cold one."""

    block: int
    people: int
    ended_by: EndedBy

    def part(self) -> float:
        """Part of the search that is done, 1: all."""

    def expected(self) -> float:
        """Proposals per slot that the whole search will have."""

    def done(self, proposals: int, seconds: float) -> None:
        """Take note of a block."""


@dataclass
class ByEffort:
    """The same blocks on any machine, as long as they fit the time: where half of it has done less than half of them,
    the rest cools with the clock, since a search that is cut off while hot has kept little."""

    total: int
    n_slots: int
    block: int
    people: int
    watch: Watch
    until: float
    ended_by: EndedBy = EndedBy.EFFORT
    made: int = 0

    def __post_init__(self) -> None:
        self._begin = self.watch.share
        self._hurried: tuple[float, float] | None = None  # share of the time and part of the effort from which it does

    def part(self) -> float:
        done, share = self.made / self.total, self.watch.share
        if self._hurried is None:
            if share < (self._begin + self.until) / 2 or done >= 0.5:
                return done
            self._hurried, self.ended_by = (share, done), EndedBy.SECONDS
        since, before = self._hurried
        return before + (1.0 - before) * min((share - since) / max(self.until - since, 1e-9), 1.0)

    def expected(self) -> float:
        return self.total / self.n_slots

    def done(self, proposals: int, seconds: float) -> None:
        del seconds  # the same blocks on any machine
        self.made += proposals


@dataclass
class _BySeconds:
    """Blocks of about the same time, until a share of the seconds."""

    watch: Watch
    begin: float
    until: float
    n_slots: int
    people: int
    block: int = 1000
    rate: float = 0.0
    ended_by: EndedBy = EndedBy.SECONDS

    def part(self) -> float:
        return (self.watch.share - self.begin) / max(self.until - self.begin, 1e-9)

    def expected(self) -> float:
        return self.rate * self.watch.budget.seconds * (self.until - self.begin) / self.n_slots

    def done(self, proposals: int, seconds: float) -> None:
        self.rate = proposals / max(seconds, 1e-6)
        self.block = max(int(self.rate * _BLOCK_S), 100)


def _pace(force: Force, watch: Watch, until: float, cooling: Cooling) -> _Pace:
    n_slots = force.moves.fixed.size + force.moves.optional.size
    people = -(-len(force.people) // _SWEEP_BLOCKS)
    effort = watch.budget.effort
    if effort is None:
        return _BySeconds(watch, watch.share, until, n_slots, people)
    total = max(int(PER_ROUND * len(force.people) * force.problem.n_weeks * effort * cooling.part), 1)
    return ByEffort(total, n_slots, min(max(total // _BLOCKS, 1), _MOST_PROPOSALS), people, watch, until)
