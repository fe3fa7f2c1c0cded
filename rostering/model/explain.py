"""Why somebody has no legal week: a deletion filter over the rules, and CP-SAT's confirmation."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from ortools.sat.python import cp_model

from rostering.model.arrays import week_arrays
from rostering.model.constraints import add_person_rules
from rostering.model.options import NOTHING, PersonOptions, Without, person_options
from rostering.model.person import FAR, best_week
from rostering.model.reasons import reason
from rostering.model.variables import add_person
from rostering.problem import Handler, RosterProblem
from rostering.roster import Conflict
from rostering.rules import RuleId

# In the order in which they are left out: what is left at the end is what a planner can most easily change.
_DROPPABLE = (
    RuleId.LENGTHS,
    RuleId.DUTY_MAX,
    RuleId.NIGHT_LENGTH,
    RuleId.WEEKLY_REST,
    RuleId.RUN,
    RuleId.NIGHT_RUN,
    RuleId.WEEKLY_AVERAGE,
    RuleId.NIGHT_AVERAGE,
    RuleId.DAILY_REST,
    RuleId.TRAINING,
    RuleId.SKILL,
    RuleId.LEAVE,
    RuleId.AGREEMENT,
    RuleId.CONSENT,
    RuleId.CONTRACT,
    RuleId.PINNED,
)
_MOST_EXPLAINED = 5  # a planner mends one first; whoever shares its cause is mended with it


def is_possible(person: PersonOptions, seconds: float = 60.0) -> bool:
    """Whether the rules leave a week for ``person``, as CP-SAT decides; False as well if it does not within a time."""
    model = cp_model.CpModel()
    add_person_rules(model, add_person(model, person))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = max(seconds, 0.05)
    return solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def suspects(people: Sequence[PersonOptions]) -> list[PersonOptions]:
    """Everybody to whom the dynamic program gives no plan."""
    rest = [person for person in people if all(len(duty.options) for duty in person.duties)]
    week = week_arrays(rest)
    price, cost = np.zeros((3 + week.roles.shape[1], 1)), np.zeros(week.start.size)
    at, choice = np.zeros((3, week.start.size), dtype=np.int64), np.full(week.base.size, -1, dtype=np.int64)
    fine = set()
    for n, who in enumerate(rest):
        first, last = week.slot_from[n], week.slot_from[n + 1]
        if best_week(week, n, first, last, price, 0.0, 0.0, cost, at, choice) < FAR:
            fine.add(who.handler.ref)
    return [person for person in people if person.handler.ref not in fine]


def conflict_of(problem: RosterProblem, handler: Handler) -> Conflict:
    """A minimal set of rules that leaves ``handler`` without a legal week."""
    left_out: Without = NOTHING
    for rule in _DROPPABLE:
        if suspects([person_options(problem, handler, left_out | {rule})]):
            left_out |= {rule}
    core = tuple(rule for rule in _DROPPABLE if rule not in left_out) or (RuleId.FIXED_DAYS,)
    told = core if core != (RuleId.CONSENT,) else (RuleId.FIXED_DAYS, RuleId.CONSENT)  # what consent could mend
    reasons = "; ".join(reason(problem, handler, rule) for rule in told)
    return Conflict(handler.ref, core, f"no legal week: {reasons}")


def learning_conflict(person: PersonOptions) -> Conflict | None:
    """Learning for which the person's duties have no room even at their longest, breaks, briefing and training left."""
    learning, room = person.learning, 0
    own = [slot for slot in person.duties if not slot.frozen and len(slot.options)]
    due = learning.sessions * learning.length + learning.left_over
    if not any(slot.must for slot in own) or any(slot.skill_class is None for slot in own):
        return None
    for slot in own:
        options = slot.options
        pauses = (options.lengths * (options.last >= options.first)).sum(axis=0)
        room += max(int((options.end - options.start - pauses).max()) - options.briefing, 0)
        room -= len(slot.training)
    if due <= room:
        return None
    told = f"no legal week: protected learning of {15 * due} min is due, the period's duties leave {15 * room} min"
    return Conflict(person.handler.ref, (RuleId.LEARNING,), told)


def conflicts(
    problem: RosterProblem, people: Sequence[PersonOptions], seconds: float
) -> tuple[tuple[Conflict, ...], int]:
    """Some of those without a legal week explained, and how many more there are.

    The first is always explained, others up to a few while ``seconds`` last.
    """
    until = time.monotonic() + seconds
    found = [conflict for person in people if (conflict := learning_conflict(person)) is not None]
    more = max(len(found) - _MOST_EXPLAINED, 0)
    del found[_MOST_EXPLAINED:]
    for person in suspects(people):
        left = until - time.monotonic()
        if found and (left <= 0 or len(found) >= _MOST_EXPLAINED):
            more += 1
        elif not is_possible(person, left):
            found.append(conflict_of(problem, person.handler))
    return tuple(found), more
