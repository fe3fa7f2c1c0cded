"""One person's period re-solved while everybody else stands: what a rule, an offer or an agreement is worth there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np

from rostering.model.activities import activity_plan
from rostering.model.arrays import Ints
from rostering.model.desk_plan import DutyPlan, assign_desks, written
from rostering.model.desks import written_roster
from rostering.model.need import N_CALL_ROWS, cover_tiers, interval_costs, need_arrays
from rostering.model.options import person_options, quarter_of, watched_roles
from rostering.model.person import cost_value, people_value
from rostering.model.search import construct
from rostering.model.slots import skill_class_of
from rostering.model.state import empty_state, make_force
from rostering.problem import Handler, RosterProblem
from rostering.roster import Activity, Duty, Roster, SolveBudget, TierName

_CALLS = (Activity.CALLS_999, Activity.CALLS_101)
_LEARNING = SolveBudget(seconds=5.0, workers=1)  # for one person's sessions: a few Booleans


@dataclass(frozen=True, slots=True)
class Alone:
    """One person's plan beside the others'.

    tiers : the whole roster's service; this person's part of the people tier; the cost tier less the others' own part
    duties : with activities, their desks as of this person alone
    service : of each interval, (intervals,)
    """

    tiers: tuple[int, int, int]
    duties: tuple[Duty, ...]
    service: Ints = field(compare=False)

    def worth(self, other: Alone) -> Mapping[TierName, int]:
        """What each tier is less here than in ``other``, the same person's plan: above 0 is better."""
        return MappingProxyType({tier: b - a for tier, a, b in zip(TierName, self.tiers, other.tiers, strict=True)})


def heads_without(problem: RosterProblem, roster: Roster, ref: str) -> Ints:
    """Heads of everybody but the handler ``ref``, (rows, intervals): by skills on calls, then of each role on duty."""
    heads = need_arrays(problem).present.copy()
    roles, zone = watched_roles(problem), ZoneInfo(problem.timezone)
    handlers = {handler.ref: handler for handler in problem.handlers}
    for duty in roster.duties:
        if duty.handler == ref:
            continue
        who, day = handlers[duty.handler], duty.start.astimezone(zone).date()
        skills = skill_class_of(who, day)
        for span in duty.activities:
            if span.activity in _CALLS and skills is not None:
                heads[skills, _clipped(problem, span.start, span.end)] += 1
        for row, role in enumerate(roles, start=N_CALL_ROWS):
            if who.has_role(role, day):
                heads[row, _clipped(problem, duty.start, duty.end)] += 1
    return heads


def _clipped(problem: RosterProblem, start: datetime, end: datetime) -> slice:
    return slice(max(quarter_of(problem, start), 0), max(quarter_of(problem, end), 0))


def resolved(problem: RosterProblem, handler: Handler, others: Ints) -> Alone | None:
    """The best plan of ``handler`` beside ``others``, tier before tier; None: no legal plan.

    Exact for the weights of the search, since one person adds at most one head to an interval; learning is placed
    afterwards, best on these duties.
    """
    person = person_options(problem, handler)
    if not all(len(duty.options) for duty in person.duties):
        return None
    force = make_force(problem, [person])
    state = empty_state(force)
    state.count[:] = others
    everybody = np.zeros(1, dtype=np.int64)
    week, need = force.week, force.need
    if not construct(week, need, everybody, state.choice, state.breaks, state.count, force.weights):
        return None
    own = written_roster(force, state).duties
    heads = state.count
    if handler.learning_min:
        plan = activity_plan(problem, Roster(own), _LEARNING, others[:N_CALL_ROWS])
        own, heads = plan.roster.duties, np.concatenate([plan.heads, state.count[N_CALL_ROWS:]])
    of_interval = np.zeros(heads.shape[1])
    interval_costs(need, heads, np.array([1.0, 0.0, 0.0]), of_interval)
    service, over = cover_tiers(need, heads)
    people, extra = people_value(week, 0, state.choice), cost_value(week, 0, state.choice)
    return Alone((int(service), int(people), int(over + extra)), own, of_interval.astype(np.int64))


def joined(problem: RosterProblem, roster: Roster, ref: str, duties: Sequence[Duty]) -> Roster:
    """``roster`` with ``duties`` in place of those of ``ref``, everybody's desks assigned anew."""
    zone = ZoneInfo(problem.timezone)
    handlers = {handler.ref: handler for handler in problem.handlers}
    plans = []
    heads = need_arrays(problem).present[:N_CALL_ROWS].copy()
    for duty in (*(duty for duty in roster.duties if duty.handler != ref), *duties):
        skills = skill_class_of(handlers[duty.handler], duty.start.astimezone(zone).date())
        quarters: list[Activity | None] = []
        for span in duty.activities:
            first, last = quarter_of(problem, span.start), quarter_of(problem, span.end)
            on_calls = span.activity in _CALLS
            quarters += [None if on_calls else span.activity] * (last - first)
            if on_calls and skills is not None:
                heads[skills, max(first, 0) : max(last, 0)] += 1
        plans.append(DutyPlan(duty.handler, quarter_of(problem, duty.start), skills, quarters))
    assign_desks(need_arrays(problem).need, heads, plans)
    return written(problem, plans)
