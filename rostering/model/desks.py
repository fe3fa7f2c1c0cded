"""Desks: which queue each dual-skilled handler on calls answers first, and the duties written out."""

from __future__ import annotations

from rostering.model.options import PersonOptions, moment_of
from rostering.model.rest import Option, SkillClass
from rostering.model.state import Force, State
from rostering.roster import Activity, ActivitySpan, Duty, Roster

_BREAKS = (Activity.MEAL, Activity.BREAK, Activity.BREAK)


def written_roster(force: Force, state: State) -> Roster:
    """The state's duties with their activities by quarter-hour, by start and handler."""
    plans: list[tuple[PersonOptions, Option, list[Activity | None]]] = []
    dual: list[int] = []
    for person, who in enumerate(force.people):
        for k, row in enumerate(force.duty_place(person)):
            option = force.option(person, k, int(state.choice[row]))
            if who.duties[k].skill_class == SkillClass.BOTH:
                dual.append(len(plans))
            plans.append((who, option, _quarters(force, state, person, k)))
    _assign_desks(force, state, [(plans[i][1].start, plans[i][2]) for i in dual])
    duties = [_duty(force, who, option, quarters) for who, option, quarters in plans]
    return Roster(tuple(sorted(duties, key=lambda duty: (duty.start, duty.handler))))


def _quarters(force: Force, state: State, person: int, k: int) -> list[Activity | None]:
    """Activity of each quarter-hour of a duty; None: a dual-skilled handler on calls, desk still open."""
    duty, row = force.people[person].duties[k], force.duty_place(person)[k]
    option = force.option(person, k, int(state.choice[row]))
    calls = {SkillClass.ONLY_999: Activity.CALLS_999, SkillClass.ONLY_101: Activity.CALLS_101}
    desk = None if duty.skill_class is None else calls.get(duty.skill_class)
    quarters: list[Activity | None] = [desk] * (option.end - option.start)
    for quarter in duty.training:
        quarters[quarter - option.start] = Activity.TRAINING
    for activity, window, start in zip(_BREAKS, option.windows, state.breaks[row], strict=True):
        if start >= 0:
            at = int(start) - option.start
            quarters[at : at + window.length] = [activity] * window.length
    return quarters


def _assign_desks(force: Force, state: State, duties: list[tuple[int, list[Activity | None]]]) -> None:
    """999 up to its need, then 101 up to its need, the rest 999; who sits at 101 stays there while 101 needs them."""
    need, horizon = force.need.need, state.count.shape[1]
    at_101: list[int] = []
    last = max((start + len(quarters) for start, quarters in duties), default=0)
    for t in range(min((start for start, _ in duties), default=0), last):
        free = [i for i, (s, q) in enumerate(duties) if s <= t < s + len(q) and q[t - s] is None]
        wanted = 0
        if 0 <= t < horizon:
            nines = min(len(free), max(int(need[0, t] - state.count[SkillClass.ONLY_999, t]), 0))
            wanted = min(len(free) - nines, max(int(need[1, t] - state.count[SkillClass.ONLY_101, t]), 0))
        present = set(free)
        stay = [i for i in at_101 if i in present]
        # Newcomers to 101 are those with the longest time to go: they need not move again soon.
        others = sorted(present - set(stay), key=lambda i: (-(duties[i][0] + len(duties[i][1])), i))
        now = (stay + others)[:wanted]
        away = [i for i in at_101 if i not in present and duties[i][0] + len(duties[i][1]) > t]
        at_101 = now + away  # somebody on a break comes back to the desk that they left
        for i in free:
            start, quarters = duties[i]
            quarters[t - start] = Activity.CALLS_101 if i in set(now) else Activity.CALLS_999


def _duty(force: Force, who: PersonOptions, option: Option, quarters: list[Activity | None]) -> Duty:
    spans: list[ActivitySpan] = []
    first = 0
    for k in range(1, len(quarters) + 1):
        if k == len(quarters) or quarters[k] != quarters[first]:
            activity = quarters[first]
            assert activity is not None  # every desk is assigned
            start, end = (moment_of(force.problem, option.start + at) for at in (first, k))
            spans.append(ActivitySpan(activity, start, end))
            first = k
    start, end = (moment_of(force.problem, at) for at in (option.start, option.end))
    return Duty(who.handler.ref, start, end, tuple(spans))
