"""Bodies and answers of the rosters room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from app.schema import Day, Schema


def _a_monday(day: date) -> date:
    if day.weekday() != 0:
        raise ValueError(f"week_start {day} is a {day:%A}: expected a Monday")
    return day


class RosterIn(Schema):
    """Ask for a week's roster."""

    week_start: Annotated[Day, AfterValidator(_a_monday)] = Field(description="Local Monday.", examples=["2026-06-29"])
    mode: Literal["weekly"] = Field("weekly", description="Days as the pattern says; starts move within consent.")
    seconds: int = Field(60, ge=5, le=3600, description="Time for the search [s].")
    seed: int = Field(1, ge=0, le=2**31 - 1)
    forecast_id: UUID | None = Field(None, description="Default: the forecast that the requirement was made from.")
    requirement_id: UUID | None = Field(None, description="Default: the newest requirement.")


class ActivityOut(Schema):
    activity: str = Field(description="999 (answers 999 first, 101 when free), 101, meal, break or training.")
    start: datetime
    end: datetime


class DutyOut(Schema):
    """A duty belongs to the local date of its start; its activities fill it without gap."""

    handler: str
    start: datetime
    end: datetime
    activities: list[ActivityOut]


class SkillCoverageOut(Schema):
    """One skill, column by column, over the local week."""

    start: list[datetime]
    required: list[int] = Field(description="Seats needed on calls, before shrinkage.")
    rostered: list[int] = Field(description="Handlers to roster on calls so that the seats are filled: with shrinkage.")
    on_calls: list[int] = Field(description="Handlers rostered on calls.")


class RosterOut(Schema):
    id: UUID
    run_id: UUID
    forecast_id: UUID
    requirement_id: UUID
    created_at: datetime
    settings_version: int
    synthetic: bool
    week_start: date
    mode: str
    status: str
    duties: list[DutyOut]
    carried_over: list[DutyOut] = Field(description="Last week's duties that reach into this week, unchanged.")
    coverage: dict[str, SkillCoverageOut]
    hours: dict[str, float] = Field(description="Hours of the week by kind.")
    service: dict[str, Any] = Field(description="Simulated service; percentiles are over sampled weeks.")
    certificate: dict[str, Any]
