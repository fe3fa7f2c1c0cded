"""Read a call history from CSV: a stream of bytes in, its rows and a quality report out. Knows no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO
from zoneinfo import ZoneInfo

from app.calls.blocks import read_blocks
from app.calls.history import COLUMNS, OBLIGATORY, SECONDS, History, instant
from app.calls.quality import check_times, check_units, find_clock_changes, find_gaps
from app.calls.schemas import ImportReport, QueueSpan
from app.calls.sift import HistorySieve
from app.csv_table import Converter, Layout, counts, interval_start, queue, seconds
from app.findings import Sifted


@dataclass(frozen=True, slots=True)
class ParsedCalls:
    """Accepted rows and the file's report."""

    columns: tuple[str, ...]  # those that the file has
    history: History
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
    columns, blocks = read_blocks(file, layout, interval_s)
    sieve = HistorySieve(interval_s)
    for block in blocks:
        sieve.take(block)
    history = sieve.history()
    return ParsedCalls(columns, history, report_of(history, sieve, zone, now, timedelta(seconds=interval_s)))


def report_of(history: History, sifted: Sifted, zone: ZoneInfo, now: datetime, interval: timedelta) -> ImportReport:
    """What a file of this history is found to hold; adds to the findings of `sifted`."""
    check_units(history.queue, history.of("answered"), history.of("talk_s"), history.of("wrap_s"), sifted.issues)
    starts_s = {queue: times for queue, times in history.starts_s().items() if times.size}
    check_times(starts_s, interval, now, sifted.issues)
    gaps = find_gaps(starts_s, interval)
    clock_changes = find_clock_changes(starts_s, zone, interval, sifted.warnings)
    return ImportReport(
        **sifted.figures(),
        queues=[
            QueueSpan(queue=queue, first=instant(times[0]), last=instant(times[-1]), intervals=times.size)
            for queue, times in starts_s.items()
        ],
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
