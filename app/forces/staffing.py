"""What a force assumes of callers and room, chooses as definitions and aims at; each default says its source."""

from __future__ import annotations

import math
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.schema import Schema

Share = Annotated[float, Field(ge=0, le=1)]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def number_or_range(value: object) -> object:
    """A plain number is a value that is known. Raises `ValueError` for what is neither number nor range."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"low": value, "likely": value, "high": value}
    if not isinstance(value, dict | BaseModel):
        raise ValueError(f"{value!r:.60}: expected a number, or low, likely and high")
    return value


class ShareRange(Schema):
    """A share that is not known exactly."""

    low: Share
    likely: Share
    high: Share

    @model_validator(mode="after")
    def _ordered(self) -> ShareRange:
        if not self.low <= self.likely <= self.high:
            raise ValueError(f"low {self.low}, likely {self.likely}, high {self.high}: expected them in this order")
        return self

    @property
    def is_known(self) -> bool:
        return self.low == self.high


Spread = Annotated[ShareRange, BeforeValidator(number_or_range, json_schema_input_type=ShareRange | float)]


def spread(low: float, likely: float, high: float) -> ShareRange:
    return ShareRange(low=low, likely=likely, high=high)


def _on_the_quarter_hour(value: time) -> time:
    if value.tzinfo is not None or value.minute % 15 or value.second or value.microsecond:
        raise ValueError(f"{value} is not a local time on the quarter-hour, such as 07:00")
    return value


LocalTime = Annotated[time, AfterValidator(_on_the_quarter_hour)]


class Hours(Schema):
    """When something holds, in local time; a window past midnight belongs to the day on which it starts."""

    model_config = ConfigDict(populate_by_name=True)

    weekdays: list[Weekday] = Field(list(WEEKDAYS), min_length=1, description="Days on which the window starts.")
    first: LocalTime = Field(time(0), alias="from")
    until: LocalTime = Field(time(0), description="Not after the start: on the next day; the same: a whole day.")


class ShrinkagePart(Hours):
    """A reason for which rostered time on calls is lost, by weekday and hour."""

    name: str = Field(min_length=1, max_length=60, examples=["absence"])
    share: float = Field(ge=0, lt=0.6)
    on_the_day: bool = Field(
        True, description="False for leave, training, meals and breaks: a weekly roster places those, a count of posts "
        "years ahead does not."
    )  # fmt: skip
    whole_duties: bool = Field(False, description="Lost as whole duties, as sickness is: simulated so.")


class Post(Hours):
    """Heads that must be there whatever the calls do: dispatch, supervisor, switchboard, digital desk."""

    name: str = Field(min_length=1, max_length=60, examples=["supervisor"])
    skill: Literal["999", "101", "switchboard", "supervisor", "dispatch", "digital"]
    heads: int = Field(ge=1, le=200)
    interruptible: bool = Field(
        False, description="Answers a 999 call when nobody on the 999 desk is idle; its people hold skill 999 too."
    )


class Targets(Schema):
    """Over which span the queues' targets hold, how sure, and by which clock."""

    scope: Literal["interval", "day", "week"] = Field(
        "interval", description="Span over which the targets hold: fewer hours where it is longer."
    )
    floor_service_level: float = Field(0.0, ge=0, le=0.9999, description="999: no quarter-hour is planned below this.")
    floor_abandonment: float = Field(1.0, ge=0.0001, le=1, description="101: no quarter-hour is planned above this.")
    confidence: float = Field(
        0.8, gt=0, lt=1, description="Chance with which a span meets its targets, of the chance target."
    )
    by_chance: bool = Field(False, description="Roster to the chance target instead of the expected value.")
    clock: Literal["force", "published"] = Field(
        "force", description="force: queue and ring, which staffing can change; published: with the transfer before."
    )


class Transfer(Schema):
    """Time between the operator's answer and the force's switch, lognormal; in the published clock of 999 alone."""

    mean_s: float = Field(
        0, ge=0, le=120, description="[s]; a force once stated up to 7 s, the operator found no such delay. Assumption."
    )
    cv: float = Field(0.5, ge=0, le=5)

    def share_within(self, limit_s: float) -> float:
        """Share of transfers that take at most `limit_s` [s], > 0."""
        if self.mean_s == 0 or self.cv == 0:
            return float(self.mean_s <= limit_s)
        variance = math.log1p(self.cv**2)
        z = (math.log(limit_s / self.mean_s) + variance / 2) / math.sqrt(variance)
        return 0.5 * math.erfc(-z / math.sqrt(2))


