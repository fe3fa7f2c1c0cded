"""What a supervisor may publish of a day's repairs without a manager, and what such repairs are paid."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.schema import Day, Schema

SameDayKind = Literal["break", "session", "desk", "extend", "call_out"]
_QuarterHours = Annotated[int, Field(ge=0, le=720, multiple_of=15)]


class PayFactor(Schema):
    """Factors on an hour's pay from a date on, until the next entry's."""

    first: Day | None = Field(None, description="Local date from which it holds; absent: from the beginning.")
    overtime: float = Field(1.5, ge=0, le=5, description="A duty made longer. Assumption: time and a half.")
    rest_day: float = Field(1.5, ge=0, le=5, description="A duty on a rest day. Assumption: time and a half.")


class SameDay(Schema):
    """Repairs within hours. A manager may publish any; a supervisor those within these limits."""

    kinds: list[SameDayKind] = Field(["break", "session", "desk", "extend", "call_out"], description="Of a supervisor.")
    most_duties: int = Field(3, ge=0, le=50, description="Duties that a supervisor's option may change.")
    most_overtime_min: int = Field(
        720, ge=0, le=10_000, multiple_of=15, description="Overtime and call-outs of a supervisor's option [min]."
    )
    hours_ahead: int = Field(12, ge=1, le=72, description="Changes lie within so many hours from now.")
    may_override: bool = Field(False, description="Whether a supervisor may set a rule aside with a reason.")
    lead_min: _QuarterHours = Field(60, description="From a telephone call to the start of a duty. Assumption [min].")
    least_call_out_min: _QuarterHours = Field(240, ge=60, description="Shortest duty called out for. Assumption [min].")
    most_extension_min: _QuarterHours = Field(240, description="By which a duty is made longer at most [min].")
    pay: list[PayFactor] = Field([PayFactor()], max_length=50)

    @model_validator(mode="after")
    def _dated_once(self) -> SameDay:
        dates = [factor.first or date.min for factor in self.pay]
        if dates != sorted(set(dates)):
            raise ValueError(f"pay begins on {[str(factor.first) for factor in self.pay]}: expected rising dates")
        return self

    def pay_on(self, day: date) -> PayFactor | None:
        """Factors that hold on a local date; None: none does yet."""
        held = [factor for factor in self.pay if factor.first is None or factor.first <= day]
        return held[-1] if held else None
