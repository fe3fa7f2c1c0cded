"""Bodies and answers of the people room; `HandlerIn` is the published JSON Schema of a handler."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.schema import Day, Instant, Schema

HandlerRef = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", examples=["H017"])]
QuarterHours = Annotated[int, Field(ge=0, le=720, multiple_of=15)]


def _on_the_quarter_hour(value: time | datetime) -> time | datetime:
    utc = value.astimezone(UTC) if isinstance(value, datetime) else value  # a zone may be off by minutes
    if utc.minute % 15 or utc.second or utc.microsecond:
        raise ValueError(f"start {value} is off the quarter-hour")
    return value


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError(f"start {value} has an offset: give the force's local time, such as 07:00")
    return value


class ContractIn(Schema):
    """Contract hours hold on average over the cycle, never in each single week."""

    weekly_min: int = Field(gt=0, le=4320, description="Contracted paid time a week [min].", examples=[2220])
    cycle_weeks: int = Field(10, ge=1, le=52, description="Weeks over which contract hours are averaged.")


class SkillIn(Schema):
    """A skill and the local dates between which it is valid, both included; open where absent."""

    skill: Literal["999", "101"]
    first: Day | None = None
    last: Day | None = None

    @model_validator(mode="after")
    def _ordered(self) -> SkillIn:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"skill {self.skill} ends {self.last} before it starts {self.first}")
        return self


class PatternDay(Schema):
    """A duty of the pattern: local start and length with its meal."""

    start: Annotated[time, AfterValidator(_on_the_quarter_hour), AfterValidator(_local)] = Field(examples=["07:00"])
    length_min: int = Field(ge=120, le=720, multiple_of=15, examples=[540])


class PatternIn(Schema):
    """A cycle of days, repeated for ever; `null` is a rest day. `days[0]` falls on `anchor`."""

    anchor: Day
    days: list[PatternDay | None] = Field(min_length=1, max_length=366)


class ConsentIn(Schema):
    """How far start and finish of a duty may be moved from the pattern, as the handler agreed [min]."""

    start_earlier_min: QuarterHours = 0
    start_later_min: QuarterHours = 0
    finish_earlier_min: QuarterHours = 0
    finish_later_min: QuarterHours = 0


class LeaveIn(Schema):
    """Days without duty, both included. No reasons are stored."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _ordered(self) -> LeaveIn:
        if self.last < self.first:
            raise ValueError(f"leave ends {self.last} before it starts {self.first}")
        return self


class TrainingIn(Schema):
    """A session inside a duty during which the handler takes no calls."""

    start: Annotated[Instant, AfterValidator(_on_the_quarter_hour)]
    length_min: int = Field(ge=15, le=720, multiple_of=15)


def _skill(value: object) -> object:
    return {"skill": value} if isinstance(value, str) else value


# `"999"` is short for `{"skill": "999"}`.
Skill = Annotated[SkillIn, BeforeValidator(_skill, json_schema_input_type=SkillIn | Literal["999", "101"])]


class HandlerIn(Schema):
    """A call handler. `ref` is a pseudonym: no names, no health reasons."""

    ref: HandlerRef
    contract: ContractIn
    skills: list[Skill] = Field(min_length=1, max_length=20, examples=[["999", "101"]])
    pattern: PatternIn
    consent: ConsentIn = ConsentIn()
    leave: list[LeaveIn] = Field(default_factory=list, max_length=200)
    training: list[TrainingIn] = Field(default_factory=list, max_length=200)
    preferred_offset_min: int = Field(
        0, ge=-240, le=240, multiple_of=15, description="Wish to start earlier (-) or later (+) than the pattern [min]."
    )
    history_until: Day | None = Field(
        None, description="Monday after the newest of the past weeks given; absent: the Monday of the week rostered."
    )
    opted_out_48h: bool = Field(False, description="Signed opt-out of the 48-hour average (WTR reg 5).")
    worked_min_by_week: list[Annotated[int, Field(ge=0, le=10080)]] | None = Field(
        None, max_length=16, description="Minutes worked in past weeks, newest last; absent: as the pattern says."
    )
    paid_min_by_week: list[Annotated[int, Field(ge=0, le=10080)]] | None = Field(
        None, max_length=51, description="Paid minutes of past weeks with credited leave; absent: as the pattern says."
    )

    @model_validator(mode="after")
    def _consistent(self) -> HandlerIn:
        sessions = sorted((session.start, session.length_min) for session in self.training)
        for (start, length_min), (following, _) in pairwise(sessions):
            if following < start + timedelta(minutes=length_min):
                raise ValueError(f"training at {following} starts before the session of {start} ends")
        if self.history_until is not None and self.history_until.weekday() != 0:
            raise ValueError(f"history_until {self.history_until} is a {self.history_until:%A}: expected a Monday")
        return self


class HandlersIn(Schema):
    """Handlers to add or to replace, by `ref`; others stay as they are."""

    handlers: list[HandlerIn] = Field(min_length=1, max_length=5000)


class HandlersReport(Schema):
    created: int
    updated: int
    unchanged: int
    warnings: list[str] = Field(description="What may keep a roster from being found; the first 100.")


class HandlerOut(HandlerIn):
    updated_at: datetime


class HandlersOut(Schema):
    handlers: list[HandlerOut]
