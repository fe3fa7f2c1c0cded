"""Bodies and answers of the absences room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from app.people.schemas import HandlerRef, on_the_quarter_hour
from app.rosters.edit_schemas import FindingOut, OverrideIn
from app.rosters.schemas import FlagOut, RosterEntry
from app.schema import Day, Instant, Schema

ACCEPT = "accept"


class AbsenceStatus(StrEnum):
    """An absence counts until it is withdrawn; ended, it is known when it ended."""

    OPEN = "open"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class AbsenceIn(Schema):
    """Somebody is away: from a time until another, or for the duty of a date; without either for the duty under way, or
    the next within a day. No reasons are stored."""

    handler: HandlerRef
    date: Day | None = Field(None, description="Local date on which the duty starts; instead of `from` and `until`.")
    since: Instant | None = Field(None, alias="from")
    until: Instant | None = Field(None, description="Several days after `from`, where the absence is that long.")
    credited: bool = Field(True, description="Whether the days count towards the contract, as leave and sickness do.")
    now: Instant | None = Field(None, description="When it was told; absent: now. Nothing before it changes.")
    seed: int = Field(1, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _says_when(self) -> AbsenceIn:
        if (self.date is not None and self.since is not None) or (self.since is None) != (self.until is None):
            raise ValueError("expected either `date`, or `from` and `until`, or none of them")
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise ValueError(f"absence ends {self.until.isoformat()}, expected after {self.since.isoformat()}")
        return self


class WeakIn(Schema):
    """An interval in which heads are missing though nobody is away."""

    queue: Literal["999", "101"]
    start: Annotated[Instant, AfterValidator(on_the_quarter_hour)]
    end: Annotated[Instant, AfterValidator(on_the_quarter_hour)]
    heads: int = Field(1, ge=1, le=100, description="Missing beyond what the roster was made for.")
    now: Instant | None = Field(None, description="Nothing before it changes; absent: now.")
    seed: int = Field(1, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _ordered(self) -> WeakIn:
        if self.end <= self.start:
            raise ValueError(f"end is {self.end.isoformat()}: expected after start, {self.start.isoformat()}")
        return self


class AgainIn(Schema):
    """Ask for options anew, as the roster stands now."""

    now: Instant | None = None
    seed: int = Field(1, ge=0, le=2**31 - 1)


class EndIn(Schema):
    """When somebody is back, sooner or later than was told."""

    until: Instant


class SpanOut(Schema):
    start: datetime
    end: datetime


class TurnOut(Schema):
    """Somebody in the order of asking."""

    handler: str
    offered: bool = Field(description="An offer or a consent is recorded: nothing has to be agreed to.")
    times_13_weeks: int = Field(description="Called out or kept longer on the day, in the last 13 weeks.")
    times_52_weeks: int
    minutes_52_weeks: int


class OptionChangeOut(Schema):
    """One change of an option."""

    kind: str = Field(description="break, session, desk, extend or call_out.")
    subject: str = Field(description="The handler, or the desk's name.")
    what: str
    gained: SpanOut = Field(description="Time on calls that it is made for.")
    duty_before: SpanOut | None
    duty_after: SpanOut | None
    needs_agreement: bool
    terms: str | None = Field(description="overtime, rest_day or toil; null: within paid time.")
    notice_min: int = Field(description="From now to the first time that changes [min].")
    paid_min: int = Field(description="Paid beyond what is paid anyway, before any factor [min].")
    pay: float | None = Field(description="With the factor that holds on the date [pounds]; null: none holds.")
    toil_min: int = Field(description="Time off owed [min].")
    call_order: list[TurnOut] = Field(description="Who is to be asked in turn, the first one of the option first.")


class OptionEffectOut(Schema):
    """Simulated calls from the gap's begin to an hour after its end; `against_accept` paired with doing nothing."""

    mean: float
    half_width: float = Field(description="Of the mean's 95% interval.")
    against_accept: float
    against_accept_half_width: float


class SimulatedOut(Schema):
    late_999: OptionEffectOut
    lost_101: OptionEffectOut


class LegalityOut(Schema):
    """Every rule, checked without the solver for everybody whose day changes: no rule joins two people. The publication
    checks the whole roster again."""

    legal: bool = Field(description="No rule is broken that was kept before.")
    broken: list[FindingOut] = Field(description="Rules that a recorded reason may set aside; others are not offered.")


class ExpectedOut(Schema):
    """What the staffing tables expect: late 999 calls, each as five, and lost 101 calls, beyond those at full seats."""

    weighted_calls: float
    accept: float
    recovered: float | None = Field(description="Share of what is lost that is won back; null: nothing is lost.")


class OptionOut(Schema):
    """A way to deal with the gap."""

    id: str
    rank: int
    what: str
    changes: list[OptionChangeOut]
    legality: LegalityOut
    flags: list[FlagOut] = Field(description="Notice, time off and compensatory rest.")
    people_disturbed: int
    paid_min: int
    pay: float | None
    expected: ExpectedOut
    simulated: SimulatedOut | None = Field(description="Null until it is simulated.")
    delegated: bool = Field(description="Whether a supervisor may publish it.")
    beyond: list[str] = Field(description="Limits of the delegation that it exceeds.")


class OptionsOut(Schema):
    """Options for heads that are missing; the first ones within seconds, simulated a little later."""

    id: UUID
    run_id: UUID
    absence_id: UUID | None
    roster_id: UUID
    revision: int = Field(description="Of the roster for which they were made.")
    asked_at: datetime
    weak: WeakIn | None
    stage: Literal["asked", "ranked", "simulated", "failed"]
    gap: SpanOut | None = Field(description="Null: nothing is missing within the hours ahead.")
    notes: list[str]
    options: list[OptionOut]
    chosen: str | None
    chosen_at: datetime | None
    chosen_by: str | None


class AbsenceEntry(Schema):
    """Who is away, and when that was told."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    handler: str
    since: datetime = Field(alias="from")
    until: datetime
    credited: bool
    told_at: datetime
    told_by: str
    status: AbsenceStatus
    changed_at: datetime | None
    changed_by: str | None


class AbsenceOut(AbsenceEntry):
    roster_id: UUID | None
    lost: list[SpanOut] = Field(description="Duties, and parts of duties, that nobody works.")
    options: OptionsOut | None


class AbsencesOut(Schema):
    absences: list[AbsenceEntry]


class InsteadIn(Schema):
    """Somebody else of the order of asking, who agreed."""

    subject: HandlerRef
    by: HandlerRef


class ChoiceIn(Schema):
    """Publishes an option."""

    agreed: list[HandlerRef] = Field(default_factory=list, max_length=10, description="Who agreed to what is asked.")
    instead: list[InsteadIn] = Field(default_factory=list, max_length=3)
    overrides: list[OverrideIn] = Field(default_factory=list, max_length=10)
    reason: str | None = Field(None, min_length=1, max_length=500)


class ChosenOut(Schema):
    """The roster after the repair, and what is owed."""

    roster: RosterEntry
    option: str
    flags: list[FlagOut]
    rest_owed: list[UUID]
