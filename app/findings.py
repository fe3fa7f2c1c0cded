"""What an imported file is found to hold: reasons to refuse it, values fit to be repeated, and what is personal."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import Field

from app.errors import Invalid
from app.schema import Schema

LISTED = 100  # findings of a kind that a report spells out
SHOWN_CHARACTERS = 32

_NUMBER_OR_TIME = re.compile(r"[+-]?[0-9.,eE+%]{1,12}|[0-9TtZz:/. +-]*[:/][0-9TtZz:/. +-]*|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_VALUE = frozenset({"", "-", "n/a", "na", "nan", "null", "none", "nil", "inf", "-inf", "infinity", "unknown"})
_PHONE = re.compile(r"\+?[(]?[+]?[0-9][0-9 ()./-]*")
_DATE = re.compile(r"([0-9]{1,2}([/.-])[0-9]{1,2}\2[0-9]{2,4}|[0-9]{4}([/.-])[0-9]{1,2}\3[0-9]{1,2})([ .]|$)")
_WORD = re.compile(r"[^\W\d_]{2,}")
# `Mon 3 June 2024` is a badly written time, and a call type may be a short phrase: neither is free text.
_WORDS = {"interval_start": 2, "": 2, "call_type": 4}


class Finding(Schema):
    """One thing found in the file. Values that could be personal are masked before they get here."""

    row: int | None = Field(description="Row as a spreadsheet counts it: the header is 1. Null: the whole file.")
    column: str | None
    value: str | None
    reason: str


class FileReport(Schema):
    """Quality of a file. Nothing may be stored unless `issues_total` is 0."""

    rows_read: int
    rows_accepted: int = Field(description="Different, valid rows.")
    rows_rejected: int
    duplicates: int = Field(description="Rows that repeat an earlier one exactly; they count once.")
    issues: list[Finding] = Field(description="The first 100 reasons to refuse the file.")
    issues_total: int
    warnings: list[Finding] = Field(description="The first 100 things to look at; they do not stop the import.")
    warnings_total: int
    inserted: int | None = Field(None, description="Rows that were new; null until stored.")
    updated: int | None = Field(None, description="Rows that replaced other values; null until stored.")
    unchanged: int | None = Field(None, description="Rows that were stored already; null until stored.")
    dry_run: bool = Field(False, description="True where nothing was stored on request.")


@dataclass(slots=True)
class Findings:
    """The first `LISTED` findings and how many there are."""

    listed: list[Finding] = field(default_factory=list)
    total: int = 0

    def add(self, row: int | None, column: str | None, value: str | None, reason: str) -> None:
        self.total += 1
        if len(self.listed) < LISTED:
            self.listed.append(Finding(row=row, column=column, value=value, reason=reason))


Row = TypeVar("Row", bound=tuple[Any, ...])
Reasons = Sequence[tuple[str | None, str | None, str]]  # column, masked value, reason


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a file: its `values` in the order of a layout, None where absent; or the `reasons` to refuse it."""

    number: int
    values: Any  # a tuple of the layout's types, or None
    reasons: Reasons = ()


class Sifted(ABC):
    """How many rows of a file were read, kept and let go, and why."""

    def __init__(self) -> None:
        self.issues, self.warnings = Findings(), Findings()
        self.rows_read = self.rejected = self.duplicates = 0

    @property
    @abstractmethod
    def n_kept(self) -> int:
        """Different, sound rows."""

    def reject(self, number: int, reasons: Reasons) -> None:
        self.rejected += 1
        for column, value, reason in reasons:
            self.issues.add(number, column, value, reason)

    def repeat(self, number: int, earlier_number: int, named: str, time: datetime, *, is_same: bool) -> None:
        """A row of a key that there is already, with the same values or others."""
        start = time.isoformat()
        if is_same:
            self.duplicates += 1
            reason = f"row {number} repeats row {earlier_number}: {named} at {start}; counted once"
            self.warnings.add(number, "interval_start", start, reason)
        else:
            reason = f"row {number} contradicts row {earlier_number}: other values for {named} at {start}"
            self.reject(number, [("interval_start", start, reason)])

    def figures(self) -> dict[str, Any]:
        """What a `FileReport` says of the rows."""
        return {
            "rows_read": self.rows_read,
            "rows_accepted": self.n_kept,
            "rows_rejected": self.rejected,
            "duplicates": self.duplicates,
            "issues": self.issues.listed,
            "issues_total": self.issues.total,
            "warnings": self.warnings.listed,
            "warnings_total": self.warnings.total,
        }


class Sieve(Sifted, Generic[Row]):
    """Keeps sound rows, one for each key: their first `n_key` values, which end with the interval's start. Notes why it
    lets others go."""

    def __init__(self, n_key: int, named: str, contradictions: Callable[[Row], Reasons]) -> None:
        super().__init__()
        self.kept: dict[tuple[Any, ...], tuple[int, Row]] = {}  # with the row number
        self._n_key, self._named, self._contradictions = n_key, named, contradictions

    @property
    def n_kept(self) -> int:
        return len(self.kept)

    def rows(self) -> list[Row]:
        """What was kept, in the order of the keys."""
        return [self.kept[key][1] for key in sorted(self.kept)]

    def take_all(self, records: Iterable[Record]) -> None:
        """Take every row of a file."""
        for record in records:
            self.rows_read += 1
            if record.values is None:
                self.reject(record.number, record.reasons)
            else:
                self.take(record.number, record.values)

    def take(self, number: int, row: Row) -> None:
        found = self._contradictions(row)
        if found:
            self.reject(number, found)
            return
        key = row[: self._n_key]
        earlier_number, earlier = self.kept.setdefault(key, (number, row))
        if earlier is row:
            return
        self.repeat(number, earlier_number, self._named.format(*key), key[-1], is_same=earlier == row)


def refuse_where_faulty(report: FileReport) -> None:
    """Raise `Invalid`, with the report, where there is a reason to refuse the file."""
    if not report.issues_total:
        return
    errors = [{"where": i.column or "row", "row": i.row, "value": i.value, "expected": i.reason} for i in report.issues]
    refused = f"{report.rows_rejected} of {report.rows_read} rows are refused"
    what = refused if report.rows_rejected else "the file as a whole is refused"
    detail = f"nothing was stored: {what}; first: {report.issues[0].reason}"
    raise Invalid(detail, errors=errors, report=report.model_dump(mode="json", by_alias=True))


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
    if "@" in text or len(_WORD.findall(text)) > _WORDS.get(column, 1):
        return "free text"
    return None


def _is_date(text: str) -> bool:
    """Whether digits are grouped as a date, such as 01/02/2024 10.00."""
    return _DATE.match(text) is not None
