"""How often each step of an automaton is taken on each day of the week, all in one piece: the CP-SAT side."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from rostering.pattern.automaton import Automaton
from rostering.pattern.euler import closed_walk, pieces


@dataclass(frozen=True, slots=True)
class Step:
    """One choice on one day of the week in one state; states of different days are different numbers."""

    day: int
    label: int
    marks: tuple[str, ...]
    tail: int
    head: int


def daily_steps(automaton: Automaton, n_days: int) -> list[Step]:
    """Every step of an automaton that is the same on each day of the week; the last day's lead into the first day."""
    n_states = automaton.n_states
    return [
        Step(day, move.label, move.marks, day * n_states + state, (day + 1) % n_days * n_states + move.to)
        for day in range(n_days)
        for state, moves in enumerate(automaton.moves)
        for move in moves
    ]


def dated_steps(automaton: Automaton, n_choices: int) -> list[Step]:
    """Every step of an automaton whose states know their day; its labels are ``day * n_choices + choice``."""
    return [
        Step(*divmod(move.label, n_choices), move.marks, state, move.to)
        for state, moves in enumerate(automaton.moves)
        for move in moves
    ]


@dataclass(slots=True)
class Circulation:
    """Variables of a model: how many weeks of the cycle take each step, (steps,); states are left as often as entered.

    ``by_choice`` holds the variables of each day and label.
    """

    model: cp_model.CpModel
    steps: list[Step]
    times: list[cp_model.IntVar]
    by_choice: dict[tuple[int, int], list[cp_model.IntVar]]
    is_used: dict[int, cp_model.IntVar] = field(default_factory=dict)

    def walk(self, times: list[int], start_day: int = 0) -> list[Step]:
        """The steps in the order of one closed walk that begins on ``start_day``."""
        tails, heads = [step.tail for step in self.steps], [step.head for step in self.steps]
        start = next(
            step.tail for step, taken in zip(self.steps, times, strict=True) if taken and step.day == start_day
        )
        return [self.steps[index] for index in closed_walk(tails, heads, times, start)]


def add_circulation(model: cp_model.CpModel, steps: list[Step], n_weeks: int, n_days: int) -> Circulation:
    """Add the steps of a cycle of ``n_weeks``: each day is chosen once a week, each state left as often as entered.

    The model is infeasible without steps.
    """
    times = [model.new_int_var(0, n_weeks, f"day {step.day} {step.label} from {step.tail}") for step in steps]
    balance: dict[int, list[cp_model.LinearExprT]] = defaultdict(list)
    by_choice = defaultdict(list)
    for step, taken in zip(steps, times, strict=True):
        balance[step.tail].append(taken)
        balance[step.head].append(-taken)
        by_choice[step.day, step.label].append(taken)
    for terms in balance.values():
        model.add(sum(terms) == 0)
    for day in range(n_days):
        model.add(
            sum(taken for (its_day, _), column in by_choice.items() if its_day == day for taken in column) == n_weeks
        )
    return Circulation(model, steps, times, by_choice)


def add_connections(circulation: Circulation, times: list[int]) -> bool:
    """Forbid the way in which ``times`` (steps,) fall into several pieces; False if they are in one piece.

    For each piece: if a state of it and one outside are both used, a step must lead out of the piece. Every circulation
    in one piece obeys that.
    """
    steps, model = circulation.steps, circulation.model
    parts = pieces([step.tail for step in steps], [step.head for step in steps], times)
    if len(parts) < 2:
        return False
    load: dict[int, int] = defaultdict(int)
    for step, taken in zip(steps, times, strict=True):
        load[step.tail] += taken
    busiest = [max(sorted(part), key=lambda state: load[state]) for part in parts]
    for number, part in enumerate(parts):
        leaving = [
            taken
            for step, taken in zip(steps, circulation.times, strict=True)
            if step.tail in part and step.head not in part
        ]
        other = busiest[1] if number == 0 else busiest[0]
        both = [_used(circulation, busiest[number]), _used(circulation, other)]
        model.add(sum(leaving) >= 1).only_enforce_if(both)
    return True


def _used(circulation: Circulation, state: int) -> cp_model.IntVar:
    """Whether any step leaves the state, as a variable made once."""
    if state not in circulation.is_used:
        used = circulation.model.new_bool_var(f"state {state} used")
        leaving = [
            taken for step, taken in zip(circulation.steps, circulation.times, strict=True) if step.tail == state
        ]
        circulation.model.add(sum(leaving) >= 1).only_enforce_if(used)
        circulation.model.add(sum(leaving) == 0).only_enforce_if(~used)
        circulation.is_used[state] = used
    return circulation.is_used[state]
