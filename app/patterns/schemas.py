"""Bodies of the patterns room."""

from __future__ import annotations

from datetime import time
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from app.forces.staffing import LocalTime
from app.rosters.schemas import Search
from app.schema import Schema

Length = Annotated[int, Field(ge=240, le=720, multiple_of=15)]


class ShiftIn(Schema):
    """A shift by the local clock."""

    start: LocalTime
    length_min: Length


class PatternSearchIn(Search):
    """Ask for a cyclic pattern: as many teams as weeks, each works every week of the cycle in turn."""

    weeks: int = Field(10, ge=1, le=26, description="Of the cycle, and teams.")
    team_size: int = Field(ge=1, le=100, description="People in each team.")
    weekly_min: int = Field(2220, ge=60, le=4320, description="Contracted paid time a week [min].")
    starts: list[LocalTime] = Field(
        [time(hour) for hour in range(24)], min_length=1, max_length=96, description="Starts that a design may use."
    )
    lengths_min: list[Length] = Field([480, 540, 600], min_length=1, max_length=10)
    max_shifts: int = Field(4, ge=1, le=12, description="Most different shifts.")
    after_nights_hard: bool = Field(False, description="Two nights of sleep after nights in every case, not counted.")
    requirement_id: UUID | None = Field(None, description="Whose need the pattern is for; default: the newest.")
    proposed: list[list[ShiftIn | None]] | None = Field(
        None, min_length=1, max_length=52, description="A pattern to assess instead: weeks of seven days from Monday, "
        "null a rest day."
    )  # fmt: skip

    @model_validator(mode="after")
    def _whole_weeks(self) -> PatternSearchIn:
        for place, week in enumerate(self.proposed or ()):
            if len(week) != 7:
                raise ValueError(f"proposed[{place}] has {len(week)} days: expected 7, from Monday")
        for name in ("starts", "lengths_min"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise ValueError(f"{name} has a value twice: expected each once")
        return self
