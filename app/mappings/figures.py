"""Figures out of a row's cells: numbers, durations, sums of columns, means and shares times their counts."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.csv_table import MAX_COUNT, MAX_SECONDS
from app.mappings.schemas import Amount, MappingIn
from app.spreadsheet import Cell, text_of

_PLAIN = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
_CLOCK = re.compile(r"(?:(?P<h>[0-9]{1,5}):)?(?P<m>[0-9]{0,5}):(?P<s>[0-9]{2}(?:\.[0-9]+)?)")
_FACTORS = {"s": 1.0, "ms": 0.001, "min": 60.0}


@dataclass(frozen=True, slots=True)
class Marks:
    """How a file writes numbers, and nothing."""

    decimal: str
    thousands: str
    empty: frozenset[str]

    @classmethod
    def of(cls, mapping: MappingIn) -> Marks:
        return cls(mapping.decimal, mapping.thousands, frozenset(text.strip() for text in mapping.empty))

    def is_empty(self, cell: Cell) -> bool:
        return cell is None or (isinstance(cell, str) and cell in self.empty)


def number(cell: Cell, marks: Marks) -> float:
    """A number >= 0. Raises `ValueError` for anything else."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        value = float(cell)
    else:
        text = text_of(cell)
        if marks.thousands and marks.thousands in text:
            whole, _, part = text.partition(marks.decimal)
            groups = whole.split(marks.thousands)
            if not groups[0] or len(groups[0]) > 3 or any(len(group) != 3 for group in groups[1:]):
                raise ValueError(f"thousands are not marked by {marks.thousands!r} in threes")
            text = "".join(groups) + (marks.decimal + part if part else "")
        if marks.decimal != "." and "." in text:
            raise ValueError(f"a number with the decimal mark {marks.decimal!r} is expected")
        text = text.replace(marks.decimal, ".")
        if not _PLAIN.fullmatch(text):
            raise ValueError(f"a number of 0 or more with the decimal mark {marks.decimal!r} is expected")
        value = float(text)
    if not math.isfinite(value) or value < 0:
        raise ValueError("a number of 0 or more is expected")
    return value


def duration_s(cell: Cell, unit: str | None, marks: Marks) -> float:
    """A duration [s]; a workbook's own durations whatever the unit. Raises `ValueError` for anything else."""
    if isinstance(cell, timedelta):
        value = cell.total_seconds()
    elif isinstance(cell, datetime):
        raise ValueError("a duration is expected, not a date")
    elif isinstance(cell, time):
        value = cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
    elif unit in ("hh:mm:ss", "mm:ss"):
        value = _clock_s(text_of(cell), unit)
    else:
        if isinstance(cell, str) and ":" in cell:
            raise ValueError(f"a duration in {unit or 's'} is expected: is its unit hh:mm:ss or mm:ss?")
        value = number(cell, marks) * _FACTORS[unit or "s"]
    if not 0 <= value <= MAX_SECONDS:
        raise ValueError(f"a duration of 0 to {MAX_SECONDS:.0f} s is expected")
    return value


def _clock_s(text: str, unit: str) -> float:
    match = _CLOCK.fullmatch(text)
    has_hours = match is not None and match["h"] is not None
    if match is None or (unit == "hh:mm:ss") != has_hours or (has_hours and not match["m"]):
        raise ValueError(f"a duration as {unit} is expected, such as {'00:05:12' if unit == 'hh:mm:ss' else '5:12'}")
    if float(match["s"]) >= 60 or (has_hours and int(match["m"]) >= 60):
        raise ValueError(f"a duration as {unit} is expected, minutes and seconds below 60")
    return int(match["h"] or 0) * 3600 + int(match["m"] or 0) * 60 + float(match["s"])


def share(cell: Cell, unit: str | None, marks: Marks) -> float:
    """A share 0..1. Raises `ValueError` for anything else."""
    is_percent = unit in (None, "percent")
    if isinstance(cell, str) and cell.endswith("%"):
        cell, is_percent = cell[:-1].strip(), True
    value = number(cell, marks) / (100.0 if is_percent else 1.0)
    if value > 1.0 + 1e-9:
        raise ValueError("a share of at most 1, or 100 percent, is expected: is its unit percent or share?")
    return min(value, 1.0)


class Faulty(Exception):
    """A column's cell that can't be read, and why."""

    def __init__(self, column: str, cell: Cell, reason: str) -> None:
        super().__init__(reason)
        self.column, self.cell, self.reason = column, cell, reason


@dataclass(frozen=True, slots=True)
class Figures:
    """Reads the fields of a mapping from rows whose columns stand at `places`."""

    amounts: Mapping[str, Amount]
    places: Mapping[str, int]
    marks: Marks

    def of(self, cells: Sequence[Cell]) -> dict[str, float | None]:
        """Each field's figure, None where all its cells are empty. Raises `Faulty`."""
        found: dict[str, float | None] = {}
        for name in sorted(self.amounts, key=self._depth):
            amount, per = self.amounts[name], self._per(name)
            value = self._sum(name, amount, cells)
            if per is not None:
                value = _times(value, found[per])
            if value is not None and not name.endswith("_s"):
                value = self._whole(name, amount, value)
            found[name] = value
        return found

    def _per(self, name: str) -> str | None:
        return self.amounts[name].mean_of or self.amounts[name].percent_of

    def _depth(self, name: str) -> int:
        """How many figures it rests on, one on the other."""
        per = self._per(name)
        return 0 if per is None else 1 + self._depth(per)

    def _sum(self, name: str, amount: Amount, cells: Sequence[Cell]) -> float | None:
        total, is_there = 0.0, False
        for sign, columns in ((1, amount.add), (-1, amount.subtract)):
            for column in columns:
                cell = self._cell(column, cells)
                if self.marks.is_empty(cell):
                    continue
                is_there |= sign > 0
                total += sign * self._read(name, amount, column, cell)
        if not is_there:
            return None
        if total < -1e-6:
            raise Faulty(amount.subtract[0], None, f"{name} comes to {total:g}: expected 0 or more")
        return max(total, 0.0)

    def _read(self, name: str, amount: Amount, column: str, cell: Cell) -> float:
        try:
            if name.endswith("_s"):
                return duration_s(cell, amount.unit, self.marks)
            if amount.percent_of is not None:
                return share(cell, amount.unit, self.marks)
            return number(cell, self.marks)
        except ValueError as error:
            raise Faulty(column, cell, str(error)) from None

    def _whole(self, name: str, amount: Amount, value: float) -> float:
        whole = round(value)
        if amount.percent_of is None and abs(whole - value) > 1e-6:
            raise Faulty(amount.add[0], value, f"{name} comes to {value:g}: a whole number is expected")
        if whole > MAX_COUNT:
            raise Faulty(amount.add[0], None, f"{name} comes to {whole}: at most {MAX_COUNT} is expected")
        return float(whole)

    def _cell(self, column: str, cells: Sequence[Cell]) -> Cell:
        place = self.places[column]
        return cells[place] if place < len(cells) else None


def _times(value: float | None, count: float | None) -> float | None:
    """A mean or share times its count; of nothing it is 0, whether or not the mean is written."""
    if count == 0:
        return 0.0
    return None if value is None or count is None else value * count
