"""Why somebody has no legal week: one person's own small CP-SAT model, and a deletion filter over the rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ortools.sat.python import cp_model

from rostering.model.arrays import week_arrays
from rostering.model.constraints import add_person_rules
from rostering.model.options import NOTHING, PersonOptions, Without, person_options
from rostering.model.person import FAR, best_week
from rostering.model.variables import add_person
from rostering.problem import Handler, RosterProblem
from rostering.roster import Conflict
from rostering.rules import RuleId

# In the order in which they are left out: what is left at the end is what a planner can most easily change.
_DROPPABLE = (
    RuleId.LENGTHS,
    RuleId.DUTY_MAX,
    RuleId.WEEKLY_REST,
    RuleId.WEEKLY_AVERAGE,
    RuleId.DAILY_REST,
    RuleId.TRAINING,
    RuleId.SKILL,
    RuleId.CONSENT,
    RuleId.CONTRACT,
)


def is_possible(person: PersonOptions) -> bool:
    """Whether the rules leave a week for ``person``, as CP-SAT decides."""
    model = cp_model.CpModel()
    add_person_rules(model, add_person(model, person))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def conflict_of(problem: RosterProblem, handler: Handler) -> Conflict:
    """A minimal set of rules that leaves ``handler`` without a legal week."""

    def possible(without: Without) -> bool:
        return is_possible(person_options(problem, handler, without))

    left_out: Without = NOTHING
    for rule in _DROPPABLE:
        if not possible(left_out | {rule}):
            left_out |= {rule}
    core = tuple(rule for rule in _DROPPABLE if rule not in left_out) or (RuleId.FIXED_DAYS,)
    texts = "; ".join(f"{rule}: {problem.rules[rule].text}" for rule in core)
    return Conflict(handler.ref, core, f"handler {handler.ref} has no legal week; together these cannot hold: {texts}")


def conflicts(problem: RosterProblem, people: Sequence[PersonOptions]) -> tuple[Conflict, ...]:
    """Everybody without a legal week: suspected by the dynamic program, confirmed by CP-SAT."""
    suspects = [person for person in people if not all(duty.options for duty in person.duties)]
    rest = [person for person in people if all(duty.options for duty in person.duties)]
    week = week_arrays(rest)
    price, cost = np.zeros((3, 1)), np.zeros(week.start.size)
    at, choice = np.zeros((3, week.start.size), dtype=np.int64), np.zeros(week.base.size, dtype=np.int64)
    suspects += [who for n, who in enumerate(rest) if best_week(week, n, price, 0.0, cost, at, choice) >= FAR]
    return tuple(conflict_of(problem, person.handler) for person in suspects if not is_possible(person))
