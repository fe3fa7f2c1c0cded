"""Bodies and answers of the scenarios room."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.scenarios.levers import Lever
from app.schema import Instant, Schema


class BaseIn(Schema):
    """What is changed: exactly one of the three."""

    roster_id: UUID | None = None
    requirement_id: UUID | None = None
    forecast_id: UUID | None = Field(None, description="Its seats are worked out for the comparison.")

    @model_validator(mode="after")
    def _exactly_one(self) -> BaseIn:
        given = [name for name in ("roster_id", "requirement_id", "forecast_id") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"{' and '.join(given) or 'nothing'} given: expected exactly one of roster_id, "
                             "requirement_id, forecast_id")  # fmt: skip
        return self


class SweepIn(Schema):
    """A grid: every volume with every handling time and every absence."""

    volume: list[Annotated[float, Field(gt=0, le=5)]] = Field([0.9, 1.0, 1.1], min_length=1, max_length=5)
    handling_time: list[Annotated[float, Field(gt=0, le=5)]] = Field([0.9, 1.0, 1.1], min_length=1, max_length=5)
    absence_rate: list[Annotated[float, Field(ge=0, lt=0.6)]] = Field([0.02, 0.04, 0.08], min_length=1, max_length=5)

    @model_validator(mode="after")
    def _once_each(self) -> SweepIn:
        for name in ("volume", "handling_time", "absence_rate"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} is {values}: expected each value once")
        return self


class ScenarioIn(Schema):
    """Compare a plan with itself as changed."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "Right Care Right Person, and a bank holiday surge",
                    "base": {"roster_id": "0198b1f0-8c2e-7cc3-98c5-5f2f8f3b9d11"},
                    "changes": [
                        {
                            "kind": "demand",
                            "queue": "101",
                            "category": "mental health",
                            "share": {"low": 0.05, "likely": 0.08, "high": 0.1},
                            "factor": {"low": 0.29, "likely": 0.7, "high": 0.8},
                        },
                        {"kind": "surge", "start": "2026-07-04T18:00:00Z", "hours": 4, "multiplier": 1.5},
                        {"kind": "headcount", "change": -3},
                    ],
                    "restore": True,
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    base: BaseIn
    since: Instant | None = Field(None, alias="from", description="Of a requirement or forecast; absent: its start.")
    until: Instant | None = Field(None, alias="to", description="Absent: a week later, or its end.")
    changes: list[Lever] = Field([], max_length=50, description="None: the plan against itself.")
    sweep: SweepIn | None = Field(None, description="Besides, the changed plan in every cell of a grid.")
    restore: bool = Field(False, description="Besides, the posts that bring both targets back on the changed side.")
    precision: float = Field(
        0.0025, ge=0.0005, le=0.05, description="Half-width of the 95% interval of each side's 999 service level."
    )
    seed: int = Field(1, ge=0, le=2**31 - 1)


class ScenarioEntry(Schema):
    """What a stored scenario is. Its address can be shared with whoever may read the force's plans."""

    id: UUID
    run_id: UUID
    name: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    settings_version: int
    base: dict[str, Any]
    changes: list[dict[str, Any]]
    synthetic: bool


class ScenariosOut(Schema):
    scenarios: list[ScenarioEntry]
    next: UUID | None = Field(description="`cursor` of the next page; null: there is none.")


class ScenarioOut(ScenarioEntry):
    """Both sides and their paired difference, in three blocks that are never blended into one score.

    Each figure has `base`, `changed` and `difference` (changed - base), and `..._half`, the half-width of its 95%
    interval over simulated weeks with the same random numbers on both sides; `null` where there was nothing to measure.
    """

    precision: dict[str, Any] = Field(description="Weeks simulated, and how sure each side's 999 service level is.")
    definitions: list[str] = Field(description="What the figures count, in words.")
    assumptions: list[dict[str, Any]] = Field(description="Each value with unit, source and who set it.")
    targets: dict[str, Any]
    spans: dict[str, list[datetime]] = Field(description="Starts of the local weeks, days and quarter-hours [UTC].")
    service: dict[str, Any] = Field(description="By width of the span: whole, week, day, interval.")
    people: dict[str, Any]
    cost: dict[str, Any]
    range: dict[str, Any] | None = Field(description="The whole span where uncertain changes are low and high.")
    sweep: dict[str, Any] | None
    restore: dict[str, Any] | None
    notes: list[str]
