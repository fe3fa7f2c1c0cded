"""Handlers as a proposal would have them: plain changes of their patterns, contracts and agreements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from math import lcm

from app.assessments.schemas import FlexibleProposal, PatternProposal
from app.forces.staffing import WEEKDAYS
from app.patterns.schemas import ShiftIn
from app.people.schemas import AgreementIn, HandlerIn, PatternDay, PatternIn
from rostering.pattern.problem import Pattern, PatternShift, pattern_of_days
from rostering.rules import RuleSet, paid_min

_DAY_MIN, _STEP_MIN, _SHORTEST_MIN = 1440, 15, 120
_LONGEST_MIN = 600  # of duties that are made longer: longer ones count as strain by rule FATIGUE


def as_applied(handler: HandlerIn, wanted: FlexibleProposal, rules: RuleSet, *, meals_paid: bool) -> HandlerIn:
    """The handler as the application asks: duties of days off go, others move into the hours that are left to them.

    What they are paid then is the contract, unless the application names one: then the duties that are left are made
    longer, to ten hours at most, or shorter by the same time each.
    """
    meals_paid = handler.contract.meals_paid if handler.contract.meals_paid is not None else meals_paid
    days = _unrolled(handler.pattern)
    kept = [_fitted(day, on, wanted.agreements) for on, day in days]
    if wanted.weekly_min is not None:
        kept = _stretched(kept, days, wanted, rules, meals_paid=meals_paid)
    if not any(kept):
        return handler.model_copy(update={"agreements": [*handler.agreements, *wanted.agreements]})
    same = kept == [day for _, day in days]
    weekly = wanted.weekly_min or (handler.contract.weekly_min if same else _paid(kept, rules, meals_paid=meals_paid))
    return handler.model_copy(
        update={
            "agreements": [*handler.agreements, *wanted.agreements],
            "pattern": handler.pattern if same else PatternIn(anchor=handler.pattern.anchor, days=kept),
            "contract": handler.contract.model_copy(update={"weekly_min": max(weekly, 1)}),
        }
    )


def on_pattern(handlers: Sequence[HandlerIn], asked: PatternProposal) -> list[HandlerIn]:
    """The handlers on the proposed pattern, by reference each a week further in its cycle or all together; their hours
    are averaged over its weeks then, over a year's where they are annualised."""
    days = [None if day is None else PatternDay(start=day.start, length_min=day.length_min)
            for week in asked.proposed for day in week]  # fmt: skip
    moved = []
    for place, handler in enumerate(sorted(handlers, key=lambda one: one.ref)):
        ahead = place % len(asked.proposed) if asked.begin == "in_turn" else 0
        anchor = asked.week_start - timedelta(weeks=ahead)
        weeks = handler.contract.cycle_weeks if handler.contract.annualised else len(asked.proposed)
        contract = handler.contract.model_copy(update={"cycle_weeks": weeks})
        pattern = PatternIn(anchor=anchor, days=days)
        moved.append(handler.model_copy(update={"pattern": pattern, "contract": contract}))
    return moved


def cycle_of(handler: HandlerIn) -> Pattern:
    """The handler's pattern in whole weeks from a Monday."""
    days, place = handler.pattern.days, handler.pattern.anchor.weekday()
    turned = [days[(n - place) % len(days)] for n in range(len(days))]
    return pattern_of_days(
        [None if day is None else PatternShift(_minute(day.start), day.length_min) for day in turned]
    )


def pattern_of(proposed: Sequence[Sequence[ShiftIn | None]]) -> Pattern:
    """The proposed pattern for the judge of cycles."""
    return Pattern(tuple(tuple(_shift(day) for day in week) for week in proposed))


def pays_min(pattern: Pattern, rules: RuleSet, *, meals_paid: bool) -> float:
    """Mean paid minutes of a week of the pattern [min]."""
    paid = [paid_min(rules, shift.length_min, meals_paid=meals_paid) for shift in pattern.days if shift is not None]
    return sum(paid) / len(pattern.weeks)


def _unrolled(pattern: PatternIn) -> list[tuple[date, PatternDay | None]]:
    """Days of the cycle in whole weeks, each with a date on which it falls."""
    n = lcm(len(pattern.days), 7)
    return [(pattern.anchor + timedelta(days=i), pattern.days[i % len(pattern.days)]) for i in range(n)]


def _fitted(day: PatternDay | None, on: date, agreements: Sequence[AgreementIn]) -> PatternDay | None:
    """The duty within the agreements of its weekday: moved where it is outside them, shorter where there is no room."""
    for agreed in agreements:
        if day is None or WEEKDAYS[on.weekday()] not in agreed.weekdays:
            continue
        if agreed.off:
            return None
        first, last = _window(agreed)
        start = max(_minute(day.start), first)
        start = max(min(start, last - day.length_min), first)
        length = min(day.length_min, last - start) // _STEP_MIN * _STEP_MIN
        day = None if length < _SHORTEST_MIN or start >= _DAY_MIN else _day(start, length)
    return day


def _window(agreed: AgreementIn) -> tuple[int, int]:
    """Earliest start and latest end, from the midnight before the start [min], on the quarter-hour inside."""
    first = 0 if agreed.earliest is None else -(-_minute(agreed.earliest) // _STEP_MIN) * _STEP_MIN
    if agreed.latest is None:
        return first, 2 * _DAY_MIN
    last = _minute(agreed.latest) // _STEP_MIN * _STEP_MIN
    next_day = agreed.earliest is not None and agreed.latest <= agreed.earliest
    return first, last + _DAY_MIN * next_day


def _stretched(
    kept: Sequence[PatternDay | None],
    days: Sequence[tuple[date, PatternDay | None]],
    wanted: FlexibleProposal,
    rules: RuleSet,
    *,
    meals_paid: bool,
) -> list[PatternDay | None]:
    """The duties longer or shorter by the same time each, the nearest to the paid time wanted."""
    assert wanted.weekly_min is not None
    weekly_min = wanted.weekly_min

    def by(change_min: int) -> list[PatternDay | None]:
        changed: list[PatternDay | None] = []
        for (on, _), day in zip(days, kept, strict=True):
            if day is None:
                changed.append(None)
                continue
            most = max(day.length_min, _LONGEST_MIN)
            length = min(max(day.length_min + change_min, _SHORTEST_MIN), most)
            changed.append(_fitted(_day(_minute(day.start), length), on, wanted.agreements))
        return changed

    choices = [by(change) for change in sorted(range(-600, 601, _STEP_MIN), key=abs)]
    return min(choices, key=lambda made: abs(_paid(made, rules, meals_paid=meals_paid) - weekly_min))


def _paid(days: Sequence[PatternDay | None], rules: RuleSet, *, meals_paid: bool) -> int:
    """Mean paid minutes a week [min]."""
    paid = sum(paid_min(rules, day.length_min, meals_paid=meals_paid) for day in days if day is not None)
    return round(paid * 7 / len(days))


def _day(start_min: int, length_min: int) -> PatternDay:
    return PatternDay(start=time(*divmod(start_min, 60)), length_min=length_min)


def _minute(clock: time) -> int:
    return 60 * clock.hour + clock.minute


def _shift(day: PatternDay | ShiftIn | None) -> PatternShift | None:
    return None if day is None else PatternShift(_minute(day.start), day.length_min)