class CountingRules(Schema):
    """How calls are counted, printed in words beside every figure."""

    ring_s: float = Field(0, ge=0, le=120, description="From a handler's phone ringing to the answer [s].")
    transfer: Transfer = Transfer()
    service_level_of: Literal["offered", "answered"] = Field(
        "offered", description="What a service level is a share of."
    )
    short_abandon_s: float = Field(0, ge=0, le=120, description="Given up within this: a short abandon [s].")
    short_abandons: Literal["abandoned", "excluded"] = "abandoned"
    message_s: float = Field(0, ge=0, le=600, description="Length of the message that a waiting 101 caller hears [s].")
    message_leavers: Literal["abandoned", "excluded"] = Field(
        "abandoned", description="101 callers who give up while the message plays."
    )
    callbacks: Literal["answered", "abandoned", "excluded"] = Field(
        "answered", description="How a 101 caller who accepted a call back counts."
    )


class Callbacks(Schema):
    """Waiting 101 callers are offered a call back and keep their place. Defaults: Humberside and Cumbria."""

    offer_after_s: float = Field(60, ge=0, le=3600, description="Assumption; Sussex offers after at most 240 s [s].")
    accepts: Share = Field(0.125, description="Humberside, 12 months: 12.5% of 101 callers asked for one.")
    reached: Share = Field(
        0.67, description="Of one attempt; three attempts then reach 96.4%. Humberside: 96.5% of callbacks succeeded."
    )
    attempts: int = Field(3, ge=1, le=20, description="Cumbria: two further attempts.")
    retry_after_s: float = Field(900, ge=0, le=86400, description="Assumption [s].")
    attempt_s: float = Field(45, gt=0, le=600, description="An attempt that reaches nobody. Assumption [s].")


class SwitchboardStage(Schema):
    """A front stage that everybody who dials 101 meets."""

    aht_s: float = Field(60, gt=0, le=1800, description="Assumption; no source gives one, 45-90 s are plausible [s].")
    handling_cv: float = Field(1.0, gt=0, le=5)
    patience_s: float = Field(300, gt=0, le=86400, description="Assumption [s].")
    resolves: Share = Field(0.5, description="Goes no further; Avon and Somerset: about two thirds of 101. Assumption.")


class Category(Schema):
    """A part of a queue's calls that a scenario can change alone."""

    name: str = Field(min_length=1, max_length=60, examples=["mental health"])
    queue: Literal["999", "101"]
    share: Spread = Field(description="Of the queue's calls.")


def known_on_top(given: Any) -> Any:
    """Settings of before shrinkage had parts: one number, of which `absence_rate` is lost as whole duties.

    What is out of range stays as it is, for the field's own check to name it.
    """
    if not isinstance(given, dict):
        return given
    given = dict(given)
    absence_rate = given.pop("absence_rate", None)
    shrinkage = given.get("shrinkage", None if absence_rate is None else 0.06)
    if not _is_share(shrinkage) or not (absence_rate is None or _is_share(absence_rate)):
        return given if absence_rate is None else given | {"absence_rate": absence_rate}
    if absence_rate is None:
        absence_rate = min(0.04, shrinkage)
    if absence_rate > shrinkage:
        raise ValueError(f"absence_rate {absence_rate} exceeds shrinkage {shrinkage}: absence is part of shrinkage")
    rest = 1 - (1 - shrinkage) / (1 - absence_rate)
    parts = [
        {"name": "absence on the day", "share": absence_rate, "whole_duties": True},
        {"name": "unplanned time", "share": round(rest, 12)},
    ]
    return given | {"shrinkage": [part for part in parts if part["share"]]}


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 0.6


def parts_only(value: object) -> object:
    """Says what is expected where one number stands that was not taken as shrinkage's sum."""
    if not isinstance(value, list | tuple):
        raise ValueError("expected a list of parts, or a number of at least 0 and less than 0.6")
    return value
