"""Days of a roll-out as they are stored: `07:00/540` a duty, null a rest day; and when people were told each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from app.people.schemas import HandlerIn, PatternDay
from app.tables import RolledDaysRow
from rostering.roll_out import DayDuty

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ToldDays:
    """A handler's days from `first` on, and the instant at which each was told."""

    first: date
    days: tuple[DayDuty | None, ...]
    notified: tuple[datetime, ...]

    @property
    def by_date(self) -> dict[date, DayDuty | None]:
        return {self.first + n * _DAY: day for n, day in enumerate(self.days)}

    @property
    def notified_by_date(self) -> dict[date, datetime]:
        return {self.first + n * _DAY: at for n, at in enumerate(self.notified)}

    @property
    def last(self) -> date:
        return self.first + (len(self.days) - 1) * _DAY


def told(row: RolledDaysRow) -> ToldDays:
    """The stored days."""
    known: dict[str, DayDuty] = {}
    days = tuple(None if text is None else known.setdefault(text, _duty(text)) for text in row.days)
    notified = tuple(datetime.fromisoformat(at) for n, at in row.notified for _ in range(n))
    return ToldDays(row.first, days, notified)


def as_stored(days: Iterable[DayDuty | None], notified: Iterable[datetime]) -> tuple[list[Any], list[Any]]:
    """Days, and runs of days with the instant at which they were told, as stored."""
    runs = [[len(list(run)), at.isoformat()] for at, run in groupby(notified)]
    return [text(day) for day in days], runs


def text(duty: DayDuty | None) -> str | None:
    """A day as stored and shown."""
    return None if duty is None else f"{duty.start:%H:%M}/{duty.length_min}"


def _duty(text: str) -> DayDuty:
    start, length = text.split("/")
    return DayDuty(time.fromisoformat(start), int(length))


def pattern_days(handler: HandlerIn, first: date, last: date) -> dict[date, DayDuty | None]:
    """What the handler's pattern says of the dates between two, both included."""
    cycle = [None if day is None else DayDuty(day.start, day.length_min) for day in handler.pattern.days]
    offset = (first - handler.pattern.anchor).days
    return {first + n * _DAY: cycle[(offset + n) % len(cycle)] for n in range((last - first).days + 1)}


def with_told_days(handler: HandlerIn, days: Mapping[date, DayDuty | None], first: date, until: date) -> HandlerIn:
    """The handler with a pattern that says what was told of each date, first <= date < until, and what the pattern
    says of the others. It begins a whole number of learning cycles from the pattern's own anchor, which they are
    counted from, and holds for these dates alone."""
    weeks = 1 if handler.learning is None else handler.learning.weeks
    begin = first - timedelta(days=(first - handler.pattern.anchor).days % (7 * weeks))
    every = pattern_days(handler, begin, until - _DAY) | {d: t for d, t in days.items() if begin <= d < until}
    known = {duty: PatternDay(start=duty.start, length_min=duty.length_min) for duty in set(every.values()) if duty}
    cycle = [None if duty is None else known[duty] for _, duty in sorted(every.items(), key=lambda item: item[0])]
    # Longer than a pattern that is given may be, so that it is not checked as one.
    pattern = handler.pattern.model_copy(update={"anchor": begin, "days": cycle, "name": None})
    return handler.model_copy(update={"pattern": pattern})
