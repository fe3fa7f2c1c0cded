"""The slots of a person: which dates, and the times that the mode allows there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rostering.model.frame import Frame, Without, quarter_of
from rostering.model.offers import offered, overtime
from rostering.model.ordinary import free_times, ordinary
from rostering.model.slots import DutyOptions, OptionRows, joined, skill_class_of
from rostering.model.strain import strain_of, unmet_off
from rostering.model.times import Session, timed
from rostering.model.training import bases_of, due, lost_sessions, sessions_by_day
from rostering.problem import Handler, Mode
from rostering.roster import Duty
from rostering.rules import RuleId

Times = tuple[int, int]  # start [quarter-hours] and length [min] of the only duty that is asked for


def slots_of(frame: Frame, handler: Handler, without: Without) -> tuple[tuple[DutyOptions, ...], bool]:
    """Slots by date, and whether each pin and session has a slot that could hold it."""
    pinned = {} if RuleId.PINNED in without else frame.pinned.get(handler.ref, {})
    frozen = frame.frozen.get(handler.ref, {})
    pins = {day: _times(frame, duty) for day, duty in pinned.items() if day not in frozen}
    if frame.problem.mode is Mode.FREE:
        slots, possible = _free_slots(frame, handler, pins, without)
    else:
        slots, possible = _fixed_slots(frame, handler, pins, without)
    slots += [_frozen_slot(frame, handler, day, duty) for day, duty in frozen.items()]
    possible = possible and pins.keys() <= {slot.day for slot in slots}
    return tuple(sorted(slots, key=lambda slot: slot.day)), possible


def _times(frame: Frame, duty: Duty) -> Times:
    start = quarter_of(frame.problem, duty.start)
    return start, 15 * (quarter_of(frame.problem, duty.end) - start)


def _fixed_slots(
    frame: Frame, handler: Handler, pins: dict[int, Times], without: Without
) -> tuple[list[DutyOptions], bool]:
    """Weekly and repair: the fixed dates, and rest days that are offered."""
    bases = bases_of(frame, handler, without)
    training = RuleId.TRAINING not in without
    sessions = sessions_by_day(frame, handler, bases, without) if training else {}
    slots = []
    for base in bases:
        held = sessions.get(base.day, ())
        rows = [ordinary(frame, handler, base, held, pins.get(base.day), without)]
        rows += overtime(frame, handler, base, held, pins.get(base.day), without)
        must = not handler.on_leave(frame.date(base.day)) or base.day in pins
        slots.append(_slot(frame, handler, base.day, rows, held, without, must=must))
    fixed = {base.day for base in bases} | frame.frozen.get(handler.ref, {}).keys()
    for day in sorted({frame.number(offer.date) for offer in handler.offers} - fixed):
        if day in frame.days and not _on_leave(frame, handler, day, without):
            rows = offered(frame, handler, day, pins.get(day), without)
            if not rows:
                continue  # overtime is offered of a duty that the day does not have
            slots.append(_slot(frame, handler, day, rows, (), without, must=day in pins))
    lost = training and bool(lost_sessions(frame.problem, handler, without))
    return [slot for slot in slots if slot.must or len(slot.options)], not lost


def _free_slots(
    frame: Frame, handler: Handler, pins: dict[int, Times], without: Without
) -> tuple[list[DutyOptions], bool]:
    """Free mode: every date, training in the duty of its date or else of the date before."""
    frozen, slots, possible = frame.frozen.get(handler.ref, {}), [], True
    days = [day for day in frame.days if day not in frozen and not _on_leave(frame, handler, day, without)]
    held: dict[int, list[Session]] = {}
    for day, session, _ in due(frame, handler) if RuleId.TRAINING not in without else ():
        where = [
            d for d in (day, day - 1) if d in days and len(free_times(frame, handler, d, (session,), None, without))
        ]
        possible = possible and bool(where)
        if where:
            held.setdefault(where[0], []).append(session)
    for day in days:
        sessions = tuple(held.get(day, ()))
        rows = [free_times(frame, handler, day, sessions, pins.get(day), without)]
        slots.append(_slot(frame, handler, day, rows, sessions, without, must=day in pins or bool(sessions)))
    return [slot for slot in slots if slot.must or len(slot.options)], possible


def _slot(
    frame: Frame,
    handler: Handler,
    day: int,
    rows: Sequence[OptionRows],
    sessions: Sequence[Session],
    without: Without,
    *,
    must: bool,
) -> DutyOptions:
    options = joined(rows)
    skill_class = skill_class_of(handler, frame.date(day))
    if skill_class is None and RuleId.SKILL not in without:
        options = options.only(np.zeros(len(options), dtype=np.bool_))
    changes = frame.problem.mode is Mode.REPAIR and not handler.on_leave(frame.date(day))
    moves = options.parts.get(RuleId.CONSENT)
    options = replace(options, parts=strain_of(frame, handler, day, options, moves, changes=changes))
    unmet = unmet_off(frame, handler, day) if handler.wishes and not must else 0
    return DutyOptions(
        date=frame.date(day),
        day=day,
        skill_class=skill_class,
        training=frozenset(quarter for first, last in sessions for quarter in range(first, last)),
        options=options,
        must=must,
        off={RuleId.WISHES: unmet} if unmet else {},
        roles=_roles(frame, handler, day),
        single_rest=not handler.on_leave(frame.date(day - 1)),
    )


def _frozen_slot(frame: Frame, handler: Handler, day: int, duty: Duty) -> DutyOptions:
    """A duty that stands: no heads and no breaks of ours, pay of the contract unless it was besides the pattern."""
    start, length_min = _times(frame, duty)
    one = timed(frame, handler, np.array([start]), np.array([length_min]), (), frozenset(), stands=True)
    nothing = np.zeros((3, 1), dtype=np.int64)
    fixed = {frame.number(d.date) for d in handler.nominal} | frame.published.get(handler.ref, {}).keys()
    if frame.problem.mode is not Mode.FREE and day not in fixed:
        one = replace(one, paid=np.zeros(1, dtype=np.int64))
    parts = strain_of(frame, handler, day, one, None, changes=False)
    one = replace(one, first=nothing, last=nothing - 1, lengths=nothing, parts=parts, briefing=0)
    single = not handler.on_leave(frame.date(day - 1))
    roles = (False,) * len(frame.roles)
    return DutyOptions(frame.date(day), day, None, frozenset(), one, frozen=True, roles=roles, single_rest=single)


def _on_leave(frame: Frame, handler: Handler, day: int, without: Without) -> bool:
    return handler.on_leave(frame.date(day)) and RuleId.LEAVE not in without


def _roles(frame: Frame, handler: Handler, day: int) -> tuple[bool, ...]:
    return tuple(handler.has_role(role, frame.date(day)) for role in frame.roles)
