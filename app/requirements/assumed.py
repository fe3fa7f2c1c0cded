"""From what is expected to the library's values, with the register of every assumption: its value, source and setter.

In a child process: knows the library, not the database.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.forces.schemas import ForceSettings
from app.forces.staffing import WEEKDAYS, Hours
from app.requirements.expected import Expected
from app.requirements.repository import Waiting
from app.requirements.service import QUEUES
from rostering.staffing import QueueAssumptions, RoomAssumptions, ServiceTargets, estimate_patience
from rostering.staffing.assumptions import CallbackPolicy, Switchboard
from rostering.staffing.definitions import (
    CallbackCounting,
    Counting,
    Definitions,
    Denominator,
    TransferDelay,
)
from rostering.staffing.history.patience_fit import balking_from_totals
from rostering.staffing.seats.posts import FixedPost, lending
from rostering.staffing.seats.shrinkage import ShrinkagePart, shrinkage_at
from rostering.staffing.seats.targets import Clock, Scope

Floats = NDArray[np.float64]

_CALIBRATED = "logged-on time on calls"
_FEWEST_ABANDONED = 30  # fewer say too little about patience
_DEFAULTS = ForceSettings()


@dataclass(slots=True)
class Register:
    """Collects what is assumed while the values are made."""

    expected: Expected
    entries: list[dict[str, Any]] = field(default_factory=list)

    def add(self, name: str, value: object, unit: str, source: str, set_by: str, **bounds: object) -> None:
        self.entries.append({"name": name, "value": value, **bounds, "unit": unit, "source": source, "set_by": set_by})

    def setting(self, name: str, path: str, unit: str, source: str) -> Any:
        """The setting at `path`, noted with who set it: the force, or nobody, which leaves the default's source."""
        value, default = (_at(settings, path) for settings in (self.expected.settings, _DEFAULTS))
        is_default = value == default
        shown = value.model_dump(mode="json", by_alias=True) if hasattr(value, "model_dump") else value
        bounds: dict[str, Any] = {}
        if isinstance(shown, dict) and shown.keys() == {"low", "likely", "high"}:
            bounds, shown = {"low": shown["low"], "high": shown["high"]}, shown["likely"]
        chosen_by = "default" if is_default else self.expected.set_by
        self.add(name, shown, unit, source if is_default else "the force's settings", chosen_by, **bounds)
        return value

    def reserve(self, seats: NDArray[np.int64] | None) -> None:
        """Idle 999 seats that 101 calls leave, as the requirement has them."""
        if seats is not None:
            self.add("999 seats kept idle for 999", round(float(seats.mean()), 4), "seats, mean over quarter-hours",
                     "the requirement: a 101 call is taken at the 999 desk only if more are idle", "computed",
                     low=int(seats.min()), high=int(seats.max()))  # fmt: skip


def room_assumptions(expected: Expected, register: Register, case: str = "likely") -> RoomAssumptions:
    """Callers of both queues, callbacks and switchboard, with absence and availability as rosters meet them.

    `case` chooses among the low, likely and high value of shares that nobody has measured.
    """
    settings = expected.settings
    on_101 = settings.queues.non_emergency
    emergency, non_emergency = (_queue(expected, register, q, case) for q in (0, 1))
    register.setting("spill from 101 to 999", "queues.non_emergency.spill", "share of those who gave up on 101",
                     "assumption: HMICFRS (2020) reports that it happens, no source measures it")  # fmt: skip
    register.setting("spill delay", "queues.non_emergency.spill_delay_s", "s", "assumption")
    absence = settings.absence_rate
    parts_set_by = "default" if settings.shrinkage == _DEFAULTS.shrinkage else expected.set_by
    register.add("absence on the day", round(absence, 6), "share of duties", _sickness_source(expected), parts_set_by)
    return RoomAssumptions(
        emergency=emergency,
        non_emergency=non_emergency,
        spill=getattr(on_101.spill, case),
        spill_delay_s=on_101.spill_delay_s,
        callbacks=_callbacks(register),
        switchboard=_switchboard(register),
        absence_rate=absence,
        availability=_availability(expected, register, parts_set_by),
    )


