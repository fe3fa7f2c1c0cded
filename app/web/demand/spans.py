"""Spans of the demand page: how far back and ahead each width of an interval looks, and where its intervals begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from forecasting.forecast import Grain

QUARTER, HOUR, DAY, WEEK = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Width:
    """label : of one interval; back, ahead [days] from the date that is looked at; step [days] of paging."""

    label: str
    back: int
    ahead: int
    step: int


WIDTHS: Mapping[Grain, Width] = MappingProxyType(
    {
        Grain.QUARTER_HOUR: Width("quarter-hour", 1, 2, 1),
        Grain.HOUR: Width("hour", 3, 7, 7),
        Grain.DAY: Width("day", 28, 56, 28),
        Grain.WEEK: Width("week", 364, 91, 182),
        Grain.MONTH: Width("month", 730, 365, 365),
        Grain.YEAR: Width("year", 3650, 731, 1826),
    }
)


def edges(on: date, grain: Grain, zone: ZoneInfo) -> list[datetime]:
    """Starts of the intervals around a local date and the end of the last one [UTC]."""
    width = WIDTHS[grain]
    first, last = on - timedelta(days=width.back), on + timedelta(days=width.ahead)
    if grain is Grain.WEEK:
        first, last = (day - timedelta(days=day.weekday()) for day in (first, last))
        return [_midnight(day, zone) for day in _days(first, last, 7)]
    if grain is Grain.MONTH:
        return [_midnight(day, zone) for day in _months(first, last)]
    if grain is Grain.YEAR:
        return [_midnight(date(year, 1, 1), zone) for year in range(first.year, last.year + 1)]
    if grain is Grain.DAY:
        return [_midnight(day, zone) for day in _days(first, last, 1)]
    begin, end = _midnight(first, zone), _midnight(last, zone)
    step = QUARTER if grain is Grain.QUARTER_HOUR else HOUR
    return [begin + n * step for n in range((end - begin) // step + 1)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _days(first: date, last: date, step: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]


def _months(first: date, last: date) -> Sequence[date]:
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return found
