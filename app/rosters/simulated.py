"""The control room simulated with a roster's duties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.requirements.assumed import Register, definitions_of, lending_of, room_assumptions
from app.requirements.expected import Expected
from app.rosters.desks import desk_matrix, lending_rows
from app.rosters.run import Inputs
from rostering.roster import Duty
from rostering.staffing import ControlRoom, Estimate, RoomAssumptions, SimulationResult, Staff, simulate
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.uncertainty import rates_behind
from rostering.staffing.simulation.result import estimate

_THREADS = 2
DAILY = ("service_level_999", "abandonment_101")  # predicted day by day
LEVEL = 0.90  # of their intervals
# Five equally likely points of a standard normal, spread so that their variance is 1.
_STRATA = np.array([-1.4633, -0.5988, 0.0, 0.5988, 1.4633])


def simulated_room(inputs: Inputs, duties: Sequence[Duty], register: Register) -> SimulationResult:
    """The period as rostered, once for each of the forecast's sampled rates, with absence on the day."""
    known = inputs.expected
    assumptions = room_assumptions(known, register)
    register.reserve(inputs.reserve)
    calls = _calls(known, assumptions, inputs.seed)
    return _simulated(known, inputs.reserve, duties, assumptions, calls, inputs.seed)


def daily_service(
    known: Expected, reserve: NDArray[np.int64] | None, duties: Sequence[Duty], seed: int
) -> dict[str, Any]:
    """Predicted results of each local day with their 90% intervals: medians, and the values that one day in twenty
    stays below and above.

    The futures are those of the whole period; where a calibration has told how much availability varies from day to
    day, and how sure its mean is, the futures are shared out among five availabilities that vary as much. Of one day
    that is the same as if each day had drawn its own.
    """
    assumptions = room_assumptions(known, Register(known))
    calls = _calls(known, assumptions, seed)
    told = known.calibration or {}
    spread = np.hypot(told.get("spread", 0.0), (told.get("upper", 0.0) - told.get("lower", 0.0)) / (2 * 1.645))
    points = assumptions.availability + spread * _STRATA if spread > 0 else np.array([assumptions.availability])
    parts = [
        _simulated(
            known, reserve, duties, replace(assumptions, availability=float(at)), calls[k :: points.size], seed + k
        )
        for k, at in enumerate(np.clip(points, 0.05, 1.0))
        if calls[k :: points.size].size
    ]
    firsts = np.flatnonzero(np.diff(known.days, prepend=known.days[0] - 1)).tolist()
    found: dict[str, Any] = {"dates": [date.fromordinal(int(known.days[first])).isoformat() for first in firsts]}
    for name in DAILY:
        values = np.stack(
            [
                np.concatenate([part.measures(a, b)[name] for part in parts])
                for a, b in pairwise([*firsts, known.intervals])
            ]
        )
        found[name] = _quantiles(values)
    return found


def _quantiles(values: NDArray[np.float64]) -> dict[str, list[float | None]]:
    """Median and bounds of the 90% interval of each row (days, futures); None where there was nothing to measure."""
    tail = (1 - LEVEL) / 2
    names, levels = ("lower", "median", "upper"), (tail, 0.5, 1 - tail)
    rows = [row[~np.isnan(row)] for row in values]
    return {
        name: [round(float(np.quantile(row, level)), 5) if row.size else None for row in rows]
        for name, level in zip(names, levels, strict=True)
    }


def _calls(known: Expected, assumptions: RoomAssumptions, seed: int) -> NDArray[np.float64]:
    """Expected first attempts of each sampled future, (paths, 2, intervals)."""
    offered = rates_behind(known.paths, known.mean_calls, known.day_cv, known.rate_cv, known.days, seed)
    return first_attempts(offered, known.past_abandonment, assumptions, known.interval_s)


def _simulated(
    known: Expected,
    reserve: NDArray[np.int64] | None,
    duties: Sequence[Duty],
    assumptions: RoomAssumptions,
    calls: NDArray[np.float64],
    seed: int,
) -> SimulationResult:
    lent = lending_rows(lending_of(known))
    refs = {ref: number for number, ref in enumerate(sorted({duty.handler for duty in duties}))}
    room = ControlRoom(
        interval_s=known.interval_s,
        desks=np.concatenate([desk_matrix(duties, known.start, known.intervals), lent]),
        aht_s=known.aht_s,
        assumptions=assumptions,
        handlers=np.array([*(refs[duty.handler] for duty in duties), *range(len(refs), len(refs) + lent.shape[0])]),
        reserve=reserve,
    )
    definitions = definitions_of(known.settings)
    return simulate(room, calls, definitions=definitions, seed=seed, threads=_THREADS, days=known.days)


def service_of(inputs: Inputs, simulated: SimulationResult) -> dict[str, Any]:
    """Service figures over the sampled weeks."""
    found, queues = simulated.summary(), inputs.settings.queues
    hours = simulated.staff.sum(axis=2, dtype=np.float64) / 3600
    return {
        "999": {
            "threshold_s": queues.emergency.threshold_s,
            "target": queues.emergency.service_level,
            "service_level": _rounded(found.service_level_999),
            "service_level_published": _rounded(found.service_level_999_published),
            "over_60s_published": _rounded(found.over_60s_999),
            "abandonment": _rounded(found.abandonment_999),
            "mean_wait_s": _rounded(found.mean_wait_999_s),
            "mean_answer_s": _rounded(found.mean_answer_999_s),
        },
        "101": {
            "threshold_s": queues.non_emergency.threshold_s,
            "target": queues.non_emergency.abandonment,
            "abandonment": _rounded(found.abandonment_101),
            "service_level": _rounded(found.service_level_101),
            "mean_wait_s": _rounded(found.mean_wait_101_s),
            "mean_answer_s": _rounded(found.mean_answer_101_s),
            "p90_wait_s": _rounded(found.p90_wait_101_s),
        },
        "occupancy": _rounded(found.occupancy),
        "overrun_h": _rounded(found.overrun_h),
        "overrun_break_h": _rounded(estimate(hours[:, Staff.OVERRUN_BREAK_S])),
        "overrun_end_h": _rounded(estimate(hours[:, Staff.OVERRUN_END_S])),
        "sampled_weeks": simulated.counts.shape[0],
    }


def _rounded(estimate: Estimate) -> dict[str, float | None]:
    """Mean, its standard error, 5th and 95th percentile; None where there was nothing to measure."""
    return {name: None if value != value else round(value, 5) for name, value in asdict(estimate).items()}
