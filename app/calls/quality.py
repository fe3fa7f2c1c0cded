"""Does a call history make sense? Contradictions in a row, units, gaps and clock changes of a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.calls.history import QUEUES, VALUES, CallsRow, Queue, instant
from app.calls.schemas import ClockChange, Gap
from app.findings import LISTED, Findings

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


def doubtful(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of many rows, (len(VALUES), rows), `contradictions` finds something in, (rows,)."""
    by_name = dict(zip(VALUES, values, strict=True))
    offered = by_name["offered"]
    none = {name: np.nan_to_num(column) for name, column in by_name.items()}  # absent ones as 0
    taken = np.where(np.isnan(by_name["answered"]), offered, none["answered"])
    left = np.where(np.isnan(by_name["abandoned"]), offered, none["abandoned"])
    found: NDArray[np.bool_] = (
        (none["answered"] + none["abandoned"] > offered)
        | (none["answered_within_threshold"] > taken)
        | (none["answered_10_60s"] + none["answered_over_60s"] > taken)
        | (none["abandoned_short"] > left)
        | ((taken == 0) & (none["talk_s"] + none["wrap_s"] + none["answered_wait_s"] > 0))
        | ((left == 0) & (none["abandoned_wait_s"] > 0))
        | (by_name["callbacks_accepted"] > by_name["callbacks_offered"])
    )
    return found


def check_times(starts_s: dict[Queue, NDArray[np.int64]], interval: timedelta, now: datetime, issues: Findings) -> None:
    """Refuse a history on a coarser grid, which would read as closed quarter-hours, and counts of days to come.

    `starts_s` : interval starts of each queue that there is, in order [s]
    """
    for queue, times in starts_s.items():
        minutes = np.unique(times // 60 % 60)
        if times.size >= MIN_INTERVALS_FOR_GRID and minutes.size < timedelta(hours=1) / interval:
            found = f"starts of queue {queue} lie on {', '.join(f':{minute:02d}' for minute in minutes)} alone"
            reason = f"{found}: one row for each {interval // timedelta(minutes=1)} minutes is expected"
            issues.add(None, "interval_start", None, reason)
        if instant(times[-1]) > now + MOST_AHEAD:
            last = instant(times[-1]).isoformat()
            issues.add(
                None, "interval_start", last, f"queue {queue} ends at {last}, in the future: a history is expected"
            )


def check_units(
    queue: NDArray[np.int16],
    answered: NDArray[np.float64],
    talk_s: NDArray[np.float64],
    wrap_s: NDArray[np.float64],
    issues: Findings,
) -> None:
    """Refuse handling times whose mean over the file shows another unit than seconds, queue by queue; (rows,) each,
    NaN where absent.

    UK police forces have published minutes where seconds were meant ("0:08:00" for eight seconds, Northumbria Police,
    answer to an information request on 999 and 101 calls).
    """
    for name in QUEUES:
        told = (queue == int(name)) & (answered > 0) & ~np.isnan(talk_s)
        n_calls = int(answered[told].sum())
        if n_calls < MIN_CALLS_FOR_MEANS:
            continue
        mean_s = float(talk_s[told].sum() + np.nan_to_num(wrap_s[told]).sum()) / n_calls
        what = f"queue {name}: mean handling time (talk_s + wrap_s) / answered is {mean_s:.4g} s over {n_calls} calls"
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


def find_gaps(starts_s: dict[Queue, NDArray[np.int64]], interval: timedelta) -> Gaps:
    """Runs of missing intervals between the first and last start of each queue; starts sorted and different [s]."""
    listed: list[Gap] = []
    total = intervals = 0
    width_s = interval // timedelta(seconds=1)
    for queue, times in starts_s.items():
        missing = np.diff(times) // width_s - 1
        places = np.flatnonzero(missing)
        total += places.size
        intervals += int(missing.sum())
        for i in places[: LISTED - len(listed)].tolist():
            start, end = instant(times[i]) + interval, instant(times[i + 1])
            listed.append(Gap(queue=queue, start=start, end=end, intervals=int(missing[i])))
    return Gaps(listed, total, intervals)


def find_clock_changes(
    starts_s: dict[Queue, NDArray[np.int64]], zone: ZoneInfo, interval: timedelta, warnings: Findings
) -> list[ClockChange]:
    """Local days of 23 or 25 hours that lie wholly inside the span; days with other counts are warned of."""
    if not starts_s:
        return []
    first = instant(min(times[0] for times in starts_s.values()))
    end = instant(max(times[-1] for times in starts_s.values())) + interval
    changes = []
    for day, day_start, day_end in _days_of_odd_length(first, end, zone):
        expected = (day_end - day_start) // interval
        found = {queue: _count(times, day_start, day_end) for queue, times in starts_s.items()}
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


def _count(times: NDArray[np.int64], start: datetime, end: datetime) -> int:
    """Starts in [start, end)."""
    first, behind = np.searchsorted(times, (start.timestamp(), end.timestamp()))
    return int(behind - first)
