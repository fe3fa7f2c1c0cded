"""A given roster as a state of the search: its duties' options, its breaks where the option allows them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rostering.model.moves import OWNER
from rostering.model.options import quarter_of
from rostering.model.person import is_legal
from rostering.model.search import construct, place_learning
from rostering.model.state import Force, State, empty_state, put_in, take_out
from rostering.roster import Activity, Duty

_RESTS = (Activity.MEAL, Activity.BREAK)


def options_of(force: Force, duties: Iterable[Duty]) -> dict[int, tuple[int, Duty]]:
    """Option and duty by slot for those of ``duties`` that a slot of their handler has as an option."""
    people = {person.handler.ref: n for n, person in enumerate(force.people)}
    found = {}
    for duty in duties:
        if (person := people.get(duty.handler)) is None:
            continue
        start, end = quarter_of(force.problem, duty.start), quarter_of(force.problem, duty.end)
        for slot in force.duty_place(person):
            first, after = force.week.option_from[slot], force.week.option_from[slot + 1]
            same = (force.week.start[first:after] == start) & (force.week.end[first:after] == end)
            if same.any():
                found[slot] = (int(first + same.argmax()), duty)
    return found


def state_of(force: Force, duties: Iterable[Duty]) -> State | None:
    """The state of a roster's duties; whose plan is not legal with them has the cheapest plan instead.

    None if somebody has no legal plan.
    """
    state = empty_state(force)
    for slot, (option, duty) in options_of(force, duties).items():
        state.choice[slot] = option
        state.breaks[slot] = breaks_of(force, slot, option, duty)
    week = force.week
    for slot in np.flatnonzero(week.frozen).tolist():
        state.choice[slot] = week.option_from[slot]
    wrong = [n for n in range(len(force.people)) if not is_legal(week, n, state.choice)]
    for person in range(len(force.people)):
        if person in wrong:
            state.choice[list(force.duty_place(person))] = -1
            state.breaks[list(force.duty_place(person))] = -1
        put_in(force, state, person)
        place_learning(week, force.need, person, state.choice, state.breaks, state.count, force.weights)
    order = np.array(wrong, dtype=np.int64)
    if wrong and not construct(week, force.need, order, state.choice, state.breaks, state.count, force.weights):
        return None
    return state


def breaks_of(force: Force, slot: int, option: int, duty: Duty) -> list[int]:
    """Starts of meal, break before and after: the duty's own where the option allows them, else as early as it does;
    of learning the duty's own, -1 without.
    """
    lesson, length = lesson_of(force, slot, option, duty), int(force.week.learning[slot])
    rests = [(s.activity, quarter_of(force.problem, s.start)) for s in duty.activities if s.activity in _RESTS]
    places = []
    for kind in range(3):
        wanted = Activity.MEAL if kind == 0 else Activity.BREAK
        free = free_starts(force, slot, option, kind)
        if lesson >= 0:
            lasts = int(force.week.lengths[kind, option])
            free = [start for start in free if start + lasts <= lesson or start >= lesson + length]
        own = [start for activity, start in rests if activity is wanted and start in free]
        places.append(own[0] if own else free[0] if free else -1)
    return [*places, lesson]


def lesson_of(force: Force, slot: int, option: int, duty: Duty) -> int:
    """Start of the first learning of a duty that its slot's option has room for, -1: none."""
    week, length = force.week, int(force.week.learning[slot])
    first, base = int(week.start[option] + week.off_calls[option]), int(week.base[slot])
    for span in duty.activities if length else ():
        start = quarter_of(force.problem, span.start)
        blocked = week.blocked[slot, start - base : start - base + length].any()
        if span.activity == Activity.LEARNING and first <= start <= week.end[option] - length and not blocked:
            return start
    return -1


def free_starts(force: Force, slot: int, option: int, kind: int) -> list[int]:
    """Where a break of an option may start: in its window, clear of training."""
    week = force.week
    base, length = int(week.base[slot]), int(week.lengths[kind, option])
    starts = range(int(week.first[kind, option]), int(week.last[kind, option]) + 1)
    return [start for start in starts if not week.blocked[slot, start - base : start - base + length].any()]


def with_option(force: Force, state: State, slot: int, option: int, breaks: list[int]) -> State:
    """Another option in one slot, all else the same."""
    changed = state.copy()
    person = int(force.moves.info[slot, OWNER])
    take_out(force, changed, person)
    changed.choice[slot], changed.breaks[slot] = option, breaks
    put_in(force, changed, person)
    return changed
