"""Asking what would help a roster, which takes a search."""

from __future__ import annotations

from pydantic import Field, model_validator

from app.schema import Instant, Schema


class ExplanationIn(Schema):
    """What single relaxations would gain for an interval, what agreements and consents cost."""

    interval: Instant | None = Field(None, description="Start of a short quarter-hour: which relaxations help it?")
    agreements: bool = Field(False, description="What does each agreement, and consent that is no wider, cost?")
    seconds: int = Field(30, ge=1, le=600, description="Most time for each question [s].")

    @model_validator(mode="after")
    def _asks_something(self) -> ExplanationIn:
        if self.interval is None and not self.agreements:
            raise ValueError("expected an interval, or agreements, or both")
        return self
