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


class CorrectionOut(Schema):
    """An interval whose stored values were others: those stay readable `as_of` the time before."""

    queue: QueueName
    interval_start: AwareDatetime
    before: dict[str, float | None] = Field(description="What differs, as it was stored.")
    after: dict[str, float | None]
    source_before: str = Field(description="What had brought the earlier values: `import`, `actuals`, a mapping.")
    recorded_before: AwareDatetime = Field(description="When they were stored.")


class SplitOut(Schema):
    """What a file says of one split of the telephony."""

    split: str
    queue: QueueName
    rows: int
    offered: float | None = Field(description="Offered calls as its rows have them; null in a file of calls.")


class MappedOut(Schema):
    """How a mapping read the file."""

    name: str
    version: int
    splits: list[SplitOut]
    passed_over: dict[str, int] = Field(description="Rows that do not count, by why.")
    filled: int = Field(description="Quarter-hours without a row that count as zero.")
    left_out: int = Field(description="Quarter-hours of which a split or a part is missing.")
    unread_columns: list[str] = Field(description="Columns of the file that the mapping does not use.")


class ImportReport(FileReport):
    """Quality of a call-history file. Nothing may be stored unless `issues_total` is 0."""

    queues: list[QueueSpan]
    gaps: list[Gap] = Field(description="The first 100 gaps.")
    gaps_total: int
    intervals_missing: int = Field(description="Intervals missing in all gaps.")
    clock_changes: list[ClockChange]
    corrections: list[CorrectionOut] = Field(
        [], description="The first 100 intervals whose stored values were others; they are superseded, not lost."
    )
    corrections_total: int = 0
    mapping: MappedOut | None = Field(None, description="Null: the file has the columns of this service.")


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
