"""Bodies and answers of the assessments room."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.patterns.schemas import ShiftIn
from app.people.schemas import AgreementIn, HandlerRef
from app.rosters.edit_schemas import SwapIn
from app.rosters.schemas import Monday
from app.schema import Day, Instant, Schema


class Ground(StrEnum):
    """The grounds on which a flexible-working application may be refused: Employment Rights Act 1996, s.80G(1)(b)."""

    COSTS = "additional_costs"
    DEMAND = "customer_demand"
    REORGANISE = "reorganise_existing_staff"
    RECRUIT = "recruit_additional_staff"
    QUALITY = "quality"
    PERFORMANCE = "performance"
    INSUFFICIENT_WORK = "insufficiency_of_work"
    STRUCTURAL = "planned_structural_changes"


class Comparison(Schema):
    """How both sides are made and simulated."""

    effort: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="Rounds of search of each side. Absent: what fits the force.",
    )
    seed: int = Field(1, ge=0, le=2**31 - 1)
    replications: int = Field(192, ge=32, le=2000, description="Simulated weeks of each side, with the same callers.")
    acceptable_calls: float = Field(
        5.0, ge=0, le=1000, description="Rise a week that is taken as no harm: so many lost 101 calls, a fifth of it "
        "in late 999 calls. The nearest alternative must keep to it as well."
    )  # fmt: skip


class WeeksAssessed(Comparison):
    """Weeks that a requirement covers, rostered without the proposal and with it."""

    week_start: Monday
    weeks: int = Field(1, ge=1, le=4)
    requirement_id: UUID | None = Field(None, description="Default: the newest.")


class PatternProposal(WeeksAssessed):
    """A proposed shift pattern for a team, or for everybody."""

    kind: Literal["pattern"]
    proposed: list[list[ShiftIn | None]] = Field(
        min_length=1, max_length=26, description="Weeks of seven days from Monday; null is a rest day."
    )
    team: str | None = Field(None, max_length=40, description="Absent: everybody.")
    begin: Literal["in_turn", "together"] = Field(
        "in_turn", description="in_turn: by reference, each starts a week further in the cycle; together: all in its "
        "first week on `week_start`."
    )  # fmt: skip

    @model_validator(mode="after")
    def _whole_weeks(self) -> PatternProposal:
        for place, week in enumerate(self.proposed):
            if len(week) != 7:
                raise ValueError(f"proposed[{place}] has {len(week)} days: expected 7, from Monday")
        if not any(day is not None for week in self.proposed for day in week):
            raise ValueError("proposed has no duty: expected one or more")
        return self


class FlexibleProposal(WeeksAssessed):
    """A flexible-working application of one person."""

    kind: Literal["flexible_working"]
    handler: HandlerRef
    agreements: list[AgreementIn] = Field(default_factory=list, max_length=7)
    weekly_min: int | None = Field(
        None, gt=0, le=4320, description="Contracted paid time asked for [min]: the duties that are left are made "
        "longer or shorter to give it. Absent: the hours of the pattern that is left."
    )  # fmt: skip
    received: Day = Field(description="The day on which the application was made.")
    agreed_until: Day | None = Field(None, description="A later last day for the decision, if both agreed to it.")

    @model_validator(mode="after")
    def _asks_something(self) -> FlexibleProposal:
        if not self.agreements and self.weekly_min is None:
            raise ValueError("expected agreements, or weekly_min, or both")
        if self.agreed_until is not None and self.agreed_until < self.received:
            raise ValueError(f"agreed_until {self.agreed_until} is before received {self.received}")
        return self


class LeaveProposal(Comparison):
    """One day's leave on a day of duty of a roster that stands."""

    kind: Literal["leave"]
    roster_id: UUID
    handler: HandlerRef
    date: Day
    now: Instant | None = Field(None, description="Duties that have started by then stay as they are; absent: now.")


class SwapProposal(Comparison):
    """A swap of two handlers' duties of a roster that stands."""

    kind: Literal["swap"]
    roster_id: UUID
    swap: SwapIn


Proposal = Annotated[PatternProposal | FlexibleProposal | LeaveProposal | SwapProposal, Field(discriminator="kind")]


class DecisionClock(Schema):
    """The time for deciding an application, appeal included."""

    received: date
    decide_by: date = Field(description="Last day on which the applicant must have the decision, that on appeal too.")
    days_left: int = Field(description="Below 0: it is late.")
    agreed: bool = Field(description="Whether both agreed to a later last day.")
    applications_in_12_months: int = Field(description="Of the handler, this one included; the right is to two.")


class AssessmentDecisionIn(Schema):
    """What a person decided, with the evidence before them."""

    decision: Literal["accept", "conditional", "decline"]
    reason: str = Field(min_length=1, max_length=2000, description="No reasons of health.")
    grounds: list[Ground] = Field(default_factory=list, max_length=8, description="Of a declined application.")
    consulted: bool = Field(False, description="Whether the applicant was consulted about the application.")
    consulted_on: Day | None = None
    appeal: bool = Field(False, description="This is the decision on an appeal against the one before.")
    apply: bool = Field(False, description="Change the handlers as proposed; conditional: as the alternative says.")

    @model_validator(mode="after")
    def _consistent(self) -> AssessmentDecisionIn:
        if self.consulted != (self.consulted_on is not None):
            raise ValueError("consulted and consulted_on belong together: expected both or neither")
        if self.grounds and self.decision != "decline":
            raise ValueError(f"grounds are given for {self.decision}: expected them of a declined application alone")
        if self.apply and self.decision == "decline":
            raise ValueError("apply is given for decline: expected it of accept or conditional")
        return self


class AssessmentDecisionOut(Schema):
    decision: str
    reason: str
    grounds: list[Ground]
    consulted_on: date | None
    appeal: bool
    applied: list[str] = Field(description="Handlers that were changed.")
    decided_at: datetime
    decided_by: str


class AssessmentEntry(Schema):
    """An assessment without its figures."""

    id: UUID
    run_id: UUID
    created_at: datetime
    kind: str
    settings_version: int
    synthetic: bool
    proposal: dict[str, Any]
    points_to: str = Field(description="accept, conditional or decline: what the figures point to. A person decides.")
    clock: DecisionClock | None = Field(description="Of a flexible-working application.")
    decisions: list[AssessmentDecisionOut] = Field(description="Oldest first; an appeal's comes after the first.")


class AssessmentOut(AssessmentEntry):
    """Both sides, never one blended score, and what is said of them. It stays as it was computed."""

    figures: dict[str, Any]


class AssessmentsOut(Schema):
    assessments: list[AssessmentEntry]
    next: UUID | None = Field(description="`cursor` of the next page; null: there is none.")
