"""Does a call history make sense? Contradictions in a row, units, gaps and clock changes of a file."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from app.calls.schemas import ClockChange, Gap
from app.findings import LISTED, Findings

Queue = Literal["999", "101"]
# queue, interval_start (UTC), then counts [calls] and sums of seconds in the order of parse.COLUMNS
CallsRow = tuple[
    Queue, datetime, int, int | None, int | None, int | None, int | None, int | None, int | None,
    float | None, float | None, float | None, float | None, int | None, int | None, int | None, int | None,
]  # fmt: skip

MIN_MEAN_HANDLING_S = 20.0  # a switchboard takes 45-90 s a call; below 20 s the column holds minutes
MAX_MEAN_HANDLING_S = 4 * 3600.0
MIN_CALLS_FOR_MEANS = 30  # fewer answered calls say nothing about the unit
MIN_INTERVALS_FOR_GRID = 96  # a day; fewer say nothing about the grid
MOST_AHEAD = timedelta(days=1)  # clocks and time zones differ


def contradictions(row: CallsRow) -> list[tuple[str, str, str]]:
    """What cannot be true within one interval: (column, value, reason) each; empty for a sound row."""
    (_, _, offered, answered, within, to_60, over_60, abandoned, short, talk, wrap, wait, abandoned_wait,
     callbacks, accepted, _, _) = row  # fmt: skip
    found: list[tuple[str, str, str]] = []
    # Where a file leaves out answered or abandoned, offered bounds both.
    taken = offered if answered is None else answered
    left = offered if abandoned is None else abandoned
    if (answered or 0) + (abandoned or 0) > offered:
        parts = f"answered {answered or 0} + abandoned {abandoned or 0}"
        found.append(("offered", str(offered), f"{parts} exceeds offered {offered}"))
    if within is not None and within > taken:
        reason = f"answered_within_threshold {within} exceeds answered {taken}"
        found.append(("answered_within_threshold", str(within), reason))
    if (to_60 or 0) + (over_60 or 0) > taken:
        reason = f"answered_10_60s {to_60 or 0} + answered_over_60s {over_60 or 0} exceeds answered {taken}"
        found.append(("answered_10_60s", str(to_60 or 0), reason))
    if short is not None and short > left:
        found.append(("abandoned_short", str(short), f"abandoned_short {short} exceeds abandoned {left}"))
    if taken == 0 and (talk or wrap or wait):
        for column, seconds in (("talk_s", talk), ("wrap_s", wrap), ("answered_wait_s", wait)):
            if seconds:
                found.append((column, f"{seconds:g}", f"{column} {seconds:g} without an answered call"))
    if left == 0 and abandoned_wait:
        reason = f"abandoned_wait_s {abandoned_wait:g} without an abandoned call"
        found.append(("abandoned_wait_s", f"{abandoned_wait:g}", reason))
    if callbacks is not None and accepted is not None and accepted > callbacks:
        reason = f"callbacks_accepted {accepted} exceeds callbacks_offered {callbacks}"
        found.append(("callbacks_accepted", str(accepted), reason))
    return found


def check_times(starts: dict[Queue, list[datetime]], interval: timedelta, now: datetime, issues: Findings) -> None:
    """Refuse a history on a coarser grid, which would read as closed quarter-hours, and counts of days to come."""
    for queue, times in starts.items():
        minutes = {time.minute for time in times}
        if len(times) >= MIN_INTERVALS_FOR_GRID and len(minutes) < timedelta(hours=1) / interval:
            found = f"starts of queue {queue} lie on {', '.join(f':{minute:02d}' for minute in sorted(minutes))} alone"
            reason = f"{found}: one row for each {interval // timedelta(minutes=1)} minutes is expected"
            issues.add(None, "interval_start", None, reason)
        if times and times[-1] > now + MOST_AHEAD:
            last = times[-1].isoformat()
            issues.add(
                None, "interval_start", last, f"queue {queue} ends at {last}, in the future: a history is expected"
            )


def check_units(rows: Iterable[tuple[Queue, int | None, float | None, float | None]], issues: Findings) -> None:
    """Refuse handling times whose mean over the file shows another unit than seconds, queue by queue. `rows` are
    queue, answered calls, talk [s] and wrap-up [s].

    UK police forces have published minutes where seconds were meant ("0:08:00" for eight seconds, Northumbria Police,
    answer to an information request on 999 and 101 calls).
    """
    calls: dict[Queue, int] = {"999": 0, "101": 0}
    handling_s: dict[Queue, float] = {"999": 0.0, "101": 0.0}
    for queue, answered, talk, wrap in rows:
        if answered and talk is not None:
            calls[queue] += answered
            handling_s[queue] += talk + (wrap or 0.0)
    for queue, n_calls in calls.items():
        if n_calls < MIN_CALLS_FOR_MEANS:
            continue
        mean_s = handling_s[queue] / n_calls
        what = f"queue {queue}: mean handling time (talk_s + wrap_s) / answered is {mean_s:.4g} s over {n_calls} calls"
        if mean_s < MIN_MEAN_HANDLING_S:
            reason = f"{what}; {MIN_MEAN_HANDLING_S:g} s or more expected: are these minutes, or means, not sums?"
            issues.add(None, "talk_s", f"{mean_s:.4g}", reason)
        elif mean_s > MAX_MEAN_HANDLING_S:
            reason = f"{what}; at most {MAX_MEAN_HANDLING_S:g} s expected: are these milliseconds?"
            issues.add(None, "talk_s", f"{mean_s:.4g}", reason)


@dataclass(frozen=True, slots=True)
class Gaps:
    listed: list[Gap]
    total: int
    intervals: int


def find_gaps(starts: dict[Queue, list[datetime]], interval: timedelta) -> Gaps:
    """Runs of missing intervals between the first and last start of each queue; starts sorted and different."""
    listed: list[Gap] = []
    total = intervals = 0
    for queue, times in starts.items():
        for before, after in pairwise(times):
            if after - before == interval:
                continue
            missing = (after - before) // interval - 1
            total += 1
            intervals += missing
            if len(listed) < LISTED:
                listed.append(Gap(queue=queue, start=before + interval, end=after, intervals=missing))
    return Gaps(listed, total, intervals)


def find_clock_changes(
    starts: dict[Queue, list[datetime]], zone: ZoneInfo, interval: timedelta, warnings: Findings
) -> list[ClockChange]:
    """Local days of 23 or 25 hours that lie wholly inside the span; days with other counts are warned of."""
    spans = [times for times in starts.values() if times]
    if not spans:
        return []
    first, end = min(times[0] for times in spans), max(times[-1] for times in spans) + interval
    changes = []
    for day, day_start, day_end in _days_of_odd_length(first, end, zone):
        expected = (day_end - day_start) // interval
        found = {queue: _count(times, day_start, day_end) for queue, times in starts.items() if times}
        changes.append(ClockChange(date=day, expected=expected, found=found))
        for queue, n_found in found.items():
            if n_found != expected:
                reason = f"queue {queue} has {n_found} intervals on the clock-change day {day}, {expected} expected"
                warnings.add(None, "interval_start", str(day), reason)
    return changes


def _days_of_odd_length(first: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[date, datetime, datetime]]:
    days = []
    day = first.astimezone(zone).date()
    midnight = _midnight(day, zone)
    while midnight < end:
        following = _midnight(day + timedelta(days=1), zone)
        if following - midnight != timedelta(days=1) and first <= midnight and following <= end:
            days.append((day, midnight, following))
        day, midnight = day + timedelta(days=1), following
    return days


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _count(times: Sequence[datetime], start: datetime, end: datetime) -> int:
    return bisect_left(times, end) - bisect_left(times, start)
