"""Breaks on duties whose times stand: an exact CP-SAT model places them where they hurt least."""

from __future__ import annotations

import numpy as np

from rostering.model.neighbourhood import improved, related_people
from rostering.model.state import Force, State, tiers_of, weighted
from rostering.roster import SolveBudget

_MOST_PEOPLE = 25  # whose breaks are placed together: everybody's at once rarely ends in time


def place_breaks(force: Force, state: State, budget: SolveBudget, rng: np.random.Generator) -> State:
    """Breaks of everybody around a short interval placed anew; the better of old and new."""
    free = related_people(force, state, rng, _MOST_PEOPLE)
    new, _ = improved(force, state, free, budget, only_breaks=True)
    if new is not None and weighted(force, tiers_of(force, new)) < weighted(force, tiers_of(force, state)):
        return new
    return state
