"""Bodies and answers of the rosters room."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.people.schemas import HandlerRef
from app.rosters.states import RosterStatus
from app.schema import Day, Schema


def _a_monday(day: date) -> date:
    if day.weekday() != 0:
        raise ValueError(f"week_start {day} is a {day:%A}: expected a Monday")
    return day


Monday = Annotated[Day, AfterValidator(_a_monday)]


class DutyKey(Schema):
    """A duty by its handler and the local date of its start."""

    handler: HandlerRef
    date: Day


class PinsIn(Schema):
    """What stands of an earlier roster of the same weeks: whoever has no duty on a day that is pinned keeps it off."""

    from_roster_id: UUID
    duties: list[DutyKey] = Field(default_factory=list, max_length=5000)
    handlers: list[HandlerRef] = Field(default_factory=list, max_length=5000, description="All of their days.")
    dates: list[Day] = Field(default_factory=list, max_length=28, description="Local dates: everybody's day.")

    @model_validator(mode="after")
    def _pins_something(self) -> PinsIn:
        if not (self.duties or self.handlers or self.dates):
            raise ValueError("expected at least one of duties, handlers and dates to pin")
        return self


class Search(Schema):
    """How far a search goes: `effort` decides, `seconds` only caps it."""

    seconds: int = Field(60, ge=5, le=3600, description="Most time for the search [s].")
    effort: int | None = Field(
        None, ge=1, le=100_000, description="Rounds of search: the same seed and effort give the same roster, unless "
        "the seconds ended it. Absent: what fits the seconds, told in the run's inputs; of a pattern until nothing is "
        "gained."
    )  # fmt: skip
    seed: int = Field(1, ge=0, le=2**31 - 1)


class RosterIn(Search):
    """Ask for the roster of one to four weeks."""

    week_start: Monday = Field(description="Local Monday.", examples=["2026-06-29"])
    weeks: int = Field(1, ge=1, le=4)
    mode: Literal["weekly", "free"] = Field(
        "weekly",
        description="weekly: days as the pattern says, starts move within consent. free: no pattern. With repair and "
        "pattern the request has other fields.",
    )
    forecast_id: UUID | None = Field(None, description="Default: the forecast that the requirement was made from.")
    requirement_id: UUID | None = Field(None, description="Default: the newest requirement.")
    pinned: PinsIn | None = Field(None, description="Absent: everything may move.")
    keep_to: UUID | None = Field(
        None,
        description="Weekly: draft or approved roster of the same weeks that the search starts from and keeps to.",
    )
    most_changed: float = Field(
        0.02, ge=0, le=1, description="With `keep_to`: share of its duties whose day, start or end may change."
    )

    @model_validator(mode="after")
    def _keeps_to_one(self) -> RosterIn:
        if self.keep_to is not None and (self.mode != "weekly" or self.pinned is not None):
            raise ValueError("keep_to goes with mode weekly and without pinned: expected one or the other")
        return self

    @property
    def end(self) -> date:
        """Monday after the period."""
        return self.week_start + timedelta(weeks=self.weeks)


class ActivityOut(Schema):
    activity: str = Field(
        description="999 (answers 999 first, 101 when free), 101, meal, break, training, learning or briefing."
    )
    start: datetime
    end: datetime


class DutyOut(Schema):
    """A duty belongs to the local date of its start; its activities fill it without gap."""

    handler: str
    start: datetime
    end: datetime
    activities: list[ActivityOut]


class SkillCoverageOut(Schema):
    """One skill, column by column, over the local weeks."""

    start: list[datetime]
    required: list[int] = Field(description="Seats needed on calls, before shrinkage.")
    rostered: list[int] = Field(description="Handlers to roster on calls so that the seats are filled: with shrinkage.")
    on_calls: list[int] = Field(description="Handlers rostered on calls.")


class RosterEntry(Schema):
    """A stored roster without its duties."""

    id: UUID
    run_id: UUID
    forecast_id: UUID
    requirement_id: UUID
    based_on: UUID | None = Field(description="The roster that it repairs, or whose duties are pinned in it.")
    created_at: datetime
    settings_version: int
    week_start: date
    weeks: int
    mode: str
    status: RosterStatus
    revision: int = Field(description="Rises with each change; the ETag names it.")


class RostersOut(Schema):
    rosters: list[RosterEntry]
    next: UUID | None = Field(description="`cursor` of the next page; null: there is none.")


class RosterOut(RosterEntry):
    synthetic: bool
    duties: list[DutyOut]
    frozen: list[DutyOut] = Field(description="Duties of the period that stood already when it was made, unchanged.")
    carried_over: list[DutyOut] = Field(description="Earlier duties that reach into the first week, unchanged.")
    coverage: dict[str, SkillCoverageOut]
    hours: dict[str, float] = Field(description="Hours of the period by kind.")
    by_week: dict[str, dict[str, dict[str, int]]] = Field(
        description="By local Monday and handler: minutes paid on contract and worked, both with leave; nights, "
        "weekend duties, duties on bank holidays from Monday to Friday, learning, wishes lost."
    )
    moves: list[dict[str, Any]] = Field(
        description="Duties that differ from those of `based_on`, each with its gain in every tier."
    )
    service: dict[str, Any] = Field(description="Simulated service; percentiles are over sampled weeks.")
    daily: dict[str, Any] = Field(
        description="Predicted results of each local date, with 90% intervals; empty where it was edited since, or "
        "never simulated."
    )
    certificate: dict[str, Any]


class ChangeOut(Schema):
    """What made a revision of a roster."""

    revision: int
    at: datetime
    by: str
    action: str = Field(description="approved, published, superseded, edited or swapped.")
    reason: str | None
    details: dict[str, Any]


class ChangesOut(Schema):
    changes: list[ChangeOut]


class StepIn(Schema):
    """A step of a roster's life."""

    reason: str | None = Field(None, min_length=1, max_length=500)


class PublishIn(StepIn):
    """Publication, with whatever makes a change stand that comes with too little notice."""

    agreed: list[DutyKey] = Field(
        default_factory=list, max_length=5000, description="Handlers who agreed to what is new to them on a date."
    )
    exigency: list[DutyKey] = Field(
        default_factory=list, max_length=5000, description="Changes that an exigency makes stand; needs a `reason`."
    )

    @model_validator(mode="after")
    def _exigency_has_its_reason(self) -> PublishIn:
        if self.exigency and self.reason is None:
            raise ValueError("exigency is given without a reason: expected what the exigency is")
        return self


class FlagOut(Schema):
    """What the change needs or leaves owed, by the rules of notice and rest."""

    rule: str
    handler: str | None
    day: date
    needs: str = Field(description="nothing, agreement, agreement_or_exigency, reason or earlier.")
    message: str
    owed_min: int
    owed_by: date | None


class PublishedOut(RosterEntry):
    """A published roster, and what its publication meant by the rules of notice."""

    replaces: list[UUID] = Field(description="Published rosters of its weeks that people were told before.")
    notice: list[FlagOut] = Field(description="What differs for people from what they were told, by rule.")


class SupersedeIn(Schema):
    """Why a roster no longer stands."""

    reason: str = Field(min_length=1, max_length=500)
