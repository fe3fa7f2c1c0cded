"""Local time by quarter-hour of the period: date, wall clock, minutes of night so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from rostering.problem import RosterProblem
from rostering.rules import RuleId

MINUTE, QUARTER = timedelta(minutes=1), timedelta(minutes=15)
_BEFORE, _AFTER = 16 * 96, 5 * 96  # [quarter-hours] around the period: the fortnight before, the longest last duty
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LocalClock:
    """Tables over quarter-hours; quarter 0 is local Monday 00:00 of the first week.

    day : local date, counted from the first Monday; minute : local minute of the day
    night : minutes between rule NIGHT's hours since the table's start
    monday : first quarter-hour of the week before the first, of each week, and of the week after, (weeks + 2,)
    """

    day: Ints
    minute: Ints
    night: Ints
    monday: Ints

    def days(self, quarters: Ints) -> Ints:
        """Local date of each quarter-hour."""
        return self.day[quarters + _BEFORE]

    def minutes(self, quarters: Ints) -> Ints:
        """Local minute of the day at the start of each quarter-hour."""
        return self.minute[quarters + _BEFORE]

    def night_min(self, start: Ints, end: Ints) -> Ints:
        """Minutes of night between quarter-hours."""
        return self.night[end + _BEFORE] - self.night[start + _BEFORE]


def local_clock(problem: RosterProblem) -> LocalClock:
    """Tables from the fortnight before the period to five days after it."""
    zone, begin = ZoneInfo(problem.timezone), problem.begin
    moments = [(begin + k * QUARTER).astimezone(zone) for k in range(-_BEFORE, problem.n_intervals + _AFTER)]
    first = problem.week_start.toordinal()
    minute = np.array([m.hour * 60 + m.minute for m in moments], dtype=np.int64)
    rule = problem.rules[RuleId.NIGHT]
    night = np.concatenate([[0], np.cumsum(_night_part(minute, rule["from_min"], rule["until_min"]))])
    mondays = [
        datetime.combine(problem.week_start + timedelta(days=7 * w), datetime.min.time(), zone).astimezone(UTC)
        for w in range(-1, problem.n_weeks + 1)
    ]
    return LocalClock(
        day=np.array([m.toordinal() - first for m in moments], dtype=np.int64),
        minute=minute,
        night=night.astype(np.int64),
        monday=np.array([(monday - begin) // QUARTER for monday in mondays], dtype=np.int64),
    )


def _night_part(minute: Ints, begin: int, until: int) -> Ints:
    """Minutes of the quarter-hour from ``minute`` that lie in the night from ``begin`` to ``until`` of the next day."""

    def overlap(first: int, last: int) -> Ints:
        inside: Ints = np.maximum(np.minimum(minute + 15, last) - np.maximum(minute, first), 0)
        return inside

    return overlap(begin, 1440) + overlap(0, until) if until <= begin else overlap(begin, until)


def night_min(problem: RosterProblem, start: datetime, end: datetime) -> int:
    """Minutes of night from ``start`` to ``end``, as elapsed time."""
    rule, zone = problem.rules[RuleId.NIGHT], ZoneInfo(problem.timezone)
    total = timedelta()
    day = start.astimezone(zone).date() - timedelta(days=1)
    while day <= end.astimezone(zone).date():
        midnight = datetime.combine(day, datetime.min.time())
        later = 0 if rule["until_min"] > rule["from_min"] else 1
        begin = (midnight + rule["from_min"] * MINUTE).replace(tzinfo=zone).astimezone(UTC)
        until = (midnight + timedelta(days=later) + rule["until_min"] * MINUTE).replace(tzinfo=zone).astimezone(UTC)
        total += max(min(until, end.astimezone(UTC)) - max(begin, start.astimezone(UTC)), timedelta())
        day += timedelta(days=1)
    return total // MINUTE
