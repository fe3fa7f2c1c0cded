"""Bodies and answers of the forecasts room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from app.calls.schemas import QueueName
from app.schema import Instant, Schema


class ForecastKind(StrEnum):
    """`full`: learned from history; `adjusted`: by a planner's multipliers; `intraday`: the rest of a day, refreshed by
    its calls so far."""

    FULL = "full"
    ADJUSTED = "adjusted"
    INTRADAY = "intraday"


WHOLE = (ForecastKind.FULL, ForecastKind.ADJUSTED)  # what plans are made from


class ForecastIn(Schema):
    """Forecast from the end of the stored history."""

    weeks: int = Field(3, strict=True, ge=1, le=13, description="How far ahead [weeks].")
    paths: int = Field(
        500, strict=True, ge=50, le=1000, description="Sample paths: every quantile and total comes from them."
    )
    seed: int = Field(1, strict=True, ge=0, le=2**31 - 1)


class WorkloadOut(Schema):
    """Handling time of the calls that start in the span, calls x handling time [hours]."""

    mean: list[float]
    quantiles: dict[str, list[float]] = Field(description="Hours that the span stays within, by level.")


class QueueForecastOut(Schema):
    """One queue, column by column; `quantiles` by level."""

    start: list[datetime] = Field(description="Start of each span, UTC.")
    mean: list[float] = Field(description="Expected offered calls in the span.")
    quantiles: dict[str, list[float]] = Field(description="Offered calls that the span stays within, by level.")
    mean_handling_s: list[float] = Field(description="Expected handling time of a call, talk plus wrap-up [s].")
    workload_h: WorkloadOut


class ForecastEntry(Schema):
    """What a stored forecast is."""

    id: UUID
    kind: ForecastKind
    based_on: UUID | None = Field(description="The forecast that was adjusted or refreshed.")
    run_id: UUID = Field(description="The run that computed it, or what it is based on where a planner adjusted it.")
    created_at: datetime
    origin: datetime = Field(description="Last instant that the forecast knew, UTC.")
    starts_at: datetime
    ends_at: datetime
    settings_version: int


class ForecastsOut(Schema):
    forecasts: list[ForecastEntry] = Field(description="Newest first.")
    next: UUID | None = Field(description="Send it as `cursor` for what follows; null on the last page.")


class ForecastOut(ForecastEntry):
    aggregate: str
    levels: list[float]
    synthetic: bool = Field(description="True where the history is made up.")
    inputs: dict[str, Any] = Field(
        description="What it was made from: settings version, span, rows and digest of the history, seed, versions."
    )
    description: dict[str, Any] = Field(
        description="Notes, what was cleaned, seed and number of paths, adjustments with who, when and why."
    )
    queues: dict[str, QueueForecastOut]


Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class AdjustmentIn(Schema):
    """A planner's multiplier on a span of the forecast."""

    queue: QueueName | None = Field(None, description="Absent: every queue.")
    since: Instant = Field(alias="from", description="On the quarter-hour, inside the forecast.")
    until: Instant = Field(alias="to", description="Excluded; on the quarter-hour, inside the forecast.")
    multiplier: float = Field(strict=True, gt=0, le=10, allow_inf_nan=False, examples=[1.2])
    reason: Reason = Field(examples=["Football final in the city, as in 2024"])


class CallsChange(Schema):
    """Expected calls of one queue."""

    before: float
    after: float


class AdjustmentOut(Schema):
    """One multiplier that a planner set, kept for ever in the forecast that it made."""

    forecast_id: UUID = Field(description="The forecast that it made.")
    based_on: UUID = Field(description="The forecast that it changed.")
    queue: str | None
    since: datetime = Field(alias="from")
    until: datetime = Field(alias="to")
    multiplier: float
    reason: str
    actor_id: UUID
    actor: str = Field(description="Who did it.")
    at: datetime
    calls: dict[str, CallsChange] = Field(description="Expected calls of the span by queue.")


class AdjustmentsOut(ForecastEntry):
    """A forecast with the adjustments that made it, oldest first."""

    original_id: UUID = Field(description="The forecast before any adjustment.")
    calls: dict[str, CallsChange] = Field(description="Expected calls of the whole forecast, original and adjusted.")
    adjustments: list[AdjustmentOut]
