"""A whole roster while it is searched: choices, breaks, heads on calls, value of each tier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rostering.model.arrays import Floats, Ints, Need, Week, need_arrays, week_arrays
from rostering.model.options import PersonOptions
from rostering.model.rest import Option
from rostering.model.search import place, short_in
from rostering.problem import RosterProblem

# One quarter-hour seat short outweighs what moving anybody can spare; one quarter-hour moved outweighs seats over.
WEIGHTS = (400, 10, 1)


@dataclass(frozen=True)
class Force:
    """People of a problem with their options, as objects and as arrays."""

    problem: RosterProblem
    people: tuple[PersonOptions, ...]
    week: Week
    need: Need

    def duty_place(self, person: int) -> range:
        """Rows of a person's duties in the arrays."""
        return range(int(self.week.slot_from[person]), int(self.week.slot_from[person + 1]))

    def option(self, person: int, place_in_week: int, number: int) -> Option:
        """Option by its number in the arrays."""
        row = int(self.week.slot_from[person]) + place_in_week
        return self.people[person].duties[place_in_week].options[number - int(self.week.option_from[row])]


@dataclass
class State:
    """choice : option of each duty, (duties,); breaks : starts of meal, break before, after, -1 none, (duties, 3)
    count : heads on calls, (3, intervals); people_cost : weighted, (people,)
    """

    choice: Ints
    breaks: Ints
    count: Ints
    people_cost: Floats

    def copy(self) -> State:
        """An independent copy."""
        return State(self.choice.copy(), self.breaks.copy(), self.count.copy(), self.people_cost.copy())


def make_force(problem: RosterProblem, people: Sequence[PersonOptions]) -> Force:
    """People and need of ``problem`` ready for the search."""
    return Force(problem, tuple(people), week_arrays(people), need_arrays(problem))


def empty_state(force: Force) -> State:
    """Nobody placed yet."""
    duties = force.week.base.size
    return State(
        np.zeros(duties, dtype=np.int64),
        np.full((duties, 3), -1, dtype=np.int64),
        force.need.present.copy(),
        np.zeros(len(force.people)),
    )


def weights() -> Floats:
    """Weights of the tiers, (3,)."""
    return np.array(WEIGHTS, dtype=np.float64)


def take_out(force: Force, state: State, person: int) -> None:
    """Take a person's duties out of the count."""
    place(force.week, force.need, person, -1, state.choice, state.breaks, state.count, weights())


def put_in(force: Force, state: State, person: int) -> None:
    """Add a person's duties to the count; their cost to ``people_cost``."""
    place(force.week, force.need, person, 1, state.choice, state.breaks, state.count, weights())
    chosen = state.choice[list(force.duty_place(person))]
    off = force.people[person].hours_off(int(force.week.paid[chosen].sum()))
    state.people_cost[person] = WEIGHTS[1] * (int(force.week.own[chosen].sum()) + off)


def tiers_of(force: Force, state: State) -> tuple[int, int, int]:
    """Service, people and cost tier of a complete state."""
    service, over_cost, need = 0, 0, force.need
    for t in range(state.count.shape[1]):
        a, b, c = (int(x) for x in state.count[:, t])
        short_999, short = short_in(need, t, a, b, c)
        beyond = max(short - need.first_tenth[t], 0)
        service += need.short[0] * short + (need.short[1] - need.short[0]) * beyond + need.short[2] * short_999
        over_cost += a + b + c - need.need[0, t] - need.need[1, t] + short
    return int(service), round(state.people_cost.sum() / WEIGHTS[1]), int(over_cost)


def weighted(tiers: tuple[int, int, int]) -> int:
    """One number to compare two states with; never reported."""
    return sum(weight * value for weight, value in zip(WEIGHTS, tiers, strict=True))
