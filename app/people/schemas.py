"""Bodies and answers of the people room; `HandlerIn` is the published JSON Schema of a handler."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.forces.staffing import LocalTime, Weekday
from app.schema import Day, Instant, Schema
from rostering.people import Band, OfferKind

HandlerRef = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", examples=["H017"])]
RoleName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9 _-]*$", examples=["supervisor"])]
PatternName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", examples=["five-week"])]
QuarterHours = Annotated[int, Field(ge=0, le=720, multiple_of=15)]


def on_the_quarter_hour(value: time | datetime) -> time | datetime:
    utc = value.astimezone(UTC) if isinstance(value, datetime) else value  # a zone may be off by minutes
    if utc.minute % 15 or utc.second or utc.microsecond:
        raise ValueError(f"start {value} is off the quarter-hour")
    return value


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError(f"start {value} has an offset: give the force's local time, such as 07:00")
    return value


def holds(first: date | None, last: date | None, day: date) -> bool:
    """Whether a date lies between two, both included; None: open."""
    return (first is None or first <= day) and (last is None or day <= last)


class ContractIn(Schema):
    """Contract hours hold on average over the cycle, never in each single week."""

    weekly_min: int = Field(gt=0, le=4320, description="Contracted paid time a week [min].", examples=[2220])
    cycle_weeks: int = Field(10, ge=1, le=52, description="Weeks over which contract hours are averaged.")
    meals_paid: bool | None = Field(None, description="Whether the meal counts; absent: as the force's settings say.")
    annualised: bool = Field(False, description="Hours are due over the year: `cycle_weeks` is 52.")
    clock_change: Literal["elapsed", "nominal"] = Field(
        "elapsed", description="Nights of clock changes. elapsed: a duty lasts and counts its hours as they pass. "
        "nominal: it ends at its usual clock time and counts its usual hours."
    )  # fmt: skip

    @model_validator(mode="after")
    def _over_the_year(self) -> ContractIn:
        if self.annualised and self.cycle_weeks != 52:
            raise ValueError(f"cycle_weeks is {self.cycle_weeks} of an annualised contract: expected 52")
        return self


class DatedContractIn(ContractIn):
    """A contract of some dates, both included; open where absent. A week in which it begins or ends is due by days."""

    first: Day | None = None
    last: Day | None = None

    @model_validator(mode="after")
    def _ordered(self) -> DatedContractIn:
        if self.first is None and self.last is None:
            raise ValueError("a dated contract has no dates: expected first, last or both")
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"contract ends {self.last} before it starts {self.first}")
        return self


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

    start: Annotated[time, AfterValidator(on_the_quarter_hour), AfterValidator(_local)] = Field(examples=["07:00"])
    length_min: int = Field(ge=120, le=720, multiple_of=15, examples=[540])


class PatternIn(Schema):
    """A cycle of days, repeated for ever; `null` is a rest day. `days[0]` falls on `anchor`."""

    anchor: Day
    days: list[PatternDay | None] = Field(min_length=1, max_length=366)
    name: PatternName | None = Field(None, description="The pattern in use that the days are of; absent: their own.")


class ConsentIn(Schema):
    """How far start and finish of a duty may be moved from the pattern, as the handler agreed [min], on which dates."""

    start_earlier_min: QuarterHours = 0
    start_later_min: QuarterHours = 0
    finish_earlier_min: QuarterHours = 0
    finish_later_min: QuarterHours = 0
    first: Day | None = Field(None, description="First date of a duty that it holds for; absent: open.")
    last: Day | None = Field(None, description="Last date that it holds for, included; outside them nothing moves.")

    @model_validator(mode="after")
    def _ordered(self) -> ConsentIn:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"consent ends {self.last} before it starts {self.first}")
        return self


class LeaveIn(Schema):
    """Days without duty, both included. No reasons are stored."""

    first: Day
    last: Day
    credited: bool = Field(True, description="Whether the pattern's duties on these days count towards the contract.")

    @model_validator(mode="after")
    def _ordered(self) -> LeaveIn:
        if self.last < self.first:
            raise ValueError(f"leave ends {self.last} before it starts {self.first}")
        return self


class TrainingIn(Schema):
    """A session inside a duty during which the handler takes no calls."""

    start: Annotated[Instant, AfterValidator(on_the_quarter_hour)]
    length_min: int = Field(ge=15, le=720, multiple_of=15)


class RoleIn(Schema):
    """A role besides answering queues and its local dates, both included: supervisor, tutor, trainee, or a
    specialist's own name."""

    role: RoleName
    first: Day | None = None
    last: Day | None = None

    @model_validator(mode="after")
    def _ordered(self) -> RoleIn:
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"role {self.role} ends {self.last} before it starts {self.first}")
        return self


