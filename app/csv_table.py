"""Read a table of intervals from CSV: a stream of bytes in, typed values out. Knows no database."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import BinaryIO

from app.errors import Invalid
from app.findings import Record, personal_kind, shown

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


class CsvFileError(Invalid):
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
        where = {"where": column or "file", "row": row, "value": value, "expected": expected or message}
        super().__init__(message, errors=[where])
        self.message, self.row, self.column, self.value, self.expected = message, row, column, value, expected


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that a file may have, in the order of its rows once read, with what reads each; those that it must
    have; and what it may hold at all, in words."""

    converters: Mapping[str, Converter]
    obligatory: tuple[str, ...]
    holds: str


def read_table(file: BinaryIO, layout: Layout) -> tuple[tuple[str, ...], Iterator[Record]]:
    """The columns that a UTF-8, comma-separated file has, and its rows. The file stays open.

    Raises
    ------
    CsvFileError : not readable as such a file, or personal data in it; also while rows are read
    """
    records = _records(file, 0)
    try:
        columns = header_of(records, layout)
    except CsvFileError:
        records.close()  # lets go of the file without closing it
        raise
    return columns, _rows(records, columns, layout, may_be_empty=False)


def rest_of_table(file: BinaryIO, columns: tuple[str, ...], layout: Layout, after: int) -> Iterator[Record]:
    """As `read_table`, from the place where the file stands: the row after the first `after`."""
    return _rows(_records(file, after), columns, layout, may_be_empty=after > 1)


def record_of(number: int, columns: Sequence[str], fields: Sequence[str], layout: Layout) -> Record:
    """One row, its `fields` in the order of `columns`. Raises `CsvFileError` for personal data."""
    converters = [layout.converters[column] for column in columns]
    try:
        values = [convert(text) for convert, text in zip(converters, fields, strict=True)]
    except ValueError:
        return Record(number, None, _explain(number, columns, converters, fields, layout.holds))
    found = dict(zip(columns, values, strict=True))
    return Record(number, tuple(found.get(column) for column in layout.converters))


def _rows(
    records: Generator[tuple[int, list[str]], None, None],
    columns: tuple[str, ...],
    layout: Layout,
    *,
    may_be_empty: bool,
) -> Iterator[Record]:
    converters = [layout.converters[column] for column in columns]
    in_order = itemgetter(*(columns.index(c) if c in columns else len(columns) for c in layout.converters))
    with closing(records):
        is_empty = True
        for number, fields in records:
            is_empty = False
            if len(fields) != len(columns):
                reason = f"row {number} has {len(fields)} fields, the header has {len(columns)}: is the file cut off?"
                yield Record(number, None, [(None, None, reason)])
                continue
            try:
                values = [convert(text) for convert, text in zip(converters, fields, strict=True)]
            except ValueError:
                yield Record(number, None, _explain(number, columns, converters, fields, layout.holds))
                continue
            values.append(None)  # stands for each column that the file does not have
            yield Record(number, in_order(values))
    if is_empty and not may_be_empty:
        raise CsvFileError("the file has a header but no rows", row=2, expected="at least one row")


def _records(file: BinaryIO, after: int) -> Generator[tuple[int, list[str]], None, None]:
    """Records of the file from where it stands, numbered from `after` + 1, blank ones left out; every failure to read
    is a `CsvFileError`."""
    # Only the first characters of a file can be a mark of its encoding.
    text = io.TextIOWrapper(file, encoding="utf-8" if after else "utf-8-sig", newline="")
    number = after
    try:
        for number, fields in enumerate(csv.reader(_lines(text), strict=True), after + 1):
            if fields:
                yield number, fields
    except UnicodeDecodeError:
        message = f"the file is not UTF-8 after row {number}: save it as CSV UTF-8"
        raise CsvFileError(message, row=number + 1, expected="UTF-8") from None
    except csv.Error as error:
        message = f"row {number + 1} is not readable as CSV: {error}"
        raise CsvFileError(message, row=number + 1, expected="comma-separated fields, quotes closed") from None
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise csv.Error(f"a line is longer than {MAX_LINE} characters")
        yield line


