"""The duties of a searched state written out, with the desk of everybody on calls."""

from __future__ import annotations

from rostering.model.desk_plan import DutyPlan, assign_desks, written
from rostering.model.state import Force, State
from rostering.roster import Activity, Roster

_BREAKS = (Activity.MEAL, Activity.BREAK, Activity.BREAK)


def written_roster(force: Force, state: State) -> Roster:
    """The state's duties with their activities by quarter-hour, by start and handler."""
    plans = [
        _plan(force, state, person, place)
        for person in range(len(force.people))
        for place, row in enumerate(force.duty_place(person))
        if state.choice[row] >= 0 and not force.people[person].duties[place].frozen
    ]
    assign_desks(force.need.need, state.count, plans)
    return written(force.problem, plans)


def _plan(force: Force, state: State, person: int, place: int) -> DutyPlan:
    """Activity of each quarter-hour of a duty; None: on calls, desk still open."""
    who, row = force.people[person], force.duty_place(person)[place]
    duty, option = who.duties[place], force.option(person, place, int(state.choice[row]))
    assert option is not None  # only worked slots are written
    quarters: list[Activity | None] = [None] * (option.end - option.start)
    quarters[: option.briefing] = [Activity.BRIEFING] * option.briefing
    for quarter in duty.training:
        quarters[quarter - option.start] = Activity.TRAINING
    for activity, window, start in zip(_BREAKS, option.windows, state.breaks[row, :3], strict=True):
        if start >= 0:
            at = int(start) - option.start
            quarters[at : at + window.length] = [activity] * window.length
    if state.breaks[row, 3] >= 0:
        at, length = int(state.breaks[row, 3]) - option.start, who.learning.length
        quarters[at : at + length] = [Activity.LEARNING] * length
    return DutyPlan(who.handler.ref, option.start, duty.skill_class, quarters)
