"""Small problems outright: the whole CP-SAT model, one tier after the other, each at its optimum before the next."""

from __future__ import annotations

import math

from ortools.sat.python import cp_model

from rostering.model.constraints import add_learning, add_person_rules
from rostering.model.cover import add_cover
from rostering.model.neighbourhood import hint, read
from rostering.model.state import Force, Reached, State, empty_state, put_in, tiers_of
from rostering.model.variables import PersonVars, add_person
from rostering.roster import TierName

_MOST_OPTIONS = 1000  # of a problem that is solved whole: above, the model takes longer than it is worth
_DETERMINISTIC_S = 5.0  # CP-SAT's deterministic time of each tier


def is_small(force: Force) -> bool:
    """Whether the whole model is worth a try, and has a place for all learning: one session a person, on calls."""
    week = force.week
    plain = (week.sessions < 2) & (week.left_over == 0) & ~(week.learns_free & (week.sessions > 0))
    return 0 < week.start.size <= _MOST_OPTIONS and bool(plain.all())


def solved_whole(force: Force, state: State, seconds: float, seed: int) -> tuple[State, Reached]:
    """A state no worse than ``state``, and a bound of each tier given that those before are as in that state.

    One worker and deterministic time, so that it ends the same on any machine unless ``seconds`` end it. Tiers after
    one that is not proven have the bound 0.
    """
    model = cp_model.CpModel()
    people = [add_person(model, person) for person in force.people]
    penalties = [penalty for who in people for penalty in add_person_rules(model, who)]
    for who in people:
        add_learning(model, who, who.person.learning.sessions)
    penalties += add_cover(model, people, force.need, force.need.present)
    best, bounds = state, [0, 0, 0]
    for place, tier in enumerate(TierName):
        value = sum(penalty.weight * penalty.term for penalty in penalties if penalty.tier is tier)
        model.clear_hints()  # type: ignore[no-untyped-call]
        for person, who in enumerate(people):
            hint(force, best, model, person, who)
        model.minimize(value)
        solver = _solver(seconds / 3, seed)
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            break
        found = _read_all(force, people, solver)
        # What no choice changes, intervals out of reach, is no term of the model.
        constant = tiers_of(force, found)[place] - round(solver.objective_value)
        best = min(best, found, key=lambda one: tiers_of(force, one))
        bounds[place] = max(math.ceil(solver.best_objective_bound - 1e-6) + constant, 0)
        if status != cp_model.OPTIMAL:
            break
        model.add(value <= round(solver.objective_value))
    service, of_people, cost = bounds
    return best, (service, of_people, cost)


def _read_all(force: Force, people: list[PersonVars], solver: cp_model.CpSolver) -> State:
    found = empty_state(force)
    for person, who in enumerate(people):
        read(force, found, solver, person, who)
        put_in(force, found, person)
    return found


def _solver(seconds: float, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(seconds, 0.05)
    solver.parameters.max_deterministic_time = _DETERMINISTIC_S
    return solver
