"""Mapping profiles; `MappingIn` is the published JSON Schema of one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from app.schema import Schema
from app.spreadsheet import Encoding

MappingName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["avaya-cms"])]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
CountField = Literal[
    "offered", "answered", "answered_within_threshold", "answered_10_60s", "answered_over_60s", "abandoned",
    "abandoned_short", "callbacks_offered", "callbacks_accepted", "callbacks_completed", "handlers_staffed",
    "overflow_in", "transferred_in",
]  # fmt: skip
SecondsField = Literal["talk_s", "wrap_s", "answered_wait_s", "abandoned_wait_s"]
CallField = Literal["wait_s", "talk_s", "wrap_s"]
Outcome = Literal["answered", "abandoned", "continues", "ignored"]
AGAIN = ("overflow_in", "transferred_in")  # calls that another split of the queue has counted already

_SAMPLE = datetime(2026, 11, 28, 13, 45, tzinfo=UTC)


def _column_alone(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class CellPlace(Schema):
    """Where a value stands: in a column, beside or behind a label above the header, or the same in the whole file."""

    column: Text | None = None
    label: Text | None = Field(None, description="Text of a cell in the rows skipped; the value follows it.")
    value: Text | None = Field(None, description="The same for every row.")

    @model_validator(mode="after")
    def _one(self) -> CellPlace:
        if sum(part is not None for part in (self.column, self.label, self.value)) != 1:
            raise ValueError("give one of column, label and value")
        return self


PlaceIn = Annotated[CellPlace, BeforeValidator(_column_alone, json_schema_input_type=CellPlace | str)]


def _added(value: object) -> object:
    if isinstance(value, str):
        return {"add": [value]}
    return {"add": value} if isinstance(value, list) else value


class Amount(Schema):
    """How a figure follows from columns: some added, others taken away; a mean or a share times a count of the row."""

    add: list[Text] = Field(min_length=1, max_length=10)
    subtract: list[Text] = Field([], max_length=10)
    unit: Literal["s", "ms", "min", "hh:mm:ss", "mm:ss", "percent", "share"] | None = Field(
        None, description="Of durations (absent: s); percent or share with `percent_of` (absent: percent)."
    )
    mean_of: Literal["offered", "answered", "abandoned"] | None = Field(
        None, description="The column is a mean over this count: it is multiplied by it."
    )
    percent_of: Literal["offered", "answered"] | None = Field(
        None, description="The column is a share of this count: it is multiplied by it and rounded."
    )


AmountIn = Annotated[Amount, BeforeValidator(_added, json_schema_input_type=Amount | str | list[str])]


class Split(Schema):
    """A split, skill, VDN or queue of the telephony."""

    queue: Literal["999", "101"] | None = Field(description="Whose calls they are; null: not counted.")
    counted_before: bool = Field(
        False, description="Calls that overflow or are transferred into it were offered to another split of the same "
        "queue: `overflow_in` and `transferred_in` are taken away, so that each call counts once."
    )  # fmt: skip


class FileClock(Schema):
    """How the file tells when."""

    at: PlaceIn = Field(description="Time of day, or date and time.")
    date: PlaceIn | None = Field(None, description="Date where it stands apart; both are read as `date time`.")
    format: str | None = Field(
        None, max_length=60, description="As in strptime, such as `%d/%m/%Y %H:%M`; absent: ISO 8601.",
        examples=["%d/%m/%Y %H:%M"],
    )  # fmt: skip
    range: str | None = Field(
        None, min_length=1, max_length=5, description="What stands between start and end where the cell has both."
    )
    zone: Literal["local", "utc", "offset"] = Field(
        description="The force's local time, UTC, or with an offset in each value."
    )
    marks: Literal["start", "end"] = Field("start", description="Which end of an interval the time is.")
    midnight_ends_day: bool = Field(False, description="00:00 beside a date is the end of that date.")

    @model_validator(mode="after")
    def _told_to_the_minute(self) -> FileClock:
        if self.format is None:
            return self
        written = _SAMPLE.strftime(self.format)
        try:
            read = datetime.strptime(written, self.format).replace(tzinfo=UTC)
        except (ValueError, re.error) as error:  # the latter where a directive stands twice
            raise ValueError(f"format {self.format!r} reads no time: {error}") from None
        if read != _SAMPLE:
            raise ValueError(
                f"format {self.format!r} reads {written!r} as {read:%Y-%m-%d %H:%M}, not as {_SAMPLE:%Y-%m-%d %H:%M}: "
                "expected day, month, year, hour and minute"
            )
        return self


class CallByCall(Schema):
    """A file with a row for each call, or for each leg of one."""

    outcome: Text = Field(description="Column that says what became of the call.")
    outcomes: dict[str, Outcome] = Field(
        min_length=1, max_length=100, description="What each value of it means; `continues`: the leg ended unanswered "
        "and the call went on to another split."
    )  # fmt: skip
    call_id: Text | None = Field(
        None,
        description="Column that is the same for all legs of a call, which then counts once in a queue; not stored.",
    )
    columns: dict[CallField, AmountIn] = Field(description="Durations of the call or leg; `wait_s` is obligatory.")

    @model_validator(mode="after")
    def _waits(self) -> CallByCall:
        if "wait_s" not in self.columns:
            raise ValueError("columns lack wait_s: the time until the answer, or until the caller gave up")
        _check_units(self.columns)
        return self


def _check_units(amounts: Mapping[Any, Amount]) -> None:
    for name, amount in amounts.items():
        is_time = name.endswith("_s")
        if is_time and (amount.percent_of is not None or amount.unit in ("percent", "share")):
            raise ValueError(f"{name} is a sum of seconds: it has no percent_of and no unit {amount.unit}")
        if not is_time and amount.mean_of is not None:
            raise ValueError(f"{name} is a count: it has no mean_of")
        if not is_time and amount.percent_of is None and amount.unit is not None:
            raise ValueError(f"{name} is a count: it has no unit")
        if amount.unit in ("s", "ms", "min", "hh:mm:ss", "mm:ss") and not is_time:
            raise ValueError(f"{name} is a count: its unit is percent or share")


class MappingIn(Schema):
    """How one kind of file of a telephony (ACD) becomes call history."""

    note: str | None = Field(None, max_length=500)
    sheet: Text | None = Field(None, description="Of a workbook; absent: its first.")
    separator: Literal[",", ";", "\t", "|"] = Field(",", description="Between the fields of a CSV file.")
    encoding: Encoding = Field("utf-8", description="Of a CSV file.")
    skip_rows: int = Field(0, ge=0, le=200, description="Rows above the header.")
    footer: list[Text] = Field(
        [], max_length=20, description="Rows whose first cell that is not empty starts so are totals: passed over.",
        examples=[["Total", "Summary"]],
    )  # fmt: skip
    only: dict[Text, list[Text]] = Field(
        {}, max_length=10, description="Rows with one of these values in the column count; others are passed over.",
        examples=[{"Media Type": ["voice"]}],
    )  # fmt: skip
    empty: list[str] = Field(["", "-", "--", "N/A", "n/a"], max_length=20, description="Texts that stand for no value.")
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    split: PlaceIn = Field(description="Where the split, skill, VDN or queue of a row is named.")
    splits: dict[Text, Split] = Field(min_length=1, max_length=500)
    time: FileClock
    interval_min: Literal[5, 15] = Field(15, description="Width of the file's intervals; those of 5 are summed [min].")
    omitted: Literal["missing", "zero"] = Field(
        "missing", description="What an interval without a row means. Of a file of calls it is always zero."
    )
    omitted_over: Literal["rows", "days"] = Field(
        "rows", description="With zero: from the file's first row to its last, or over their whole local days."
    )
    columns: dict[CountField | SecondsField, AmountIn] | None = Field(
        None, description="Of a file with a row for each split and interval; `offered` is obligatory."
    )
    calls: CallByCall | None = Field(None, description="Of a file with a row for each call.")

    @model_validator(mode="after")
    def _consistent(self) -> MappingIn:
        if (self.columns is None) == (self.calls is None):
            raise ValueError("give either columns, for a row per split and interval, or calls, for a row per call")
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}")
        if not any(split.queue for split in self.splits.values()):
            raise ValueError("splits: expected at least one with queue 999 or 101")
        if self.time.marks == "end" and self.calls is not None:
            raise ValueError("time.marks is end: a call is told by its arrival, expected start")
        if self.columns is not None:
            self._check_columns(self.columns)
        return self

    def _check_columns(self, columns: dict[CountField | SecondsField, Amount]) -> None:
        if "offered" not in columns:
            raise ValueError("columns lack offered: calls that reached the queue, answered and abandoned")
        _check_units(columns)
        for name, amount in columns.items():
            of = amount.mean_of or amount.percent_of
            if of is not None and (of not in columns or of == name):
                raise ValueError(f"{name} is told per {of}: columns lack {of}")
            if amount.percent_of is not None and columns[amount.percent_of].percent_of is not None:
                raise ValueError(f"{name} is told per {of}, which is itself a share: expected a count")
        mapped = [name for name in AGAIN if name in columns]
        marked = [name for name, split in self.splits.items() if split.counted_before]
        if mapped and not marked:
            raise ValueError(f"{mapped[0]} is mapped and no split is counted_before: its calls would count twice")
        if marked and not mapped:
            raise ValueError(f"split {marked[0]!r} is counted_before: map overflow_in or transferred_in")


class MappingOut(Schema):
    """A profile in its newest version."""

    name: str
    version: int
    created_at: datetime
    actor: str = Field(description="Who stored this version.")
    mapping: MappingIn


class MappingsOut(Schema):
    mappings: list[MappingOut]