class AgreementIn(Schema):
    """A fixed flexible-working agreement for duties that start on these weekdays: off, or only within local times."""

    weekdays: list[Weekday] = Field(min_length=1)
    off: bool = Field(False, description="No duty on these days.")
    earliest: LocalTime | None = Field(None, description="Duties start at this local time or later.")
    latest: LocalTime | None = Field(
        None, description="Duties end at this local time or sooner; not after `earliest`: on the next day."
    )

    @model_validator(mode="after")
    def _says_something(self) -> AgreementIn:
        if self.off == (self.earliest is not None or self.latest is not None):
            raise ValueError("expected either off, or an earliest start or a latest finish")
        return self


class WishIn(Schema):
    """What a handler would like on a local date: a day off, or a duty of a band."""

    date: Day
    band: Band | None = Field(None, description="Absent: the day off.")
    weight: int = Field(1, ge=1, le=10)


class OfferIn(Schema):
    """Work besides the pattern that the handler agreed to, between two times, at most so long."""

    kind: OfferKind = Field(description="overtime: before or after the duty of that date; rest_day, toil: a duty more.")
    date: Day
    earliest: Annotated[Instant, AfterValidator(on_the_quarter_hour)]
    latest: Annotated[Instant, AfterValidator(on_the_quarter_hour)]
    most_min: int = Field(ge=15, le=720, multiple_of=15)

    @model_validator(mode="after")
    def _ordered(self) -> OfferIn:
        if self.latest <= self.earliest:
            raise ValueError(f"offer of {self.date} ends {self.latest} before it starts {self.earliest}")
        return self


class LearningIn(Schema):
    """Protected learning due in each cycle of weeks, which are counted from the pattern's anchor."""

    minutes: int = Field(ge=60, le=2400, multiple_of=60, description="Per cycle, in sessions of an hour [min].")
    weeks: int = Field(4, ge=1, le=52)


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
    contracts: list[DatedContractIn] = Field(
        default_factory=list, max_length=20, description="On their dates they count instead of `contract`."
    )
    consent: ConsentIn = ConsentIn()
    consents: list[ConsentIn] = Field(
        default_factory=list, max_length=50, description="Dated ones: on their dates they count instead of `consent`."
    )
    leave: list[LeaveIn] = Field(default_factory=list, max_length=200)
    training: list[TrainingIn] = Field(default_factory=list, max_length=200)
    preferred_offset_min: int = Field(
        0, ge=-240, le=240, multiple_of=15, description="Wish to start earlier (-) or later (+) than the pattern [min]."
    )
    history_until: Day | None = Field(
        None, description="Monday after the newest of the past weeks given; absent: the Monday of the week rostered."
    )
    team: str | None = Field(
        None, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$", description="For exports by team.", examples=["Team A"]
    )
    roles: list[RoleIn] = Field(default_factory=list, max_length=20)
    agreements: list[AgreementIn] = Field(default_factory=list, max_length=20)
    wishes: list[WishIn] = Field(default_factory=list, max_length=400)
    offers: list[OfferIn] = Field(default_factory=list, max_length=200)
    learning: LearningIn | None = None
    bands: list[Band] = Field(list(Band), min_length=1, description="Free mode: kinds of duty that may be given.")
    night_worker: bool = Field(
        False, description="Works nights as a normal course (WTR reg 2): the night limit holds, opted out or not."
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

    def contract_on(self, day: date) -> ContractIn:
        """The contract that counts on a date."""
        return next((one for one in self.contracts if holds(one.first, one.last, day)), self.contract)

    def consent_on(self, day: date) -> ConsentIn:
        """The consent that counts for duties of a date; it may have dates of its own, outside which nothing moves."""
        return next((one for one in self.consents if holds(one.first, one.last, day)), self.consent)


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
