"""A greedy legal start: everybody in turn, the least movable first, at their cheapest plan."""

from __future__ import annotations

import numpy as np

from rostering.model.search import construct
from rostering.model.state import Force, State, empty_state


def greedy_start(force: Force) -> State | None:
    """A legal roster, the same one for the same problem; None if somebody has no legal plan."""
    state = empty_state(force)
    choices = [sum(len(duty.options) for duty in person.duties) for person in force.people]
    order = np.argsort(np.array(choices, dtype=np.int64), kind="stable")
    if construct(force.week, force.need, order, state.choice, state.breaks, state.count, force.weights):
        return state
    return None
