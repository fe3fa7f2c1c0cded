"""Bodies and answers of the forces room; `ForceSettings` is the published JSON Schema of a force's settings."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from app.forces.publication import Publication, RoleNeed
from app.forces.retention import Retention
from app.forces.same_day import SameDay
from app.forces.staffing import (
    Callbacks,
    Category,
    CountingRules,
    Post,
    ShrinkagePart,
    Spread,
    SwitchboardStage,
    Targets,
    known_on_top,
    parts_only,
    spread,
)
from app.schema import Schema
from forecasting.calendar import Calendar

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["northshire"])]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"time zone {name!r} is not known: give an IANA name such as Europe/London")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class EmergencyQueue(Schema):
    """999: answered first, by handlers who hold skill 999."""

    threshold_s: float = Field(10, gt=0, le=600, description="Answer within this many seconds (queue and ring).")
    service_level: float = Field(
        0.90, gt=0, le=0.9999, description="Share of offered calls to answer within the threshold."
    )
    mean_handling_s: float = Field(
        340, gt=0, le=7200, description="Assumed mean talk plus wrap-up where history has none [s]."
    )
    mean_patience_s: float = Field(
        600, gt=0, le=86400, description="Mean patience where history has none. Assumption [s]."
    )
    patience_shape: float = Field(1.0, ge=0.2, le=5, description="Of the Weibull law of patience; 1 is exponential.")
    balking: Spread = Field(spread(0, 0, 0), description="Share who hang up at once where they would have to wait.")
    redial: Spread = Field(
        spread(0.2, 0.5, 0.8),
        description="Share of those who gave up who dial 999 again. Assumption: no source measures it.",
    )
    redial_delay_s: float = Field(60, gt=0, le=86400, description="Mean time until they do. Assumption [s].")
    mean_answer_s: float | None = Field(
        None, gt=0, le=600, description="Scotland's target besides: mean answer time at most this, there 10 [s]."
    )


class NonEmergencyQueue(Schema):
    """101: answered when no 999 call waits."""

    abandonment: float = Field(0.10, ge=0.0001, lt=1, description="Share of offered calls that may be abandoned.")
    threshold_s: float = Field(60, gt=0, le=3600, description="Reported, not a target: answered within this [s].")
    mean_handling_s: float = Field(
        600, gt=0, le=7200, description="Assumed mean talk plus wrap-up where history has none [s]."
    )
    mean_patience_s: float = Field(
        300, gt=0, le=86400, description="Mean patience where history has none. Assumption [s]."
    )
    patience_shape: float = Field(1.0, ge=0.2, le=5, description="Of the Weibull law of patience; 1 is exponential.")
    balking: Spread = Field(spread(0, 0, 0), description="Share who hang up at once where they would have to wait.")
    redial: Spread = Field(
        spread(0.1, 0.3, 0.5),
        description="Share of those who gave up who dial 101 again. Assumption: that some do is reported, no source "
        "measures how many.",
    )
    redial_delay_s: float = Field(300, gt=0, le=86400, description="Mean time until they do. Assumption [s].")
    spill: Spread = Field(
        spread(0, 0.05, 0.1),
        description="Share of those who gave up who dial 999 instead. Assumption: HMICFRS (2020) reports that long "
        "waits push callers to 999, not how many.",
    )
    spill_delay_s: float = Field(300, gt=0, le=86400, description="Mean time until they do. Assumption [s].")

    @model_validator(mode="after")
    def _dials_once(self) -> NonEmergencyQueue:
        if self.redial.high + self.spill.high > 1:
            raise ValueError(
                f"redial up to {self.redial.high} and spill up to {self.spill.high} exceed 1 together: a caller who "
                "gave up dials one of them again, or neither"
            )
        return self


class Queues(Schema):
    """Targets and assumptions of each queue."""

    emergency: EmergencyQueue = Field(EmergencyQueue(), alias="999")
    non_emergency: NonEmergencyQueue = Field(NonEmergencyQueue(), alias="101")


# Known without asking the library, which loads the holidays of all the world for it.
PARTS_OF_GB = (None, "ENG", "WLS", "SCT", "NIR")


class ForceSettings(Schema):
    """What a force chooses. Stored as immutable versions; every result names the version that it used."""

    timezone: TimeZone = "Europe/London"
    country: Literal["GB", "US"] = Field("GB", description="Whose public holidays shape demand.")
    subdivision: str | None = Field("ENG", description="Part of the country: ENG, WLS, SCT, NIR; a state for US.")
    queues: Queues = Queues()
    handling_time_cv: float = Field(0.8, gt=0, le=5, description="Spread of handling times: deviation over mean.")
    targets: Targets = Targets()
    definitions: CountingRules = CountingRules()
    callbacks: Callbacks | None = Field(None, description="Absent: nobody is offered a call back.")
    switchboard: SwitchboardStage | None = Field(None, description="Absent: 101 callers join the 101 queue at once.")
    shrinkage: Annotated[
        tuple[ShrinkagePart, ...],
        BeforeValidator(parts_only, json_schema_input_type=list[ShrinkagePart] | Annotated[float, Field(ge=0, lt=0.6)]),
    ] = Field(
        (
            ShrinkagePart(name="absence on the day", share=0.04, whole_duties=True),
            ShrinkagePart(name="unplanned time", share=0.02),
        ),
        max_length=20,
        description="Rostered time on calls that is lost, by reason. One number is short for absence (0.04 of it, or "
        "`absence_rate`) and unplanned time. Police Scotland's control rooms: sickness 4.5%; the rest: assumption.",
    )
    posts: tuple[Post, ...] = Field((), max_length=50, description="Fixed posts and interruptible desks.")
    categories: tuple[Category, ...] = Field((), max_length=50, description="Kinds of call that scenarios can change.")
    pay_per_h: float = Field(
        18.0, gt=0, le=500, description="Pay of a handler for an hour, with on-costs [pounds]. Assumption, no source."
    )
    min_seats_999: int = Field(2, ge=1, le=500, description="Never plan fewer handlers with skill 999 on calls.")
    meals_paid: bool = Field(False, description="Whether the meal break counts towards contract hours.")
    start_step_min: Literal[15, 30, 60] = Field(30, description="Grid on which duties may start [min].")
    briefing_min: Literal[0, 15, 30] = Field(
        0, description="Off calls at the start of every duty, in which the shifts overlap [min]."
    )
    role_cover: tuple[RoleNeed, ...] = Field((), max_length=50, description="Roles wanted on duty, and when.")
    publication: Publication = Publication()
    least_group: int = Field(
        5, ge=2, le=50, description="Figures of fewer people are shown to nobody but themselves and their planners."
    )
    same_day: SameDay = SameDay()
    retention: Retention = Retention()
    synthetic: bool = Field(False, description="True where data are made up; every result then says so.")
    rule_set: Literal["england-wales-police-staff", "england-wales-officers", "scotland-officers"] = Field(
        "england-wales-police-staff", description="Working-time rules of whom."
    )
    rules: dict[str, dict[str, int]] = Field(
        default_factory=dict,
        description="Values that differ from those of the rule set, by rule and name of the value.",
        examples=[{"W1": {"rest_min": 720}}],
    )

    @model_validator(mode="before")
    @classmethod
    def _part_of_the_country(cls, given: Any) -> Any:
        """England is the default part of Great Britain alone. Shrinkage as one number gets its parts."""
        if isinstance(given, dict) and given.get("country", "GB") != "GB" and "subdivision" not in given:
            given = {**given, "subdivision": None}
        return known_on_top(given)

    @model_validator(mode="after")
    def _consistent(self) -> ForceSettings:
        on_the_day = 1 - math.prod(1 - part.share for part in self.shrinkage)
        if on_the_day >= 0.6:
            raise ValueError(f"shrinkage adds up to {on_the_day:.3f} with all its parts: expected less than 0.6")
        names = [category.name for category in self.categories]
        if len(set(names)) < len(names):
            raise ValueError(f"categories are named {names}: expected each name once")
        if self.country != "GB" or self.subdivision not in PARTS_OF_GB:
            Calendar(self.timezone, self.country, self.subdivision)  # refuses a part that the country does not have
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def on_the_day(self) -> float:
        """Share of rostered time lost on the day, as if every part of it held at all hours."""
        return 1 - math.prod(1 - part.share for part in self.shrinkage if part.on_the_day)

    @property
    def absence_rate(self) -> float:
        """Chance that a duty is not worked at all."""
        return 1 - math.prod(1 - part.share for part in self.shrinkage if part.on_the_day and part.whole_duties)


class ForceIn(Schema):
    """A new force."""

    slug: Slug
    name: str = Field(min_length=1, max_length=200, examples=["Northshire Police"])
    settings: ForceSettings = ForceSettings()


class ForceOut(Schema):
    slug: str
    name: str
    settings_version: int
    created_at: datetime


class SettingsOut(Schema):
    version: int
    created_at: datetime
    settings: ForceSettings
