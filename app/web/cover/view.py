"""What the cover page shows, made of a week's heads. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.intraday.schemas import WeakInterval
from app.rosters.weekly_cover import DESKS, QUARTER, Ints, WeekCover
from app.web import words
from app.web.charts import Band, Chart, Line

_OVER = 3  # heads beyond the need, through a whole hour, that are worth a look
_DEEP = 2  # heads short that make an hour deeply short
# Of the day's drawing [px].
_WIDTH, _LANE, _GAP, _LEFT = 960, 130, 30, 36


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of the heat table. level : deep, short, met, over, none (no such hour, or nobody is rostered yet); `at`
    its weakest quarter-hour."""

    level: str
    text: str
    words: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class DayRow:
    day: date
    cells: Sequence[Cell]
    short_h: float | None
    service_999: tuple[float, float, float] | None
    lost_101: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Lane:
    """One skill's day: closed paths for who is there, is short, is over; a stepped one for who is required."""

    label: str
    top: float
    base: float
    most: int
    there: str
    short: str
    over: str
    required: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    left: int
    lanes: Sequence[Lane]
    ticks: Sequence[Tick]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    rows: Sequence[DayRow]
    totals: dict[str, float] | None
    drawing: Drawing
    charts: Sequence[Chart]
    summary: str
    changes_clocks: Sequence[date]


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter-hour in detail: heads by skill, and the ranking's word on it."""

    start: datetime
    required: dict[str, int]
    on_calls: dict[str, int] | None
    surplus: int | None
    ranked: WeakInterval | None


def shown(cover: WeekCover, day: date, zone: ZoneInfo, ranked: Sequence[WeakInterval]) -> Shown:
    """The week as a table, and `day` as a drawing with its figures."""
    days = [cover.monday + timedelta(days=n) for n in range(7)]
    span = places(cover, day, zone)
    charts = [chart(cover, day, span, zone)]
    if cover.floor is not None and cover.chance is not None:
        charts.append(seats(cover, span, zone))
    risk = [one for one in ranked if one.start.astimezone(zone).date() == day]
    if risk:
        charts.append(chances(risk, zone))
    return Shown(
        rows=[row(cover, one, zone) for one in days],
        totals=totals(cover),
        drawing=drawing(cover, span, zone),
        charts=charts,
        summary=charts[0].summary,
        changes_clocks=[one for one in days if words.changes_clocks(one, zone)],
    )


