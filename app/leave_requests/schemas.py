"""Bodies and answers of the room for leave requests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.handlers.schemas import DutyConcerned
from app.people.schemas import HandlerRef
from app.schema import Day, Schema

_MOST_DAYS = 92


class RequestStatus(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class LeaveRequestIn(Schema):
    """Days that a handler asks for, both included. No reasons are asked or kept."""

    handler: HandlerRef
    first: Day
    last: Day

    @model_validator(mode="after")
    def _ordered(self) -> LeaveRequestIn:
        if self.last < self.first:
            raise ValueError(f"leave ends {self.last} before it starts {self.first}")
        if self.last - self.first >= timedelta(days=_MOST_DAYS):
            raise ValueError(f"leave from {self.first} to {self.last}: expected at most {_MOST_DAYS} days in a request")
        return self


class DayEvidence(Schema):
    """What a day of leave takes from cover and allowance."""

    date: date
    basis: Literal["published", "draft", "nominal", "none"] = Field(
        description="What cover is counted from: the day's published roster, its newest draft, the requirement against "
        "nominal duties, or nothing, where no requirement covers it."
    )
    start: datetime | None = Field(description="Of the duty that would fall out; null: a rest day or leave already.")
    end: datetime | None
    minutes: int = Field(description="Taken from the allowance.")
    short_before_h: float | None = Field(description="Heads short during the duty as things stand [head-hours].")
    short_after_h: float | None = Field(description="The same without the handler.")
    worst_before: int | None = Field(description="Heads short in the duty's worst quarter-hour.")
    worst_after: int | None
    others_off: int | None = Field(
        description="Others on leave that day who would have had a duty; null: not told to a handler's own key."
    )
    others_asking: int | None = Field(description="Others whose open requests hold that day; null likewise.")


class LeaveEvidence(Schema):
    """What a request means, day by day, as things stood at `at`."""

    at: datetime
    minutes: int = Field(description="Taken from the allowance in all.")
    allowance_before_min: int | None = Field(description="Left before it, approved requests taken off; null: unknown.")
    allowance_after_min: int | None
    within_allowance: bool | None
    short_more_h: float | None = Field(description="Head-hours short that it adds; null: no day has a requirement.")
    leaves_short: bool | None = Field(description="Whether any quarter-hour is short without the handler that was not.")
    days: list[DayEvidence]


class LeaveRequestOut(Schema):
    """A request, its evidence when it was made, and the decision with its own."""

    id: UUID
    handler: str
    first: date
    last: date
    created_at: datetime
    by: str
    status: RequestStatus
    evidence: LeaveEvidence
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    decided_on: LeaveEvidence | None = Field(description="The evidence as it stood at the decision.")


class LeaveRequestsOut(Schema):
    requests: list[LeaveRequestOut]


class LeaveDecisionIn(Schema):
    """A manager's decision."""

    reason: str = Field(min_length=1, max_length=500, description="Of the decision, not of the leave.")


class LeaveWithdrawIn(Schema):
    """The request is taken back."""

    reason: str | None = Field(None, min_length=1, max_length=500, description="Of taking it back, not of the leave.")


class DecidedOut(Schema):
    """A decided request, and the published duties that lie on the leave now: they stand until they are repaired."""

    request: LeaveRequestOut
    published: list[DutyConcerned]