def definitions_of(settings: ForceSettings) -> Definitions:
    chosen = settings.definitions
    return Definitions(
        threshold_999_s=settings.queues.emergency.threshold_s,
        threshold_101_s=settings.queues.non_emergency.threshold_s,
        ring_s=chosen.ring_s,
        transfer=TransferDelay(chosen.transfer.mean_s, chosen.transfer.cv),
        service_level_of=Denominator(chosen.service_level_of),
        short_abandon_s=chosen.short_abandon_s,
        short_abandons=Counting(chosen.short_abandons),
        message_s=chosen.message_s,
        message_leavers=Counting(chosen.message_leavers),
        callbacks=CallbackCounting(chosen.callbacks),
    )


def targets_of(settings: ForceSettings) -> ServiceTargets:
    chosen = settings.targets
    return ServiceTargets(
        service_level=settings.queues.emergency.service_level,
        abandonment=settings.queues.non_emergency.abandonment,
        mean_answer_999_s=settings.queues.emergency.mean_answer_s,
        scope=Scope(chosen.scope),
        floor_service_level=chosen.floor_service_level,
        floor_abandonment=chosen.floor_abandonment,
        confidence=chosen.confidence,
        by_chance=chosen.by_chance,
        clock=Clock(chosen.clock),
    )


def shrinkage_of(expected: Expected, register: Register) -> Floats:
    """Share of rostered time on calls that is lost on the day, (intervals,), by local weekday and hour.

    What is not lost as whole duties is what a calibration measures: logged-on time on calls takes its place.
    """
    set_by = "default" if expected.settings.shrinkage == _DEFAULTS.shrinkage else expected.set_by
    parts = []
    for part in expected.settings.shrinkage:
        if not part.on_the_day:
            use = "not used: a roster places it as an activity"
        elif expected.calibration is not None and not part.whole_duties:
            use = "not used: the calibrated share of logged-on time takes its place"
        else:
            use = "used"
            parts.append(ShrinkagePart(part.name, part.share * _week(part), on_the_day=True))
        source = "assumption" if set_by == "default" else "the force's settings"
        register.add(f"shrinkage: {part.name}", part.share, "share of rostered time on calls", source, set_by, use=use)
    if expected.calibration is not None:
        # Who leaves finishes a call first: of the time logged on, more is on calls than the room's availability says.
        on_calls = float(expected.calibration.get("on_calls", expected.calibration["availability"]))
        parts.append(ShrinkagePart(_CALIBRATED, 1.0 - on_calls, on_the_day=True))
        register.add(_CALIBRATED, on_calls, "share", expected.calibration["source"], "learned from history")
    weekday, quarter = _local_quarters(expected)
    return shrinkage_at(parts, weekday, quarter, on_the_day_only=True).total


def holds(expected: Expected, hours: Hours) -> NDArray[np.bool_]:
    """Whether a window of local time holds, (intervals,)."""
    weekday, quarter = _local_quarters(expected)
    inside: NDArray[np.bool_] = _week(hours)[weekday, quarter]
    return inside


def _local_quarters(expected: Expected) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Local weekday, Monday 0, and quarter-hour of the day at which each interval starts, (intervals,) each."""
    local = expected.local_starts
    quarters = [moment.hour * 4 + moment.minute // 15 for moment in local]
    return np.array([moment.weekday() for moment in local]), np.array(quarters)


def _week(hours: Hours) -> NDArray[np.bool_]:
    """Quarter-hours of a local week in which a window holds, (7, 96); one past midnight belongs to the day before."""
    first, until = (moment.hour * 4 + moment.minute // 15 for moment in (hours.first, hours.until))
    length = (until - first) % 96 or 96
    found = np.zeros(7 * 96, dtype=bool)
    for day in hours.weekdays:
        found[(WEEKDAYS.index(day) * 96 + first + np.arange(length)) % found.size] = True
    return found.reshape(7, 96)


def posts_of(expected: Expected) -> list[FixedPost]:
    """The force's fixed posts, interruptible desks among them."""
    return [
        FixedPost(post.name, post.skill, post.heads * holds(expected, post).astype(np.int64), post.interruptible)
        for post in expected.settings.posts
    ]


