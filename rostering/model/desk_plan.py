"""Desks: which queue each dual-skilled handler on calls answers first, and the duties written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rostering.model.arrays import Ints
from rostering.model.options import moment_of
from rostering.model.slots import SkillClass
from rostering.problem import RosterProblem
from rostering.roster import Activity, ActivitySpan, Duty, Roster

_ONLY = {SkillClass.ONLY_999: Activity.CALLS_999, SkillClass.ONLY_101: Activity.CALLS_101}


@dataclass
class DutyPlan:
    """A duty from quarter-hour ``start`` of the cover on: activity of each quarter-hour, None: on calls."""

    handler: str
    start: int
    skill_class: SkillClass | None
    quarters: list[Activity | None]

    @property
    def end(self) -> int:
        """First quarter-hour after the duty."""
        return self.start + len(self.quarters)


def assign_desks(need: Ints, heads: Ints, plans: Sequence[DutyPlan]) -> None:
    """Write the desk of everybody on calls: 999 up to its need, then 101 up to its need, the rest 999.

    need : 999 and 101, (2, intervals); heads : everybody on calls by skill class, (3, intervals)

    Who sits at 101 stays there while 101 needs them.
    """
    for plan in plans:
        if plan.skill_class in _ONLY:
            plan.quarters[:] = [_ONLY[plan.skill_class] if a is None else a for a in plan.quarters]
    dual = [plan for plan in plans if plan.skill_class is SkillClass.BOTH]
    at_101: list[int] = []
    for t in range(min((plan.start for plan in dual), default=0), max((plan.end for plan in dual), default=0)):
        free = [
            i for i, plan in enumerate(dual) if plan.start <= t < plan.end and plan.quarters[t - plan.start] is None
        ]
        wanted = 0
        if 0 <= t < need.shape[1]:
            nines = min(len(free), max(int(need[0, t] - heads[SkillClass.ONLY_999, t]), 0))
            wanted = min(len(free) - nines, max(int(need[1, t] - heads[SkillClass.ONLY_101, t]), 0))
        present = set(free)
        stay = [i for i in at_101 if i in present]
        # Newcomers to 101 are those with the longest time to go: they need not move again soon.
        others = sorted(present - set(stay), key=lambda i: (-dual[i].end, i))
        now = (stay + others)[:wanted]
        away = [i for i in at_101 if i not in present and dual[i].end > t]
        at_101 = now + away  # somebody on a break comes back to the desk that they left
        for i in free:
            dual[i].quarters[t - dual[i].start] = Activity.CALLS_101 if i in set(now) else Activity.CALLS_999


def written(problem: RosterProblem, plans: Sequence[DutyPlan]) -> Roster:
    """Plans whose desks are assigned, as duties by start and handler."""
    return Roster(tuple(sorted((_duty(problem, plan) for plan in plans), key=lambda duty: (duty.start, duty.handler))))


def _duty(problem: RosterProblem, plan: DutyPlan) -> Duty:
    spans: list[ActivitySpan] = []
    first = 0
    for k in range(1, len(plan.quarters) + 1):
        if k == len(plan.quarters) or plan.quarters[k] != plan.quarters[first]:
            activity = plan.quarters[first]
            assert activity is not None  # every desk is assigned
            start, end = (moment_of(problem, plan.start + at) for at in (first, k))
            spans.append(ActivitySpan(activity, start, end))
            first = k
    start, end = (moment_of(problem, at) for at in (plan.start, plan.end))
    return Duty(plan.handler, start, end, tuple(spans))