def places(cover: WeekCover, day: date, zone: ZoneInfo) -> slice:
    """Quarter-hours of a local date within the week."""
    begin, end = (datetime.combine(day + timedelta(days=n), time(), zone).astimezone(UTC) for n in (0, 1))
    return slice((begin - cover.start) // QUARTER, (end - cover.start) // QUARTER)


def totals(cover: WeekCover) -> dict[str, float] | None:
    """Handler-hours short and over of the week, by skill and of both; None without a roster."""
    if cover.on_calls is None:
        return None
    over = cover.on_calls - cover.required
    found = {f"short_{desk}": _hours(-over[i]) for i, desk in enumerate(DESKS)}
    surplus = cover.surplus
    assert surplus is not None
    return found | {"short": _hours(-surplus), "over": _hours(over.sum(axis=0)), "quarters": float((surplus < 0).sum())}


def row(cover: WeekCover, day: date, zone: ZoneInfo) -> DayRow:
    span, surplus = places(cover, day, zone), cover.surplus
    starts = [cover.start + place * QUARTER for place in range(span.start, span.stop)]
    by_hour: dict[int, list[int]] = {hour: [] for hour in range(24)}
    for place, start in zip(range(span.start, span.stop), starts, strict=True):
        by_hour[start.astimezone(zone).hour].append(place)
    return DayRow(
        day=day,
        cells=[cell(cover, places, surplus) for places in by_hour.values()],
        short_h=None if surplus is None else _hours(-surplus[span]),
        service_999=_predicted(cover, "service_level_999", day),
        lost_101=_predicted(cover, "abandonment_101", day),
    )


def cell(cover: WeekCover, inside: Sequence[int], surplus: Ints | None) -> Cell:
    """An hour by its weakest quarter-hour; over where every quarter-hour has people to spare."""
    if not inside:
        return Cell("none", "", "no such hour: the clocks change", None)
    if surplus is None or cover.on_calls is None:
        need = int(cover.required[:, list(inside)].sum(axis=0).max())
        return Cell("none", str(need), f"{need} required", None)
    worst = min(inside, key=lambda place: (int(surplus[place]), place))
    value = int(surplus[worst])
    least_over = int((cover.on_calls - cover.required)[:, list(inside)].sum(axis=0).min())
    at = cover.start + worst * QUARTER
    if value < 0:
        return Cell("deep" if value <= -_DEEP else "short", f"−{-value}", f"{-value} short", at)
    if least_over >= _OVER:
        return Cell("over", f"+{least_over}", f"{least_over} over", at)
    return Cell("met", "·", "met", at)


def quarter(cover: WeekCover, at: datetime, ranked: Sequence[WeakInterval]) -> Quarter | None:
    """The quarter-hour that holds `at`; None outside of the week."""
    place = (at.astimezone(UTC) - cover.start) // QUARTER
    if not 0 <= place < cover.intervals:
        return None
    start, surplus, there = cover.start + place * QUARTER, cover.surplus, cover.on_calls
    return Quarter(
        start=start,
        required={desk: int(cover.required[i, place]) for i, desk in enumerate(DESKS)},
        on_calls=None if there is None else {desk: int(there[i, place]) for i, desk in enumerate(DESKS)},
        surplus=None if surplus is None else int(surplus[place]),
        ranked=next((one for one in ranked if one.start == start), None),
    )


def chart(cover: WeekCover, day: date, span: slice, zone: ZoneInfo) -> Chart:
    """The day's heads by skill, as a table and a file."""
    lines = []
    for i, desk in enumerate(DESKS):
        lines.append(Line(f"{desk} required", cover.required[i, span].tolist(), "required", "step"))
        if cover.on_calls is not None:
            lines.append(Line(f"{desk} on calls", cover.on_calls[i, span].tolist(), "rostered", "step"))
    return Chart(
        name="cover",
        title=f"People on calls, {words.short_day(day, zone)}",
        unit="heads by quarter-hour",
        starts=[cover.start + place * QUARTER for place in range(span.start, span.stop)],
        zone=zone,
        lines=lines,
        summary=_summary(cover, span, zone),
        places=0,
    )


def _summary(cover: WeekCover, span: slice, zone: ZoneInfo) -> str:
    if cover.surplus is None:
        return "Nobody is rostered yet: what is drawn is required."
    surplus = cover.surplus[span]
    n = int((surplus < 0).sum())
    if n == 0:
        return "Every quarter-hour of the day has the people that it needs."
    worst = int(surplus.argmin())
    at = words.clock(cover.start + (span.start + worst) * QUARTER, zone)
    quarters = "1 quarter-hour is" if n == 1 else f"{n} quarter-hours are"
    return f"{quarters} short of people, most at {at}: {-int(surplus[worst])} short."


def seats(cover: WeekCover, span: slice, zone: ZoneInfo) -> Chart:
    """Seats of both skills between what the floor and what the chance target needs, beside heads on calls."""
    assert cover.floor is not None
    assert cover.chance is not None
    lines = [] if cover.on_calls is None else [
        Line("heads on calls", cover.on_calls.sum(axis=0)[span].tolist(), "rostered", "step")
    ]  # fmt: skip
    share = words.share(cover.confidence, 0)
    return Chart(
        name="seats",
        title="How sure: both skills together",
        unit="seats by quarter-hour",
        starts=[cover.start + place * QUARTER for place in range(span.start, span.stop)],
        zone=zone,
        lines=[Line("heads required", cover.required.sum(axis=0)[span].tolist(), "required", "dashed"), *lines],
        bands=[Band("seats", cover.floor[span].tolist(), cover.chance[span].tolist(), "101")],
        summary=f"The band goes from the seats that the floor alone needs to those that meet the targets with {share} "
        "chance. Heads are more than seats, since some time on calls is lost on the day.",
        places=0,
    )


def chances(ranked: Sequence[WeakInterval], zone: ZoneInfo) -> Chart:
    """The chance of missing a target, where the ranking has it."""
    ordered = sorted(ranked, key=lambda one: one.start)
    worst = max(ordered, key=lambda one: one.chance)
    return Chart(
        name="chance",
        title="Chance of missing the target",
        unit="% by quarter-hour",
        starts=[one.start for one in ordered],
        zone=zone,
        lines=[
            Line("999", [round(100 * one.chance_999, 1) for one in ordered], "999", "step"),
            Line("101", [round(100 * one.chance_101, 1) for one in ordered], "101", "dashed"),
        ],
        summary=f"As the newest calls have it. Highest: {words.share(worst.chance, 0)}, at "
        f"{words.clock(worst.start, zone)}.",
    )


def drawing(cover: WeekCover, span: slice, zone: ZoneInfo) -> Drawing:
    """The day by skill: who is on calls, who is required, and the difference."""
    n = span.stop - span.start
    step = (_WIDTH - _LEFT) / n
    lanes = []
    for i, desk in enumerate(DESKS):
        required = cover.required[i, span]
        there = np.zeros_like(required) if cover.on_calls is None else cover.on_calls[i, span]
        most = max(int(required.max(initial=1)), int(there.max(initial=1)), 1)
        top = i * (_LANE + _GAP) + 8
        base = top + _LANE
        lanes.append(_lane(desk, top, base, most, required, there, step, has_roster=cover.on_calls is not None))
    ticks = []
    for place in range(n):
        local = (cover.start + (span.start + place) * QUARTER).astimezone(zone)
        if local.minute == 0 and local.hour % 3 == 0:
            ticks.append(Tick(round(_LEFT + place * step, 2), f"{local:%H}:00"))
    return Drawing(_WIDTH, len(DESKS) * (_LANE + _GAP) + 20, _LEFT, lanes, ticks)


def _lane(
    label: str, top: float, base: float, most: int, required: Ints, there: Ints, step: float, *, has_roster: bool
) -> Lane:
    scale = (base - top) / most

    def y(heads: int) -> float:
        return round(base - heads * scale, 2)

    def blocks(low: Ints, high: Ints) -> str:
        """A block for each quarter-hour in which `high` is above `low`, neighbours of equal heights joined."""
        found, place = [], 0
        while place < low.size:
            end = place + 1
            while end < low.size and low[end] == low[place] and high[end] == high[place]:
                end += 1
            if high[place] > low[place]:
                x, until = round(_LEFT + place * step, 2), round(_LEFT + end * step, 2)
                found.append(f"M{x} {y(int(low[place]))}H{until}V{y(int(high[place]))}H{x}z")
            place = end
        return "".join(found)

    path = "".join(
        f"{'M' if place == 0 else 'L'}{round(_LEFT + place * step, 2)} {y(int(heads))}"
        f"H{round(_LEFT + (place + 1) * step, 2)}"
        for place, heads in enumerate(required)
    )
    nobody = np.zeros_like(required)
    return Lane(
        label=label,
        top=top,
        base=base,
        most=most,
        there=blocks(nobody, np.minimum(there, required)),
        short=blocks(there, required) if has_roster else "",
        over=blocks(required, there),
        required=path,
    )


def _hours(values: Ints) -> float:
    """Handler-hours of what is above zero."""
    return round(float(np.maximum(values, 0).sum()) / 4, 2)


def _predicted(cover: WeekCover, name: str, day: date) -> tuple[float, float, float] | None:
    """Median and bounds of a predicted day; None where there is none."""
    dates = cover.daily.get("dates", ())
    if day.isoformat() not in dates:
        return None
    place = dates.index(day.isoformat())
    median, lower, upper = (cover.daily[name][part][place] for part in ("median", "lower", "upper"))
    return None if median is None else (median, lower, upper)
