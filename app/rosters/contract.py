"""What a handler's contracts ask of a period: hours due by days, paid meals, what nights of clock changes count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from app.people.schemas import HandlerIn, PatternDay
from rostering.problem import Contract

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


def contract_of(handler: HandlerIn, week_start: date, n_weeks: int, zone: ZoneInfo) -> Contract:
    """The contract of the period's last day. Its hours are those due over its cycle of weeks, which ends with the
    period: each day asks a seventh of the week of the contract that counts on it, so that one which begins or ends in
    the middle of a week is due by days. What nights of clock changes count beyond the hours that pass is taken off.
    """
    end = week_start + n_weeks * 7 * _DAY
    standing = handler.contract_on(end - _DAY)
    weeks = max(standing.cycle_weeks, n_weeks)
    days = [end - back * _DAY for back in range(1, 7 * weeks + 1)]
    due = due_min(handler, days) - _beyond_elapsed(handler, days, zone)
    return Contract(max(round(due / weeks), 1), standing.cycle_weeks, standing.meals_paid)


def due_min(handler: HandlerIn, days: list[date]) -> Fraction:
    """Hours that the contracts of these days ask, a seventh of the week each day [min]."""
    if not handler.contracts:
        return Fraction(handler.contract.weekly_min * len(days), 7)
    return Fraction(sum(handler.contract_on(day).weekly_min for day in days), 7)


def changes_within(handler: HandlerIn, first: date, last: date) -> list[date]:
    """Dates between two, both included, on which another contract begins to count; the first one is none."""
    days = [first + n * _DAY for n in range(1, (last - first).days + 1)]
    return [day for day in days if handler.contract_on(day) is not handler.contract_on(day - _DAY)]


def _beyond_elapsed(handler: HandlerIn, days: list[date], zone: ZoneInfo) -> int:
    """What duties of these dates count beyond the time that passes in them [min]."""
    if all(one.clock_change == "elapsed" for one in (handler.contract, *handler.contracts)):
        return 0
    return sum(beyond_elapsed_min(handler, day, zone) for day in days if _clocks_change(day, zone))


def beyond_elapsed_min(handler: HandlerIn, day: date, zone: ZoneInfo) -> int:
    """What the pattern's duty of a date counts beyond the time that passes in it [min]: of a nominal contract alone,
    an hour where the clocks go forward in it and minus an hour where they go back."""
    worked = handler.pattern.days[(day - handler.pattern.anchor).days % len(handler.pattern.days)]
    if worked is None or handler.contract_on(day).clock_change == "elapsed":
        return 0
    return worked.length_min - lasts_min(handler, worked, day, zone)


def lasts_min(handler: HandlerIn, worked: PatternDay, day: date, zone: ZoneInfo) -> int:
    """Elapsed length of the pattern's duty on a date [min]: its own; of a nominal contract until its clock time."""
    if handler.contract_on(day).clock_change == "elapsed":
        return worked.length_min
    wall = datetime.combine(day, worked.start)
    start, end = (moment.replace(tzinfo=zone).astimezone(UTC) for moment in (wall, wall + worked.length_min * _MINUTE))
    return (end - start) // _MINUTE


def _clocks_change(day: date, zone: ZoneInfo) -> bool:
    """Whether the clocks change on the date or in the small hours after it."""
    before, after = (datetime.combine(one, datetime.min.time(), zone).utcoffset() for one in (day, day + 2 * _DAY))
    return before != after
