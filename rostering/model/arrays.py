"""The options of a whole force as flat arrays, for the compiled search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rostering.model.options import PersonOptions
from rostering.model.slots import DutyOptions

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Strain(NamedTuple):
    """Limits and prices of how duties follow each other, as in ``options.Limits``."""

    rest_min: int
    week_rest_min: int
    fortnight_rest_min: int
    daily_rest_min: int
    most_run: int
    most_nights: int
    duties_free: int
    per_duty: int
    nights_free: int
    per_night: int
    per_single: int
    backward_min: int
    per_backward: int
    after_nights_min: int
    per_after_nights: int


class Week(NamedTuple):
    """People hold slots, slots hold options; ``*_from[i] : *_from[i + 1]`` are the members of ``i``.

    A slot is a possible duty, one per local date at most. A plan names an option per slot, -1: no duty.

    must, frozen : whether a duty has to be worked there; whether one stands as it is, with heads counted elsewhere
    day : date, counted from the first Monday, (slots,)
    roles : roles held that the cover looks at, (slots, roles); each is a row of heads on duty after the three on calls
    off : people tier where the slot is not worked; single : where it follows a single day of rest, (slots,)
    base, blocked : first quarter-hour of a slot and its training from there, (slots,), (slots, span)
    start, end, paid : options [quarter-hours]; off_calls : briefing at their start
    clock, night : minute of the day of the start; whether a night duty
    own, extra : an option's own part of the people tier and of the cost tier
    code, code_low, code_high : what ``low`` and ``high`` hold for: paid quarter-hours, plus ``modulus`` times those
        worked besides; least and most of a slot's options
    start_from, starts, start_clock, start_rank : distinct starts of a slot's options, rising, and their clock; the
        option's place among them. end_from, ends, end_rank : likewise
    first, last : first and last start of meal, break before and break after, (3, options); last < first: none
    lengths : of the same breaks, (3, options)
    low, high : paid quarter-hours allowed; balance_min : of the cycle before them [min]; most_worked : quarter-hours
    modulus : of ``code``, 0 where hours besides cannot matter, (people,)
    fixed : people tier that no choice changes, (people,)
    before : date, clock, end [min], night, run, nights, short and long weekly rests of ``options.Before``, (people, 8)
    next_start_min : of the next duty after the period, (people,)
    monday : first quarter-hour of the week before, of each week and of the week after, (weeks + 2,)
    learning : length of a session of protected learning that a slot may hold, 0: none, (slots,)
    sessions, learning_length, left_over : sessions due, their length, that of a shorter one besides, (people,)
    learns_free : whether a plan may have its learning without anybody off calls, (people,)
    """

    slot_from: Ints
    must: Mask
    frozen: Mask
    day: Ints
    roles: Mask
    off: Ints
    single: Ints
    option_from: Ints
    skill_class: Ints
    base: Ints
    blocked: Mask
    start: Ints
    end: Ints
    paid: Ints
    off_calls: Ints
    clock: Ints
    night: Mask
    own: Ints
    extra: Ints
    code: Ints
    code_low: Ints
    code_high: Ints
    start_from: Ints
    starts: Ints
    start_clock: Ints
    start_rank: Ints
    end_from: Ints
    ends: Ints
    end_rank: Ints
    first: Ints
    last: Ints
    lengths: Ints
    low: Ints
    high: Ints
    balance_min: Ints
    most_worked: Ints
    modulus: Ints
    fixed: Ints
    before: Ints
    next_start_min: Ints
    monday: Ints
    learning: Ints
    sessions: Ints
    learning_length: Ints
    left_over: Ints
    learns_free: Mask
    strain: Strain


def _offsets(sizes: Sequence[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(np.array(sizes, dtype=np.int64))]).astype(np.int64)


def week_arrays(people: Sequence[PersonOptions]) -> Week:
    """Flat arrays of ``people``; slots that must be worked all have options and, unless they stand, skills."""
    slots = [slot for person in people for slot in person.duties]
    rows = [slot.options for slot in slots]
    modulus = [_modulus(person) for person in people]
    codes = [
        slot.options.paid + factor * (slot.options.worked - slot.options.paid)
        for person, factor in zip(people, modulus, strict=True)
        for slot in person.duties
    ]
    base, blocked = _blocked(slots)
    briefing = [np.full(len(slot.options), 0 if slot.frozen else slot.options.briefing) for slot in slots]
    starts = [np.unique(options.start, return_index=True, return_inverse=True) for options in rows]
    ends = [np.unique(options.end, return_inverse=True) for options in rows]
    roles = len(slots[0].roles) if slots else 0
    limits = people[0].limits if people else None
    return Week(
        slot_from=_offsets([len(person.duties) for person in people]),
        must=np.array([slot.must for slot in slots], dtype=np.bool_),
        frozen=np.array([slot.frozen for slot in slots], dtype=np.bool_),
        day=_ints([slot.day for slot in slots]),
        roles=np.array([slot.roles for slot in slots], dtype=np.bool_).reshape(len(slots), roles),
        off=_ints([sum(slot.off.values()) for slot in slots]),
        single=_ints([limits.per_single * slot.single_rest for slot in slots] if limits else []),
        option_from=_offsets([len(options) for options in rows]),
        skill_class=_ints([int(slot.skill_class) if slot.skill_class is not None else -1 for slot in slots]),
        base=base,
        blocked=blocked,
        start=_joined([options.start for options in rows]),
        end=_joined([options.end for options in rows]),
        paid=_joined([options.paid for options in rows]),
        off_calls=_joined(briefing),
        clock=_joined([options.clock for options in rows]),
        night=_joined([options.night for options in rows]).astype(np.bool_),
        own=_joined([options.own for options in rows]),
        extra=_joined([options.extra for options in rows]),
        code=_joined(codes),
        code_low=_ints([code.min() for code in codes]),
        code_high=_ints([code.max() for code in codes]),
        start_from=_offsets([len(first) for first, _, _ in starts]),
        starts=_joined([first for first, _, _ in starts]),
        start_clock=_joined([options.clock[at] for options, (_, at, _) in zip(rows, starts, strict=True)]),
        start_rank=_joined([rank for _, _, rank in starts]),
        end_from=_offsets([len(last) for last, _ in ends]),
        ends=_joined([last for last, _ in ends]),
        end_rank=_joined([rank for _, rank in ends]),
        first=_joined([options.first for options in rows], width=3),
        last=_joined([options.last for options in rows], width=3),
        lengths=_joined([options.lengths for options in rows], width=3),
        low=_ints([person.paid_low for person in people]),
        high=_ints([person.paid_high for person in people]),
        balance_min=_ints([person.balance_min for person in people]),
        most_worked=_ints([person.most_worked for person in people]),
        modulus=_ints(modulus),
        fixed=_ints([person.fixed_cost for person in people]),
        before=_ints([astuple(person.before) for person in people]).reshape(len(people), 8),
        next_start_min=_ints([person.next_start_min for person in people]),
        monday=_ints(limits.monday if limits else [0, 0]),
        learning=_ints(_learning(people)),
        sessions=_ints([person.learning.sessions for person in people]),
        learning_length=_ints([person.learning.length for person in people]),
        left_over=_ints([person.learning.left_over for person in people]),
        learns_free=np.array([_learns_free(person) for person in people], dtype=np.bool_),
        strain=Strain(*(astuple(limits)[:-1] if limits else (0,) * 15)),
    )


def _modulus(person: PersonOptions) -> int:
    """Factor that keeps hours besides the contract apart in a code; 0 where no plan can reach a limit on them."""
    paid = sum(int(slot.options.paid.max()) for slot in person.duties)
    worked = sum(int(slot.options.worked.max()) for slot in person.duties)
    besides = any((slot.options.worked != slot.options.paid).any() for slot in person.duties)
    return paid + 1 if besides and worked > person.most_worked else 0


def _learning(people: Sequence[PersonOptions]) -> list[int]:
    return [
        person.learning.length if slot.skill_class is not None and not slot.frozen else 0
        for person in people
        for slot in person.duties
    ]


def _learns_free(person: PersonOptions) -> bool:
    """Whether a plan may have no duty, from which nothing is due, or one in which nobody is on calls anyway."""
    own = [slot for slot in person.duties if not slot.frozen]
    stands = sum(int(slot.options.paid[0]) for slot in person.duties if slot.frozen)
    idle = not any(slot.must for slot in own) and person.paid_low <= stands
    return idle or any(slot.skill_class is None for slot in own)


def _blocked(slots: Sequence[DutyOptions]) -> tuple[Ints, Mask]:
    """First quarter-hour of each slot and its training from there."""
    bases = [int(slot.options.start.min()) for slot in slots]
    span = max((int(slot.options.end.max()) - base for slot, base in zip(slots, bases, strict=True)), default=1)
    blocked = np.zeros((len(slots), span + 1), dtype=np.bool_)
    for row, (slot, base) in enumerate(zip(slots, bases, strict=True)):
        for quarter in slot.training:
            if 0 <= quarter - base <= span:
                blocked[row, quarter - base] = True
    return _ints(bases), blocked


def _joined(parts: Sequence[NDArray[Any]], width: int = 0) -> Ints:
    if not parts:
        return np.zeros((width, 0) if width else 0, dtype=np.int64)
    return np.ascontiguousarray(np.concatenate(parts, axis=-1), dtype=np.int64)


def _ints(values: object) -> Ints:
    return np.array(values, dtype=np.int64)
