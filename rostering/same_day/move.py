"""One change of a day, by whom and of what kind, and what it does to the roster and its rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import numpy as np

from rostering.check import broken_by, problem_of
from rostering.errors import ProblemError
from rostering.findings import Violation, local_date, minutes
from rostering.problem import Mode, NominalDuty, Offer, OfferKind, RosterProblem, Training
from rostering.roster import Duty
from rostering.rules import RuleId, paid_min
from rostering.same_day.absence import QUARTER, handler_of, with_handler
from rostering.same_day.scene import ROWS, Ints, Scene


class MoveKind(StrEnum):
    """Kinds of change, the least disturbing first."""

    BREAK = "break"  # a meal or short break at another time of its duty
    SESSION = "session"  # learning or training at another time of its duty, or put off
    DESK = "desk"  # somebody of an interruptible desk answers calls instead
    EXTEND = "extend"  # overtime before or after a duty
    CALL_OUT = "call_out"  # a duty on a rest day


@dataclass(frozen=True, slots=True)
class Session:
    """Learning or training of a duty that is moved or put off.

    training : the fixed session, None: protected learning
    to : its new start; None: put off to another day
    """

    length_min: int
    training: Training | None
    to: datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """One change.

    subject : the handler's reference, or the desk's name
    before, after : the handler's duty; None: none. Both None: a desk
    start, end : of the heads on calls that it is made for
    row : at the 999 desk 0, at the 101 desk 1
    offer : what the handler is to agree to; None: nothing
    is_agreed : nothing need be asked: an offer or a consent is recorded, or a break moves
    terms : by which offer the time is paid; None: none, or within the contract
    paid_min : beyond what is paid anyway, before any factor [min]
    """

    kind: MoveKind
    subject: str
    before: Duty | None
    after: Duty | None
    start: datetime
    end: datetime
    row: int
    offer: Offer | None = None
    is_agreed: bool = True
    terms: OfferKind | None = None
    paid_min: int = 0
    session: Session | None = None

    @property
    def handler(self) -> str | None:
        """Whose duty changes; None: nobody's."""
        return None if self.kind is MoveKind.DESK else self.subject


def applied(problem: RosterProblem, duties: Sequence[Duty], moves: Iterable[Move]) -> tuple[RosterProblem, list[Duty]]:
    """The problem and its duties after the moves: what people agree to becomes part of the problem.

    Raises
    ------
    ProblemError : a duty that is to change is not there
    """
    left = list(duties)
    for move in moves:
        if move.before is not None:
            if move.before not in left:
                told = f"{move.before.start.isoformat()} to {move.before.end.isoformat()}"
                raise ProblemError(f"handler {move.subject} has no duty of {told} like that any more, expected it")
            left.remove(move.before)
            problem = _unpinned(problem, move.before)
        if move.after is not None:
            left.append(move.after)
        problem = _lent(problem, move) if move.kind is MoveKind.DESK else _agreed(problem, move)
    left.sort(key=lambda duty: (duty.start, duty.handler))
    return problem, left


def _unpinned(problem: RosterProblem, duty: Duty) -> RosterProblem:
    pins = tuple(pin for pin in problem.pinned if (pin.handler, pin.start) != (duty.handler, duty.start))
    return problem if len(pins) == len(problem.pinned) else replace(problem, pinned=pins)


def _lent(problem: RosterProblem, move: Move) -> RosterProblem:
    """Whoever comes from a desk is there from duties that are not in the problem."""
    cover = problem.cover
    assert cover.already_999 is not None  # the cover fills them in
    assert cover.already_101 is not None
    already = np.stack([cover.already_999, cover.already_101]) + heads_of(problem, move)
    return replace(problem, cover=replace(cover, already_999=already[0], already_101=already[1]))


def _agreed(problem: RosterProblem, move: Move) -> RosterProblem:
    if move.terms is OfferKind.OVERTIME and move.before is not None:
        problem = _told(problem, move.before)
    handler = handler_of(problem, move.subject)
    if move.offer is not None:
        handler = replace(handler, offers=(*handler.offers, move.offer))
    if (session := move.session) is not None and session.training is None and session.to is None:
        handler = replace(handler, learning_min=max(handler.learning_min - session.length_min, 0))
    elif session is not None and session.training is not None:
        others = tuple(one for one in handler.training if one != session.training)
        moved = () if session.to is None else (Training(session.to, session.length_min),)
        handler = replace(handler, training=(*others, *moved))
    return with_handler(problem, handler)


