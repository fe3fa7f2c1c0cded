"""The cooling of the search: from a heat at which seats short come and go to one at which only gains are kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rostering.model.moves import make_trial
from rostering.model.search import anneal
from rostering.model.state import Force, Reached, State, tiers_of, weighted
from rostering.model.watch import Watch
from rostering.roster import EndedBy

PER_ROUND = 1000  # proposals per person and week in a round of effort
_BLOCKS = 200  # of a search by effort, between two looks at the clock
_BLOCK_S = 0.04  # of a search by seconds
_COLD = 0.2  # heat at last, in the least weight
_COOLED = 0.93  # share of the search after which only gains are kept
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
    steps = (force.need.service[:, 1] + force.need.service_999[:, 1])[force.need.need.sum(axis=0) > 0]
    total = force.need.service[:, 1][force.need.need.sum(axis=0) > 0]
    middle = float(np.median(total[total > 0])) if (total > 0).any() else float(np.median(steps)) if steps.size else 1.0
    return float(force.weights[0]) * max(middle, 1.0)


def heat_at(part: float, hot: float, cold: float) -> float:
    """Heat after a ``part`` of the search: falling by the same factor, then none."""
    return float(hot * (cold / hot) ** (part / _COOLED)) if part < _COOLED else 0.0


def cooled(
    force: Force, state: State, watch: Watch, until: float, told: Better, cooling: Cooling
) -> tuple[State, EndedBy]:
    """The best state found from ``state``, which is changed, and what ended the search.

    until : share of the seconds at which the search ends at the latest
    """
    rng, trial = np.random.default_rng(cooling.seed), make_trial(*state.count.shape)
    proposals = PER_ROUND * len(force.people) * force.problem.n_weeks
    effort = watch.budget.effort
    total = max(int(proposals * effort * cooling.part), 1) if effort is not None else 0
    block = max(total // _BLOCKS, 1) if effort is not None else 1000
    best, best_value = state.copy(), weighted(force, tiers_of(force, state))
    done, begin, rate = 0, watch.share, 0.0
    cold = _COLD * float(force.weights.min())
    n_slots = force.moves.fixed.size + force.moves.optional.size
    if n_slots == 0:
        return best, EndedBy.PROOF
    while (end := watch.ended(until)) is None:
        if effort is not None:
            part, expected = done / total, float(total)
        else:
            part = (watch.share - begin) / max(until - begin, 1e-9)
            expected = rate * watch.budget.seconds * (until - begin)
        if part >= 1.0:
            end = EndedBy.EFFORT
            break
        hot = cold * max(cooling.hot_seats * seat_value(force) / cold, 1.0) ** min(1.0, expected / n_slots / _ENOUGH)
        before = time.monotonic()
        anneal(
            force.week, force.need, force.moves, trial, state.choice, state.breaks, state.count, force.weights,
            heat_at(part, hot, cold), block, rng,
        )  # fmt: skip
        done += block
        if effort is None:
            rate = block / max(time.monotonic() - before, 1e-6)
            block = max(int(rate * _BLOCK_S), 100)
        tiers = tiers_of(force, state)
        if weighted(force, tiers) < best_value:
            best, best_value = state.copy(), weighted(force, tiers)
            if told(best, tiers):
                return best, EndedBy.PROOF
        elif told(best, tiers_of(force, best)):
            return best, EndedBy.PROOF
    return best, end
