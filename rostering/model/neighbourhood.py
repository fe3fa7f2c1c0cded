"""CP-SAT over a neighbourhood: some people's weeks are free, or only everybody's breaks, the rest stands still."""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from rostering.model.constraints import add_learning, add_person_rules
from rostering.model.cover import add_cover
from rostering.model.state import Force, State, put_in, take_out
from rostering.model.variables import PersonVars, add_person
from rostering.roster import SolveBudget, TierName


def improved(
    force: Force, state: State, free: Sequence[int], budget: SolveBudget, *, frozen: bool = False
) -> tuple[State | None, cp_model.CpSolver]:
    """The state with the weeks of ``free`` solved anew from their present ones, or None if the model refuses it.

    frozen : everything stays: the model only accepts or refuses
    """
    rest = state.copy()
    for person in free:
        take_out(force, rest, person)
    model = cp_model.CpModel()
    people: list[PersonVars] = []
    objective = []
    for person in free:
        chosen = [force.option(person, k, int(state.choice[row])) for k, row in enumerate(force.duty_place(person))]
        held = state.breaks[list(force.duty_place(person)), 3].tolist()
        who = add_person(model, force.people[person], chosen if frozen else None, held if frozen else None)
        objective += add_person_rules(model, who)
        add_learning(model, who, sum(at >= 0 for at in held))
        people.append(who)
    objective += add_cover(model, people, force.need, rest.count)
    weight = dict(zip(TierName, (int(w) for w in force.weights), strict=True))
    model.minimize(sum(weight[penalty.tier] * penalty.weight * penalty.term for penalty in objective))
    for person, who in zip(free, people, strict=True):
        hint(force, state, model, person, who)
    solver = _solver(budget, frozen=frozen)
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, solver
    for person, who in zip(free, people, strict=True):
        read(force, rest, solver, person, who)
        put_in(force, rest, person)
    return rest, solver


def hint(force: Force, state: State, model: cp_model.CpModel, person: int, who: PersonVars) -> None:
    """Tell the solver a person's plan in ``state``."""
    for k, (row, duty) in enumerate(zip(force.duty_place(person), who.duties, strict=True)):
        chosen = force.option(person, k, int(state.choice[row]))
        for option, x in zip(duty.options, duty.works, strict=True):
            model.add_hint(x, chosen is not None and option.row == chosen.row)
        for kind, places in enumerate(duty.breaks):
            lasts = who.person.learning.length if kind == 3 else chosen.windows[kind].length if chosen else 0
            taken = (int(state.breaks[row, kind]), lasts)
            for where, var in places.items():
                model.add_hint(var, where == taken)


def read(force: Force, state: State, solver: cp_model.CpSolver, person: int, who: PersonVars) -> None:
    """Write the solver's plan of a person into ``state``, not into its count."""
    for row, duty in zip(force.duty_place(person), who.duties, strict=True):
        option = next((o for o, x in zip(duty.options, duty.works, strict=True) if solver.boolean_value(x)), None)
        state.choice[row] = -1 if option is None else int(force.week.option_from[row]) + option.row
        for kind, places in enumerate(duty.breaks):
            state.breaks[row, kind] = next((s for (s, _), v in places.items() if solver.boolean_value(v)), -1)


def _solver(budget: SolveBudget, *, frozen: bool) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = budget.workers
    solver.parameters.random_seed = budget.seed
    solver.parameters.max_time_in_seconds = max(budget.seconds, 0.05)
    if budget.effort is not None:
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = budget.effort
    solver.parameters.fix_variables_to_their_hinted_value = frozen
    if frozen:
        solver.parameters.symmetry_level = 0
    return solver
