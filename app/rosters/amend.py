"""Edits by hand, applied to a roster problem and its duties: what people agreed to becomes part of the problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.errors import Invalid, invalid
from app.rosters.edit_schemas import ActivityEdit, AddEdit, BreakEdit, Edit, MoveEdit, RemoveEdit, SwapIn
from rostering.layout import CALLS, QUARTER, desk_of, laid_out, moved, quarters_of, written
from rostering.problem import Handler, Leave, Mode, NominalDuty, Offer, OfferKind, RosterProblem
from rostering.roster import Activity, Duty

_MOST = timedelta(hours=16)  # of a duty that is read at all; the rules allow less
_MOVABLE = (Activity.MEAL, Activity.BREAK, Activity.LEARNING)


@dataclass(slots=True)
class Draft:
    """A problem and its duties while they are edited; `where` names the edit in what is refused."""

    problem: RosterProblem
    duties: list[Duty]
    where: str = "changes"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.problem.timezone)

    def handler(self, ref: str) -> Handler:
        """The handler. Raises `Invalid` for one who is not of the period."""
        for handler in self.problem.handlers:
            if handler.ref == ref:
                return handler
        raise invalid(f"{self.where}.handler", ref, "a handler of the roster")

    def duty(self, ref: str, day: date) -> Duty:
        """The handler's duty of a local date. Raises `Invalid` where there is none, or it stands."""
        for duty in self.duties:
            if duty.handler == ref and self._day(duty) == day:
                return duty
        if any(duty.handler == ref and self._day(duty) == day for duty in self.problem.frozen_duties):
            raise invalid(f"{self.where}.date", f"{day}", f"a duty of {ref} that may still change: it is frozen")
        raise invalid(f"{self.where}.date", f"{day}", f"a date on which handler {ref} has a duty")

    def replace_duty(self, old: Duty | None, new: Duty | None) -> None:
        """Put one duty in the place of another; planners' pins of either go."""
        if old is not None:
            self.duties.remove(old)
            pins = tuple(p for p in self.problem.pinned if (p.handler, p.start) != (old.handler, old.start))
            self.problem = replace(self.problem, pinned=pins)
        if new is not None:
            self.duties.append(new)
            self.duties.sort(key=lambda duty: (duty.start, duty.handler))

    def replace_handler(self, new: Handler) -> None:
        people = tuple(new if handler.ref == new.ref else handler for handler in self.problem.handlers)
        self.problem = replace(self.problem, handlers=people)

    def agree(self, ref: str, day: date, agreed: Duty | None) -> None:
        """Make the duty that somebody agreed to that day's of the pattern, and in repair what they were told; None: a
        rest day. Free mode has no pattern."""
        if self.problem.mode is Mode.FREE:
            return
        handler = self.handler(ref)
        nominal = [duty for duty in handler.nominal if duty.date != day]
        if agreed is not None:
            nominal.append(NominalDuty(day, agreed.start, (agreed.end - agreed.start) // timedelta(minutes=1)))
        self.replace_handler(replace(handler, nominal=tuple(sorted(nominal, key=lambda duty: duty.date))))
        if self.problem.mode is Mode.REPAIR:
            told = [duty for duty in self.problem.published if (duty.handler, self._day(duty)) != (ref, day)]
            self.problem = replace(self.problem, published=(*told, *([] if agreed is None else [agreed])))

    def _day(self, duty: Duty) -> date:
        return duty.start.astimezone(self.zone).date()

    def local_date(self, moment: datetime) -> date:
        """Local date of a time. Raises `Invalid` outside the period."""
        day = moment.astimezone(self.zone).date()
        if not 0 <= (day - self.problem.week_start).days < 7 * self.problem.n_weeks:
            raise invalid(f"{self.where}.start", moment.isoformat(), "a time of the roster's weeks")
        return day


def amended(problem: RosterProblem, duties: Sequence[Duty], edits: Sequence[Edit]) -> Draft:
    """The problem and duties after the edits, in order. Raises `Invalid` for an edit of nothing."""
    draft = Draft(problem, list(duties))
    for i, edit in enumerate(edits):
        draft.where = f"changes[{i}] ({edit.kind})"
        try:
            _apply(draft, edit)
        except ValueError as error:  # of the library: the edit contradicts the problem
            raise Invalid(f"{draft.where}: {error}") from error
    return draft


def _apply(draft: Draft, edit: Edit) -> None:
    if isinstance(edit, MoveEdit):
        _move(draft, edit)
    elif isinstance(edit, AddEdit):
        _add(draft, edit)
    elif isinstance(edit, RemoveEdit):
        _remove(draft, edit)
    elif isinstance(edit, BreakEdit):
        _move_break(draft, edit)
    else:
        _paint(draft, edit)


def _move(draft: Draft, edit: MoveEdit) -> None:
    handler, duty = draft.handler(edit.handler), draft.duty(edit.handler, edit.date)
    start = edit.start.astimezone(UTC)
    end = start + (duty.end - duty.start) if edit.end is None else edit.end.astimezone(UTC)
    _require_span(draft, start, end)
    day = draft.local_date(start)
    new = moved(draft.problem, handler, duty, start, end)
    draft.replace_duty(duty, new)
    if edit.agreed:
        draft.agree(edit.handler, edit.date, None)
        draft.agree(edit.handler, day, new)


def _add(draft: Draft, edit: AddEdit) -> None:
    handler = draft.handler(edit.handler)
    start, end = edit.start.astimezone(UTC), edit.end.astimezone(UTC)
    _require_span(draft, start, end)
    day = draft.local_date(start)
    if any(duty.handler == edit.handler and draft.local_date(duty.start) == day for duty in draft.duties):
        raise invalid(f"{draft.where}.start", edit.start.isoformat(), f"a date on which {edit.handler} has no duty")
    if edit.offer is OfferKind.OVERTIME:
        raise invalid(f"{draft.where}.offer", edit.offer, "rest_day or toil; overtime lengthens a duty: move its end")
    if edit.offer is not None:
        offer = Offer(edit.offer, day, start, end, int((end - start).total_seconds()) // 60)
        handler = replace(handler, offers=(*handler.offers, offer))
        draft.replace_handler(handler)
    draft.replace_duty(None, laid_out(draft.problem, handler, start, end))


def _remove(draft: Draft, edit: RemoveEdit) -> None:
    handler, duty = draft.handler(edit.handler), draft.duty(edit.handler, edit.date)
    learned = quarters_of(duty).count(Activity.LEARNING) * 15
    draft.replace_duty(duty, None)
    leave = Leave(edit.date, edit.date, edit.credited)
    draft.replace_handler(replace(handler, leave=(*handler.leave, leave), learning_min=handler.learning_min - learned))


def _move_break(draft: Draft, edit: BreakEdit) -> None:
    handler, duty = draft.handler(edit.handler), draft.duty(edit.handler, edit.date)
    spans = [span for span in duty.activities if span.start == edit.start and span.activity in _MOVABLE]
    if not spans:
        raise invalid(f"{draft.where}.start", edit.start.isoformat(), "the start of a meal, break or learning session")
    quarters, span = quarters_of(duty), spans[0]
    first, last = (span.start - duty.start) // QUARTER, (span.end - duty.start) // QUARTER
    quarters[first:last] = [_desk_around(draft, handler, duty)] * (last - first)
    _set(draft, duty, quarters, edit.to, edit.to + (span.end - span.start), span.activity)


def _paint(draft: Draft, edit: ActivityEdit) -> None:
    draft.handler(edit.handler)
    duty = draft.duty(edit.handler, edit.date)
    _set(draft, duty, quarters_of(duty), edit.start, edit.end, Activity(edit.activity))


def _set(
    draft: Draft, duty: Duty, quarters: list[Activity], start: datetime, end: datetime, activity: Activity
) -> None:
    if not duty.start <= start < end <= duty.end:
        raise invalid(
            f"{draft.where}.start",
            f"{start.isoformat()} to {end.isoformat()}",
            f"inside the duty, {duty.start.isoformat()} to {duty.end.isoformat()}",
        )
    first, last = (start - duty.start) // QUARTER, (end - duty.start) // QUARTER
    quarters[first:last] = [activity] * (last - first)
    draft.replace_duty(duty, written(duty.handler, duty.start, quarters))


def swapped(problem: RosterProblem, duties: Sequence[Duty], swap: SwapIn) -> Draft:
    """The problem and duties after a swap that both agreed to. Raises `Invalid` for duties that are not there, or of
    which somebody would have two at once."""
    try:
        return _swapped(problem, duties, swap)
    except ValueError as error:  # of the library: the swap contradicts the problem
        raise Invalid(f"swap: {error}") from error


def _swapped(problem: RosterProblem, duties: Sequence[Duty], swap: SwapIn) -> Draft:
    draft = Draft(problem, list(duties), "give")
    giver = swap.give.handler
    given = draft.duty(giver, swap.give.date)
    taken = None
    draft.where = "take"
    draft.handler(swap.to)
    if swap.take is not None:
        taken = draft.duty(swap.to, swap.take)
    handed = [(duty, receiver) for duty, receiver in ((given, swap.to), (taken, giver)) if duty is not None]
    for duty, _ in handed:
        draft.replace_duty(duty, None)
        draft.agree(duty.handler, draft.local_date(duty.start), None)
    for duty, receiver in handed:
        new = _at_desk_of(draft, duty, receiver)
        draft.replace_duty(None, new)
        draft.agree(receiver, draft.local_date(duty.start), new)
    return draft


def _at_desk_of(draft: Draft, duty: Duty, receiver: str) -> Duty:
    """The duty as another's, at the desk that their skills allow."""
    desk = desk_of(draft.problem, draft.handler(receiver), duty.start)
    quarters = [desk if activity is Activity.CALLS_999 else activity for activity in quarters_of(duty)]
    return written(receiver, duty.start, quarters)


def _desk_around(draft: Draft, handler: Handler, duty: Duty) -> Activity:
    """The desk at which the handler sits most of the duty."""
    desks = [activity for activity in quarters_of(duty) if activity in CALLS]
    return max(CALLS, key=desks.count) if desks else desk_of(draft.problem, handler, duty.start)


def _require_span(draft: Draft, start: datetime, end: datetime) -> None:
    if not timedelta(0) < end - start <= _MOST:
        raise invalid(f"{draft.where}.end", end.isoformat(), f"after {start.isoformat()}, by at most {_MOST}")
