"""Bodies and answers of the events room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.calls.schemas import QueueName
from app.schema import Schema, Written
from forecasting.events import MOST_MULTIPLIER

YEARS = range(1990, 2101)


def _within(value: datetime) -> datetime:
    if value.year not in YEARS:
        raise ValueError(f"{value.isoformat()} is outside {YEARS[0]} to {YEARS[-1]}")
    return value


LocalOrInstant = Annotated[
    datetime,
    Written,
    AfterValidator(_within),
    Field(description="RFC 3339 time, or the force's wall-clock time without offset.", examples=["2026-08-08T17:00"]),
]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class EventKind(StrEnum):
    """Hours of an outage or incident are tagged and not learned from."""

    DEMAND = "demand"
    OUTAGE = "outage"
    INCIDENT = "incident"


class EventIn(Schema):
    """Something that changes demand, once or by a rule of recurrence. Occurrences of one name share what is learned."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] = Field(
        examples=["home match"]
    )
    starts: LocalOrInstant
    ends: LocalOrInstant
    rule: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="RFC 5545 RRULE whose first occurrence is `starts`; it follows the force's wall clock.",
        examples=["FREQ=WEEKLY;BYDAY=SA;UNTIL=20270508"],
    )
    queues: list[QueueName] = Field(default_factory=list, max_length=20, description="Empty: every queue.")
    kind: EventKind = EventKind.DEMAND
    multiplier: float | None = Field(
        None,
        strict=True,
        gt=0,
        le=MOST_MULTIPLIER,
        allow_inf_nan=False,
        description="The planner's own factor on calls, used instead of the learned one.",
    )
    reason: Words | None = Field(None, description="Why this multiplier; obligatory with one.")
    note: Words | None = None
    uid: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        None, description="What a partner's calendar calls it: a file with the same one changes this event."
    )

    @model_validator(mode="after")
    def _consistent(self) -> EventIn:
        if self.multiplier is not None and self.reason is None:
            raise ValueError(f"multiplier {self.multiplier:g} has no reason: say why")
        if self.multiplier is not None and self.kind is not EventKind.DEMAND:
            raise ValueError(f"multiplier {self.multiplier:g} with kind {self.kind}: such hours are not forecast")
        return self


class EventOut(EventIn):
    """An event as it stands; the header `ETag` of a single one is what `If-Match` expects."""

    id: UUID
    version: int
    changed_at: datetime
    changed_by: str
    set_by: str | None = Field(description="Who set the multiplier.")


class EventVersionOut(EventOut):
    is_withdrawn: bool = Field(description="True for the version that took the event away.")


class EventsOut(Schema):
    events: list[EventOut]


class ImportOut(Schema):
    """What a calendar file changed; events that it does not hold stay as they are."""

    created: int
    updated: int
    unchanged: int
    withdrawn: int = Field(description="Events that the file says are cancelled.")


class EventVersionsOut(Schema):
    versions: list[EventVersionOut]


class OccurrenceOut(Schema):
    """One day or span of the calendar."""

    name: str = Field(description="The event's name, or the kind of a day of the public calendar.")
    source: Literal["calendar", "assumed", "force"] = Field(
        description="Built in, assumed until the force gives its own dates, or the force's own."
    )
    kind: EventKind | None = Field(description="Null for days of the public calendar.")
    holiday: str | None = Field(None, description="Name of the public holiday.")
    start: datetime = Field(description="UTC.")
    end: datetime = Field(description="UTC, excluded.")
    queues: list[str] = Field(default_factory=list, description="Empty: every queue.")
    multiplier: float | None = None
    event_id: UUID | None = None
    version: int | None = None


class OccurrencesOut(Schema):
    timezone: str
    occurrences: list[OccurrenceOut]


class PlannerValue(Schema):
    """A multiplier that stands now."""

    event_id: UUID
    version: int
    multiplier: float
    set_by: str | None
    set_at: datetime = Field(description="When this version was stored.")
    reason: str


class EventEffectOut(Schema):
    """What an event does to a queue: as learned from history, and as planners say."""

    queue: str
    name: str
    n_occurrences: int = Field(description="Occurrences in the history that the effect was learned from.")
    learned: float | None = Field(description="Learned factor on calls; null where nothing could be learned.")
    lower: float | None = Field(description="Lower end of its 80% interval.")
    upper: float | None = Field(description="Upper end of its 80% interval.")
    applied: float | None = Field(description="Factor that the forecast used; null where it did not know the event.")
    planner: list[PlannerValue] = Field(description="The planners' own values as they stand now.")


class EffectsOut(Schema):
    forecast_id: UUID = Field(description="The newest forecast, which the learned effects come from.")
    forecast_created_at: datetime
    effects: list[EventEffectOut]
