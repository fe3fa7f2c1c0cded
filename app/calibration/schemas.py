"""Bodies and answers of the calibration room."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.schema import Schema


class CalibrationIn(Schema):
    """Hold the simulated room against the history, to its last whole day."""

    replications: int = Field(16, ge=8, le=200, description="Simulations of each week at each availability.")
    seed: int = Field(1, ge=0, le=2**31 - 1)


class AvailabilityOut(Schema):
    """Share of the time logged on in which a handler is in fact there for calls."""

    mean: float = Field(description="Of a day.")
    lower: float
    upper: float
    level: float = Field(description="Probability of the interval from `lower` to `upper`.")
    spread: float = Field(description="Standard deviation from day to day.")
    days: int = Field(description="Days that it was learned from.")
    on_calls: float = Field(
        description="Share of logged-on time on calls at that availability: more, since who leaves finishes a call "
        "first. Seats over this share are heads."
    )
    is_at_edge: bool = Field(
        description="True where the search ends before the estimate does: no availability from 0.5 to 1 explains the "
        "service. Are `handlers_staffed` those logged on for these queues?"
    )


class PatienceOut(Schema):
    """All waiting time over abandonments of the days learned from; the interval is for exponential callers."""

    mean_s: float
    lower_s: float
    upper_s: float


class SimulatedCoverageOut(Schema):
    """How often recorded results of later days lay in their predicted intervals."""

    stated: float = Field(description="Probability of the intervals.")
    share: float | None = Field(description="Share of the days inside; null where no day was predicted.")
    days: int
    standard_error: float | None = Field(description="Of that share, were the stated probability true.")


class DaysOut(Schema):
    """One measure of each predicted day: shares of the calls offered."""

    lower: list[float]
    median: list[float]
    upper: list[float]
    recorded: list[float]


class CalibrationOut(Schema):
    """What the newest eight weeks tell, and how predictions of later days turned out that were made the same way."""

    id: UUID
    run_id: UUID
    created_at: datetime
    starts_at: datetime = Field(description="Begin of the history used, UTC.")
    ends_at: datetime
    learned_from: date = Field(description="First local day that availability and patience were learned from.")
    learned_until: date = Field(description="Last one.")
    settings_version: int
    synthetic: bool
    availability: AvailabilityOut
    patience: dict[str, PatienceOut] = Field(description="By queue.")
    coverage: dict[str, SimulatedCoverageOut] = Field(description="`service_level_999` and `abandonment_101`.")
    definitions: dict[str, str]
    method: list[str]
    day: list[date] = Field(description="Predicted days, each from the eight weeks before its week.")
    predicted: dict[str, DaysOut] = Field(description="`service_level_999` and `abandonment_101`.")
