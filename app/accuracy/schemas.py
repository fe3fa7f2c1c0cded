"""Answers of the accuracy room."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from app.schema import Schema


class Model(StrEnum):
    """`before`: what an adjusted or refreshed forecast said before it was."""

    PACESETTER = "pacesetter"
    FOUR_WEEK_MEAN = "four_week_mean"
    PROPHET = "prophet"
    BEFORE = "before"


SHADOWS = (Model.FOUR_WEEK_MEAN, Model.PROPHET, Model.BEFORE)

DEFINITIONS = {
    "wape": "sum of absolute errors of the mean forecast over quarter-hours / offered calls",
    "bias": "sum of (forecast - offered) / offered calls; positive: too many were forecast",
    "wape_daily": "sum of absolute errors of local days' totals / offered calls, over whole, fully recorded days",
    "floor": "wape that a perfect forecast would have, calls being Poisson around the product's mean: "
    "sum of E|X - m| / sum of m",
    "multiple_of_floor": "wape / floor",
    "excess_over_floor": "wape - floor",
    "crps": "mean continuous ranked probability score of the sample paths [calls per quarter-hour]",
    "pit80": "share of quarter-hours inside the central 80% interval, by randomised PIT; 0.80 is right",
    "pit95": "the same for 95%",
    "day80": "share of whole local days whose total lies inside its central 80% interval, by randomised PIT",
    "n_forecasts": "forecasts that count: of several of one kind and origin the newest",
    "offered_calls": "calls that were offered in the scored quarter-hours; those without a record count nowhere",
    "wape_over": "the product's wape / the shadow's, over the same weeks of the same forecasts; below 1 the product is "
    "the better",
    "lead_week": "1: the first seven days of a forecast; 0: all of its scored weeks",
    "four_week_mean": "shadow: mean of the same weekday and quarter-hour over the last four weeks",
    "prophet": "shadow: Prophet with its defaults on daily totals, spread by the profile of the last eight weeks",
    "before": "shadow: the same forecast before it was adjusted or refreshed",
}


class AccuracyRow(Schema):
    """One queue, lead week and model; null where a measure does not exist."""

    queue: str
    lead_week: int
    model: Model
    n_forecasts: int
    offered_calls: float
    wape: float | None
    bias: float | None
    wape_daily: float | None
    floor: float | None
    multiple_of_floor: float | None
    excess_over_floor: float | None
    crps: float | None
    pit80: float | None
    pit95: float | None
    day80: float | None
    wape_over: dict[Model, float | None] = Field(description="Of the product alone, by shadow.")


class AccuracyOut(Schema):
    kind: str
    rows: list[AccuracyRow]
    hint: str | None = Field(description="What to do where there are no rows.")
    definitions: dict[str, str]
