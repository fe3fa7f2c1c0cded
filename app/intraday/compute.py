"""The ranking run's computation, in a child process: the rest of today anew, and what its cover risks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.forecasts import intraday
from app.forecasts.repository import unpack
from app.forecasts.run import Result as Refreshed
from app.intraday.cover import Cover
from app.intraday.run import Inputs, Result
from app.intraday.schemas import RiskCause
from app.requirements.assumed import Register, definitions_of, room_assumptions, targets_of
from app.requirements.compute import demand_of, rules_of, seats_assumptions
from app.requirements.expected import Expected
from app.requirements.service import QUEUES
from app.runs.child import Report
from rostering.staffing.seats.risk import UNTOLD, CoverRisk, cover_risk, weakest_first

_WEAKEST = 48  # quarter-hours of which heads short are told: what a supervisor can look at
_MORE = 1.02  # times the load planned for: less is no cause of its own


def compute(inputs: Inputs, report: Report) -> Result:
    """The refreshed forecast, and every quarter-hour from the newest calls to the end of tomorrow, weakest first."""
    refreshed = inputs.refresh if isinstance(inputs.refresh, str) else intraday.compute(inputs.refresh, report)
    ahead = _with_rest(inputs.ahead, refreshed, inputs.refresh)
    if not inputs.cover.is_rostered.any():
        span = f"{ahead.start.isoformat()} to {_end(ahead).isoformat()}"
        return Result(refreshed, {}, f"no published roster covers any of {span}: publish one to rank its cover")
    report(0.6, "what the cover risks")
    register = Register(ahead)
    cover = inputs.cover
    risk = cover_risk(
        demand_of(ahead),
        seats_assumptions(room_assumptions(ahead, register)),
        targets_of(ahead.settings),
        definitions_of(ahead.settings),
        rules_of(ahead, register),
        cover.on_calls[0],
        cover.on_calls[1],
        cover.reserve,
        weakest=_WEAKEST,
        among=cover.is_rostered,
    )
    items = _ranked(ahead, cover, risk)
    return Result(refreshed, _description(ahead, cover, refreshed), items)


def _with_rest(ahead: Expected, refreshed: Refreshed | str, asked: intraday.Inputs | str) -> Expected:
    """What is expected, with the rest of today as refreshed."""
    if isinstance(refreshed, str) or isinstance(asked, str):
        return ahead
    rest = unpack(refreshed.arrays, refreshed.origin, refreshed.starts_at, asked.description).forecast
    order = [rest.queues.index(queue) for queue in QUEUES]
    n = rest.intervals
    changed: dict[str, Any] = {}
    for name, values in (
        ("mean_calls", rest.mean), ("rate_cv", rest.rate_cv), ("day_cv", rest.day_cv), ("paths", rest.paths),
    ):  # fmt: skip
        changed[name] = getattr(ahead, name).copy()
        changed[name][..., :n] = values[..., order, :]
    return replace(ahead, **changed)


def _ranked(ahead: Expected, cover: Cover, risk: CoverRisk) -> list[dict[str, Any]]:
    """Rostered quarter-hours by chance, then by calls late and lost."""
    order = weakest_first(risk.chance, risk.late_999[0] + risk.lost_101[0])
    rostered = order[cover.is_rostered[order]].tolist()
    return [{"rank": rank, **_item(ahead, cover, risk, i)} for rank, i in enumerate(rostered, 1)]


def _item(ahead: Expected, cover: Cover, risk: CoverRisk, i: int) -> dict[str, Any]:
    start = ahead.start + i * timedelta(seconds=ahead.interval_s)
    on_999, on_101 = (round(float(chance), 4) for chance in risk.chance[:, i])
    return {
        "start": start.isoformat(),
        "end": (start + timedelta(seconds=ahead.interval_s)).isoformat(),
        "queue": QUEUES[0] if on_999 >= on_101 else QUEUES[1],
        "chance": max(on_999, on_101),
        "chance_999": on_999,
        "chance_101": on_101,
        "late_999": _range(risk.late_999[:, i]),
        "lost_101": _range(risk.lost_101[:, i]),
        "heads_short": None if risk.heads_short[i] == UNTOLD else int(risk.heads_short[i]),
        "calls": {
            queue: {"expected": round(float(ahead.mean_calls[q, i]), 2), "planned": _known(cover.planned[q, i])}
            for q, queue in enumerate(QUEUES)
        },
        "heads": {
            queue: {
                "on_calls": int(cover.on_calls[q, i]),
                "required": int(cover.required[q, i]) if cover.required[q, i] >= 0 else None,
            }
            for q, queue in enumerate(QUEUES)
        },
        "absent": int(cover.absent[i]),
        "why": _why(ahead, cover, i),
    }


def _why(ahead: Expected, cover: Cover, i: int) -> list[dict[str, str]]:
    found: list[tuple[RiskCause, str]] = []
    planned, now = (float((calls[:, i] * ahead.aht_s[:, i]).sum()) for calls in (cover.planned, ahead.mean_calls))
    if planned == planned and now > _MORE * planned:
        calls = ", ".join(
            f"{queue} {ahead.mean_calls[q, i]:.1f} calls expected, {cover.planned[q, i]:.1f} planned"
            for q, queue in enumerate(QUEUES)
        )
        found.append((RiskCause.DEMAND, f"{now / planned - 1:.0%} more work than planned: {calls}"))
    short = [
        f"{queue} {cover.on_calls[q, i]} heads on calls, {cover.required[q, i]} required"
        for q, queue in enumerate(QUEUES)
        if 0 <= cover.required[q, i] > cover.on_calls[q, i]
    ]
    # Heads for 999 answer 101 as well: more of them make up for fewer.
    if short and (cover.required[:, i].sum() > cover.on_calls[:, i].sum() or len(short) == 2 or "999" in short[0]):
        found.append((RiskCause.COVER, "; ".join(short)))
    if cover.absent[i]:
        people = "1 person is" if cover.absent[i] == 1 else f"{cover.absent[i]} people are"
        found.append((RiskCause.ABSENCE, f"{people} away who would be on calls"))
    if not found:
        found.append(
            (RiskCause.UNCERTAINTY, "cover and demand are as planned: more calls, or fewer people, may yet come")
        )
    return [{"cause": str(cause), "text": text} for cause, text in found]


def _description(ahead: Expected, cover: Cover, refreshed: Refreshed | str) -> dict[str, Any]:
    targets, settings = targets_of(ahead.settings), ahead.settings
    notes = [
        "the chance is over how many calls may come and how many people may be away on the day; luck within a "
        "quarter-hour is averaged out",
    ]
    if isinstance(refreshed, str):
        notes.append(f"the forecast is the stored one: {refreshed}")
    if not cover.is_rostered.all():
        n = int((~cover.is_rostered).sum())
        notes.append(f"{n} quarter-hours of the span have no published roster and are not ranked")
    return {
        "ends_at": _end(ahead).isoformat(),
        "rosters": [str(roster) for roster in cover.rosters],
        "synthetic": settings.synthetic,
        "targets": [
            f"999: {targets.service_level:.1%} answered within {settings.queues.emergency.threshold_s:g} s",
            f"101: at most {targets.abandonment:.1%} abandoned",
        ],
        "notes": notes,
    }


def _end(ahead: Expected) -> Any:
    return ahead.start + ahead.intervals * timedelta(seconds=ahead.interval_s)


def _range(values: Any) -> dict[str, float]:
    return dict(zip(("mean", "lower", "upper"), (round(float(value), 3) for value in values), strict=True))


def _known(value: float) -> float | None:
    return round(float(value), 2) if value == value else None
