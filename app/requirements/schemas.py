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
    correct: bool = Field(True, description="Simulate the seats and correct them until the targets hold.")


class RequirementEntry(Schema):
    """What a stored requirement is."""

    id: UUID
    run_id: UUID
    forecast_id: UUID
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    settings_version: int


class RequirementsOut(Schema):
    requirements: list[RequirementEntry]
    next: UUID | None = Field(description="`cursor` of the next page; null: there is none.")


class RequirementOut(RequirementEntry):
    """Per quarter-hour and skill. Skill 999: answers 999 first and 101 when free; skill 101: 101 only."""

    synthetic: bool
    description: dict[str, Any] = Field(
        description="Targets, definitions in words, the register of what is assumed (value, source, who set it), notes."
    )
    start: list[datetime] = Field(description="Start of each quarter-hour, UTC.")
    seats: dict[str, list[int]] = Field(
        description="Handlers needed on calls, by skill, before shrinkage: the fewest with 999, the most for 101 alone."
    )
    rostered: dict[str, list[int]] = Field(description="Handlers to roster on calls, by skill: seats with shrinkage.")
    heads: dict[str, list[int]] | None = Field(
        None, description="By skill: rostered, and the holders of fixed posts, each person counted once."
    )
    seats_minimum: list[int] | None = Field(None, description="Of both skills: what the floor alone needs.")
    seats_chance: list[int] | None = Field(None, description="Of both skills: what the chance target needs.")
    reserve: list[int] | None = Field(None, description="Idle 999 seats that 101 calls must leave.")
    switchboard_seats: list[int] | None = None
    service_level_999: list[float] = Field(description="Expected share of 999 calls answered within the threshold.")
    service_level_999_published: list[float] | None = Field(None, description="The same by the published clock.")
    abandonment_101: list[float] = Field(description="Expected share of 101 calls abandoned.")
    mean_wait_s: dict[str, list[float]] = Field(description="Expected mean wait of offered calls, by queue [s].")
    mean_answer_s: dict[str, list[float]] | None = Field(None, description="Expected mean wait of answered calls [s].")
    offered_calls: dict[str, list[float]] | None = Field(
        None, description="Expected at the predicted service, redials and spill included."
    )
    first_attempts: dict[str, list[float]] | None = Field(
        None, description="Expected calls dialled for the first time."
    )
    occupancy: list[float] = Field(description="Expected handling time over time available on calls.")
