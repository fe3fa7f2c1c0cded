"""Answers of the replays room."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.schema import Schema

Measure = Literal["answered_within", "abandonment", "mean_wait_s"]


class LogOnsOut(Schema):
    """Log-ons at hand for a replay; they go when it has ended, or after a day without one."""

    id: UUID = Field(description="Give it as `log_ons` when asking for the replay.")
    spells: int
    first: datetime
    last: datetime


class ErrorsOut(Schema):
    """Predicted against recorded, cells weighted by their calls."""

    queue: Literal["999", "101"]
    law: Literal["exponential", "weibull"] = Field(description="Of patience in the simulation.")
    model: Literal["simulation", "formula"]
    measure: Measure
    by: Literal["hour", "hour_of_day", "day"]
    recorded: float | None
    predicted: float | None
    bias: float | None = Field(description="Mean of predicted minus recorded.")
    rmse: float | None
    correlation: float | None = Field(description="Null where one of them does not vary.")
    chance_rmse: float | None = Field(description="What the RMSE would be were the model true; null for formulas.")
    cells: int


class ReplayOut(Schema):
    """Recorded and predicted service of the history, hour by hour."""

    id: UUID
    run_id: UUID
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    settings_version: int
    synthetic: bool
    calls: dict[str, int] = Field(description="In the file, judged, and left out with the reason.")
    log_ons: dict[str, Any] = Field(description="`source`: given or inferred, and how; spells and handlers.")
    patience: dict[str, Any] = Field(description="By queue: laws, balking, survival; or why there is none.")
    availability: dict[str, Any] = Field(description="At which the mean wait of most calls is the recorded one.")
    errors: list[ErrorsOut]
    assumptions: list[str]
    definitions: dict[str, str]
    start: list[datetime] = Field(description="Start of each hour, UTC.")
    handlers: dict[str, list[float]] = Field(
        description="Mean logged on: who takes 999 (and 101), who takes 101 alone."
    )
    offered: dict[str, list[int]]
    recorded: dict[str, dict[Measure, list[float | None]]]
    simulated: dict[str, dict[Measure, list[float | None]]] = Field(
        description="With the law of patience that fits best."
    )
    formula: dict[str, dict[Measure, list[float | None]]]