def _told(problem: RosterProblem, duty: Duty) -> RosterProblem:
    """Overtime lengthens the duty as people were told it, wherever in the consent around the pattern that lies."""
    if problem.mode is Mode.FREE:
        return problem
    handler, day = handler_of(problem, duty.handler), local_date(problem, duty.start)
    nominal = [*(one for one in handler.nominal if one.date != day)]
    nominal.append(NominalDuty(day, duty.start, minutes(duty.start, duty.end)))
    problem = with_handler(problem, replace(handler, nominal=tuple(sorted(nominal, key=lambda one: one.date))))
    if problem.mode is not Mode.REPAIR:
        return problem
    others = (d for d in problem.published if (d.handler, local_date(problem, d.start)) != (duty.handler, day))
    return replace(problem, published=(*others, duty))


def heads_of(problem: RosterProblem, move: Move) -> Ints:
    """Heads on calls that the move adds and takes by interval of the cover, (2, n), 999 first."""
    heads = np.zeros((2, problem.cover.n_intervals), dtype=np.int64)
    if move.kind is MoveKind.DESK:
        _count(problem, heads, move.row, move.start, move.end, 1)
    for duty, sign in ((move.before, -1), (move.after, 1)):
        for span in () if duty is None else duty.activities:
            if span.activity in ROWS:
                _count(problem, heads, ROWS[span.activity], span.start, span.end, sign)
    return heads


def _count(problem: RosterProblem, heads: Ints, row: int, start: datetime, end: datetime, sign: int) -> None:
    first, last = ((moment - problem.begin) // QUARTER for moment in (start, end))
    heads[row, max(first, 0) : max(last, 0)] += sign


class Judge:
    """Tells which rules a handler's change newly breaks; remembers what the roster breaks anyway.

    Each handler is judged alone, since no rule joins two of them.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._alone: dict[str, tuple[RosterProblem, list[Duty], Counter[tuple[RuleId, datetime | None]]]] = {}
        self._judged: dict[tuple[Move, ...], tuple[Violation, ...]] = {}

    def broken(self, moves: Sequence[Move]) -> tuple[Violation, ...]:
        """Hard rules that the moves break and that were kept before."""
        found: list[Violation] = []
        for ref in sorted({move.subject for move in moves if move.handler is not None}):
            own = tuple(move for move in moves if move.handler == ref)
            if own not in self._judged:
                self._judged[own] = tuple(self._new(ref, own))
            found += self._judged[own]
        return tuple(found)

    def _new(self, ref: str, moves: Sequence[Move]) -> list[Violation]:
        """What one handler's moves break; what makes no problem at all is told as a second duty at a time."""
        problem, duties, known = self._of(ref)
        try:
            changed, after = applied(problem, duties, moves)
            violations = broken_by(changed, ref, after)
        except ProblemError as error:
            return [Violation(RuleId.SINGLE_DUTY, ref, None, str(error))]
        left, new = known.copy(), []
        for violation in violations:
            if left[violation.rule, violation.when] > 0:
                left[violation.rule, violation.when] -= 1
            else:
                new.append(violation)
        return new

    def _of(self, ref: str) -> tuple[RosterProblem, list[Duty], Counter[tuple[RuleId, datetime | None]]]:
        if ref not in self._alone:
            problem = problem_of(self._scene.problem, ref)
            duties = [duty for duty in self._scene.duties if duty.handler == ref]
            known = Counter((violation.rule, violation.when) for violation in broken_by(problem, ref, duties))
            self._alone[ref] = problem, duties, known
        return self._alone[ref]


def paid_of(problem: RosterProblem, duty: Duty) -> int:
    """Paid minutes of a duty."""
    return paid_min(problem.rules, minutes(duty.start, duty.end), meals_paid=problem.meals_paid)


def nominal_of(problem: RosterProblem, duty: Duty) -> NominalDuty | None:
    """The pattern's duty of the same local date."""
    day = local_date(problem, duty.start)
    return next((one for one in handler_of(problem, duty.handler).nominal if one.date == day), None)
