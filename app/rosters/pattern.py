"""What a handler's pattern says of a span of dates: nominal duties, and the hours of past weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.people.schemas import HandlerIn
from app.rosters.contract import lasts_min
from rostering.problem import NominalDuty, Skill
from rostering.roster import Activity, ActivitySpan, Duty
from rostering.rules import RuleId, RuleSet, meal_min, paid_min

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
            yield NominalDuty(day, start, lasts_min(handler, worked, day, zone))


def past_weeks_min(
    handler: HandlerIn, week_start: date, n_weeks: int, rules: RuleSet, *, meals_paid: bool
) -> tuple[int, ...]:
    """Paid minutes that the pattern gives in each of the `n_weeks` before `week_start`, newest last."""
    days, own = handler.pattern.days, handler.contract_on(week_start).meals_paid
    paid = [
        0 if day is None else paid_min(rules, day.length_min, meals_paid=meals_paid if own is None else own)
        for day in days
    ]
    offset = (week_start - handler.pattern.anchor).days
    return tuple(sum(paid[(offset - 7 * back + day) % len(days)] for day in range(7)) for back in range(n_weeks, 0, -1))


def on_leave(handler: HandlerIn, day: date) -> bool:
    return any(leave.first <= day <= leave.last for leave in handler.leave)


def has_skill(handler: HandlerIn, skill: Skill, day: date) -> bool:
    return any(
        s.skill == skill and (s.first is None or s.first <= day) and (s.last is None or day <= s.last)
        for s in handler.skills
    )


def is_skilled(handler: HandlerIn, day: date) -> bool:
    """Whether any skill is valid on the day."""
    return any(has_skill(handler, skill, day) for skill in Skill)


def assumed_duties(
    handlers: Iterable[HandlerIn], first: date, n_days: int, zone: ZoneInfo, rules: RuleSet
) -> tuple[Duty, ...]:
    """Duties of a span of dates that has no roster, as the patterns say: leave off, and meals taken in turn.

    A handler without a skill on the date is left out. Short breaks are not assumed.
    """
    worked = [
        (nominal, handler.ref, Activity(skills[0]))
        for handler in handlers
        for nominal in nominal_duties(handler, first, n_days, zone)
        if not on_leave(handler, nominal.date)
        and (
            skills := [skill for skill in (Skill.CALLS_999, Skill.CALLS_101) if has_skill(handler, skill, nominal.date)]
        )
    ]
    at_meal: Counter[tuple[Activity, datetime]] = Counter()
    duties = []
    for nominal, ref, desk in sorted(worked, key=lambda duty: (duty[0].start, duty[1])):
        meal = timedelta(minutes=meal_min(rules, nominal.length_min))
        start = _least_crowded(_meal_starts(nominal, meal, rules), meal, desk, at_meal)
        at_meal.update((desk, quarter) for quarter in _quarters(start, meal))
        spans = [
            ActivitySpan(desk, nominal.start, start),
            ActivitySpan(Activity.MEAL, start, start + meal),
            ActivitySpan(desk, start + meal, nominal.end),
        ]
        duties.append(Duty(ref, nominal.start, nominal.end, tuple(spans)))
    return tuple(duties)


def _least_crowded(
    starts: list[datetime], meal: timedelta, desk: Activity, at_meal: Mapping[tuple[Activity, datetime], int]
) -> datetime:
    """The start at which the fewest of the same desk eat; the nearest to the middle where several are alike."""
    middle = starts[len(starts) // 2]
    return min(starts, key=lambda s: (sum(at_meal[desk, q] for q in _quarters(s, meal)), abs(s - middle)))


def _meal_starts(nominal: NominalDuty, meal: timedelta, rules: RuleSet) -> list[datetime]:
    """Quarter-hours at which the meal may start, clear of both ends of the duty."""
    rule, on_calls = rules[RuleId.MEAL], timedelta(minutes=nominal.length_min) - meal
    long = nominal.length_min >= rule["clear_from_min"]
    clear = timedelta(minutes=rule["clear_ends_min"]) if long else on_calls * rule["clear_percent"] / 100
    clear = min(clear, on_calls / 2) // _QUARTER * _QUARTER
    return _quarters(nominal.start + clear, on_calls - 2 * clear + _QUARTER)


def _quarters(start: datetime, length: timedelta) -> list[datetime]:
    return [start + i * _QUARTER for i in range(length // _QUARTER)]
