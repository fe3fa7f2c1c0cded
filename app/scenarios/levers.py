"""What a planner may change, as JSON; each lever knows what it moves and when, so that contradictions show at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from app.forces.staffing import Callbacks, Spread, SwitchboardStage, number_or_range
from app.people.schemas import HandlerRef, PatternIn
from app.schema import Instant, Schema

Queue = Literal["999", "101"]


class FactorRange(Schema):
    """A factor that is not known exactly."""

    low: float = Field(ge=0, le=20)
    likely: float = Field(ge=0, le=20)
    high: float = Field(ge=0, le=20)

    @model_validator(mode="after")
    def _ordered(self) -> FactorRange:
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"low {self.low}, likely {self.likely}, high {self.high}: expected them in this order")
        return self


Factor = Annotated[FactorRange, BeforeValidator(number_or_range, json_schema_input_type=FactorRange | float)]


class _Lever(Schema):
    """A change; two of one kind that share a subject must not share time."""

    model_config = ConfigDict(populate_by_name=True)

    def subjects(self) -> set[str]:
        return {"the room"}

    def span(self) -> tuple[datetime | None, datetime | None]:
        """When it holds; None: as long as the scenario."""
        return None, None


class _Timed(_Lever):
    since: Instant | None = Field(None, alias="from", description="Absent: from the scenario's start.")
    until: Instant | None = Field(None, alias="to", description="Absent: to the scenario's end.")

    def span(self) -> tuple[datetime | None, datetime | None]:
        return self.since, self.until

    @model_validator(mode="after")
    def _ordered_span(self) -> _Timed:
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise ValueError(f"to {self.until.isoformat()} is not after from {self.since.isoformat()}")
        return self


class _OfQueues(_Timed):
    queue: Queue | None = Field(None, description="Absent: both.")

    def subjects(self) -> set[str]:
        return {"queue 999", "queue 101"} if self.queue is None else {f"queue {self.queue}"}


class DemandLever(_OfQueues):
    """More or fewer calls: growth, failure demand, a category alone (Right Care Right Person, repeat callers)."""

    kind: Literal["demand"]
    factor: Factor = Field(description="On the calls dialled for the first time; 0.7: three tenths fewer.")
    category: str | None = Field(None, max_length=60, description="Only these calls; a name of the force's settings.")
    share: Spread | None = Field(None, description="The category's share of the queue's calls; absent: the settings'.")

    def subjects(self) -> set[str]:
        if self.category is None:
            return super().subjects()
        return {f"category {self.category} of queue {self.queue}"}

    @model_validator(mode="after")
    def _has_category(self) -> DemandLever:
        if self.category is None and self.share is not None:
            raise ValueError("share is given without the category that it is of")
        return self


class ChannelShiftLever(_Timed):
    """Calls of a queue become digital contacts: fewer calls, and work for the digital desk."""

    kind: Literal["channel_shift"]
    queue: Queue = "101"
    share: Spread
    contact_s: float = Field(600, gt=0, le=7200, description="Work of a contact in all. Assumption [s].")
    concurrency: float = Field(1, ge=1, le=10, description="Contacts that one person handles at a time. Assumption.")

    def subjects(self) -> set[str]:
        return {f"queue {self.queue}"}


class SurgeLever(_Lever):
    """An incident: calls times a multiplier for some hours."""

    kind: Literal["surge"]
    start: Instant
    hours: float = Field(gt=0, le=72, multiple_of=0.25)
    multiplier: float = Field(gt=0, le=20)
    queue: Queue | None = Field(None, description="Absent: both.")

    def subjects(self) -> set[str]:
        return {"queue 999", "queue 101"} if self.queue is None else {f"queue {self.queue}"}

    def span(self) -> tuple[datetime | None, datetime | None]:
        return self.start, self.start + timedelta(hours=self.hours)


class HandlingTimeLever(_OfQueues):
    """Longer or shorter handling."""

    kind: Literal["handling_time"]
    factor: Factor

    @model_validator(mode="after")
    def _above_zero(self) -> HandlingTimeLever:
        if self.factor.low <= 0:
            raise ValueError(f"factor {self.factor.low}: a call that takes no time is none, give more than 0")
        return self


class PatienceLever(_Lever):
    """Callers who wait longer, or less long, before they give up."""

    kind: Literal["patience"]
    queue: Queue | None = Field(None, description="Absent: both.")
    factor: Factor

    def subjects(self) -> set[str]:
        return {"queue 999", "queue 101"} if self.queue is None else {f"queue {self.queue}"}

    @model_validator(mode="after")
    def _above_zero(self) -> PatienceLever:
        if self.factor.low <= 0:
            raise ValueError(f"factor {self.factor.low}: nobody who joins a queue has no patience, give more than 0")
        return self


class RepeatsLever(_Lever):
    """Other shares of those who gave up who dial again."""

    kind: Literal["repeats"]
    redial_999: Spread | None = None
    redial_101: Spread | None = None
    spill: Spread | None = Field(None, description="From 101 to 999.")

    def subjects(self) -> set[str]:
        return {name for name in ("redial_999", "redial_101", "spill") if getattr(self, name) is not None}

    @model_validator(mode="after")
    def _something(self) -> RepeatsLever:
        if not self.subjects():
            raise ValueError("nothing is changed: give redial_999, redial_101 or spill")
        for name in ("redial_999", "redial_101"):
            share = getattr(self, name)
            if share is not None and share.high > 0.99:
                raise ValueError(f"{name} up to {share.high}: callers who never stop dialling, give at most 0.99")
        return self


class CallbacksLever(_Lever):
    """Another callback policy; `null`: none."""

    kind: Literal["callbacks"]
    policy: Callbacks | None


class TargetsLever(_Lever):
    """Other targets: what the service is held against, and what `restore` reaches."""

    kind: Literal["targets"]
    service_level: float | None = Field(None, gt=0, le=0.9999)
    abandonment: float | None = Field(None, ge=0.0001, lt=1)
    threshold_999_s: float | None = Field(None, gt=0, le=600)

    @model_validator(mode="after")
    def _something(self) -> TargetsLever:
        if self.service_level is None and self.abandonment is None and self.threshold_999_s is None:
            raise ValueError("nothing is changed: give service_level, abandonment or threshold_999_s")
        return self


class AbsenceLever(_Lever):
    """Another share of duties lost on the day."""

    kind: Literal["absence"]
    rate: float = Field(ge=0, lt=0.6)


class HeadcountLever(_Lever):
    """Handlers more or fewer, drawn by lot with the scenario's seed. Of rosters and patterns alone."""

    kind: Literal["headcount"]
    change: int = Field(ge=-5000, le=5000)
    skill: Queue | None = Field(None, description="999: among those who hold it; 101: among the others; absent: all.")

    def subjects(self) -> set[str]:
        return {"999", "101"} if self.skill is None else {self.skill}

    @model_validator(mode="after")
    def _some(self) -> HeadcountLever:
        if self.change == 0:
            raise ValueError("change is 0: give handlers to add, or below 0 to take away")
        return self


