"""Bodies and answers of the room of what is owed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field, model_validator

from app.schema import Instant, Schema


class RestOwedOut(Schema):
    """Rest or time off that a change left owed."""

    id: UUID
    handler: str
    rule: str = Field(description="W1: compensatory rest for daily rest that was short; P4: time off.")
    day: date = Field(description="Of the duty that left it owed.")
    owed_min: int
    owed_by: date | None
    overdue: bool
    reason: str | None = Field(description="Why the rule was set aside.")
    roster_id: UUID
    given_from: datetime | None
    given_until: datetime | None
    given_at: datetime | None
    given_by: str | None


class RestsOwedOut(Schema):
    rest_owed: list[RestOwedOut]


class GivenIn(Schema):
    """When it is given, or was."""

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _ordered(self) -> GivenIn:
        if self.end <= self.start:
            raise ValueError(f"end is {self.end.isoformat()}: expected after start, {self.start.isoformat()}")
        return self
