"""From stored handlers, requirement and earlier duties to one `RosterProblem`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.forces.schemas import ForceSettings
from app.forces.staffing import WEEKDAYS
from app.people.schemas import HandlerIn
from app.rosters.history import WEEK, LastWeeks
from app.rosters.pattern import assumed_duties, is_skilled
from app.rosters.person import person
from app.rosters.pins import Pins
from forecasting.calendar import Calendar
from rostering.problem import BAND_STARTS, Cover, Handler, Mode, RoleCover, RosterProblem
from rostering.roster import Activity, Duty
from rostering.rules import RuleSet

INTERVAL = timedelta(minutes=15)
TAIL = timedelta(hours=14)  # the longest Sunday duty that starts before midnight, with two hours of consent


@dataclass(frozen=True, slots=True)
class Heads:
    """Seats and rostered heads per quarter-hour from `start` [UTC], (2, intervals), 999 first."""

    start: datetime
    seats: NDArray[np.int64]
    rostered: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Period:
    """Weeks to be rostered and how: `mode` weekly or free; `told_at`: when people are told, None: at their begin."""

    week_start: date
    n_weeks: int = 1
    mode: Mode = Mode.WEEKLY
    told_at: datetime | None = None

    @property
    def next_monday(self) -> date:
        """Monday after the period."""
        return self.week_start + self.n_weeks * WEEK


def build_problem(
    handlers: Sequence[HandlerIn],
    settings: ForceSettings,
    rules: RuleSet,
    period: Period,
    heads: Heads,
    last: LastWeeks,
    pins: Pins | None = None,
) -> RosterProblem:
    """The period's problem. Handlers without a valid skill in it are left out: there is no desk for them.

    Raises `ValueError` for what contradicts itself.
    """
    zone = settings.zone
    days = [period.week_start + timedelta(days=day) for day in range(7 * period.n_weeks)]
    able = [handler for handler in handlers if any(is_skilled(handler, day) for day in days)]
    before = _before(able, last, period.week_start, zone, rules)
    begin = datetime.combine(period.week_start, datetime.min.time(), zone)
    known = {handler.ref for handler in able}
    people = tuple(person(handler, settings, rules, period.week_start, period.n_weeks, period.mode, before, last)
                   for handler in able)  # fmt: skip
    pinned = pins or Pins()
    return RosterProblem(
        week_start=period.week_start,
        timezone=settings.timezone,
        cover=_cover(
            _within_reach(heads, people, period, zone),
            assumed_duties(able, period.next_monday, 1, zone, rules) if period.mode is Mode.WEEKLY else (),
        ),
        handlers=tuple(pinned.applied(handler) for handler in people),
        frozen_duties=tuple(duty for duty in before if duty.end > begin and duty.handler in known),
        rules=rules,
        meals_paid=settings.meals_paid,
        start_step_min=settings.start_step_min,
        length_step_min=30,
        n_weeks=period.n_weeks,
        mode=period.mode,
        pinned=tuple(duty for duty in pinned.duties if duty.handler in known),
        role_cover=role_cover(settings, days),
        briefing_min=settings.briefing_min,
        bank_holidays=bank_holidays(settings, days),
        told_at=None if period.told_at is None else min(period.told_at, begin),
    )


def _before(
    able: Sequence[HandlerIn], last: LastWeeks, week_start: date, zone: ZoneInfo, rules: RuleSet
) -> tuple[Duty, ...]:
    """Duties of the fortnight before: as rostered, else as the patterns say."""
    mondays = (week_start - 2 * WEEK, week_start - WEEK)
    return tuple(
        duty
        for monday in mondays
        for duty in (last.duties[monday] if monday in last.duties else assumed_duties(able, monday, 7, zone, rules))
    )


def bank_holidays(settings: ForceSettings, days: Sequence[date]) -> tuple[date, ...]:
    """Which of these local dates are public holidays where the force is."""
    calendar = Calendar(settings.timezone, settings.country, settings.subdivision)
    return tuple(day for day in days if calendar.holiday_name(day) is not None)


def role_cover(settings: ForceSettings, days: Sequence[date]) -> tuple[RoleCover, ...]:
    """The settings' roles on these local dates; a window past midnight belongs to the day on which it starts."""
    return tuple(
        RoleCover(need.role, start, end, need.at_least)
        for need in settings.role_cover
        for day in days
        if WEEKDAYS[day.weekday()] in need.weekdays
        for start in (datetime.combine(day, need.first, settings.zone),)
        for end in (datetime.combine(day + timedelta(days=need.until <= need.first), need.until, settings.zone),)
    )


def _within_reach(heads: Heads, people: Sequence[Handler], period: Period, zone: ZoneInfo) -> Heads:
    """The period, and the next for as long as one of this one's duties may last: what follows is not this roster's."""
    end = datetime.combine(period.next_monday, datetime.min.time(), zone)
    ends = (duty.end + timedelta(minutes=p.consent.finish_later_min) for p in people for duty in p.nominal)
    if period.mode is Mode.FREE:  # the next period's first duties start with the earliest band
        latest = end + timedelta(minutes=min(band.first_min for band in BAND_STARTS))
    else:
        latest = max([end, *ends])
    n = (latest - heads.start) // INTERVAL
    return Heads(heads.start, heads.seats[:, :n], heads.rostered[:, :n])


def _cover(heads: Heads, next_monday: Sequence[Duty]) -> Cover:
    """Heads wanted, and in the tail the people whom next Monday's pattern brings anyway."""
    n = heads.rostered.shape[1]
    already = {Activity.CALLS_999: np.zeros(n, dtype=np.int64), Activity.CALLS_101: np.zeros(n, dtype=np.int64)}
    for duty in next_monday:
        for span in duty.activities:
            if span.activity in already:
                first, last = ((moment - heads.start) // INTERVAL for moment in (span.start, span.end))
                already[span.activity][max(first, 0) : max(last, 0)] += 1
    return Cover(
        start=heads.start,
        needed_999=heads.rostered[0],
        needed_101=heads.rostered[1],
        already_999=already[Activity.CALLS_999],
        already_101=already[Activity.CALLS_101],
    )
