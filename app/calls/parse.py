"""Read a call history from CSV: a stream of bytes in, typed rows and a quality report out. Knows no database."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

from app.calls.quality import (
    CallsRow,
    Queue,
    Sieve,
    check_times,
    check_units,
    find_clock_changes,
    find_gaps,
    personal_kind,
    shown,
)
from app.calls.schemas import ImportReport, QueueSpan

OBLIGATORY = ("queue", "interval_start", "offered")
SECONDS = ("talk_s", "wrap_s", "answered_wait_s", "abandoned_wait_s")
COLUMNS = (
    *OBLIGATORY, "answered", "answered_within_threshold", "answered_10_60s", "answered_over_60s", "abandoned",
    "abandoned_short", *SECONDS, "callbacks_offered", "callbacks_accepted", "callbacks_completed", "handlers_staffed",
)  # fmt: skip

MAX_COUNT = 1_000_000  # calls or handlers per interval; more is a telephone number or a slip
MAX_SECONDS = 1e8  # 5,000 calls of over five hours in one interval
MAX_LINE = 65_536  # characters; seventeen numbers need a few hundred
YEARS = (1990, 2100)
_REMEMBERED = 10_000  # different counts kept as already converted

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(Z|z|[+-][0-9]{2}:[0-9]{2})?"
)
_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?")
_CLOCK_TIME = re.compile(r"[0-9]+:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?")
_PRINTABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ .()%/-]{0,39}")

Converter = Callable[[str], object]


class CallsFileError(Exception):
    """The file as a whole cannot be read. `value` is safe to show."""

    def __init__(
        self,
        message: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.row, self.column, self.value, self.expected = message, row, column, value, expected


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
    CallsFileError : not readable as such a file, or personal data in it. Faulty rows are in the report instead.
    """
    records = _records(file)
    try:
        columns = _header(records)
        return _parse(records, columns, zone, now, interval_s)
    finally:
        records.close()  # lets go of the file without closing it


def _parse(
    records: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], zone: ZoneInfo, now: datetime, interval_s: int
) -> ParsedCalls:
    converters = [_converter(column, interval_s) for column in columns]
    in_order = itemgetter(*(columns.index(c) if c in columns else len(columns) for c in COLUMNS))
    sieve = Sieve()
    rows_read = 0
    for number, fields in records:
        rows_read += 1
        if len(fields) != len(columns):
            reason = f"row {number} has {len(fields)} fields, the header has {len(columns)}: is the file cut off?"
            sieve.reject(number, [(None, None, reason)])
            continue
        try:
            values = [convert(text) for convert, text in zip(converters, fields, strict=True)]
        except ValueError:
            sieve.reject(number, _explain(number, columns, converters, fields))
            continue
        values.append(None)  # stands for each column that the file does not have
        sieve.take(number, cast("CallsRow", in_order(values)))
    if rows_read == 0:
        raise CallsFileError("the file has a header but no rows", row=2, expected="at least one row")
    rows = sorted((row for _, row in sieve.kept.values()), key=itemgetter(0, 1))
    return ParsedCalls(columns, rows, _report(rows, rows_read, sieve, zone, now, timedelta(seconds=interval_s)))


def _report(
    rows: list[CallsRow], rows_read: int, sieve: Sieve, zone: ZoneInfo, now: datetime, interval: timedelta
) -> ImportReport:
    check_units(rows, sieve.issues)
    starts: dict[Queue, list[datetime]] = {"999": [], "101": []}
    for row in rows:
        starts[row[0]].append(row[1])
    check_times(starts, interval, now, sieve.issues)
    gaps = find_gaps(starts, interval)
    clock_changes = find_clock_changes(starts, zone, interval, sieve.warnings)
    return ImportReport(
        rows_read=rows_read,
        rows_accepted=len(rows),
        rows_rejected=sieve.rejected,
        duplicates=sieve.duplicates,
        issues=sieve.issues.listed,
        issues_total=sieve.issues.total,
        warnings=sieve.warnings.listed,
        warnings_total=sieve.warnings.total,
        queues=[QueueSpan(queue=q, first=s[0], last=s[-1], intervals=len(s)) for q, s in starts.items() if s],
        gaps=gaps.listed,
        gaps_total=gaps.total,
        intervals_missing=gaps.intervals,
        clock_changes=clock_changes,
        inserted=None,
        updated=None,
        unchanged=None,
        dry_run=False,
    )


