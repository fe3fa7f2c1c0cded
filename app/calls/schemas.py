"""What the import of a call history answers."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from app.schema import Schema

QueueName = Literal["999", "101"]


class Finding(Schema):
    """One thing found in the file. Values that could be personal are masked before they get here."""

    row: int | None = Field(description="Row as a spreadsheet counts it: the header is 1. Null: the whole file.")
    column: str | None
    value: str | None
    reason: str


class QueueSpan(Schema):
    """What the file holds of one queue."""

    queue: QueueName
    first: AwareDatetime = Field(description="Start of the first interval, UTC.")
    last: AwareDatetime = Field(description="Start of the last interval, UTC.")
    intervals: int = Field(description="Different intervals accepted.")


class Gap(Schema):
    """Intervals that are absent between the first and the last of a queue."""

    model_config = ConfigDict(populate_by_name=True)

    queue: QueueName
    start: AwareDatetime = Field(alias="from", description="First missing interval, UTC.")
    end: AwareDatetime = Field(alias="to", description="Start of the first interval after the gap, UTC.")
    intervals: int = Field(description="Intervals missing.")


class ClockChange(Schema):
    """A local day of 23 or 25 hours inside the span: 92 or 100 quarter-hours."""

    date: date
    expected: int = Field(description="Intervals that the local day has.")
    found: dict[QueueName, int] = Field(description="Intervals found, by queue.")


class ImportReport(Schema):
    """Quality of a call-history file. Nothing may be stored unless `issues_total` is 0."""

    rows_read: int
    rows_accepted: int = Field(description="Different, valid rows.")
    rows_rejected: int
    duplicates: int = Field(description="Rows that repeat an earlier one exactly; they count once.")
    issues: list[Finding] = Field(description="The first 100 reasons to refuse the file.")
    issues_total: int
    warnings: list[Finding] = Field(description="The first 100 things to look at; they do not stop the import.")
    warnings_total: int
    queues: list[QueueSpan]
    gaps: list[Gap] = Field(description="The first 100 gaps.")
    gaps_total: int
    intervals_missing: int = Field(description="Intervals missing in all gaps.")
    clock_changes: list[ClockChange]
    inserted: int | None = Field(None, description="Rows that were new; null until stored.")
    updated: int | None = Field(None, description="Rows that replaced other values; null until stored.")
    unchanged: int | None = Field(None, description="Rows that were stored already; null until stored.")
    dry_run: bool = Field(False, description="True where nothing was stored on request.")


class QueueColumns(Schema):
    """Stored history of a queue: its whole span, and the values asked for, column by column."""

    first: AwareDatetime
    last: AwareDatetime
    intervals: int = Field(description="Intervals stored in the whole span.")
    start: list[AwareDatetime] = Field(description="Start of each interval in `values`, UTC.")
    values: dict[str, list[float | None]]


class CallsOut(Schema):
    interval_s: int
    queues: dict[str, QueueColumns]
