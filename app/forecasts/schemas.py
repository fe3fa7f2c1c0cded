"""Bodies and answers of the forecasts room."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.schema import Schema


class ForecastIn(Schema):
    """Forecast from the end of the stored history."""

    weeks: int = Field(3, ge=1, le=8, description="How far ahead [weeks].")
    paths: int = Field(500, ge=50, le=1000, description="Sample paths: every quantile and total comes from them.")
    seed: int = Field(1, ge=0, le=2**31 - 1)


class QueueForecastOut(Schema):
    """One queue, column by column; `quantiles` by level."""

    start: list[datetime] = Field(description="Start of each span, UTC.")
    mean: list[float] = Field(description="Expected offered calls in the span.")
    quantiles: dict[str, list[float]] = Field(description="Offered calls that the span stays within, by level.")
    mean_handling_s: list[float] = Field(description="Expected handling time of a call, talk plus wrap-up [s].")


class ForecastOut(Schema):
    id: UUID
    run_id: UUID
    created_at: datetime
    origin: datetime = Field(description="Last instant that the forecast knew, UTC.")
    starts_at: datetime
    ends_at: datetime
    aggregate: str
    levels: list[float]
    settings_version: int
    synthetic: bool = Field(description="True where the history is made up.")
    description: dict[str, Any] = Field(description="Notes, what was cleaned, seed and number of paths.")
    queues: dict[str, QueueForecastOut]
