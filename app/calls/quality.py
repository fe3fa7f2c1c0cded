"""Does a call history make sense? Contradictions in a row, units, gaps and clock changes of a file."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from app.calls.schemas import ClockChange, Finding, Gap

Queue = Literal["999", "101"]
# queue, interval_start (UTC), then counts [calls] and sums of seconds in the order of parse.COLUMNS
CallsRow = tuple[
    Queue, datetime, int, int | None, int | None, int | None, int | None, int | None, int | None,
    float | None, float | None, float | None, float | None, int | None, int | None, int | None, int | None,
]  # fmt: skip

LISTED = 100  # findings of a kind that a report spells out
MIN_MEAN_HANDLING_S = 20.0  # a switchboard takes 45-90 s a call; below 20 s the column holds minutes
MAX_MEAN_HANDLING_S = 4 * 3600.0
MIN_CALLS_FOR_MEANS = 30  # fewer answered calls say nothing about the unit
SHOWN_CHARACTERS = 32
MIN_INTERVALS_FOR_GRID = 96  # a day; fewer say nothing about the grid
MOST_AHEAD = timedelta(days=1)  # clocks and time zones differ

_NUMBER_OR_TIME = re.compile(r"[+-]?[0-9.,eE+%]{1,12}|[0-9TtZz:/. +-]*[:/][0-9TtZz:/. +-]*|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_VALUE = frozenset({"", "-", "n/a", "na", "nan", "null", "none", "nil", "inf", "-inf", "infinity", "unknown"})
_PHONE = re.compile(r"\+?[(]?[+]?[0-9][0-9 ()./-]*")
_DATE = re.compile(r"([0-9]{1,2}([/.-])[0-9]{1,2}\2[0-9]{2,4}|[0-9]{4}([/.-])[0-9]{1,2}\3[0-9]{1,2})([ .]|$)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_WORDS_OF_A_DATE = 2  # `Mon 3 June 2024` is a badly written time, not free text


@dataclass(slots=True)
class Findings:
    """The first `LISTED` findings and how many there are."""

    listed: list[Finding] = field(default_factory=list)
    total: int = 0

    def add(self, row: int | None, column: str | None, value: str | None, reason: str) -> None:
        self.total += 1
        if len(self.listed) < LISTED:
            self.listed.append(Finding(row=row, column=column, value=value, reason=reason))


def shown(value: str) -> str:
    """`value` fit to be repeated: numbers and times as they are, letters and long digit runs masked, 32 characters."""
    text = value.strip()
    if text.lower() not in _NO_VALUE and (personal_kind("", text) or not _NUMBER_OR_TIME.fullmatch(text)):
        text = "".join("x" if c.isalpha() else "#" if c.isdigit() else c if c.isprintable() else "?" for c in text[:99])
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def personal_kind(column: str, value: str) -> str | None:
    """`"telephone numbers"` or `"free text"` where an unreadable value looks like it, else None."""
    text = value.strip()
    if _PHONE.fullmatch(text) and 9 <= sum(c.isdigit() for c in text) <= 15 and not _is_date(text):
        return "telephone numbers"
    words = len(_WORD.findall(text))
    if "@" in text or words > (_WORDS_OF_A_DATE if column in ("interval_start", "") else 1):
        return "free text"
    return None


def _is_date(text: str) -> bool:
    """Whether digits are grouped as a date, such as 01/02/2024 10.00."""
    return _DATE.match(text) is not None


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


class Sieve:
    """Keeps sound rows, one for each queue and interval; notes why it lets others go."""

    def __init__(self) -> None:
        self.kept: dict[tuple[Queue, datetime], tuple[int, CallsRow]] = {}  # with the row number
        self.issues, self.warnings = Findings(), Findings()
        self.rejected = self.duplicates = 0

    def reject(self, number: int, reasons: Sequence[tuple[str | None, str | None, str]]) -> None:
        self.rejected += 1
        for column, value, reason in reasons:
            self.issues.add(number, column, value, reason)

    def take(self, number: int, row: CallsRow) -> None:
        found = contradictions(row)
        if found:
            self.reject(number, found)
            return
        key = row[:2]
        earlier_number, earlier = self.kept.setdefault(key, (number, row))
        if earlier is row:
            return
        start = key[1].isoformat()
        if earlier == row:
            self.duplicates += 1
            reason = f"row {number} repeats row {earlier_number}: queue {key[0]} at {start}; counted once"
            self.warnings.add(number, "interval_start", start, reason)
        else:
            reason = f"row {number} contradicts row {earlier_number}: other values for queue {key[0]} at {start}"
            self.reject(number, [("interval_start", start, reason)])


def check_units(rows: Iterable[CallsRow], issues: Findings) -> None:
    """Refuse handling times whose mean over the file shows another unit than seconds, queue by queue.

    UK police forces have published minutes where seconds were meant ("0:08:00" for eight seconds, Northumbria Police,
    answer to an information request on 999 and 101 calls).
    """
    calls: dict[Queue, int] = {"999": 0, "101": 0}
    handling_s: dict[Queue, float] = {"999": 0.0, "101": 0.0}
    for row in rows:
        answered, talk, wrap = row[3], row[9], row[10]
        if answered and talk is not None:
            calls[row[0]] += answered
            handling_s[row[0]] += talk + (wrap or 0.0)
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