def lending_of(expected: Expected) -> NDArray[np.int64]:
    """People at interruptible desks who answer 999 when nobody on its desk is idle, (intervals,)."""
    return lending(posts_of(expected), expected.intervals)


def patience(expected: Expected, queue: int) -> dict[str, Any]:
    """Patience with its source: of single calls where a replay has told it, which also gives its `shape` and `balking`;
    else of all waiting where history has enough; else the force's assumption."""
    settings = expected.settings.queues
    single = expected.callers.get(QUEUES[queue])
    if single is not None:
        return {"mean_patience_s": single["mean_s"]} | {
            name: single[name] for name in ("lower_s", "upper_s", "level", "shape", "balking", "source")
        }
    assumed_s = (settings.emergency if queue == 0 else settings.non_emergency).mean_patience_s
    waiting: Waiting | None = expected.waiting[queue]
    if waiting is None or waiting.abandoned < _FEWEST_ABANDONED:
        return {"mean_patience_s": assumed_s, "source": "the force's settings"}
    if waiting.abandoned_wait_s == 0:
        return {
            "mean_patience_s": assumed_s,
            "source": "the force's settings: the history's waits of abandoned calls are all 0",
        }
    learned = estimate_patience(waiting.answered_wait_s, waiting.abandoned_wait_s, waiting.abandoned)
    return {
        "mean_patience_s": learned.patience_s,
        "lower_s": learned.lower_s,
        "upper_s": learned.upper_s,
        "level": learned.level,
        "source": f"all waiting over {waiting.abandoned} abandoned calls in the last 26 weeks",
    }


def _queue(expected: Expected, register: Register, queue: int, case: str) -> QueueAssumptions:
    name, path = (("999", "queues.emergency"), ("101", "queues.non_emergency"))[queue]
    settings = _at(expected.settings, path)
    known = patience(expected, queue)
    handling_s, calls = expected.aht_s[queue], expected.mean_calls[queue]
    mean_s = float((handling_s * calls).sum() / max(calls.sum(), 1e-9))
    register.add(f"{name} calls expected", round(float(calls.sum()), 1), "calls offered over the span",
                 "the forecast", "learned from history")  # fmt: skip
    register.add(f"{name} mean handling time", round(mean_s, 1), "s",
                 "the forecast, by quarter-hour: the history's, or the settings' mean where it has none",
                 "learned from history", low=round(float(handling_s.min()), 1),
                 high=round(float(handling_s.max()), 1))  # fmt: skip
    if "lower_s" in known:
        bounds = {"low": known["lower_s"], "high": known["upper_s"]}
        register.add(f"{name} mean patience", known["mean_patience_s"], "s", known["source"], "learned from history",
                     **bounds)  # fmt: skip
    else:
        register.setting(f"{name} mean patience", f"{path}.mean_patience_s", "s", "assumption")
    shape, balking = _shape_and_balking(register, known, settings, name, path, case, expected.waiting[queue])
    register.setting(f"{name} redial", f"{path}.redial", "share of those who gave up",
                     "assumption: that callers dial again is reported, no source measures how many")  # fmt: skip
    register.setting(f"{name} redial delay", f"{path}.redial_delay_s", "s", "assumption")
    call_cv = expected.call_cv[queue]
    # A forecast takes the spread from the settings where history does not show it.
    if math.isfinite(call_cv) and 0 < call_cv != expected.settings.handling_time_cv:
        register.add(f"{name} spread of handling times", round(call_cv, 4), "deviation / mean",
                     "handling times of single calls", "learned from history")  # fmt: skip
    else:
        call_cv = register.setting(f"{name} spread of handling times", "handling_time_cv", "deviation / mean",
                                   "assumption")  # fmt: skip
    return QueueAssumptions(
        patience_s=known["mean_patience_s"],
        handling_cv=call_cv,
        patience_shape=shape,
        balking=balking,
        redial=min(getattr(settings.redial, case), 0.99),
        redial_delay_s=settings.redial_delay_s,
    )


