"""Read calls one by one, and log-ons, from CSV. Knows no database."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, BinaryIO

import numpy as np

from app.csv_table import YEARS, CsvFileError, Layout, queue, read_table
from app.findings import FileReport, Findings, personal_kind, refuse_where_faulty

CALL_COLUMNS = ("queue", "arrival", "wait_s", "handling_s", "outcome", "handler")
LOG_ON_COLUMNS = ("handler", "start", "end")
MOST_CALLS = 1_000_000
MOST_SPAN = timedelta(days=92)
MOST_SECONDS = 86_400.0  # of one wait or call
MOST_HANDLERS = 2_000  # different ones in a file; more are callers or incidents
MOST_HANDLER_DIGITS = 8  # longer ones are numbers of persons or telephones
_CALLS_HOLD = "queue, time, seconds, outcome and a handler's pseudonym"

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(Z|z|[+-][0-9]{2}:[0-9]{2})?"
)
_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_HANDLER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Packed:
    """What a file holds as numbers (compressed NumPy archive), with the first and last moment in it."""

    content: bytes
    digest: str  # of the numbers
    first: datetime
    last: datetime
    rows: int


def read_call_file(file: BinaryIO, *, now: datetime) -> Packed:
    """Calls one by one, in the order of arrival; handlers become numbers without a name.

    Parameters
    ----------
    file : UTF-8 CSV with a header, comma-separated; all of `CALL_COLUMNS`
    now : the present, with time zone: calls to come are refused

    Raises
    ------
    CsvFileError : not readable as such a file, or personal data in it
    Invalid : a row is refused; its report lists row, column and reason
    """
    converters: dict[str, Callable[[str], object]] = {
        "queue": queue,
        "arrival": moment("arrival"),
        "wait_s": seconds("wait_s"),
        "handling_s": lambda text: seconds("handling_s")(text) if text.strip() else None,
        "outcome": outcome,
        "handler": lambda text: handler(text) if text.strip() else None,
    }
    rows = _rows(file, Layout(converters, CALL_COLUMNS, _CALLS_HOLD), _call_faults, now, 1)
    _check_handlers({row[5] for row in rows})
    rows.sort(key=lambda row: row[1])
    first, last = rows[0][1], rows[-1][1]
    columns = {
        "queue": np.array([int(row[0] == "101") for row in rows], dtype=np.int8),
        "arrival_s": np.array([(row[1] - first).total_seconds() for row in rows]),
        "wait_s": np.array([row[2] for row in rows]),
        "handling_s": np.array([row[3] or 0.0 for row in rows]),
        "abandoned": np.array([row[4] == "abandoned" for row in rows]),
        "handler": np.array([-1 if row[5] is None else row[5] for row in rows], dtype=np.int64),
    }
    return _packed(columns, first, last)


def read_log_on_file(file: BinaryIO, *, now: datetime) -> Packed:
    """Spells in which handlers were logged on for calls: `handler,start,end`. Errors as of `read_call_file`."""
    converters: dict[str, Callable[[str], object]] = {
        "handler": handler,
        "start": moment("start"),
        "end": moment("end"),
    }
    layout = Layout(converters, LOG_ON_COLUMNS, "a handler's pseudonym and times")
    rows = _rows(file, layout, _spell_faults, now, 1)
    _check_handlers({row[0] for row in rows})
    first, last = min(row[1] for row in rows), max(row[2] for row in rows)
    columns = {
        "handler": np.array([row[0] for row in rows], dtype=np.int64),
        "start_s": np.array([(row[1] - first).total_seconds() for row in rows]),
        "end_s": np.array([(row[2] - first).total_seconds() for row in rows]),
    }
    return _packed(columns, first, last)


def unpacked(content: bytes) -> tuple[datetime, dict[str, Any]]:
    """Moment that seconds count from, and the columns."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        columns = {name: archive[name] for name in archive.files}
    return datetime.fromtimestamp(float(columns.pop("from_epoch_s")), UTC), columns


def _packed(columns: dict[str, Any], first: datetime, last: datetime) -> Packed:
    numbers = {"from_epoch_s": np.array(first.timestamp()), **columns}
    digest = sha256(b"".join(np.ascontiguousarray(values).tobytes() for values in numbers.values())).hexdigest()
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **numbers)
    return Packed(file.getvalue(), digest, first, last, next(iter(columns.values())).size)


Faults = Callable[[tuple[Any, ...]], list[tuple[str, str | None, str]]]


