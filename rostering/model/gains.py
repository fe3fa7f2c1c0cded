"""What each moved duty is worth: the new roster against the same one with the old duty put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rostering.findings import local_date
from rostering.model.moves import OWNER
from rostering.model.options import person_options
from rostering.model.person import is_legal
from rostering.model.standing import breaks_of, options_of, state_of, with_option
from rostering.model.state import Force, State, make_force, tiers_of
from rostering.problem import RosterProblem
from rostering.roster import Duty, DutyGain, Roster


def gains(problem: RosterProblem, before: Roster, after: Roster) -> tuple[DutyGain, ...]:
    """Each handler's date on which ``after`` differs from ``before``, with what the change is worth in every tier.

    Worth: the tiers with the old duty put back, everything else as in ``after``, less those of ``after``; above 0 the
    change is better. None where the old duty cannot come back: it is no longer allowed, by itself or beside the
    person's others. Learning is left out of account, since it is placed anew for each roster.
    """
    people = tuple(replace(handler, learning_min=0) for handler in problem.handlers)
    problem = replace(problem, handlers=people)
    force = make_force(problem, [person_options(problem, handler) for handler in people])
    state = state_of(force, after.duties)
    old, new = _by_date(problem, before), _by_date(problem, after)
    possible = options_of(force, before.duties)
    slots = {
        (person.handler.ref, slot.date): row
        for number, person in enumerate(force.people)
        for row, slot in zip(force.duty_place(number), person.duties, strict=True)
    }
    found = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was is not None and now is not None and (was.start, was.end) == (now.start, now.end):
            continue
        slot, worth = slots.get(key), None
        if state is not None and slot is not None and (was is None or slot in possible):
            option = -1 if was is None else possible[slot][0]
            worth = _worth(force, state, slot, option, was)
        found.append(DutyGain(*key, was, now, worth))
    return tuple(found)


def _by_date(problem: RosterProblem, roster: Roster) -> dict[tuple[str, date], Duty]:
    return {(duty.handler, local_date(problem, duty.start)): duty for duty in roster.duties}


def _worth(force: Force, state: State, slot: int, option: int, was: Duty | None) -> tuple[int, int, int] | None:
    """Tiers of ``state`` with the old option, less its own; None where the person's plan is not legal then."""
    breaks = [-1, -1, -1, -1] if was is None else breaks_of(force, slot, option, was)
    back = with_option(force, state, slot, option, breaks)
    if not is_legal(force.week, int(force.moves.info[slot, OWNER]), back.choice):
        return None
    service, people, cost = (a - b for a, b in zip(tiers_of(force, back), tiers_of(force, state), strict=True))
    return service, people, cost
