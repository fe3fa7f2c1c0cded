"""A day that is over: against forecast and target, its best and its worst shift, and what drove them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from app.forces.schemas import ForceSettings
from app.forces.staffing import Transfer
from app.intraday.cover import Cover
from app.pacesetter.recorded import QUEUES, Foreseen, Recorded
from app.pacesetter.schemas import Clock, Driver, DriverName, PastDayOut, Predicted, QueueDay, ShiftOut

# By local start; the hours by which control rooms hand over. The night ends on the next morning.
SHIFTS = (("Early", time(7)), ("Late", time(15)), ("Night", time(23)))
NIGHT_ENDS = time(7)
_WHOLE = 0.9  # of a shift's quarter-hours must be recorded for it to be compared
_MEASURES = {"999": "service_level_999", "101": "abandonment_101"}


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What is known of a day and the night after it, on one grid from the day's midnight; `daily` as a roster keeps its
    predicted days."""

    day: date
    zone: ZoneInfo
    settings: ForceSettings
    recorded: Recorded
    foreseen: Foreseen | None
    cover: Cover
    daily: Mapping[str, Any]


def local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant of a local time, UTC."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def told(past: Past) -> PastDayOut | None:
    """The day; None where nothing of it is recorded."""
    midnight = local(past.day + timedelta(days=1), time(), past.zone)
    span = past.recorded.places(past.recorded.start, midnight)
    if not any(past.recorded.n_known(queue, span) for queue in QUEUES):
        return None
    queues = [_queue(past, queue, span) for queue in QUEUES if past.recorded.n_known(queue, span)]
    ranked = sorted(shifts(past), key=lambda shift: (shift.allowance_used, shift.start))
    best, worst = (ranked[0], ranked[-1]) if len(ranked) > 1 else (None, None)
    return PastDayOut(date=past.day, queues=queues, best=best, worst=worst, warnings=warnings(queues))


def warnings(queues: Sequence[QueueDay]) -> list[str]:
    """One target kept and the other missed: the queues share their people, so that a good figure of one alone says
    little."""
    met = {day.queue: day.meets for day in queues}
    if met.get("999") is True and met.get("101") is False:
        return ["999 met its target and 101 did not: look at both before calling it a good day"]
    if met.get("101") is True and met.get("999") is False:
        return ["101 met its target and 999 did not: 999 comes first"]
    return []


def _queue(past: Past, queue: str, span: slice) -> QueueDay:
    told = past.recorded
    known = ~np.isnan(told.columns[queue]["offered"][span])
    emergency, other = past.settings.queues.emergency, past.settings.queues.non_emergency
    is_999 = queue == "999"
    level = told.ratio(queue, "answered_within_threshold", "offered", span)
    abandonment = told.ratio(queue, "abandoned", "offered", span)
    meets = None
    if is_999 and level is not None:
        meets = level >= emergency.service_level
    elif not is_999 and abandonment is not None:
        meets = abandonment <= other.abandonment
    counts = ("answered", "answered_within_threshold", "answered_10_60s", "answered_over_60s", "abandoned")
    return QueueDay(
        queue="999" if is_999 else "101",
        intervals=int(known.sum()),
        intervals_of_day=known.size,
        offered=int(told.total(queue, "offered", span) or 0),
        forecast=None if past.foreseen is None else past.foreseen.calls(queue, known, 0),
        forecast_id=None if past.foreseen is None else past.foreseen.forecast_id,
        **{name: _whole(told.total(queue, name, span)) for name in counts},
        service_level=_rounded(level),
        abandonment=_rounded(abandonment),
        mean_answer_s=_rounded(told.ratio(queue, "answered_wait_s", "answered", span)),
        threshold_s=emergency.threshold_s if is_999 else other.threshold_s,
        target=emergency.service_level if is_999 else other.abandonment,
        meets=meets,
        predicted=_predicted(past.daily, queue, past.day),
        clocks=_clocks(past, span) if is_999 else [],
    )


def _clocks(past: Past, span: slice) -> list[Clock]:
    within = past.recorded.ratio("999", "answered_within_threshold", "answered", span)
    over = past.recorded.ratio("999", "answered_over_60s", "answered", span)
    transfer = past.settings.definitions.transfer
    return clocks(within, over, transfer, past.settings.queues.emergency.threshold_s)