class SkillMixLever(_Lever):
    """101 handlers who learn 999, or (below 0) who give it up."""

    kind: Literal["skill_mix"]
    change: int = Field(ge=-5000, le=5000)

    @model_validator(mode="after")
    def _some(self) -> SkillMixLever:
        if self.change == 0:
            raise ValueError("change is 0: give handlers to train, or below 0 to take the skill from")
        return self


class SeatsLever(_Timed):
    """Seats more or fewer at a desk throughout a span."""

    kind: Literal["seats"]
    desk: Literal["999", "101", "lending", "switchboard"]
    change: int = Field(ge=-500, le=500)

    def subjects(self) -> set[str]:
        return {f"desk {self.desk}"}

    @model_validator(mode="after")
    def _some(self) -> SeatsLever:
        if self.change == 0:
            raise ValueError("change is 0: give seats to add, or below 0 to take away")
        return self


class SwitchboardLever(_Lever):
    """A switchboard before the 101 queue, on or off."""

    kind: Literal["switchboard"]
    on: bool
    seats: int | None = Field(None, ge=1, le=500, description="Round the clock.")
    stage: SwitchboardStage | None = Field(None, description="Absent: the settings' or the defaults.")

    @model_validator(mode="after")
    def _consistent(self) -> SwitchboardLever:
        if not self.on and (self.seats is not None or self.stage is not None):
            given = f"seats {self.seats}" if self.seats is not None else "a stage"
            raise ValueError(f"the switchboard is off and {given} is given: expected neither")
        if self.on and self.seats is None:
            raise ValueError("the switchboard is on without seats: nobody would answer it, give seats")
        return self


class RosterLever(_Lever):
    """Another roster of the same week in place of what was there."""

    kind: Literal["roster"]
    roster_id: UUID

    def subjects(self) -> set[str]:
        return {"who sits where"}


class PatternLever(_Lever):
    """Another shift pattern for all handlers, or some: duties as it says, meals in turn, leave off."""

    kind: Literal["pattern"]
    pattern: PatternIn
    handlers: list[HandlerRef] | None = Field(None, min_length=1, max_length=5000, description="Absent: all.")
    stagger_days: int = Field(
        1, ge=0, le=366, description="Each handler starts the cycle so many days after the one before, by reference."
    )

    def subjects(self) -> set[str]:
        return {"who sits where"}


Lever = Annotated[
    DemandLever
    | ChannelShiftLever
    | SurgeLever
    | HandlingTimeLever
    | PatienceLever
    | RepeatsLever
    | CallbacksLever
    | TargetsLever
    | AbsenceLever
    | HeadcountLever
    | SkillMixLever
    | SeatsLever
    | SwitchboardLever
    | RosterLever
    | PatternLever,
    Field(discriminator="kind"),
]
