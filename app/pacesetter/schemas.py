"""Answer of the pacesetter room."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.actions.schemas import ActionOut
from app.calls.schemas import QueueName
from app.intraday.schemas import Range, WeakInterval
from app.schema import Schema


class Predicted(Schema):
    """A share as the published roster's simulation had it for the day, with its 90% interval."""

    median: float
    lower: float
    upper: float


class Clock(Schema):
    """Answers by one clock, shares of the answered 999 calls. `force`: queue and ring, as recorded. `published`: with
    the assumed transfer before, of which recorded bands give bounds alone."""

    clock: Literal["force", "published"]
    within: float | None = Field(description="Answered within the threshold; by the published clock: at most this.")
    over_60s: float | None = Field(description="Answered after more than 60 s; by the published clock: at least this.")
    is_bound: bool


class QueueDay(Schema):
    """A queue on a day. Counts are null where a quarter-hour of the day does not count them."""

    queue: QueueName
    intervals: int = Field(description="Quarter-hours recorded.")
    intervals_of_day: int
    offered: int
    forecast: Range | None = Field(description="Offered calls as forecast before the day, of the recorded span.")
    forecast_id: UUID | None
    answered: int | None
    answered_within_threshold: int | None
    answered_10_60s: int | None
    answered_over_60s: int | None
    abandoned: int | None
    service_level: float | None = Field(description="Answered within the threshold, of the offered calls.")
    abandonment: float | None = Field(description="Abandoned, of the offered calls.")
    mean_answer_s: float | None
    threshold_s: float
    target: float = Field(description="999: service level at least this. 101: abandonment at most this.")
    meets: bool | None = Field(description="Whether the day met the target; null where that is not recorded.")
    predicted: Predicted | None = Field(description="Of the figure with the target, by the published roster.")
    clocks: list[Clock] = Field(description="Of 999 alone.")


class DriverName(StrEnum):
    CALLS_999 = "calls_999"
    CALLS_101 = "calls_101"
    HANDLING_999 = "handling_999"
    HANDLING_101 = "handling_101"
    HEADS = "heads"


class Driver(Schema):
    """What came beside what was expected: calls against the forecast, handling times [s] against the forecast's, people
    logged on against those rostered on calls."""

    name: DriverName
    actual: float
    expected: float


class ShiftOut(Schema):
    """Eight hours of the day."""

    name: str
    start: datetime
    end: datetime
    service_level_999: float
    abandonment_101: float
    allowance_used: float = Field(
        description="The greater of 999 calls not answered in time over those that the target allows, and of 101 calls "
        "abandoned over those allowed; 1: just met."
    )
    drivers: list[Driver]


class PastDayOut(Schema):
    """A day that is over."""

    date: date
    queues: list[QueueDay]
    best: ShiftOut | None
    worst: ShiftOut | None
    warnings: list[str] = Field(description="Where one measure was kept at another's cost.")


class RiskyQuarter(Schema):
    start: datetime
    chance_999: float
    chance_101: float


class WeakHour(Schema):
    """The clock hour with the highest mean chance of missing a target, by its quarter-hours."""

    start: datetime
    end: datetime
    chance: float = Field(description="Mean over its quarter-hours.")
    weakest: WeakInterval = Field(description="Its weakest quarter-hour, with why.")


class RiskOut(Schema):
    """Chances of missing a target, from the ranking."""

    ranking_id: UUID
    data_as_of: datetime
    ends_at: datetime
    quarters: list[RiskyQuarter] = Field(description="In order of time, those with a published roster.")
    weakest: list[WeakInterval] = Field(description="The ten weakest that are still ahead, weakest first.")
    tonight: WeakHour | None = Field(description="Weakest hour from 18:00, or now, to 07:00.")
    targets: list[str]
    notes: list[str]


class OnDuty(Schema):
    """A person on duty, as rostered."""

    handler: str
    activity: str = Field(description="999, 101, meal, break, training, learning, briefing; away: absent.")
    until: datetime = Field(description="End of the activity.")
    duty_end: datetime


class Turn(Schema):
    """When duties begin or end."""

    at: datetime
    starting: list[str]
    finishing: list[str]


class OnDutyOut(Schema):
    at: datetime
    heads: dict[str, int] = Field(description="People by activity.")
    required: dict[str, int] = Field(description="Heads that the roster was made for, by skill; empty: not known.")
    people: list[OnDuty]
    turns: list[Turn] = Field(description="Of the next twelve hours.")


class PacesetterOut(Schema):
    """A day as its daily meeting needs it. What there is no data for is null, and `missing` says what to do."""

    date: date
    timezone: str
    made_at: datetime
    data_as_of: datetime | None = Field(description="End of the newest quarter-hour of calls; null: there are none.")
    is_stale: bool = Field(description="Today's page only: true where the newest calls are older than 2 h 15 min.")
    synthetic: bool
    yesterday: PastDayOut | None
    risk: RiskOut | None
    on_duty: OnDutyOut | None = Field(description="Now; null for another day than today, or without a roster.")
    actions: list[ActionOut] = Field(description="Open ones first, then those closed since the day before.")
    missing: dict[str, str] = Field(description="Why a part is null, in words.")
