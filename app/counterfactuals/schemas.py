"""Bodies and answers of the counterfactuals room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, field_validator

from app.schema import Day, Instant, Schema


class CounterfactualIn(Schema):
    """Weeks that are over, rostered as they could have been."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"week_start": "2026-06-01", "weeks": 4}]})

    week_start: Day = Field(description="A Monday.")
    weeks: int = Field(4, ge=1, le=5)
    versus: Literal["published", "erlang_c"] | None = Field(
        None,
        description="published: the rosters that people worked; erlang_c: rosters of the same people from Erlang C "
        "sums. Absent: published where every week has one.",
    )
    known_by: Instant | None = Field(
        None, description="Forecasts made by then; absent: by the making of each week's published roster, else by its "
        "Monday."
    )  # fmt: skip
    effort: int = Field(8, ge=1, le=200, description="Rounds of search of each roster.")
    replications: int = Field(64, ge=16, le=500, description="Of chance on the calls that came.")
    seed: int = Field(1, ge=0, le=2**31 - 1)

    @field_validator("week_start")
    @classmethod
    def _monday(cls, value: date) -> date:
        if value.weekday() != 0:
            raise ValueError(f"week_start {value} is a {value:%A}: expected a Monday")
        return value


class CounterfactualEntry(Schema):
    """What a stored counterfactual is."""

    id: UUID
    run_id: UUID
    created_at: datetime
    settings_version: int
    week_start: date
    weeks: int
    versus: str


class CounterfactualsOut(Schema):
    counterfactuals: list[CounterfactualEntry]


class CounterfactualOut(CounterfactualEntry):
    """Both sides on the calls that came. `difference` is the counterfactual less what it is compared with; intervals
    are 95%, over the same chance on both sides."""

    by_week: list[dict[str, Any]]
    together: dict[str, Any]
    definitions: dict[str, str]
    assumptions: list[dict[str, Any]]
    notes: list[str]
