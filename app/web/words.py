"""Numbers and times as the pages write them: British English, in the force's own time zone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context

from rostering.roster import Activity

ACTIVITIES: Final[Mapping[Activity, str]] = {
    Activity.CALLS_999: "999",
    Activity.CALLS_101: "101",
    Activity.MEAL: "Meal",
    Activity.BREAK: "Break",
    Activity.TRAINING: "Training",
    Activity.LEARNING: "Learning",
    Activity.BRIEFING: "Briefing",
}
BURDENS: Final = {
    "nights": "Nights",
    "weekends": "Weekend duties",
    "bank_holidays": "Bank holidays",
    "short_notice": "Days changed at short notice",
    "fatigue": "Fatigue points, this week",
}


def clock(at: datetime, zone: ZoneInfo) -> str:
    """`14:15`; on a day on which the clocks change also which time it is: `01:15 BST`, `01:15 GMT`."""
    local = at.astimezone(zone)
    return f"{local:%H:%M} {local:%Z}" if changes_clocks(local.date(), zone) else f"{local:%H:%M}"


def changes_clocks(day: date, zone: ZoneInfo) -> bool:
    """True where the local day has not 24 hours."""
    begin, end = (datetime.combine(day + timedelta(days=n), datetime.min.time(), zone) for n in (0, 1))
    return begin.utcoffset() != end.utcoffset()


def long_day(day: date | datetime, zone: ZoneInfo) -> str:
    """`Thursday 26 November 2026`."""
    return f"{_day(day, zone):%A %-d %B %Y}"


def short_day(day: date | datetime, zone: ZoneInfo) -> str:
    """`Thu 26 Nov`."""
    return f"{_day(day, zone):%a %-d %b}"


def dated(day: date | datetime, zone: ZoneInfo) -> str:
    """`Thu 26 Nov 2026`."""
    return f"{_day(day, zone):%a %-d %b %Y}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """`Thu 26 Nov, 14:15`."""
    return f"{short_day(at, zone)}, {clock(at, zone)}"


def local_field(at: datetime | str, zone: ZoneInfo) -> str:
    """`2026-11-26T14:15`, as a field for date and time has it."""
    moment_at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{moment_at.astimezone(zone):%Y-%m-%dT%H:%M}"


def plus(day: date, days: int) -> date:
    """The date so many days later."""
    return day + timedelta(days=days)


def number(value: float | None, places: int = 0) -> str:
    """`12,345`; nothing is a dash."""
    return "–" if value is None else f"{value:,.{places}f}"


def figure(value: object) -> str:
    """Any setting or assumption: numbers to four figures, `12,345`, `599.4`, `0.8`; parts by their names, one after the
    other; anything else as it is."""
    if isinstance(value, Mapping):
        return ", ".join(f"{str(name).replace('_', ' ')} {figure(part)}" for name, part in value.items()) or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return "–" if value is None else str(value)
    whole_digits = len(str(abs(int(value))))
    text = f"{value:,.{max(0, 4 - whole_digits)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(value: float | None, places: int = 1) -> str:
    """`93.2%` of 0.932."""
    return "–" if value is None else f"{100 * value:.{places}f}%"


def seconds(value: float | None) -> str:
    """`8 s`, `2 min 5 s`, `1 h 10 min`."""
    if value is None:
        return "–"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def pretty(value: Any) -> str:
    """JSON to be read by people."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=str)


def _day(day: date | datetime, zone: ZoneInfo) -> date:
    return day.astimezone(zone).date() if isinstance(day, datetime) else day


def _zoned(write: Callable[[Any, ZoneInfo], str]) -> Callable[..., str]:
    @pass_context
    def filtered(context: Context, value: Any) -> str:
        return "–" if value is None else write(value, context["zone"])

    return filtered


FILTERS: Mapping[str, Callable[..., Any]] = {
    "clock": _zoned(clock),
    "long_day": _zoned(long_day),
    "short_day": _zoned(short_day),
    "moment": _zoned(moment),
    "local_field": _zoned(local_field),
    "number": number,
    "plus": plus,
    "figure": figure,
    "share": share,
    "seconds": seconds,
    "pretty": pretty,
}