def header_of(records: Iterator[tuple[int, list[str]]], layout: Layout) -> tuple[str, ...]:
    """The columns that the first of `records` names. Raises `CsvFileError` unless they are those of `layout`."""
    known, obligatory = layout.converters.keys(), layout.obligatory
    number, fields = next(records, (0, []))
    if not fields:
        raise CsvFileError("the file is empty", row=1, expected=f"a header with {', '.join(obligatory)}")
    columns = tuple(name.strip() for name in fields)
    if len(columns) == 1 and re.search(r"queue.*[;\t|]|[;\t|].*queue", columns[0]):
        message = "the header's columns are not separated by commas"
        raise CsvFileError(message, row=number, value=shown(columns[0]), expected="commas between fields")
    if not set(columns) & known:
        expected = f"a header with {', '.join(obligatory)}"
        raise CsvFileError(f"row {number} is not a header: it names no known column", row=number, expected=expected)
    doubled = sorted({c for c in columns if columns.count(c) > 1 and c in known})
    if doubled:
        message = f"the header names column {doubled[0]} more than once"
        raise CsvFileError(message, row=number, column=doubled[0], expected="each column once")
    unknown = [index for index, column in enumerate(columns) if column not in known]
    if unknown:
        _refuse_unknown(columns, unknown[0], number, records, layout)
    missing = [c for c in obligatory if c not in columns]
    if missing:
        message = f"the header lacks the column {missing[0]}"
        raise CsvFileError(message, row=number, column=missing[0], expected=f"columns {', '.join(obligatory)}")
    return columns


def _refuse_unknown(
    columns: Sequence[str], index: int, number: int, records: Iterator[tuple[int, list[str]]], layout: Layout
) -> None:
    """Raise for the unknown column at `index`, saying so where its first value looks personal."""
    name = columns[index] if _PRINTABLE_NAME.fullmatch(columns[index]) else shown(columns[index])
    message = f"column {name!r} is not known"
    first = next(records, (0, []))[1]
    kind = personal_kind(name, first[index]) if index < len(first) else None
    if kind:
        message += f" and its values look like {kind}: personal data must not be uploaded"
    raise CsvFileError(message, row=number, column=name, expected=f"only {', '.join(layout.converters)}")


def _explain(
    number: int, columns: Sequence[str], converters: Sequence[Converter], fields: Sequence[str], holds: str
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
                expected = f"only {holds}"
                raise CsvFileError(message, row=number, column=column, value=shown(text), expected=expected) from None
            reasons.append((column, shown(text), str(error)))
    return reasons


def queue(text: str) -> str:
    name = text.strip()
    if name not in ("999", "101"):
        raise ValueError("queue must be 999 or 101")
    return name


def interval_start(interval_s: int) -> Converter:
    """Reads starts on the UTC grid of `interval_s` [s]."""

    def convert(text: str) -> datetime:
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

    return convert


def counts(*, obligatory: bool) -> Converter:
    """Reads whole numbers; an empty one is None unless `obligatory`."""
    return _Counts(obligatory=obligatory).__getitem__


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


def seconds(text: str) -> float | None:
    """A sum of seconds; None where empty."""
    if not text or not (number := text.strip()):
        return None
    if not _DECIMAL.fullmatch(number):
        if _CLOCK_TIME.fullmatch(number):
            raise ValueError("write a duration as a number of seconds, summed over the interval, not as hh:mm:ss")
        raise ValueError("a sum of seconds must be a number, 0 or more")
    value = float(number)
    if not math.isfinite(value) or value > MAX_SECONDS:
        raise ValueError(f"a sum of at most {MAX_SECONDS:.0f} s is expected")
    if len(number) > 8 and number.isdigit() and number[0] == "0":
        raise ValueError("a sum of seconds must be a number without leading zeros")
    return value
