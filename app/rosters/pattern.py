"""What a handler's pattern says of a span of dates: nominal duties, and the hours of past weeks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.people.schemas import HandlerIn
from rostering.problem import NominalDuty, Skill
from rostering.roster import Activity, ActivitySpan, Duty
from rostering.rules import RuleSet, meal_min, paid_min

_QUARTER = timedelta(minutes=15)


def nominal_duties(handler: HandlerIn, first: date, n_days: int, zone: ZoneInfo) -> tuple[NominalDuty, ...]:
    """Duties of the pattern that start on the `n_days` local dates from `first`, leave or not."""
    return tuple(_pattern_duties(handler, first, n_days, zone))


def _pattern_duties(handler: HandlerIn, first: date, n_days: int, zone: ZoneInfo) -> Iterator[NominalDuty]:
    days = handler.pattern.days
    for offset in range(n_days):
        day = first + timedelta(days=offset)
        worked = days[(day - handler.pattern.anchor).days % len(days)]
        if worked is not None:
            # Through UTC, so that a start in the hour that spring skips lands on a time that exists.
            start = datetime.combine(day, worked.start, zone).astimezone(UTC)
            yield NominalDuty(day, start, worked.length_min)


def past_weeks_min(
    handler: HandlerIn, week_start: date, n_weeks: int, rules: RuleSet, *, meals_paid: bool
) -> tuple[int, ...]:
    """Paid minutes that the pattern gives in each of the `n_weeks` before `week_start`, newest last."""
    days = handler.pattern.days
    paid = [0 if day is None else paid_min(rules, day.length_min, meals_paid=meals_paid) for day in days]
    offset = (week_start - handler.pattern.anchor).days
    return tuple(sum(paid[(offset - 7 * back + day) % len(days)] for day in range(7)) for back in range(n_weeks, 0, -1))


def on_leave(handler: HandlerIn, day: date) -> bool:
    return any(leave.first <= day <= leave.last for leave in handler.leave)


def has_skill(handler: HandlerIn, skill: Skill, day: date) -> bool:
    return any(
        s.skill == skill and (s.first is None or s.first <= day) and (s.last is None or day <= s.last)
        for s in handler.skills
    )


def assumed_duty(handler: HandlerIn, nominal: NominalDuty, rules: RuleSet) -> Duty | None:
    """The duty as the pattern says, its meal in the middle; None for a handler without a skill on that date."""
    skills = [skill for skill in (Skill.CALLS_999, Skill.CALLS_101) if has_skill(handler, skill, nominal.date)]
    if not skills:
        return None
    desk = Activity(skills[0])
    start, end = nominal.start.astimezone(UTC), nominal.end
    meal = timedelta(minutes=meal_min(rules, nominal.length_min))
    meal_start = start + (end - start - meal) // 2 // _QUARTER * _QUARTER
    spans = [
        ActivitySpan(desk, start, meal_start),
        ActivitySpan(Activity.MEAL, meal_start, meal_start + meal),
        ActivitySpan(desk, meal_start + meal, end),
    ]
    return Duty(handler.ref, start, end, tuple(span for span in spans if span.end > span.start))
