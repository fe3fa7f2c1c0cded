"""Bodies and answers of the capacity room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.forces.staffing import Spread, spread
from app.schema import Day, Instant, Schema

_MOST_MONTHS = 60
Months = Annotated[int, Field(ge=1, le=_MOST_MONTHS)]


class PayRate(Schema):
    """Pay of an hour from one date on, with on-costs [pounds]."""

    grade: str = Field(min_length=1, max_length=60, examples=["handler"])
    first: Day
    last: Day | None = Field(None, description="Included; absent: until further notice.")
    pay_per_h: float = Field(gt=0, le=500)

    @model_validator(mode="after")
    def _ordered(self) -> PayRate:
        if self.last is not None and self.last < self.first:
            raise ValueError(f"pay of {self.grade} ends {self.last} before it starts {self.first}")
        return self


class PayTableIn(Schema):
    """A force's pay by grade and date, whole: what is not in it is not paid from it."""

    rates: list[PayRate] = Field(min_length=1, max_length=500)


class PayGap(Schema):
    """Dates between two rates of a grade that no rate covers."""

    grade: str
    first: date
    last: date


class PayTableOut(Schema):
    version: int
    created_at: datetime
    by: str
    rates: list[PayRate]
    gaps: list[PayGap] = Field(description="Months that touch one have no price.")


class AttritionIn(Schema):
    """What is known of leavers, retirements apart: so many in so many person-years."""

    leavers: float = Field(ge=0, le=10_000)
    person_years: float = Field(gt=0, le=100_000)


class IntakeIn(Schema):
    month: Annotated[int, Field(ge=0, lt=_MOST_MONTHS, description="0: the first month.")]
    people: int = Field(ge=1, le=1000)


class RampIn(Schema):
    """From recruit to trained."""

    induction_weeks: float = Field(6, ge=0, le=52, description="Cheshire: six weeks (HMICFRS).")
    trainee_weeks: float = Field(12, ge=0, le=104, description="At a trainee's speed afterwards. Assumption.")
    trainee_speed: float = Field(0.7, ge=0, le=1, description="Share of a trained person's calls. Assumption.")
    drop_out: float = Field(0.0, ge=0, le=1, description="Share of recruits who leave before they are trained.")


class DepartureIn(Schema):
    month: Annotated[int, Field(ge=0, lt=_MOST_MONTHS)]
    people: float = Field(gt=0, le=1000)


class FactorIn(Schema):
    month: Annotated[int, Field(ge=0, lt=_MOST_MONTHS)]
    factor: float = Field(gt=0, le=5, description="Calls of the month over those of the base week.")


class PipelineIn(Schema):
    """Headcount by month."""

    people: int | None = Field(None, ge=1, le=5000, description="Trained people now; absent: the force's handlers.")
    attrition: AttritionIn
    intakes: list[IntakeIn] = Field([], max_length=100)
    ramp: RampIn = RampIn()
    retirements: list[DepartureIn] = Field([], max_length=_MOST_MONTHS)
    training: list[DepartureIn] = Field([], max_length=_MOST_MONTHS, description="People away on it, on average.")
    demand: list[FactorIn] = Field(
        [], max_length=_MOST_MONTHS, description="Absent months: as the same month of last year's history was."
    )
    draws: int = Field(2000, ge=200, le=20_000)


class PostIn(Schema):
    """What one full-time post gives to calls."""

    week_h: float = Field(37.0, gt=0, le=60, description="Paid hours a week (Police Staff Council).")
    planned_away: Spread = Field(
        spread(0.15, 0.17, 0.19),
        description="Share of paid time away from calls by plan: leave, courses, short breaks. The settings' parts "
        "that are not on the day, where there are any, come instead. Assumption.",
    )
    fit: Spread = Field(
        spread(0.88, 0.92, 1.0),
        description="Share of rostered hours that fall where calls want them: the likely one prices, 1 is the bound "
        "that no roster beats. Assumption: the demonstration force's patterns reach 0.92.",
    )
    grade: str = Field("handler", min_length=1, max_length=60, description="Of the pay table.")


