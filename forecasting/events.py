"""Dated and recurring events of a place: what sets hours apart from their weekday besides the public calendar.

Light on purpose: numpy and dateutil only, so that a process that merely keeps events can load it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import LocalGrid
from forecasting.errors import EventInvalid
from forecasting.recurrence import recurrences

MOST_MULTIPLIER = 20.0
_MOST_OCCURRENCES = 10_000  # of one event in one window: every day of 27 years
_COMPARED = 32  # occurrences looked at for overlaps: calendars repeat their gaps before


@dataclass(frozen=True, slots=True)
class Event:
    """Something that changes demand while it lasts, once or again and again.

    Parameters
    ----------
    name : what happens; occurrences of one name share one learned effect
    start : of the first occurrence, with time zone: the wall clock that the rule follows
    end : its end, excluded; after ``start``
    rule : RFC 5545 RRULE of the occurrences, of which the first is ``start``; None: happens once
    queues : names of the queues that it concerns; empty: every queue
    is_excluded : an outage or major incident: the hours are tagged and not learned from
    multiplier : the planner's own factor on offered calls, used instead of the learned one; > 0, <= 20
    set_by : who set the multiplier
    reason : why

    Raises
    ------
    EventInvalid : a value is out of range, the rule is none, or occurrences would overlap
    """

    name: str
    start: datetime
    end: datetime
    rule: str | None = None
    queues: tuple[str, ...] = ()
    is_excluded: bool = False
    multiplier: float | None = None
    set_by: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise EventInvalid(f"an event's name is {self.name!r}: expected words such as 'home match'")
        for edge, moment in (("start", self.start), ("end", self.end)):
            if moment.utcoffset() is None:
                raise EventInvalid(f"event {self.name!r}: {edge} {moment.isoformat()} has no time zone: expected one")
            if moment.microsecond:
                raise EventInvalid(f"event {self.name!r}: {edge} is {moment.isoformat()}: expected whole seconds")
        # In UTC: two times of one zone would be compared by their wall clocks, one hour of which is repeated.
        if self.end.astimezone(UTC) <= self.start.astimezone(UTC):
            raise EventInvalid(
                f"event {self.name!r} ends {self.end.isoformat()}, not after its start {self.start.isoformat()}: "
                "expected a later end"
            )
        if any(not queue.strip() for queue in self.queues) or len(set(self.queues)) < len(self.queues):
            raise EventInvalid(f"event {self.name!r}: queues are {self.queues}: expected names, each once")
        self._check_multiplier()
        if self.rule is not None:
            self._check_rule(self.rule)

    def _check_multiplier(self) -> None:
        if self.multiplier is None:
            return
        if self.is_excluded:
            raise EventInvalid(
                f"event {self.name!r} is excluded from learning and has a multiplier of {self.multiplier}: "
                "expected one or the other"
            )
        if not math.isfinite(self.multiplier) or not 0 < self.multiplier <= MOST_MULTIPLIER:
            raise EventInvalid(
                f"event {self.name!r}: multiplier is {self.multiplier}: expected a number above 0, at most "
                f"{MOST_MULTIPLIER:g}"
            )

    def _check_rule(self, rule: str) -> None:
        zone = self.start.tzinfo or UTC
        first, length = _wall(self.start, zone), _length(self, zone)
        try:
            starts = list(islice(recurrences(rule, first, zone), _COMPARED))
        except EventInvalid as error:
            raise EventInvalid(f"event {self.name!r}: {error}") from error
        for start, following in pairwise(starts):
            if following < start + length:
                raise EventInvalid(
                    f"event {self.name!r}: the occurrence of {start:%Y-%m-%d %H:%M} lasts until "
                    f"{start + length:%Y-%m-%d %H:%M}, after the next has begun at {following:%Y-%m-%d %H:%M}: "
                    "expected occurrences that do not overlap"
                )


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that an event happens; ``start`` and ``end`` (excluded) [UTC]."""

    event: Event
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class EventEffect:
    """What one event name does to one queue, as learned and as the planner says.

    ``n_occurrences`` seen in the history; ``learned`` factor on offered calls with its 80% interval ``lower`` to
    ``upper``, None where too few were seen; ``planner`` the planner's own factor, set by ``set_by`` for ``reason``;
    ``applied`` the factor that the forecast used.
    """

    queue: str
    name: str
    n_occurrences: int
    learned: float | None
    lower: float | None
    upper: float | None
    planner: float | None
    applied: float
    set_by: str | None
    reason: str | None


def occurrences(events: Sequence[Event], since: datetime, until: datetime, timezone: str) -> tuple[Occurrence, ...]:
    """The occurrences that touch ``since`` to ``until`` (excluded), by start and name.

    Recurrence follows the wall clock of ``timezone``: a match at 19:00 stays at 19:00 over both clock changes. A
    wall-clock time that the spring change skips is taken as much later as the clocks go forward; one that the autumn
    change repeats is its first hour (RFC 5545, section 3.3.5). The first occurrence is the instants given, exactly.

    Raises
    ------
    EventInvalid : the window is naive, or one event happens more than 10,000 times in it
    """
    for moment in (since, until):
        if moment.utcoffset() is None:
            raise EventInvalid(f"window edge {moment.isoformat()} has no time zone: expected one")
    zone = ZoneInfo(timezone)
    found = [occurrence for event in events for occurrence in _occurrences_of(event, since, until, zone)]
    return tuple(sorted(found, key=lambda occurrence: (occurrence.start, occurrence.event.name)))


def _occurrences_of(event: Event, since: datetime, until: datetime, zone: ZoneInfo) -> list[Occurrence]:
    first, length = _wall(event.start, zone), _length(event, zone)
    starts = iter([first]) if event.rule is None else recurrences(event.rule, first, zone)
    found = []
    for wall in starts:
        if wall == first:
            start, end = event.start.astimezone(UTC), event.end.astimezone(UTC)
        else:
            start, end = _instant(wall, zone), _instant(wall + length, zone)
        if end <= start:  # the clocks skip the end: 01:30 to 02:15 on the spring day
            end = start + length
        if start >= until:
            break
        if end > since:
            found.append(Occurrence(event, start, end))
        if len(found) > _MOST_OCCURRENCES:
            raise EventInvalid(
                f"event {event.name!r} happens more than {_MOST_OCCURRENCES} times from {since.date()} to "
                f"{until.date()}: expected fewer; give its rule an UNTIL"
            )
    return found


def mask(found: Sequence[Occurrence], grid: LocalGrid) -> NDArray[np.bool_]:
    """(intervals,), whether more than half of each interval of ``grid`` lies within the occurrences ``found``."""
    within_s = np.zeros(grid.utc_s.size)
    for occurrence in found:
        first_s = np.maximum(grid.utc_s, occurrence.start.timestamp())
        last_s = np.minimum(grid.utc_s + grid.interval_s, occurrence.end.timestamp())
        within_s += np.maximum(last_s - first_s, 0.0)
    return within_s > grid.interval_s / 2


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _length(event: Event, zone: tzinfo) -> timedelta:
    """How long the event lasts by the wall clock; by any clock where the wall clock is put back in between."""
    length = _wall(event.end, zone) - _wall(event.start, zone)
    return length if length > timedelta() else event.end.astimezone(UTC) - event.start.astimezone(UTC)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    # Fold 0: the offset before a gap, the first of two repeated hours.
    return wall.replace(tzinfo=zone).astimezone(UTC)
