"""A whole roster while it is searched: choices, breaks, heads on calls, value of each tier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from rostering.model.arrays import Floats, Ints, Week, week_arrays
from rostering.model.moves import Moves, make_moves
from rostering.model.need import Need, cover_tiers, need_arrays
from rostering.model.options import PersonOptions
from rostering.model.person import cost_value, people_value
from rostering.model.search import put
from rostering.model.slots import Option
from rostering.problem import RosterProblem

Reached = tuple[int, int, int]  # value of the service, the people and the cost tier

# One quarter-hour seat short outweighs what moving anybody can spare; one quarter-hour moved outweighs seats over.
_SEAT_WEIGHTS = (400.0, 10.0, 1.0)
# A thousandth of a call outweighs an hour of somebody's move; a seat short costs tens to thousands of them.
_CALL_WEIGHTS = (40.0, 10.0, 1.0)


@dataclass(frozen=True)
class Force:
    """People of a problem with their options, as objects and as arrays; weights of the tiers in the search, (3,)."""

    problem: RosterProblem
    people: tuple[PersonOptions, ...]
    week: Week
    need: Need
    moves: Moves
    weights: Floats

    def duty_place(self, person: int) -> range:
        """Rows of a person's slots in the arrays."""
        return range(int(self.week.slot_from[person]), int(self.week.slot_from[person + 1]))

    def option(self, person: int, place: int, number: int) -> Option | None:
        """Option of a person's slot by its number in the arrays; None for -1, no duty."""
        if number < 0:
            return None
        row = int(self.week.slot_from[person]) + place
        return self.people[person].duties[place].options[number - int(self.week.option_from[row])]


@dataclass
class State:
    """choice : option of each slot, -1: no duty, (slots,)
    breaks : starts of meal, break before, break after, learning, (slots, 4)
    count : heads, (rows, intervals)
    """

    choice: Ints
    breaks: Ints
    count: Ints

    def copy(self) -> State:
        """An independent copy."""
        return State(self.choice.copy(), self.breaks.copy(), self.count.copy())


def make_force(problem: RosterProblem, people: Sequence[PersonOptions]) -> Force:
    """People and need of ``problem`` ready for the search."""
    week = week_arrays(people)
    weights = _SEAT_WEIGHTS if problem.cover.cost_short is None else _CALL_WEIGHTS
    return Force(problem, tuple(people), week, need_arrays(problem), make_moves(week), np.array(weights))


def empty_state(force: Force) -> State:
    """Nobody placed yet."""
    slots = force.week.base.size
    return State(np.full(slots, -1, dtype=np.int64), np.full((slots, 4), -1, dtype=np.int64), force.need.present.copy())


def take_out(force: Force, state: State, person: int) -> None:
    """Take a person's duties out of the count."""
    put(force.week, person, -1, state.choice, state.breaks, state.count)


def put_in(force: Force, state: State, person: int) -> None:
    """Add a person's duties to the count."""
    put(force.week, person, 1, state.choice, state.breaks, state.count)


@njit(cache=True, nogil=True)
def _own_tiers(week: Week, choice: Ints) -> tuple[int, int]:  # pragma: no cover - compiled
    """People tier, and the cost tier without seats over the need."""
    people, cost = 0, 0
    for person in range(week.slot_from.size - 1):
        people += people_value(week, person, choice)
        cost += cost_value(week, person, choice)
    return people, cost


def tiers_of(force: Force, state: State) -> Reached:
    """Service, people and cost tier of a complete state."""
    service, over = cover_tiers(force.need, state.count)
    people, extra = _own_tiers(force.week, state.choice)
    return int(service), int(people), int(over + extra)


def weighted(force: Force, tiers: Reached) -> float:
    """One number to compare two states with; never reported."""
    return float(force.weights @ np.array(tiers, dtype=np.float64))
