"""What the daily page shows, made of the meeting's figures. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.actions import service as actions
from app.actions.schemas import ActionOut, ActionState
from app.pacesetter.duty import AWAY
from app.pacesetter.schemas import Driver, DriverName, OnDutyOut, PacesetterOut, RiskOut, ShiftOut
from app.web import words
from app.web.charts import Chart, Line

QUARTER = timedelta(minutes=15)
_WIDTH, _LANE, _GAP, _LEFT = 960, 60, 22, 44  # of the strip's drawing
# Bands of the chance: each has a pattern and a height beside its colour.
BANDS = ((0.5, "high"), (0.2, "some"), (0.0, "low"))
_DRIVERS = {
    DriverName.CALLS_999: ("999 calls", "forecast", 0),
    DriverName.CALLS_101: ("101 calls", "forecast", 0),
    DriverName.HANDLING_999: ("999 handling time", "forecast", None),
    DriverName.HANDLING_101: ("101 handling time", "forecast", None),
    DriverName.HEADS: ("People logged on", "rostered on calls", 1),
}
_ACTIVITIES = (
    ("999", "On 999"), ("101", "On 101"), ("meal", "At a meal"), ("break", "On a break"), ("briefing", "In briefing"),
    ("training", "In training"), ("learning", "Learning"), (AWAY, "Away"), ("-", "Without an activity"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float
    height: float
    band: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Bars of one queue; `top` and `base` [px]."""

    label: str
    top: float
    base: float
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str
    is_day: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The risk's drawing: a lane for each queue, `most` the chance at the lanes' top, `over` what is past."""

    width: int
    height: int
    left: int
    most: float
    lanes: Sequence[Lane]
    ticks: Sequence[Tick]
    over: float | None


@dataclass(frozen=True, slots=True)
class DriverWords:
    label: str
    actual: str
    expected: str
    change: str


@dataclass(frozen=True, slots=True)
class ShiftWords:
    heading: str
    told: ShiftOut
    drivers: Sequence[DriverWords]


@dataclass(frozen=True, slots=True)
class Heads:
    """People of one activity."""

    label: str
    n: int
    required: int | None
    people: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownAction:
    """An action as its row has it. is_overdue : open though its date is over"""

    told: ActionOut
    etag: str
    is_overdue: bool


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """`days` before and after; everything else by the part of the page."""

    is_today: bool
    before: date
    after: date
    charts: Sequence[Chart]
    strip: Strip | None
    shifts: Sequence[ShiftWords]
    heads: Sequence[Heads]
    actions: Sequence[ShownAction]


def shown(told: PacesetterOut, zone: ZoneInfo) -> Shown:
    """Everything that the page needs beside the figures themselves."""
    today = told.made_at.astimezone(zone).date()
    best, worst = (told.yesterday.best, told.yesterday.worst) if told.yesterday else (None, None)
    shifts = [ShiftWords(f"{kind} shift", one, drivers(one.drivers))
              for kind, one in (("Worst", worst), ("Best", best)) if one is not None]  # fmt: skip
    return Shown(
        is_today=told.date == today,
        before=told.date - timedelta(days=1),
        after=told.date + timedelta(days=1),
        charts=[chart(told.risk, zone)] if told.risk and told.risk.quarters else [],
        strip=strip(told.risk, told.date, told.made_at, zone) if told.risk and told.risk.quarters else None,
        shifts=shifts,
        heads=heads(told.on_duty) if told.on_duty else [],
        actions=[ShownAction(one, actions.tag(one), _is_overdue(one, today)) for one in told.actions],
    )


def _is_overdue(action: ActionOut, today: date) -> bool:
    return action.state == ActionState.OPEN and action.due is not None and action.due < today


def band(chance: float) -> str:
    """Which of `BANDS` a chance lies in."""
    return next(name for least, name in BANDS if chance >= least)


def chart(risk: RiskOut, zone: ZoneInfo) -> Chart:
    """The chances as a table and a file."""
    worst = max(risk.quarters, key=lambda one: max(one.chance_999, one.chance_101))
    summary = (
        f"The highest chance is {words.share(max(worst.chance_999, worst.chance_101), 0)}, on "
        f"{words.moment(worst.start, zone)}. Each bar is a quarter-hour: the taller, the likelier its target is missed."
    )
    return Chart(
        name="risk",
        title="Chance of missing the target",
        unit="% by quarter-hour",
        starts=[one.start for one in risk.quarters],
        zone=zone,
        lines=[
            Line("999", [round(100 * one.chance_999, 1) for one in risk.quarters], "999", "step"),
            Line("101", [round(100 * one.chance_101, 1) for one in risk.quarters], "101", "step"),
        ],
        summary=summary,
    )


def strip(risk: RiskOut, day: date, now: datetime, zone: ZoneInfo) -> Strip:
    """Bars from the day's midnight to the ranking's end."""
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    n = max((risk.ends_at - begin) // QUARTER, 1)
    step = (_WIDTH - _LEFT) / n
    peak = max(max(one.chance_999, one.chance_101) for one in risk.quarters)
    most = 1.0 if peak > 0.5 else 0.5

    def x(at: datetime) -> float:
        return round(_LEFT + step * ((at - begin) / QUARTER), 2)

    lanes = []
    for i, queue in enumerate(("999", "101")):
        top = i * (_LANE + _GAP) + 6
        base = top + _LANE
        bars = []
        for one in risk.quarters:
            chance = one.chance_999 if queue == "999" else one.chance_101
            height = max(round(_LANE * chance / most, 2), 1.0)
            bars.append(Bar(x(one.start), round(step * 0.86, 2), height, band(chance)))
        lanes.append(Lane(queue, top, base, bars))
    over = x(now) if begin < now < begin + n * QUARTER else None
    return Strip(_WIDTH, 2 * (_LANE + _GAP) + 26, _LEFT, most, lanes, _ticks(begin, n, x, zone), over)


def _ticks(begin: datetime, n: int, x_of: Callable[[datetime], float], zone: ZoneInfo) -> list[Tick]:
    found = []
    for place in range(n):
        at = begin + place * QUARTER
        local = at.astimezone(zone)
        if local.minute == 0 and local.hour % 3 == 0:
            is_day = local.hour == 0
            found.append(
                Tick(
                    x_of(at), words.short_day(at, zone) if is_day else "" if local.hour == 3 else f"{local:%H}", is_day
                )
            )
    return found


def drivers(told: Sequence[Driver]) -> list[DriverWords]:
    """In words, what differed most first."""
    ordered = sorted(told, key=lambda one: -abs(one.actual / one.expected - 1) if one.expected else 0.0)
    found = []
    for one in ordered:
        label, beside, places = _DRIVERS[one.name]
        actual, expected = (
            words.seconds(value) if places is None else words.number(value, places)
            for value in (one.actual, one.expected)
        )
        found.append(DriverWords(label, actual, f"{expected} {beside}", change(one.actual, one.expected)))
    return found


def change(actual: float, expected: float) -> str:
    """`12% more`, `3% less`, `as expected` within half a per cent."""
    if not expected:
        return "none expected"
    difference = actual / expected - 1
    if abs(difference) < 0.005:
        return "as expected"
    return f"{abs(difference):.0%} {'more' if difference > 0 else 'less'}"


def heads(told: OnDutyOut) -> list[Heads]:
    """People by activity; calls always, the rest where there is somebody."""
    found = []
    for name, label in _ACTIVITIES:
        people = [person.handler for person in told.people if person.activity == name]
        if people or name in ("999", "101"):
            found.append(Heads(label, len(people), told.required.get(name), people))
    return found
