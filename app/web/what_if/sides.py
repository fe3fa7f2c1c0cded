"""A stored what-if as its page shows it: both sides and the difference by block, days, the grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.web import words
from app.web.charts import Band, Chart, Colour, Line

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """How a figure is written; `better`: -1 less is better, 1 more is, 0 neither."""

    label: str
    unit: str  # share, s, h, pounds, count
    better: int


SERVICE: Final[Mapping[str, Measure]] = {
    "service_level_999": Measure("999 answered in time", "share", 1),
    "mean_answer_999_s": Measure("999 mean time to answer", "s", -1),
    "over_60s_999": Measure("999 waiting over 60 seconds", "share", -1),
    "abandonment_999": Measure("999 given up", "share", -1),
    "service_level_101": Measure("101 answered in time", "share", 1),
    "abandonment_101": Measure("101 given up", "share", -1),
    "mean_wait_101_s": Measure("101 mean wait", "s", -1),
    "p90_wait_101_s": Measure("101 wait that nine in ten stay within", "s", -1),
    "offered_calls_999": Measure("999 calls offered", "count", 0),
    "offered_calls_101": Measure("101 calls offered", "count", 0),
}
PEOPLE: Final[Mapping[str, Measure]] = {
    "handlers": Measure("Handlers", "count", 0),
    "on_desks_h": Measure("Hours at the desks", "h", 0),
    "occupancy": Measure("Time on calls", "share", 0),
    "overrun_break_h": Measure("Breaks that start late", "h", -1),
    "overrun_end_h": Measure("Duties that end late", "h", -1),
    "lent_h": Measure("101 handlers on 999 calls", "h", 0),
    "busiest_handler_busy_h": Measure("Hours on calls of the busiest", "h", -1),
    "digital_work_h": Measure("Digital work", "h", 0),
}
COST: Final[Mapping[str, Measure]] = {
    "paid_h": Measure("Hours paid", "h", -1),
    "pay": Measure("Their pay", "pounds", -1),
    "digital_pay": Measure("Pay of digital work", "pounds", -1),
}
GRID_MEASURES: Final = ("service_level_999", "abandonment_101", "mean_wait_101_s", "mean_answer_999_s")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: both sides with half-widths, the difference, and what it means."""

    label: str
    base: str
    changed: str
    difference: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Of the grid: written value, whether the target holds (None: there is none), shade 0..4 from good to bad."""

    value: str
    is_met: bool | None
    shade: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of the grid, for one rate of absence: rows by handling time, columns by volume."""

    absence: str
    columns: list[str]
    rows: list[tuple[str, list[Cell]]]


@dataclass(frozen=True, slots=True, eq=False)
class SidesView:
    """What the page shows. `paid_for`: what one queue gains at the other's expense, in words."""

    blocks: list[tuple[str, list[Row]]]
    paid_for: str | None
    charts: list[Chart]
    sheets: list[Sheet]
    grid_measure: str
    worst: str | None
    range: list[tuple[str, str, str]]
    restore: str | None


def seen(figures: Figures, zone: ZoneInfo, grid_measure: str) -> SidesView:
    """Of the figures as they are stored. `grid_measure` : one of GRID_MEASURES."""
    whole = figures["service"]["whole"]
    blocks = [
        ("Service", rows(whole, SERVICE)),
        ("People", rows(figures["people"], PEOPLE)),
        ("Cost", rows(figures["cost"], COST)),
    ]
    sweep = figures.get("sweep")
    return SidesView(
        blocks=blocks,
        paid_for=paid_for(whole),
        charts=_charts(figures, zone),
        sheets=[] if sweep is None else sheets(sweep["cells"], grid_measure, figures["targets"]["changed"]),
        grid_measure=grid_measure,
        worst=None if sweep is None else _worst(sweep["worst"].get(grid_measure), grid_measure),
        range=_range(figures.get("range")),
        restore=_restored(figures.get("restore")),
    )


def rows(block: Mapping[str, Figures], measures: Mapping[str, Measure]) -> list[Row]:
    """Those of `measures` that the block has, in their order."""
    return [_row(measure, block[name]) for name, measure in measures.items() if block.get(name)]


def _row(measure: Measure, values: Figures) -> Row:
    apart, half = values["difference"], values["difference_half"] or 0.0
    base, changed = (_with_half(values[side], values[f"{side}_half"], measure.unit) for side in ("base", "changed"))
    if apart is None:
        return Row(measure.label, base, changed, "–", "nothing to measure")
    sign = {"share": " points"}.get(measure.unit, "")
    scale = 100 if measure.unit == "share" else 1
    places = 2 if measure.unit == "share" else 1 if measure.unit in ("s", "h") else 0
    difference = f"{scale * apart:+,.{places}f}{sign}" + (f" ± {scale * half:,.{places}f}" if half else "")
    return Row(measure.label, base, changed, difference, _verdict(measure, apart, half))


def _verdict(measure: Measure, apart: float, half: float) -> str:
    if abs(apart) <= half or apart == 0:
        return "no clear difference" if half else "the same"
    if measure.better == 0:
        return "more" if apart > 0 else "less"
    return "better" if (apart > 0) == (measure.better > 0) else "worse"


def paid_for(service: Mapping[str, Figures]) -> str | None:
    """Whether one queue gains at the other's expense: measures that belong together are told together."""
    verdicts = {name: _verdict(SERVICE[name], service[name]["difference"], service[name]["difference_half"] or 0.0)
                for name in ("service_level_999", "abandonment_101", "mean_wait_101_s")
                if service.get(name) and service[name]["difference"] is not None}  # fmt: skip
    of_101 = {verdicts.get("abandonment_101"), verdicts.get("mean_wait_101_s")}
    if verdicts.get("service_level_999") == "better" and "worse" in of_101:
        return "999 gains and 101 pays: more 999 calls are answered in time, and 101 callers wait longer or give up."
    if verdicts.get("service_level_999") == "worse" and "better" in of_101:
        return "101 gains and 999 pays: 101 callers wait less, and fewer 999 calls are answered in time."
    return None


