"""From a file and its mapping to rows of values, with what could not be read. Knows no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from app.csv_table import CsvFileError
from app.findings import Findings, shown
from app.people_files.columns import COLUMNS, Column, personal_header, read_date
from app.people_files.schemas import PeopleMappingIn
from app.spreadsheet import Format, Layout, rows_of

MAX_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """A row as read: its number in the file, and the value of each of our columns that it fills."""

    number: int
    values: Mapping[str, Any]


@dataclass(slots=True)
class ReadFile:
    """`columns` are ours that the file or the mapping has; `unknown` headers that nothing is read from."""

    lines: list[Line] = field(default_factory=list)
    columns: frozenset[str] = frozenset()
    unknown: list[str] = field(default_factory=list)
    refused: Findings = field(default_factory=Findings)
    rows_read: int = 0


def read_file(file: BinaryIO, format: Format, mapping: PeopleMappingIn) -> ReadFile:
    """Raises `CsvFileError` for what can't be read as such a file, lacks an obligatory column, or has a column of
    personal data; faulty rows are told instead."""
    rows = rows_of(file, format, Layout(mapping.separator, mapping.encoding, mapping.sheet), MAX_ROWS)
    number, headers = next(rows, (1, []))
    if not headers:
        raise CsvFileError("the file is empty", row=1, expected="a header and rows")
    _refuse_personal(headers, number)
    ours = COLUMNS[mapping.kind]
    places = _places(headers, number, mapping, ours)
    found = ReadFile(columns=frozenset(places) | mapping.fixed.keys())
    if missing := [name for name, column in ours.items() if column.obligatory and name not in found.columns]:
        header = mapping.columns.get(missing[0], missing[0])
        message = f"the header lacks the column {header}" + (f" for {missing[0]}" if header != missing[0] else "")
        raise CsvFileError(message, row=number, column=missing[0], expected=f"columns of {mapping.kind}: {_list(ours)}")
    taken = {headers[place] for place in places.values()} | set(mapping.ignored)
    found.unknown = [header for header in headers if header and header not in taken]
    for number, fields in rows:
        found.rows_read += 1
        values = _values(number, fields, places, mapping, ours, found.refused)
        if values is not None:
            found.lines.append(Line(number, values))
    if not found.rows_read:
        raise CsvFileError("the file has a header but no rows", row=number + 1, expected="at least one row")
    return found


def _list(ours: Mapping[str, Column]) -> str:
    return ", ".join(f"{name}*" if column.obligatory else name for name, column in ours.items())


def _refuse_personal(headers: list[str], number: int) -> None:
    for header in headers:
        if (what := personal_header(header)) is not None:
            raise CsvFileError(
                f"column {header!r} looks like {what}: take it out of the file, personal data must not be uploaded",
                row=number,
                column=header,
                expected="references and dates, no names, contacts, health or reasons",
            )


def _places(headers: list[str], number: int, mapping: PeopleMappingIn, ours: Mapping[str, Column]) -> dict[str, int]:
    """Where each of our columns stands. Raises `CsvFileError` where one stands twice or a mapped header is absent."""
    places = {}
    for name in ours:
        header = mapping.columns.get(name, name)
        n = headers.count(header)
        if n > 1:
            raise CsvFileError(f"the header has {header!r} more than once", row=number, column=header, expected="once")
        if n == 1:
            places[name] = headers.index(header)
        elif name in mapping.columns and name not in mapping.fixed:
            message = f"the header lacks the column {header!r}, which the mapping reads as {name}"
            raise CsvFileError(
                message, row=number, column=header, expected=f"the columns of the mapping: {headers}"[:200]
            )
    return places


def _values(
    number: int,
    fields: list[str],
    places: Mapping[str, int],
    mapping: PeopleMappingIn,
    ours: Mapping[str, Column],
    refused: Findings,
) -> dict[str, Any] | None:
    """The row's values by our columns, empty ones left out; None where one can't be read, with why in `refused`."""
    values: dict[str, Any] = {}
    is_good = True
    for name, column in ours.items():
        place = places.get(name)
        text = fields[place] if place is not None and place < len(fields) else ""
        text = mapping.values.get(name, {}).get(text, text) or mapping.fixed.get(name, "")
        if not text:
            if column.obligatory:
                refused.add(number, name, "", f"row {number} has no {name}")
                is_good = False
            continue
        try:
            values[name] = read_date(text, mapping.dates) if column.read is None else column.read(text)
        except ValueError as error:
            refused.add(number, name, shown(text), f"row {number}: {name} is {shown(text)!r}: {error}")
            is_good = False
    return values if is_good else None
