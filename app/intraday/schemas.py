"""Bodies and answers of the intraday room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.calls.schemas import ImportReport, QueueName
from app.csv_table import MAX_COUNT, MAX_SECONDS
from app.schema import Instant, Schema

Count = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT)]
Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]
SourceName = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$")]


class ActualIn(Schema):
    """What the telephony counted for one queue in one quarter-hour that is over; `_s` are sums of seconds."""

    queue: QueueName
    interval_start: Instant
    offered: Count
    answered: Count | None = None
    answered_within_threshold: Count | None = None
    answered_10_60s: Count | None = None
    answered_over_60s: Count | None = None
    abandoned: Count | None = None
    abandoned_short: Count | None = None
    talk_s: Seconds | None = None
    wrap_s: Seconds | None = None
    answered_wait_s: Seconds | None = None
    abandoned_wait_s: Seconds | None = None
    callbacks_offered: Count | None = None
    callbacks_accepted: Count | None = None
    callbacks_completed: Count | None = None
    handlers_staffed: Count | None = None


class ActualsIn(Schema):
    """Today's calls so far. Every interval has the same fields: one that is absent keeps what is stored."""

    source: SourceName | None = Field(None, description="What sends them, kept with the values.", examples=["ICCS"])
    intervals: list[ActualIn] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _alike(self) -> ActualsIn:
        first = self.intervals[0].model_fields_set
        for place, interval in enumerate(self.intervals):
            odd = sorted(first ^ interval.model_fields_set)
            if odd:
                raise ValueError(f"interval {place} and interval 0 differ in having {odd[0]}: expected the same fields")
        return self


class ActualsOut(ImportReport):
    """What was stored, the rows of the report being places in the body from 1; and the run that ranks anew."""

    run_id: UUID | None = Field(None, description="Re-forecasts the rest of the day and ranks its quarter-hours.")
    not_ranked: str | None = Field(None, description="Why there is no run.")


class Range(Schema):
    """An expected number of calls, and where it lies with 90% probability."""

    mean: float
    lower: float
    upper: float


class CallsOfQueue(Schema):
    expected: float = Field(description="Offered calls, as forecast now.")
    planned: float | None = Field(description="As forecast when the roster's requirement was made.")


class HeadsOfSkill(Schema):
    on_calls: int = Field(description="Rostered on calls, without those who are absent.")
    required: int | None = Field(description="Heads that the roster was made for.")


class RiskCause(StrEnum):
    DEMAND = "demand"
    COVER = "cover"
    ABSENCE = "absence"
    UNCERTAINTY = "uncertainty"


class WhyOut(Schema):
    cause: RiskCause
    text: str


class WeakInterval(Schema):
    """A quarter-hour by its chance of missing a target. Queue, start, end and heads are what options are asked for."""

    rank: int
    start: datetime
    end: datetime
    queue: QueueName = Field(description="Whose target is the likelier to be missed.")
    chance: float = Field(description="Of missing either target, by uncertain calls and absence on the day.")
    chance_999: float
    chance_101: float
    late_999: Range = Field(description="999 calls not answered within the threshold.")
    lost_101: Range = Field(description="101 calls given up.")
    heads_short: int | None = Field(
        description="Fewest further heads with skill 999 with which expected service meets both targets; 9: over 8. "
        "Null beyond the 48 weakest."
    )
    calls: dict[str, CallsOfQueue]
    heads: dict[str, HeadsOfSkill]
    absent: int = Field(description="People rostered on calls then who are away.")
    why: list[WhyOut]


class IntradayOut(Schema):
    """The rest of today and tomorrow as they look from `data_as_of`."""

    id: UUID
    run_id: UUID
    created_at: datetime
    data_as_of: datetime = Field(description="End of the newest quarter-hour of calls that it knows.")
    is_stale: bool = Field(description="True where calls since then are to be expected: older than 2 hours 15 minutes.")
    ends_at: datetime
    forecast_id: UUID = Field(description="The refreshed forecast.")
    based_on: UUID = Field(description="The forecast that was refreshed.")
    rosters: list[UUID] = Field(description="Published rosters that the cover is of.")
    synthetic: bool
    targets: list[str] = Field(description="What is missed, in words.")
    notes: list[str]
    total: int = Field(description="Quarter-hours ranked.")
    intervals: list[WeakInterval] = Field(description="The weakest first.")
