"""Asking for repairs of a published roster."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.people.schemas import HandlerRef, OfferIn, on_the_quarter_hour
from app.rosters.schemas import Search
from app.schema import Day, Instant, Schema


class AbsentIn(Schema):
    """Somebody is away on local dates, both included. No reasons are stored."""

    handler: HandlerRef
    first: Day
    last: Day
    credited: bool = Field(True, description="Whether the days count towards the contract, as leave and sickness do.")

    @model_validator(mode="after")
    def _ordered(self) -> AbsentIn:
        if self.last < self.first:
            raise ValueError(f"absence ends {self.last} before it starts {self.first}")
        return self


class RepairOfferIn(OfferIn):
    """Work besides the roster that a handler offers now, such as overtime or a rest day."""

    handler: HandlerRef


class SurgeIn(Schema):
    """Handlers wanted on calls beyond the requirement."""

    queue: Literal["999", "101"]
    start: Annotated[Instant, AfterValidator(on_the_quarter_hour)]
    end: Annotated[Instant, AfterValidator(on_the_quarter_hour)]
    heads: int = Field(ge=1, le=500)

    @model_validator(mode="after")
    def _ordered(self) -> SurgeIn:
        if self.end <= self.start:
            raise ValueError(f"surge ends {self.end} before it starts {self.start}")
        return self


class RepairIn(Search):
    """What has changed since the roster was published."""

    seconds: int = Field(20, ge=5, le=3600, description="Most time for the search [s].")
    now: Instant | None = Field(None, description="Duties that have started by then stay as they are; absent: now.")
    absent: list[AbsentIn] = Field(default_factory=list, max_length=500)
    offers: list[RepairOfferIn] = Field(default_factory=list, max_length=1000)
    surge: list[SurgeIn] = Field(default_factory=list, max_length=100)
    requirement_id: UUID | None = Field(None, description="Default: the requirement of the roster.")