class CallKindIn(Schema):
    """A kind of call and how much of it is failure demand."""

    name: str = Field(min_length=1, max_length=60, examples=["progress of a report"])
    queue: Literal["999", "101"]
    share: Spread | None = Field(None, description="Of the queue's calls; absent: the settings' category of that name.")
    repeat: Spread = Field(spread(0, 0, 0), description="Share of them that asks again what was asked before.")
    preventable: Spread = Field(spread(0, 0, 0), description="Share of the others that need not have come.")
    handling: float = Field(1.0, gt=0, le=10, description="Mean handling time over the queue's.")


class CapacityIn(Schema):
    """Posts needed for a base week; with a pipeline the months ahead; with kinds of call what failure demand costs."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "To the end of next year",
                    "first_month": "2026-08",
                    "months": 18,
                    "pipeline": {
                        "attrition": {"leavers": 14, "person_years": 110},
                        "intakes": [{"month": 2, "people": 8}, {"month": 8, "people": 8}],
                        "retirements": [{"month": 5, "people": 2}],
                    },
                    "failure_demand": [
                        {
                            "name": "progress of a report",
                            "queue": "101",
                            "share": {"low": 0.2, "likely": 0.25, "high": 0.3},
                            "repeat": {"low": 0.4, "likely": 0.5, "high": 0.6},
                        }
                    ],
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    forecast_id: UUID | None = Field(None, description="Absent: the newest.")
    since: Instant | None = Field(None, alias="from", description="Base week; absent: the forecast's first.")
    first_month: str | None = Field(
        None, pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="Absent: the base week's."
    )
    months: Months = 12
    post: PostIn = PostIn()
    pipeline: PipelineIn | None = None
    failure_demand: list[CallKindIn] = Field([], max_length=50)
    replications: int = Field(100, ge=32, le=1000, description="Simulated weeks of each number of posts.")
    seed: int = Field(1, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _inside(self) -> CapacityIn:
        if self.pipeline is not None:
            listed = self.pipeline
            for name in ("intakes", "retirements", "training", "demand"):
                late = [one.month for one in getattr(listed, name) if one.month >= self.months]
                if late:
                    raise ValueError(f"pipeline.{name}: month {late[0]}, expected 0 to {self.months - 1}")
        names = [kind.name for kind in self.failure_demand]
        if len(set(names)) < len(names):
            raise ValueError(f"failure_demand is of {names}: expected each name once")
        return self


class CapacityEntry(Schema):
    """What a stored capacity plan is."""

    id: UUID
    run_id: UUID
    name: str
    created_at: datetime
    settings_version: int
    starts_at: datetime = Field(description="Of the base week.")
    ends_at: datetime


class CapacitiesOut(Schema):
    plans: list[CapacityEntry]


class CapacityOut(CapacityEntry):
    """Posts needed, the curve, the months, failure demand. Hours are on calls unless said; money is pounds."""

    needed: dict[str, Any] = Field(description="Fewest posts that meet both targets in the base week, with bounds.")
    curve: dict[str, Any] = Field(description="Service against posts, monotone, with 95% bounds.")
    months: list[dict[str, Any]] | None
    failing: dict[str, Any] | None = Field(description="First months that are short by chance.")
    failure_demand: dict[str, Any] | None
    price: dict[str, Any]
    assumptions: list[dict[str, Any]]
    notes: list[str]


class GapRow(Schema):
    """An hour of the local week that was short in a row of weeks."""

    weekday: str
    from_: str = Field(alias="from", serialization_alias="from")
    weeks: int = Field(description="In a row up to the newest.")
    short_h: float = Field(description="Mean of these weeks [handler-hours].")
    overtime_h: float = Field(description="Of it worked as overtime, rest-day work or TOIL, mean [h].")
    foreseen: float = Field(description="Share of these weeks in which the requirement made before showed it.")


class OvertimeOut(Schema):
    """Structural gaps: hours that overtime fills, or nobody does, week after week, and that the forecast showed."""

    weeks: int
    rosters: list[UUID]
    missing_weeks: list[date]
    structural: list[GapRow]
    structural_h_per_week: float
    posts: float = Field(description="Full-time posts that the hours come to, at the hours that a post gives to calls.")
    overtime_h_per_week: float = Field(description="All overtime of these weeks, structural or not.")
    overtime_share: float | None = Field(description="Of all rostered hours on calls.")
    definitions: dict[str, str]
