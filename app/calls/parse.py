"""Read a call history from CSV: a stream of bytes in, typed rows and a quality report out. Knows no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO
from zoneinfo import ZoneInfo

from app.calls.quality import (
    CallsRow,
    Queue,
    check_times,
    check_units,
    contradictions,
    find_clock_changes,
    find_gaps,
)
from app.calls.schemas import ImportReport, QueueSpan
from app.csv_table import Converter, Layout, counts, interval_start, queue, read_table, seconds
from app.findings import Sieve

OBLIGATORY = ("queue", "interval_start", "offered")
SECONDS = ("talk_s", "wrap_s", "answered_wait_s", "abandoned_wait_s")
COLUMNS = (
    *OBLIGATORY, "answered", "answered_within_threshold", "answered_10_60s", "answered_over_60s", "abandoned",
    "abandoned_short", *SECONDS, "callbacks_offered", "callbacks_accepted", "callbacks_completed", "handlers_staffed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParsedCalls:
    """Accepted rows by queue and time, in the order of `COLUMNS`, absent values None; and the file's report."""

    columns: tuple[str, ...]  # those that the file has
    rows: list[CallsRow]
    report: ImportReport


def read_calls(file: BinaryIO, *, zone: ZoneInfo, now: datetime, interval_s: int = 900) -> ParsedCalls:
    """Parse and check a call history: one row per queue and interval.

    Parameters
    ----------
    file : UTF-8 CSV with a header, comma-separated; `queue,interval_start,offered` obligatory, see `COLUMNS`
    zone : the force's time zone, for the clock changes in the report
    now : the present, with time zone: a history of days to come is refused
    interval_s : width of an interval [s]; starts lie on its UTC grid

    Raises
    ------
    CsvFileError : not readable as such a file, or personal data in it. Faulty rows are in the report instead.
    """
    holds = "counts, sums of seconds, queue and time"
    layout = Layout({column: _converter(column, interval_s) for column in COLUMNS}, OBLIGATORY, holds)
    columns, records = read_table(file, layout)
    sieve: Sieve[CallsRow] = Sieve(2, "queue {0}", contradictions)
    sieve.take_all(records)
    rows = sieve.rows()
    return ParsedCalls(columns, rows, report_of(rows, sieve, zone, now, timedelta(seconds=interval_s)))


def report_of(
    rows: list[CallsRow], sieve: Sieve[CallsRow], zone: ZoneInfo, now: datetime, interval: timedelta
) -> ImportReport:
    """What a file of these rows, by queue and time, is found to hold; adds to the findings of `sieve`."""
    check_units(((row[0], row[3], row[9], row[10]) for row in rows), sieve.issues)
    starts: dict[Queue, list[datetime]] = {"999": [], "101": []}
    for row in rows:
        starts[row[0]].append(row[1])
    check_times(starts, interval, now, sieve.issues)
    gaps = find_gaps(starts, interval)
    clock_changes = find_clock_changes(starts, zone, interval, sieve.warnings)
    return ImportReport(
        **sieve.figures(),
        queues=[QueueSpan(queue=q, first=s[0], last=s[-1], intervals=len(s)) for q, s in starts.items() if s],
        gaps=gaps.listed,
        gaps_total=gaps.total,
        intervals_missing=gaps.intervals,
        clock_changes=clock_changes,
    )


def _converter(column: str, interval_s: int) -> Converter:
    if column == "queue":
        return queue
    if column == "interval_start":
        return interval_start(interval_s)
    if column in SECONDS:
        return seconds
    return counts(obligatory=column in OBLIGATORY)
