"""Bodies and answers of what handlers do for themselves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.people.schemas import HandlerRef, WishIn
from app.rosters.states import SwapStatus
from app.schema import Day, Schema
from rostering.people import Band


class WishFor(Schema):
    """What a handler would like on a date: the day off, or a duty of a band."""

    band: Band | None = Field(None, description="Absent: the day off.", examples=["early"])
    weight: int = Field(1, ge=1, le=10, description="How much it matters, beside one's other wishes.")


class WishesOut(Schema):
    """A handler's wishes from today on."""

    handler: str
    wishes: list[WishIn]


class CalendarFeedOut(Schema):
    """Whether the handler has a secret address, and when a calendar last asked there."""

    handler: str
    created_at: datetime | None = Field(description="Null: there is none.")
    last_used_at: datetime | None = Field(description="Exact to an hour.")


class NewCalendarFeedOut(CalendarFeedOut):
    """The address is shown this once; only a digest of its secret is kept."""

    url: str


class AskSwapIn(Schema):
    """A handler asks a colleague: `date` becomes the colleague's duty, `take` one's own, if it is a swap of two."""

    date: Day = Field(description="Local date of the own duty.", examples=["2026-06-29"])
    to: HandlerRef
    take: Day | None = Field(None, description="Local date of the colleague's duty; absent: the own is given away.")


class AnswerIn(Schema):
    """The colleague's answer."""

    agree: bool


class OwnSwapOut(Schema):
    """A swap that a handler asked for, or was asked for."""

    id: UUID
    roster_id: UUID
    status: SwapStatus = Field(
        description="asked: the colleague's answer is awaited; open: both agree and a manager decides."
    )
    by: str = Field(description="Who asks.")
    to: str
    date: Day
    take: Day | None
    asked_at: datetime
    decided_at: datetime | None
    reason: str | None


class OwnSwapsOut(Schema):
    swaps: list[OwnSwapOut]
