"""Bodies and answers of patterns in use."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from app.people.schemas import PatternDay
from app.schema import Day, Schema


class PatternInUseIn(Schema):
    """A cycle of days that teams work, each handler from a place of their own; `null` is a rest day. Whoever holds
    position 1 has `days[0]` on `anchor`, position 2 `days[1]`, and so on."""

    anchor: Day
    days: list[PatternDay | None] = Field(min_length=1, max_length=366)


class PatternInUseOut(PatternInUseIn):
    name: str
    handlers: list[str] = Field(description="Who holds it.")
    updated_at: datetime
    etag: str = Field(description="As the header `ETag`: send it as `If-Match` to change the pattern.")


class PatternsInUseOut(Schema):
    patterns: list[PatternInUseOut]
