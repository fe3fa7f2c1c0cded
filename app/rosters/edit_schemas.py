"""Edits of a roster by hand, swap requests, and what they answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.people.schemas import HandlerRef, on_the_quarter_hour
from app.rosters.schemas import DutyKey, DutyOut, FlagOut, RosterEntry
from app.rosters.states import SwapStatus
from app.schema import Day, Instant, Schema
from rostering.problem import OfferKind

QuarterHour = Annotated[Instant, AfterValidator(on_the_quarter_hour)]


class MoveEdit(Schema):
    """A duty at other times. Its breaks go along, or are laid out anew where its length changes."""

    kind: Literal["move"]
    handler: HandlerRef
    date: Day = Field(description="Local date on which the duty starts now.")
    start: QuarterHour
    end: QuarterHour | None = Field(None, description="Absent: as long as it was.")
    agreed: bool = Field(False, description="The handler agreed to these times: they need no consent then.")


class AddEdit(Schema):
    """A duty more, as the handler offered or agreed to."""

    kind: Literal["add"]
    handler: HandlerRef
    start: QuarterHour
    end: QuarterHour
    offer: OfferKind | None = Field(
        None, description="rest_day or toil: what was agreed. Absent: one of the handler's offers must allow it."
    )


class RemoveEdit(Schema):
    """A duty less: the handler is off that day, as on leave. No reason of health is stored."""

    kind: Literal["remove"]
    handler: HandlerRef
    date: Day
    credited: bool = Field(True, description="Whether the day counts towards the contract, as leave and sickness do.")


class BreakEdit(Schema):
    """A meal, short break or learning session at another time of the same duty."""

    kind: Literal["break"]
    handler: HandlerRef
    date: Day
    start: QuarterHour = Field(description="When it starts now.")
    to: QuarterHour


class ActivityEdit(Schema):
    """Another activity in a part of a duty."""

    kind: Literal["activity"]
    handler: HandlerRef
    date: Day
    start: QuarterHour
    end: QuarterHour
    activity: Literal["999", "101", "meal", "break", "learning"]


Edit = Annotated[MoveEdit | AddEdit | RemoveEdit | BreakEdit | ActivityEdit, Field(discriminator="kind")]


class OverrideIn(Schema):
    """Sets aside a rule for one handler; only the daily rest of 11 hours may be, and what is missing is owed."""

    rule: Literal["W1"]
    handler: HandlerRef
    reason: str = Field(min_length=10, max_length=500)


class EditsIn(Schema):
    """Changes that are made together, in order, and the reason for them."""

    changes: list[Edit] = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=500)
    overrides: list[OverrideIn] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _one_override_each(self) -> EditsIn:
        named = [override.handler for override in self.overrides]
        if len(set(named)) < len(named):
            raise ValueError(f"overrides name handlers {named}: expected each once")
        return self


class FindingOut(Schema):
    """A rule that is not kept."""

    rule: str
    handler: str
    when: datetime | None
    message: str


class TierChange(Schema):
    before: int
    after: int


class CoverAfter(Schema):
    """A queue's cover over the roster's local weeks, after the edits and how short it was before."""

    on_calls: list[int] = Field(description="Handlers rostered on calls by quarter-hour, afterwards.")
    short_before: int = Field(description="Seats short, summed over the quarter-hours, before.")
    short_after: int


class EditOut(Schema):
    """What the edits do, checked without the solver."""

    applied: bool = Field(description="False of a dry run.")
    roster: RosterEntry
    violations: list[FindingOut] = Field(description="Hard rules that are broken afterwards and were not before.")
    mended: list[FindingOut] = Field(description="Hard rules that were broken and are not any more.")
    overridden: list[FindingOut] = Field(description="Of those broken, what a recorded reason sets aside.")
    flags: list[FlagOut]
    tiers: dict[str, TierChange] = Field(description="Service, people and cost, before and after: lower is better.")
    removed: list[DutyOut] = Field(description="Duties that are not as they were.")
    added: list[DutyOut] = Field(description="What comes in their place, breaks laid out.")
    coverage: dict[str, CoverAfter] = Field(description="Each queue's cover.")


class SwapIn(Schema):
    """Two handlers swap: `give` becomes the other's duty, `take` the first one's, if it is a swap of two."""

    give: DutyKey
    to: HandlerRef
    take: Day | None = Field(None, description="Local date of the other's duty; absent: it is given, not swapped.")

    @model_validator(mode="after")
    def _of_two(self) -> SwapIn:
        if self.to == self.give.handler:
            raise ValueError(f"handler {self.to} swaps with nobody: expected another handler")
        return self


class SwapDecision(Schema):
    reason: str | None = Field(None, min_length=1, max_length=500)
    overrides: list[OverrideIn] = Field(default_factory=list, max_length=2)


class SwapOut(Schema):
    id: UUID
    roster_id: UUID
    status: SwapStatus
    asked_at: datetime
    asked_by: str
    swap: SwapIn
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    check: dict[str, Any] | None = Field(None, description="What the swap would do as the roster stands now.")


class SwapsOut(Schema):
    swaps: list[SwapOut]
