"""What the demand pages show, made of figures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.accuracy.schemas import AccuracyOut, AccuracyRow, Model
from app.events.schemas import OccurrenceOut
from app.web import words
from app.web.charts import Band, Chart, Colour, Line, Mark
from app.web.demand.figures import INNER, Demand
from app.web.demand.spans import WIDTHS
from forecasting.forecast import Grain

_MOST_MARKS = 12
_COLOURS: dict[str, Colour] = {"999": "999", "101": "101"}
_SHADOWS = {
    Model.FOUR_WEEK_MEAN: "the mean of four weeks",
    Model.PROPHET: "Prophet",
    Model.BEFORE: "itself before adjustment",
}


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in words; with its identifier where it is the force's own, which planners change."""

    name: str
    first: str
    last: str
    whose: str
    effect: str
    event_id: UUID | None


@dataclass(frozen=True, slots=True)
class AccuracyWords:
    """A row of the accuracy page with what it means."""

    row: AccuracyRow
    lead: str
    over: Sequence[tuple[str, float]]
    verdict: str


def charts(found: Demand, grain: Grain, level: float, events: Sequence[OccurrenceOut], zone: ZoneInfo) -> list[Chart]:
    """A chart of each queue."""
    width, marks = WIDTHS[grain].label, marks_of(events, grain)
    outer = ((1 - level) / 2, (1 + level) / 2)
    return [
        Chart(
            name=f"calls-{name}",
            title=f"{name} calls",
            unit=f"by {width}",
            starts=found.starts,
            zone=zone,
            lines=[
                Line("expected", told.mean, _COLOURS.get(name, "required"), "line"),
                Line("came", told.actual, "actual", "points" if len(found.starts) > 40 else "dotted"),
            ],
            bands=[
                Band(f"{words.share(level, 0)} of the time", told.bands[outer[0]], told.bands[outer[1]],
                     _COLOURS.get(name, "muted")),
                Band("half of the time", told.bands[INNER[0]], told.bands[INNER[1]], _COLOURS.get(name, "muted")),
            ],
            marks=marks,
            summary=summary(told.actual, told.bands[outer[0]], told.bands[outer[1]], width, level),
            places=1,
            whole_days=grain in (Grain.DAY, Grain.WEEK, Grain.MONTH),
        )
        for name, told in found.queues.items()
    ]  # fmt: skip


def summary(
    actual: Sequence[float | None], lower: Sequence[float | None], upper: Sequence[float | None], width: str,
    level: float,
) -> str:  # fmt: skip
    """How many of the intervals that came lie within the band."""
    both = [
        (came, low, high)
        for came, low, high in zip(actual, lower, upper, strict=True)
        if came is not None and low is not None and high is not None
    ]
    if not both:
        return "No interval of this view has both calls and a forecast that was made before them."
    inside = sum(low <= came <= high for came, low, high in both)
    return (
        f"{inside} of {len(both)} {width}s that came lie within the {words.share(level, 0)} band of the forecast made "
        "before them."
    )


def marks_of(events: Sequence[OccurrenceOut], grain: Grain) -> list[Mark]:
    """Spans to shade, where intervals are short enough to tell them apart."""
    if grain in (Grain.WEEK, Grain.MONTH, Grain.YEAR):
        return []
    return [Mark(name_of(one), one.start, one.end) for one in events[:_MOST_MARKS]]


def name_of(one: OccurrenceOut) -> str:
    return one.holiday or one.name.replace("_", " ").capitalize()


def event_rows(events: Sequence[OccurrenceOut], zone: ZoneInfo) -> list[EventRow]:
    """Events in words, in order."""
    whose = {"calendar": "Public calendar", "assumed": "Assumed", "force": "The force’s own"}
    return [
        EventRow(
            name=name_of(one),
            first=_edge(one.start, zone, is_whole=_is_whole(one, zone)),
            # Whole days end at midnight, of the date before.
            last=_edge(one.end - timedelta(minutes=_is_whole(one, zone)), zone, is_whole=_is_whole(one, zone)),
            whose=whose[one.source],
            effect="learned from history" if one.multiplier is None else f"times {one.multiplier:g}, by a planner",
            event_id=one.event_id,
        )
        for one in events
    ]


def _is_whole(one: OccurrenceOut, zone: ZoneInfo) -> bool:
    """Whether an event is one of whole local days."""
    return all(f"{edge.astimezone(zone):%H:%M}" == "00:00" for edge in (one.start, one.end))


def _edge(at: datetime, zone: ZoneInfo, *, is_whole: bool) -> str:
    """A date with its year; the time as well where the event is not one of whole days."""
    return words.dated(at, zone) if is_whole else f"{words.dated(at, zone)}, {words.clock(at, zone)}"


def accuracy_rows(told: AccuracyOut) -> list[AccuracyWords]:
    """The product's own rows, all weeks first, each with a verdict."""
    own = sorted(
        (row for row in told.rows if row.model is Model.PACESETTER), key=lambda row: (row.queue, row.lead_week)
    )
    return [
        AccuracyWords(
            row=row,
            lead="all weeks" if row.lead_week == 0 else f"week {row.lead_week} ahead",
            over=[(_SHADOWS[model], ratio) for model, ratio in row.wape_over.items() if ratio is not None],
            verdict=verdict(row),
        )
        for row in own
    ]


def verdict(row: AccuracyRow) -> str:
    """What the measures say together, in a sentence or two."""
    found = []
    if row.multiple_of_floor is not None:
        left = row.multiple_of_floor - 1
        found.append(
            "as exact as chance allows" if left < 0.05 else f"{left:.0%} more error than chance alone would leave"
        )
    if row.bias is not None:
        size = abs(row.bias)
        found.append("no lean" if size < 0.01 else f"{size:.1%} too {'many' if row.bias > 0 else 'few'} calls forecast")
    if row.pit80 is not None:
        gap = row.pit80 - 0.8
        found.append(
            "bands as wide as they should be"
            if abs(gap) <= 0.03
            else f"bands too {'wide' if gap > 0 else 'narrow'}: {row.pit80:.0%} of quarter-hours in the 80% band"
        )
    worse = [_SHADOWS[model] for model, ratio in row.wape_over.items() if ratio is not None and ratio > 1]
    if worse:
        found.append(f"worse than {' and '.join(worse)}")
    told = "; ".join(found) or "not enough to say"
    return f"{told[0].upper()}{told[1:]}."
