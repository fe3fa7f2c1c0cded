"""Bodies and answers of the year room."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field, model_validator

from app.people.schemas import HandlerRef
from app.schema import Day, Schema


class DaysAgreed(Schema):
    """A handler's days, both included; open where absent."""

    handler: HandlerRef
    first: Day | None = None
    last: Day | None = None

    @model_validator(mode="after")
    def _ordered(self) -> DaysAgreed:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"days end {self.last} before they start {self.first}")
        return self


class RollOutIn(Schema):
    """Roll patterns out to rest days and nominal duties, and tell people."""

    first: Day | None = Field(None, description="First date; absent: the next Monday. For whom more was told already "
                                                "and ended sooner, from the day after.")  # fmt: skip
    months: int = Field(15, ge=1, le=24, description="How many months ahead.")
    handlers: list[HandlerRef] | None = Field(None, min_length=1, max_length=5000, description="Absent: everybody.")
    agreed: list[DaysAgreed] = Field(
        default_factory=list, max_length=5000, description="Changes of what was told that the handler agreed to."
    )
    exigency: list[DaysAgreed] = Field(
        default_factory=list, max_length=5000, description="Changes that an exigency makes stand; needs a `reason`."
    )
    reason: str | None = Field(None, min_length=1, max_length=500)

    @model_validator(mode="after")
    def _exigency_has_its_reason(self) -> RollOutIn:
        if self.exigency and self.reason is None:
            raise ValueError("exigency is given without a reason: expected what the exigency is")
        return self


class DayOut(Schema):
    """A nominal duty by the local clock, or a rest day."""

    start: str | None = Field(description="Null: a rest day.", examples=["07:00"])
    length_min: int | None


class RollOutChangeOut(Schema):
    """A day on which the pattern differs from what was told."""

    handler: str
    date: date
    before: DayOut
    after: DayOut
    rule: str = Field(description="P2 where a rest day or working day moves, P3 where its times do.")
    needs: str | None = Field(description="agreement or agreement_or_exigency; null: its notice is long enough.")


class BreakOut(Schema):
    """Where days as told now break a rule one after the other."""

    handler: str
    date: date
    rule: str
    message: str


class RollOutReport(Schema):
    """What a roll-out tells people, and what stays as it was told before."""

    id: UUID | None = Field(description="Null: a dry run.")
    first: date
    last: date
    notified_at: datetime
    handlers: int
    days: int = Field(description="Days of handlers told, as before or new.")
    new_days: int = Field(description="Told for the first time.")
    short_notice_days: int = Field(description="Of these: with less notice than rule P2 wants of rest days.")
    made: list[RollOutChangeOut] = Field(description="Changes that are made; the first 1,000.")
    made_total: int
    kept: list[RollOutChangeOut] = Field(
        description="Days that stay as told, and what could move them; the first 1,000."
    )
    kept_total: int
    breaks: list[BreakOut] = Field(description="To be put right, by agreement, before they come; the first 1,000.")
    breaks_total: int
    warnings: list[str] = Field(description="Patterns off their contracts; the first 100.")


class RolledHandler(Schema):
    """How far one handler's days are told."""

    handler: str
    first: date
    last: date
    notified_at: datetime = Field(description="When the last of them were.")


class RollOutOut(Schema):
    """The newest roll-out and how far everybody's days are told."""

    id: UUID
    first: date
    last: date
    notified_at: datetime
    by: str
    reason: str | None
    handlers: list[RolledHandler]


class ToldDayOut(DayOut):
    """A day as told."""

    date: date
    notified_at: datetime
    pattern: DayOut = Field(description="What the handler's pattern says now.")


class ToldDaysOut(Schema):
    handler: str
    days: list[ToldDayOut]
