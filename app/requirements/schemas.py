"""Bodies and answers of the requirements room."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schema import Instant, Schema


class RequirementIn(Schema):
    """Work out the requirement for a span of a forecast, by default all of it."""

    model_config = ConfigDict(populate_by_name=True)

    forecast_id: UUID | None = Field(None, description="Default: the newest forecast.")
    since: Instant | None = Field(None, alias="from")
    until: Instant | None = Field(None, alias="to")


class RequirementOut(Schema):
    """Per quarter-hour and skill. Skill 999: answers 999 first and 101 when free; skill 101: 101 only."""

    id: UUID
    run_id: UUID
    forecast_id: UUID
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    settings_version: int
    synthetic: bool
    description: dict[str, Any] = Field(description="Targets, assumptions with their sources, notes.")
    start: list[datetime] = Field(description="Start of each quarter-hour, UTC.")
    seats: dict[str, list[int]] = Field(description="Handlers needed on calls, by skill, before shrinkage.")
    rostered: dict[str, list[int]] = Field(description="Handlers to roster on calls, by skill: seats with shrinkage.")
    service_level_999: list[float] = Field(description="Expected share of 999 calls answered within the threshold.")
    abandonment_101: list[float] = Field(description="Expected share of 101 calls abandoned.")
    mean_wait_s: dict[str, list[float]] = Field(description="Expected mean wait of offered calls, by queue [s].")
    occupancy: list[float] = Field(description="Expected handling time over time available on calls.")
