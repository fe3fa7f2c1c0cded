"""Bodies and answers of the room for one handler."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.people.schemas import HandlerOut, PatternName
from app.schema import Day, Schema


class DutyConcerned(Schema):
    """A published duty that rests on what is no longer so. It stands until somebody repairs the roster."""

    roster_id: UUID
    handler: str
    date: date
    start: datetime
    end: datetime
    why: Literal["consent", "leave", "skill", "agreement", "left"]
    message: str


class HandlerChanged(Schema):
    """A handler as stored, and the published duties that the change concerns."""

    handler: HandlerOut
    published: list[DutyConcerned]


class PatternHeld(Schema):
    """A pattern in use, from a day of it that falls on its own anchor (1: the first), or from an anchor."""

    name: PatternName
    position: int | None = Field(None, ge=1, le=366)
    anchor: Day | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> PatternHeld:
        if (self.position is None) == (self.anchor is None):
            raise ValueError("expected either a position in the pattern or an anchor")
        return self


class WeekIn(Schema):
    """A recorded week, by its local Monday; minutes planned and worked, absent where not told."""

    week_start: Day
    planned_min: int | None = Field(None, ge=0, le=10080)
    actual_min: int | None = Field(None, ge=0, le=10080)

    @model_validator(mode="after")
    def _a_monday(self) -> WeekIn:
        if self.week_start.weekday():
            raise ValueError(f"week_start {self.week_start} is a {self.week_start:%A}: expected a Monday")
        return self


class BalanceIn(Schema):
    """What was left of leave, or owed of time off in lieu, at the end of a date [min]."""

    balance: Literal["leave", "toil"]
    as_of: Day
    minutes: int = Field(ge=-1_200_000, le=1_200_000)


class RecordsIn(Schema):
    """Recorded weeks and balances to add, or to put in place of those of the same week or date."""

    weeks: list[WeekIn] = Field(default_factory=list, max_length=520)
    balances: list[BalanceIn] = Field(default_factory=list, max_length=520)

    @model_validator(mode="after")
    def _says_something(self) -> RecordsIn:
        if not (self.weeks or self.balances):
            raise ValueError("expected weeks or balances")
        return self


class RecordsOut(Schema):
    """What the force's own records say of a handler."""

    handler: str
    weeks: list[WeekIn]
    balances: list[BalanceIn]