def _shape_and_balking(
    register: Register,
    known: dict[str, Any],
    settings: Any,
    name: str,
    path: str,
    case: str,
    waiting: Waiting | None,
) -> tuple[float, float]:
    """Of single calls where they have told it, else of the settings."""
    shape_unit, balking_unit = "Weibull, 1 is exponential", "share of those who would wait"
    if "shape" not in known:
        register.setting(f"{name} shape of patience", f"{path}.patience_shape", shape_unit, "assumption")
        register.setting(f"{name} balking", f"{path}.balking", balking_unit, "assumption")
        _add_balking_bounds(register, name, waiting, balking_unit)
        return settings.patience_shape, getattr(settings.balking, case)
    told = known["balking"]
    register.add(f"{name} shape of patience", known["shape"], shape_unit, known["source"], "learned from history")
    register.add(f"{name} balking", told["share"], balking_unit, known["source"], "learned from history",
                 low=told["lower"], high=told["upper"])  # fmt: skip
    return known["shape"], told[{"low": "lower", "likely": "share", "high": "upper"}[case]]


def _add_balking_bounds(register: Register, name: str, waiting: Waiting | None, unit: str) -> None:
    """What the history's short abandons allow, beside what is assumed: totals do not tell how many had to wait."""
    if waiting is None or waiting.short is None:
        return
    offered, within, left = waiting.short
    if offered == 0 or within + left > offered:
        return  # no calls, or counted by rules that contradict each other
    low, high = balking_from_totals(offered, within, left)
    register.add(f"{name} balking as the history bounds it", None, unit,
                 f"{left} short abandons of {offered} calls in the last 26 weeks, not used", "learned from history",
                 low=round(low, 4), high=round(high, 4))  # fmt: skip


def _callbacks(register: Register) -> CallbackPolicy | None:
    chosen = register.setting("callbacks", "callbacks", "policy", "no call backs unless the force offers them")
    return None if chosen is None else CallbackPolicy(**chosen.model_dump())


def _switchboard(register: Register) -> Switchboard | None:
    chosen = register.setting("switchboard", "switchboard", "stage", "no switchboard unless the force has one")
    return None if chosen is None else Switchboard(**chosen.model_dump())


def _availability(expected: Expected, register: Register, parts_set_by: str) -> float:
    """Share of the time on calls in which a handler can take one: calibrated, else what shrinkage leaves of it."""
    found = expected.calibration
    if found is not None:
        bounds = {"low": found.get("lower"), "high": found.get("upper")}
        register.add("availability", found["availability"], "share of time on calls", found["source"],
                     "learned from history", **bounds)  # fmt: skip
        return float(found["availability"])
    value = math.prod(1 - p.share for p in expected.settings.shrinkage if p.on_the_day and not p.whole_duties)
    source = "shrinkage on the day that is not absence; not calibrated against history"
    register.add("availability", round(value, 6), "share of time on calls", source, parts_set_by)
    return value


def _sickness_source(expected: Expected) -> str:
    if expected.settings.shrinkage != _DEFAULTS.shrinkage:
        return "the force's settings"
    return "assumption near the 4.5% that Police Scotland's control rooms report as normal"


def _at(settings: ForceSettings, path: str) -> Any:
    value: Any = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value