def _rows(file: BinaryIO, layout: Layout, faults: Faults, now: datetime, at: int) -> list[tuple[Any, ...]]:
    """The file's rows, all sound. `at` is the column of the moment that spans the file."""
    _, records = read_table(file, layout)
    issues, kept, n_read, n_rejected = Findings(), [], 0, 0
    for record in records:
        n_read += 1
        reasons = record.reasons if record.values is None else faults(record.values)
        if reasons:
            n_rejected += 1
            for column, value, reason in reasons:
                issues.add(record.number, column, value, reason)
        else:
            kept.append(record.values)
        if n_read > MOST_CALLS:
            issues.add(None, None, None, f"the file has more than {MOST_CALLS:,} rows: send a part of it")
            break
    if kept:
        first, last = min(row[at] for row in kept), max(row[at] for row in kept)
        if last > now:
            issues.add(None, None, last.isoformat(), f"{last.isoformat()} lies in the future: a history is expected")
        if last - first > MOST_SPAN:
            reason = f"the file reaches from {first.isoformat()} to {last.isoformat()}: at most {MOST_SPAN.days} days"
            issues.add(None, None, None, reason)
    refuse_where_faulty(
        FileReport(
            rows_read=n_read,
            rows_accepted=len(kept),
            rows_rejected=n_rejected,
            duplicates=0,
            issues=issues.listed,
            issues_total=issues.total,
            warnings=[],
            warnings_total=0,
        )
    )
    return kept


def _check_handlers(numbers: set[int | None]) -> None:
    """Raise `CsvFileError` where there are more handlers than a force has: such values name callers or incidents."""
    if len(numbers) > MOST_HANDLERS:
        raise CsvFileError(
            f"there are {len(numbers)} different handlers: do they name callers or incidents?",
            column="handler",
            expected=f"at most {MOST_HANDLERS} handlers: personal data must not be uploaded",
        )


def _call_faults(row: tuple[Any, ...]) -> list[tuple[str, str | None, str]]:
    _, _, _, handling_s, became, who = row
    if became == "abandoned":
        if handling_s:
            return [("handling_s", f"{handling_s:g}", f"handling_s {handling_s:g} of an abandoned call")]
        return [("handler", None, "an abandoned call has a handler")] if who is not None else []
    return [("handling_s", None, "an answered call needs its handling_s")] if handling_s is None else []


def _spell_faults(row: tuple[Any, ...]) -> list[tuple[str, str | None, str]]:
    _, start, end = row
    if end <= start:
        return [("end", end.isoformat(), f"end {end.isoformat()} is not after start {start.isoformat()}")]
    if end - start > timedelta(days=1):
        return [("end", end.isoformat(), "a spell of more than 24 hours")]
    return []


def moment(column: str) -> Callable[[str], datetime]:
    """Reads an instant to the second or finer."""

    def convert(text: str) -> datetime:
        match = _RFC_3339.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{column} must be RFC 3339 such as 2026-03-29T00:15:07Z")
        if match[1] is None:
            raise ValueError(f"{column} has no offset: add Z for UTC, or +01:00, so that no hour is ambiguous")
        try:
            at = datetime.fromisoformat(match[0].upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError(f"{column} is not a date and time that exists") from None
        if not YEARS[0] <= at.year <= YEARS[1]:
            raise ValueError(f"{column} must lie in the years {YEARS[0]} to {YEARS[1]}")
        return at

    return convert


def seconds(column: str) -> Callable[[str], float]:
    """Reads the seconds of one call."""

    def convert(text: str) -> float:
        number = text.strip()
        if not _DECIMAL.fullmatch(number) or (len(number) > 8 and number.isdigit()):
            raise ValueError(f"{column} must be a number of seconds, 0 or more")
        if float(number) > MOST_SECONDS:
            raise ValueError(f"{column} of at most {MOST_SECONDS:.0f} s is expected")
        return float(number)

    return convert


def outcome(text: str) -> str:
    name = text.strip().lower()
    if name not in ("answered", "abandoned"):
        raise ValueError("outcome must be answered or abandoned")
    return name


def handler(text: str) -> int:
    """A number for a handler's pseudonym, the same in every file; what could name a person is refused."""
    name = text.strip()
    if not _HANDLER.fullmatch(name) or personal_kind("handler", name):
        raise ValueError("handler must be a pseudonym such as H017: letters, digits, dots and hyphens, at most 40")
    if sum(character.isdigit() for character in name) > MOST_HANDLER_DIGITS:
        raise ValueError(f"handler has more than {MOST_HANDLER_DIGITS} digits: a pseudonym is expected, not a number")
    return int.from_bytes(sha256(name.encode()).digest()[:7], "big")
