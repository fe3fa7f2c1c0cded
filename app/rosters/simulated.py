"""The control room simulated with a roster's duties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from app.requirements.assumed import Register, definitions_of, lending_of, room_assumptions
from app.rosters.desks import desk_matrix, lending_rows
from app.rosters.run import Inputs
from rostering.roster import Duty
from rostering.staffing import ControlRoom, Estimate, SimulationResult, Staff, simulate
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.uncertainty import rates_behind
from rostering.staffing.simulation.result import estimate

_THREADS = 2


def simulated_room(inputs: Inputs, duties: Sequence[Duty], register: Register) -> SimulationResult:
    """The period as rostered, once for each of the forecast's sampled rates, with absence on the day."""
    known = inputs.expected
    assumptions = room_assumptions(known, register)
    lent = lending_rows(lending_of(known))
    refs = {ref: number for number, ref in enumerate(sorted({duty.handler for duty in duties}))}
    room = ControlRoom(
        interval_s=known.interval_s,
        desks=np.concatenate([desk_matrix(duties, known.start, known.intervals), lent]),
        aht_s=known.aht_s,
        assumptions=assumptions,
        handlers=np.array([*(refs[duty.handler] for duty in duties), *range(len(refs), len(refs) + lent.shape[0])]),
        reserve=inputs.reserve,
    )
    register.reserve(inputs.reserve)
    offered = rates_behind(known.paths, known.mean_calls, known.day_cv, known.rate_cv, known.days, inputs.seed)
    calls = first_attempts(offered, known.past_abandonment, assumptions, known.interval_s)
    definitions = definitions_of(inputs.settings)
    return simulate(room, calls, definitions=definitions, seed=inputs.seed, threads=_THREADS, days=known.days)


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
