"""What the import of a call history answers."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from app.findings import FileReport
from app.schema import Schema

QueueName = Literal["999", "101"]


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


class ImportReport(FileReport):
    """Quality of a call-history file. Nothing may be stored unless `issues_total` is 0."""

    queues: list[QueueSpan]
    gaps: list[Gap] = Field(description="The first 100 gaps.")
    gaps_total: int
    intervals_missing: int = Field(description="Intervals missing in all gaps.")
    clock_changes: list[ClockChange]


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
