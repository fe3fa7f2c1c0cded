"""Nominal duties that people were told of weeks without a published roster, as views show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.forces import service as forces
from app.people.schemas import HandlerIn
from app.rosters.pattern import has_skill, nominal_duties, on_leave
from app.year.days import ToldDays, with_told_days
from app.year.told import told_days
from rostering.problem import NominalDuty, Skill
from rostering.roster import Activity, ActivitySpan, Duty
from rostering.rules import RuleSet, meal_min

_DAY, _WEEK, _QUARTER = timedelta(days=1), timedelta(weeks=1), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class NominalWeeks:
    """Nominal duties, the Mondays of their weeks, and each handler's first and last date that were told."""

    duties: tuple[Duty, ...]
    mondays: frozenset[date]
    spans: Mapping[str, tuple[date, date]]

    def was_told(self, ref: str, day: date) -> bool:
        """Whether the handler was told a duty or a rest day of this date, in one of these weeks."""
        first, last = self.spans.get(ref, (date.max, date.min))
        return first <= day <= last and day - timedelta(days=day.weekday()) in self.mondays


def nominal_weeks(
    session: Session, force_id: UUID, handlers: Sequence[HandlerIn], first: date, until: date, covered: Collection[date]
) -> NominalWeeks:
    """What handlers were told of the weeks that share a date with first <= date < until and are not `covered`."""
    settings = forces.current_settings(session, force_id).settings
    rules = forces.rule_set(settings)
    known = told_days(session, force_id)
    monday = first - timedelta(days=first.weekday())
    weeks = [monday + n * _WEEK for n in range(-(-(until - monday).days // 7))]
    bare = [week for week in weeks if week not in covered]
    duties: list[Duty] = []
    mondays: set[date] = set()
    spans = {}
    for handler in handlers:
        days = known.get(handler.ref)
        if days is None:
            continue
        mine = [week for week in bare if days.first <= week + 6 * _DAY and week <= days.last]
        mondays |= set(mine)
        spans[handler.ref] = (days.first, days.last)
        duties += _duties(handler, days, mine, settings.zone, rules)
    return NominalWeeks(tuple(duties), frozenset(mondays), spans)


def _duties(handler: HandlerIn, days: ToldDays, weeks: Sequence[date], zone: ZoneInfo, rules: RuleSet) -> list[Duty]:
    if not weeks:
        return []
    begin, end = weeks[0], weeks[-1] + _WEEK
    as_told = with_told_days(handler, days.by_date, begin, end)
    wanted = {week + n * _DAY for week in weeks for n in range(7)}
    return [
        _duty(handler, one, rules)
        for one in nominal_duties(as_told, begin, (end - begin).days, zone)
        if one.date in wanted and days.first <= one.date <= days.last and not on_leave(handler, one.date)
    ]


def _duty(handler: HandlerIn, one: NominalDuty, rules: RuleSet) -> Duty:
    """On the handler's first desk, with the meal in the middle: who eats when is the roster's matter, and every view
    has to say the same."""
    desk = Activity.CALLS_999 if has_skill(handler, Skill.CALLS_999, one.date) else Activity.CALLS_101
    meal = timedelta(minutes=meal_min(rules, one.length_min))
    start = one.start + (one.end - one.start - meal) // 2 // _QUARTER * _QUARTER
    spans = [(desk, one.start, start), (Activity.MEAL, start, start + meal), (desk, start + meal, one.end)]
    return Duty(handler.ref, one.start, one.end, tuple(ActivitySpan(*span) for span in spans if span[1] < span[2]))
