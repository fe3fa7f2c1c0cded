"""Curtois and Qu's text format: sections of comma-separated lines; and the roster as comma-separated text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from rostering.errors import ProblemError
from rostering.named.problem import (
    NamedHandler,
    NamedProblem,
    NamedRoster,
    NamedShift,
    ShiftRequest,
    ShiftRequirement,
)

_SECTIONS = (
    "SECTION_HORIZON",
    "SECTION_SHIFTS",
    "SECTION_STAFF",
    "SECTION_DAYS_OFF",
    "SECTION_SHIFT_ON_REQUESTS",
    "SECTION_SHIFT_OFF_REQUESTS",
    "SECTION_COVER",
)
_Rows = list[tuple[int, list[str]]]  # line number, fields


def parse(text: str) -> NamedProblem:
    """The problem written in ``text``.

    Raises
    ------
    ProblemError : a section is unknown or missing, a line has another number of fields or no number where one belongs;
        the message names the line
    """
    rows = _sections(text)
    return NamedProblem(
        n_days=_days(rows["SECTION_HORIZON"]),
        shifts=tuple(_shift(number, fields) for number, fields in rows["SECTION_SHIFTS"]),
        handlers=tuple(_handlers(rows["SECTION_STAFF"], rows["SECTION_DAYS_OFF"])),
        requests=(
            *(_request(number, fields, True) for number, fields in rows["SECTION_SHIFT_ON_REQUESTS"]),
            *(_request(number, fields, False) for number, fields in rows["SECTION_SHIFT_OFF_REQUESTS"]),
        ),
        requirement=tuple(_requirement(number, fields) for number, fields in rows["SECTION_COVER"]),
    )


def to_csv(problem: NamedProblem, roster: NamedRoster) -> str:
    """Columns employee, day from 0, shift: one row a duty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("employee", "day", "shift"))
    for handler, days in zip(problem.handlers, roster.days, strict=True):
        writer.writerows((handler.name, day, shift) for day, shift in enumerate(days) if shift is not None)
    return out.getvalue()


def _sections(text: str) -> dict[str, _Rows]:
    rows: dict[str, _Rows] = {}
    section = None
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("SECTION_"):
            if line not in _SECTIONS:
                raise ProblemError(f"line {number} is {line!r}, expected one of {', '.join(_SECTIONS)}")
            section = line
            rows.setdefault(section, [])
        elif section is None:
            raise ProblemError(f"line {number} is {line!r}, expected a section first")
        else:
            rows[section].append((number, [part.strip() for part in line.split(",")]))
    for name in ("SECTION_HORIZON", "SECTION_SHIFTS", "SECTION_STAFF"):
        if not rows.get(name):
            raise ProblemError(f"{name} has no line, expected at least one")
    return {name: rows.get(name, []) for name in _SECTIONS}


def _whole(number: int, what: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ProblemError(f"line {number}: {what} is {text!r}, expected a whole number") from None


def _fields(number: int, fields: list[str], n_fields: int) -> list[str]:
    if len(fields) != n_fields:
        raise ProblemError(f"line {number} has {len(fields)} fields, expected {n_fields}")
    return fields


def _days(rows: _Rows) -> int:
    (number, fields), *more = rows
    if more:
        raise ProblemError(f"line {more[0][0]} follows the number of days, expected a section")
    return _whole(number, "number of days", _fields(number, fields, 1)[0])


def _shift(number: int, fields: list[str]) -> NamedShift:
    name, length, barred = _fields(number, fields if len(fields) != 2 else [*fields, ""], 3)
    return NamedShift(name, _whole(number, "length", length), frozenset(filter(None, barred.split("|"))))


def _handlers(staff: _Rows, days_off: _Rows) -> Iterator[NamedHandler]:
    off: dict[str, frozenset[int]] = {}
    for number, (name, *days) in days_off:
        off[name] = off.get(name, frozenset()) | {_whole(number, "day off", day) for day in days if day}
    for number, fields in staff:
        name, shifts, *limits = _fields(number, fields, 8)
        most, least, max_run, min_run, min_rest_run, weekends = (_whole(number, "limit", limit) for limit in limits)
        limits_by_shift = {}
        for part in filter(None, shifts.split("|")):
            shift, _, count = part.partition("=")
            limits_by_shift[shift] = _whole(number, f"most shifts of {shift}", count)
        rest_days = off.pop(name, frozenset())
        yield NamedHandler(
            name, limits_by_shift, least, most, min_run, max_run, min_rest_run, weekends, rest_days
        )  # fmt: skip
    if off:
        raise ProblemError(f"days off of {next(iter(off))!r}, expected the name of somebody in SECTION_STAFF")


def _request(number: int, fields: list[str], is_wanted: bool) -> ShiftRequest:
    name, day, shift, weight = _fields(number, fields, 4)
    return ShiftRequest(name, _whole(number, "day", day), shift, _whole(number, "weight", weight), is_wanted)


def _requirement(number: int, fields: list[str]) -> ShiftRequirement:
    day, shift, needed, under, over = _fields(number, fields, 5)
    return ShiftRequirement(
        _whole(number, "day", day),
        shift,
        _whole(number, "requirement", needed),
        _whole(number, "weight for under", under),
        _whole(number, "weight for over", over),
    )
