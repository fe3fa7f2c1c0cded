"""Bodies and answers of the forces room; `ForceSettings` is the published JSON Schema of a force's settings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

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
    mean_patience_s: float = Field(600, gt=0, le=86400, description="Mean patience where history has none [s].")


class NonEmergencyQueue(Schema):
    """101: answered when no 999 call waits."""

    abandonment: float = Field(0.10, ge=0.0001, lt=1, description="Share of offered calls that may be abandoned.")
    threshold_s: float = Field(60, gt=0, le=3600, description="Reported, not a target: answered within this [s].")
    mean_handling_s: float = Field(
        600, gt=0, le=7200, description="Assumed mean talk plus wrap-up where history has none [s]."
    )
    mean_patience_s: float = Field(300, gt=0, le=86400, description="Mean patience where history has none [s].")


class Queues(Schema):
    """Targets and assumptions of each queue."""

    emergency: EmergencyQueue = Field(EmergencyQueue(), alias="999")
    non_emergency: NonEmergencyQueue = Field(NonEmergencyQueue(), alias="101")


class ForceSettings(Schema):
    """What a force chooses. Stored as immutable versions; every result names the version that it used."""

    timezone: TimeZone = "Europe/London"
    country: Literal["GB", "US"] = Field("GB", description="Whose public holidays shape demand.")
    subdivision: str | None = Field("ENG", description="Part of the country: ENG, WLS, SCT, NIR; a state for US.")
    queues: Queues = Queues()
    handling_time_cv: float = Field(0.8, gt=0, le=5, description="Spread of handling times: deviation over mean.")
    shrinkage: float = Field(
        0.06,
        ge=0,
        lt=0.6,
        description="Rostered on-call time that is lost on the day (absence, faults, supervisor talks). Leave, "
        "training, meals and breaks are rostered, so they are not part of it.",
    )
    absence_rate: float = Field(0.04, ge=0, lt=0.6, description="Share of duties lost on the day; part of shrinkage.")
    min_seats_999: int = Field(2, ge=1, le=500, description="Never plan fewer handlers with skill 999 on calls.")
    meals_paid: bool = Field(False, description="Whether the meal break counts towards contract hours.")
    start_step_min: Literal[15, 30, 60] = Field(30, description="Grid on which duties may start [min].")
    synthetic: bool = Field(False, description="True where data are made up; every result then says so.")
    rules: dict[str, dict[str, int]] = Field(
        default_factory=dict,
        description="Values that differ from the police-staff rule set, by rule and name of the value.",
        examples=[{"W1": {"rest_min": 720}}],
    )

    @model_validator(mode="before")
    @classmethod
    def _part_of_the_country(cls, given: Any) -> Any:
        """England is the default part of Great Britain alone."""
        if isinstance(given, dict) and given.get("country", "GB") != "GB" and "subdivision" not in given:
            return {**given, "subdivision": None}
        return given

    @model_validator(mode="after")
    def _consistent(self) -> ForceSettings:
        if self.absence_rate > self.shrinkage:
            raise ValueError(
                f"absence_rate {self.absence_rate} exceeds shrinkage {self.shrinkage}: absence is part of shrinkage"
            )
        Calendar(self.timezone, self.country, self.subdivision)  # refuses a part that the country does not have
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


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
