"""Which duty holds which fixed session of training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from rostering.model.frame import NOTHING, Frame, Without, frame_of, quarter_of
from rostering.model.history import known_before
from rostering.model.times import Session
from rostering.problem import Handler, Mode, NominalDuty, RosterProblem, Training
from rostering.rules import RuleId

FREE_MIN = 240  # how far a duty may move when consent is left out of an explanation


@dataclass(frozen=True, slots=True)
class Base:
    """Where a duty of a fixed date stands before it moves: times [quarter-hours], the nominal duty if there is one."""

    day: int
    start: int
    end: int
    nominal: NominalDuty | None


def moves_min(frame: Frame, handler: Handler, day: int, without: Without) -> tuple[int, int, int, int]:
    """How far start and finish may move on a date [min]: start earlier, later, finish earlier, later."""
    return (FREE_MIN,) * 4 if RuleId.CONSENT in without else handler.consent.moves_min(frame.date(day))


def bases_of(frame: Frame, handler: Handler, without: Without = NOTHING) -> tuple[Base, ...]:
    """The dates on which a duty has to be worked: those of the pattern, or of the published roster in repair."""
    problem = frame.problem
    nominal = {frame.number(duty.date): duty for duty in handler.nominal}
    told = frame.published.get(handler.ref, {})
    frozen = frame.frozen.get(handler.ref, {})
    days = {Mode.WEEKLY: nominal.keys(), Mode.REPAIR: told.keys(), Mode.FREE: ()}[problem.mode]
    bases = []
    for day in sorted(days):
        if day in frozen or (handler.on_leave(frame.date(day)) and RuleId.LEAVE not in without):
            continue
        duty = nominal.get(day)
        start, end = (duty.start, duty.end) if duty else (told[day].start, told[day].end)
        bases.append(Base(day, quarter_of(problem, start), quarter_of(problem, end), duty))
    return tuple(bases)


def due(frame: Frame, handler: Handler) -> list[tuple[int, Session, Training]]:
    """Date and quarter-hours of each session that is neither on leave nor in a duty that stands or is past."""
    problem = frame.problem
    stands = [(duty.start, duty.end) for duty in frame.frozen.get(handler.ref, {}).values()]
    stands += known_before(frame, handler)
    found = []
    for session in handler.training:
        day = frame.day_of(session.start)
        start = session.start.astimezone(UTC)
        if not handler.on_leave(frame.date(day)) and not any(s < session.end and start < e for s, e in stands):
            found.append((day, (quarter_of(problem, session.start), quarter_of(problem, session.end)), session))
    return found


def sessions_by_day(
    frame: Frame, handler: Handler, bases: Sequence[Base], without: Without
) -> Mapping[int, tuple[Session, ...]]:
    """Training of each fixed date: a session is in the duty within whose reach it lies most, or nominally so."""
    found: dict[int, list[Session]] = defaultdict(list)
    for _, session, _ in due(frame, handler):
        if (base := _base_of(frame, handler, session, bases, without)) is not None:
            found[base.day].append(session)
    return {day: tuple(sessions) for day, sessions in found.items()}


def lost_sessions(problem: RosterProblem, handler: Handler, without: Without = NOTHING) -> list[Training]:
    """Fixed dates: training within reach of no duty."""
    frame = frame_of(problem)
    if problem.mode is Mode.FREE:
        return []
    bases = bases_of(frame, handler, without)
    return [s for _, at, s in due(frame, handler) if _base_of(frame, handler, at, bases, without) is None]


def _base_of(frame: Frame, handler: Handler, session: Session, bases: Sequence[Base], without: Without) -> Base | None:
    def overlap(base: Base) -> tuple[int, int]:
        earlier, _, _, later = moves_min(frame, handler, base.day, without)
        first, last = session
        reach = min(15 * last, 15 * base.end + later) - max(15 * first, 15 * base.start - earlier)
        return reach, min(last, base.end) - max(first, base.start)

    best = max(bases, key=overlap, default=None)
    return best if best is not None and overlap(best)[0] > 0 else None