def _records(file: BinaryIO) -> Generator[tuple[int, list[str]], None, None]:
    """Numbered records of the file, blank ones left out; every failure to read is a `CallsFileError`."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    number = 0
    try:
        for number, fields in enumerate(csv.reader(_lines(text), strict=True), 1):
            if fields:
                yield number, fields
    except UnicodeDecodeError:
        message = f"the file is not UTF-8 after row {number}: save it as CSV UTF-8"
        raise CallsFileError(message, row=number + 1, expected="UTF-8") from None
    except csv.Error as error:
        message = f"row {number + 1} is not readable as CSV: {error}"
        raise CallsFileError(message, row=number + 1, expected="comma-separated fields, quotes closed") from None
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise csv.Error(f"a line is longer than {MAX_LINE} characters")
        yield line


def _header(records: Iterator[tuple[int, list[str]]]) -> tuple[str, ...]:
    number, fields = next(records, (0, []))
    if not fields:
        raise CallsFileError("the file is empty", row=1, expected=f"a header with {', '.join(OBLIGATORY)}")
    columns = tuple(name.strip() for name in fields)
    if len(columns) == 1 and re.search(r"queue.*[;\t|]|[;\t|].*queue", columns[0]):
        message = "the header's columns are not separated by commas"
        raise CallsFileError(message, row=number, value=shown(columns[0]), expected="commas between fields")
    if not set(columns) & set(COLUMNS):
        expected = f"a header with {', '.join(OBLIGATORY)}"
        raise CallsFileError(f"row {number} is not a header: it names no known column", row=number, expected=expected)
    doubled = sorted({c for c in columns if columns.count(c) > 1 and c in COLUMNS})
    if doubled:
        message = f"the header names column {doubled[0]} more than once"
        raise CallsFileError(message, row=number, column=doubled[0], expected="each column once")
    unknown = [index for index, column in enumerate(columns) if column not in COLUMNS]
    if unknown:
        _refuse_unknown(columns, unknown, number, records)
    missing = [c for c in OBLIGATORY if c not in columns]
    if missing:
        message = f"the header lacks the column {missing[0]}"
        raise CallsFileError(message, row=number, column=missing[0], expected=f"columns {', '.join(OBLIGATORY)}")
    return columns


def _refuse_unknown(
    columns: Sequence[str], unknown: Sequence[int], number: int, records: Iterator[tuple[int, list[str]]]
) -> None:
    """Raise for the first unknown column, saying so where its first value looks personal."""
    index = unknown[0]
    name = columns[index] if _PRINTABLE_NAME.fullmatch(columns[index]) else shown(columns[index])
    message = f"column {name!r} is not known"
    first = next(records, (0, []))[1]
    kind = personal_kind(name, first[index]) if index < len(first) else None
    if kind:
        message += f" and its values look like {kind}: personal data must not be uploaded"
    raise CallsFileError(message, row=number, column=name, expected=f"only {', '.join(COLUMNS)}")


def _explain(
    number: int, columns: Sequence[str], converters: Sequence[Converter], fields: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Why each unreadable field of a row is so: (column, masked value, reason); personal data refuses the file."""
    reasons = []
    for column, convert, text in zip(columns, converters, fields, strict=True):
        try:
            convert(text)
        except ValueError as error:
            kind = personal_kind(column, text)
            if kind:
                message = f"column {column} looks like {kind} in row {number}: personal data must not be uploaded"
                expected = "only counts, sums of seconds, queue and time"
                raise CallsFileError(message, row=number, column=column, value=shown(text), expected=expected) from None
            reasons.append((column, shown(text), str(error)))
    return reasons


def _converter(column: str, interval_s: int) -> Converter:
    if column == "queue":
        return _queue
    if column == "interval_start":
        return lambda text: _interval_start(text, interval_s)
    if column in SECONDS:
        return _seconds
    return _Counts(obligatory=column in OBLIGATORY).__getitem__


def _queue(text: str) -> str:
    queue = text.strip()
    if queue not in ("999", "101"):
        raise ValueError("queue must be 999 or 101")
    return queue


def _interval_start(text: str, interval_s: int) -> datetime:
    match = _RFC_3339.fullmatch(text) or _RFC_3339.fullmatch(text.strip())
    if match is None:
        raise ValueError("interval_start must be RFC 3339 such as 2026-03-29T00:15:00Z")
    if match[1] is None:
        raise ValueError("interval_start has no offset: add Z for UTC, or +01:00, so that no hour is ambiguous")
    try:
        start = datetime.fromisoformat(match[0].upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("interval_start is not a date and time that exists") from None
    if (start.hour * 3600 + start.minute * 60 + start.second) % interval_s or start.microsecond:
        raise ValueError(f"interval_start is off the grid of {interval_s // 60} minutes")
    if not YEARS[0] <= start.year <= YEARS[1]:
        raise ValueError(f"interval_start must lie in the years {YEARS[0]} to {YEARS[1]}")
    return start


class _Counts(dict[str, int | None]):
    """Counts by their text, remembered: `counts[text]` converts at the speed of a dictionary."""

    def __init__(self, *, obligatory: bool) -> None:
        super().__init__()
        self.obligatory = obligatory

    def __missing__(self, text: str) -> int | None:
        digits = text.strip()
        count: int | None = None
        if digits or self.obligatory:
            if not (digits.isascii() and digits.isdigit()):
                raise ValueError("a count must be a whole number, 0 or more")
            if len(digits) > 8 or int(digits) > MAX_COUNT:
                raise ValueError(f"a count of at most {MAX_COUNT} is expected")
            count = int(digits)
        if len(self) < _REMEMBERED:
            self[text] = count
        return count


def _seconds(text: str) -> float | None:
    if not text or not (number := text.strip()):
        return None
    if not _DECIMAL.fullmatch(number):
        if _CLOCK_TIME.fullmatch(number):
            raise ValueError("write a duration as a number of seconds, summed over the interval, not as hh:mm:ss")
        raise ValueError("a sum of seconds must be a number, 0 or more")
    seconds = float(number)
    if not math.isfinite(seconds) or seconds > MAX_SECONDS:
        raise ValueError(f"a sum of at most {MAX_SECONDS:.0f} s is expected")
    if len(number) > 8 and number.isdigit() and number[0] == "0":
        raise ValueError("a sum of seconds must be a number without leading zeros")
    return seconds