def clocks(within: float | None, over: float | None, transfer: Transfer, threshold_s: float) -> list[Clock]:
    """Both clocks from the recorded shares of answered calls.

    A transfer only adds to a wait: a call that was answered within the threshold by the published clock was so by the
    force's, and its transfer alone took less; one that took over 60 s still does.
    """
    published = None if within is None else within * transfer.share_within(threshold_s)
    is_bound = transfer.mean_s > 0
    return [
        Clock(clock="force", within=_rounded(within), over_60s=_rounded(over), is_bound=False),
        Clock(clock="published", within=_rounded(published), over_60s=_rounded(over), is_bound=is_bound),
    ]


def _predicted(daily: Mapping[str, Any], queue: str, day: date) -> Predicted | None:
    if day.isoformat() not in daily.get("dates", ()):
        return None
    place = daily["dates"].index(day.isoformat())
    lower, median, upper = (daily[_MEASURES[queue]][name][place] for name in ("lower", "median", "upper"))
    return None if median is None else Predicted(median=median, lower=lower, upper=upper)


def shifts(past: Past) -> list[ShiftOut]:
    """Shifts that began on the day, recorded well enough to be compared."""
    starts = [local(past.day, at, past.zone) for _, at in SHIFTS]
    ends = [*starts[1:], local(past.day + timedelta(days=1), NIGHT_ENDS, past.zone)]
    found = (_shift(past, name, start, end) for (name, _), start, end in zip(SHIFTS, starts, ends, strict=True))
    return [shift for shift in found if shift is not None]


def _shift(past: Past, name: str, start: datetime, end: datetime) -> ShiftOut | None:
    told, span = past.recorded, past.recorded.places(start, end)
    if any(told.n_known(queue, span) < _WHOLE * (span.stop - span.start) for queue in QUEUES):
        return None
    level = told.ratio("999", "answered_within_threshold", "offered", span)
    abandonment = told.ratio("101", "abandoned", "offered", span)
    if level is None or abandonment is None:
        return None
    queues = past.settings.queues
    used = max((1 - level) / (1 - queues.emergency.service_level), abandonment / queues.non_emergency.abandonment)
    return ShiftOut(
        name=name,
        start=start,
        end=end,
        service_level_999=round(level, 6),
        abandonment_101=round(abandonment, 6),
        allowance_used=round(used, 4),
        drivers=_drivers(past, span),
    )


def _drivers(past: Past, span: slice) -> list[Driver]:
    told, found = past.recorded, []
    for queue, calls, handling in (
        ("999", DriverName.CALLS_999, DriverName.HANDLING_999),
        ("101", DriverName.CALLS_101, DriverName.HANDLING_101),
    ):
        if past.foreseen is None:
            continue
        known = ~np.isnan(told.columns[queue]["offered"][span])
        expected = past.foreseen.calls(queue, known, span.start)
        offered = told.total(queue, "offered", span)
        if expected is not None and offered is not None:
            found.append(Driver(name=calls, actual=offered, expected=expected.mean))
        parts = [told.ratio(queue, name, "answered", span) for name in ("talk_s", "wrap_s")]
        foreseen_s = past.foreseen.handling(queue, span)
        if foreseen_s is not None and parts[0] is not None and parts[1] is not None:
            found.append(Driver(name=handling, actual=round(parts[0] + parts[1], 1), expected=round(foreseen_s, 1)))
    heads = _heads(past, span)
    return found if heads is None else [*found, heads]


def _heads(past: Past, span: slice) -> Driver | None:
    """People logged on against those rostered on calls, means over the shift."""
    if not past.cover.is_rostered[span].all():
        return None
    there = sum((past.recorded.columns[queue]["handlers_staffed"][span] for queue in QUEUES), np.zeros(1))
    known = ~np.isnan(there)
    if not known.any():
        return None
    rostered = past.cover.on_calls[:, span].sum(axis=0)[known]
    return Driver(
        name=DriverName.HEADS, actual=round(float(there[known].mean()), 1), expected=round(float(rostered.mean()), 1)
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
