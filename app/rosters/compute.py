"""The roster run's computation, in a child process: solve, check without the solver, simulate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from app.certificates.canonical import digest
from app.requirements.assumed import Register, definitions_of, lending_of, room_assumptions
from app.requirements.service import QUEUES
from app.rosters import summary
from app.rosters.desks import desk_matrix, lending_rows
from app.rosters.document import duties_to_json, problem_to_json
from app.rosters.run import Inputs, Result
from app.runs.child import Report
from rostering.check import CheckReport, check
from rostering.model.solve import roster
from rostering.roster import Duty, Progress, RosterOutcome, SolveBudget
from rostering.staffing import ControlRoom, Estimate, SimulationResult, Staff, simulate
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.uncertainty import rates_behind
from rostering.staffing.simulation.result import estimate

_SOLVING = 0.9  # share of the run's progress
_WORKERS = 2


def compute(inputs: Inputs, report: Report) -> Result:
    """The week's roster with its certificate; where there is none, how the search ended and why."""

    def told(progress: Progress) -> None:
        figures = {"objective": progress.objective, "bound": progress.bound}
        report(_SOLVING * progress.share, progress.phase, **figures)

    budget = SolveBudget(seconds=inputs.seconds, seed=inputs.seed, workers=_WORKERS, effort=inputs.effort)
    outcome = roster(inputs.problem, budget, told)
    if outcome.roster is None:
        conflicts = [f"handler {c.handler}: {c.message} ({', '.join(c.rules)})" for c in outcome.conflicts]
        reason = "; ".join([*conflicts, *outcome.notes]) or f"nothing found in {inputs.seconds} s: give it more"
        return Result(outcome.status, reason, None, None)
    report(_SOLVING, "checking every rule without the solver")
    checked = check(inputs.problem, outcome.roster)
    duties = outcome.roster.duties
    report(_SOLVING + 0.02, "simulating the control room")
    register = Register(inputs.expected)
    seats = dict(zip(QUEUES, inputs.heads.seats.tolist(), strict=True))
    simulated = _simulate(inputs, (*inputs.problem.frozen_duties, *duties), register)
    return Result(
        outcome.status,
        None,
        body=summary.body(inputs.problem, duties, checked, seats) | {"service": _service(inputs, simulated)},
        certificate=_certificate(inputs, outcome, duties, checked, simulated, register),
    )


def _simulate(inputs: Inputs, duties: Sequence[Duty], register: Register) -> SimulationResult:
    """The week as rostered, once for each of the forecast's sampled rates, with absence on the day."""
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
    return simulate(room, calls, definitions=definitions, seed=inputs.seed, threads=_WORKERS, days=known.days)


def _service(inputs: Inputs, simulated: SimulationResult) -> dict[str, Any]:
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


def _certificate(
    inputs: Inputs,
    outcome: RosterOutcome,
    duties: Sequence[Duty],
    checked: CheckReport,
    simulated: SimulationResult,
    register: Register,
) -> dict[str, Any]:
    document = problem_to_json(inputs.problem)
    return {
        "synthetic": inputs.settings.synthetic,
        "outcome": str(outcome.status),
        "rules": summary.rules_checked(inputs.problem, checked),
        "solver": {
            str(tier.name): {
                "status": str(tier.status),
                "objective": tier.objective,
                "bound": round(tier.bound, 3),
                "gap": round(tier.gap, 5),
            }
            for tier in outcome.tiers
        },
        "simulation": _service(inputs, simulated)
        | {
            "definitions": list(simulated.definitions.words()),
            "assumptions": register.entries,
        },
        "seed": inputs.seed,
        "seconds": inputs.seconds,
        "notes": [*inputs.notes, *outcome.notes],
        "inputs": {"problem": digest(document), "duties": digest(duties_to_json(tuple(duties)))},
        "problem": document,
    }