def _charts(figures: Figures, zone: ZoneInfo) -> list[Chart]:
    days, spans = figures["service"].get("day"), figures["spans"].get("day")
    if not days or not spans or len(spans) < 2:
        return []
    starts = [datetime.fromisoformat(start) for start in spans]
    targets = figures["targets"]["changed"]
    return [
        _by_day("service_level_999", "999 answered in time, by day", "% of calls", days, starts, zone,
                targets["service_level_999"]),
        _by_day("abandonment_101", "101 given up, by day", "% of calls", days, starts, zone,
                targets["abandonment_101"]),
    ]  # fmt: skip


def _by_day(
    name: str, title: str, unit: str, days: Figures, starts: Sequence[datetime], zone: ZoneInfo, target: float | None
) -> Chart:
    values = days[name]
    colour: Colour = "999" if name.endswith("999") else "101"

    def scaled(side: str) -> list[float | None]:
        return [None if value is None else 100 * value for value in values[side]]

    def band(side: str, label: str, colour: Colour) -> Band:
        pairs = list(zip(values[side], values[f"{side}_half"], strict=True))
        return Band(label, [None if v is None else 100 * (v - (h or 0)) for v, h in pairs],
                    [None if v is None else 100 * (v + (h or 0)) for v, h in pairs], colour)  # fmt: skip

    worst = max(range(len(starts)), key=lambda i: abs(values["difference"][i] or 0))
    apart = 100 * (values["difference"][worst] or 0)
    return Chart(
        name=name,
        title=title,
        unit=unit,
        starts=starts,
        zone=zone,
        lines=[Line("as it is", scaled("base"), "actual", "dashed"), Line("as changed", scaled("changed"), colour)],
        bands=[band("changed", "as changed, 95%", colour)],
        summary=f"The largest difference is {apart:+.1f} points, on {words.long_day(starts[worst], zone)}.",
        target=None if target is None else 100 * target,
        places=2,
        whole_days=True,
    )


def sheets(cells: Sequence[Figures], name: str, targets: Mapping[str, float | None]) -> list[Sheet]:
    """The grid's tables for one measure, one for each rate of absence."""
    measure, target = SERVICE[name], targets.get(name)
    values = {(c["absence_rate"], c["handling_time"], c["volume"]): c["service"][name]["changed"] for c in cells}
    known = [value for value in values.values() if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    volumes, times, absences = (sorted({key[place] for key in values}) for place in (2, 1, 0))

    def cell(value: float | None) -> Cell:
        if value is None:
            return Cell("–", None, 0)
        badness = 0.0 if high == low else (value - low) / (high - low)
        if measure.better > 0:
            badness = 1 - badness if high > low else 0.0
        is_met = None if target is None else (value >= target if measure.better > 0 else value <= target)
        return Cell(written(value, measure.unit), is_met, round(4 * badness))

    return [
        Sheet(
            f"{100 * absence:g}% of duties lost on the day",
            [f"{100 * volume:g}%" for volume in volumes],
            [(f"{100 * time:g}%", [cell(values[absence, time, volume]) for volume in volumes]) for time in times],
        )
        for absence in absences
    ]


def _worst(found: Figures | None, name: str) -> str | None:
    if found is None or found["value"] is None:
        return None
    return (
        f"Worst: {written(found['value'], SERVICE[name].unit)} with {100 * found['volume']:g}% of the calls, "
        f"{100 * found['handling_time']:g}% of the handling time and {100 * found['absence_rate']:g}% absent."
    )


def _range(found: Figures | None) -> list[tuple[str, str, str]]:
    """Figures where all uncertain changes are low, and high."""
    if found is None:
        return []
    low, high = (found[case]["service"] for case in ("low", "high"))
    return [
        (measure.label, written(low[name]["changed"], measure.unit), written(high[name]["changed"], measure.unit))
        for name, measure in SERVICE.items()
        if name in low
    ]


def _restored(found: Figures | None) -> str | None:
    if found is None:
        return None
    if found["posts"] is None:
        return f"No number of posts within reach brings both targets back: {found['reason'] or 'none was found'}."
    if found["seats_h"] == 0:
        return "Both targets hold without any more posts."
    between = ""
    if found["lower_h"] is not None and found["upper_h"] is not None:
        between = f" (between {found['lower_h']:,.0f} and {found['upper_h']:,.0f}, as far as simulation can tell)"
    return (
        f"{found['posts']:,.1f} full-time posts more bring both targets back: {found['seats_h']:,.0f} hours on calls"
        f"{between}. 999 would then be at {words.share(found['service_level_999'])}, 101 given up at "
        f"{words.share(found['abandonment_101'])}."
    )


def written(value: float | None, unit: str) -> str:
    """A figure with its unit."""
    if value is None:
        return "–"
    match unit:
        case "share":
            return words.share(value)
        case "s":
            return f"{value:,.1f} s"
        case "h":
            return f"{value:,.1f} h"
        case "pounds":
            return f"£{value:,.0f}"
        case _:
            return words.number(value)


def _with_half(value: float | None, half: float | None, unit: str) -> str:
    if value is None or not half:
        return written(value, unit)
    return f"{written(value, unit)} ± {100 * half:.2f}" if unit == "share" else f"{written(value, unit)} ± {half:,.1f}"
