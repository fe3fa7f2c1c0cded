"""The roster run's computation, in a child process: solve, check without the solver, simulate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.rosters.build import INTERVAL
from app.rosters.document import duties_to_json, problem_to_json
from app.rosters.run import Inputs, Result
from app.runs.child import Report
from rostering.check import CheckReport, check
from rostering.findings import Violation
from rostering.model.solve import roster
from rostering.problem import RosterProblem, Skill
from rostering.roster import Activity, Duty, Progress, RosterOutcome, SolveBudget
from rostering.rules import paid_min
from rostering.staffing import (
    ControlRoom,
    Definitions,
    Estimate,
    QueueAssumptions,
    RoomAssumptions,
    SimulationResult,
    simulate,
)

_ON_CALLS = {Activity.CALLS_999: 1, Activity.CALLS_101: 2}
_SOLVING = 0.9  # share of the run's progress
_WORKERS = 2


def compute(inputs: Inputs, report: Report) -> Result:
    """The week's roster with its certificate; where there is none, how the search ended and why."""

    def told(progress: Progress) -> None:
        figures = {"objective": progress.objective, "bound": progress.bound}
        report(_SOLVING * progress.share, progress.phase, **figures)

    budget = SolveBudget(seconds=inputs.seconds, seed=inputs.seed, workers=_WORKERS)
    outcome = roster(inputs.problem, budget, told)
    if outcome.roster is None:
        conflicts = [f"handler {c.handler}: {c.message} ({', '.join(c.rules)})" for c in outcome.conflicts]
        reason = "; ".join([*conflicts, *outcome.notes]) or f"nothing found in {inputs.seconds} s: give it more"
        return Result(outcome.status, reason, None, None)
    report(_SOLVING, "checking every rule without the solver")
    checked = check(inputs.problem, outcome.roster)
    duties = outcome.roster.duties
    report(_SOLVING + 0.02, "simulating the control room")
    simulated = _simulate(inputs, (*inputs.problem.frozen_duties, *duties))
    return Result(
        outcome.status,
        None,
        body={
            "duties": duties_to_json(duties),
            "carried_over": duties_to_json(inputs.problem.frozen_duties),
            "coverage": _coverage(inputs, checked),
            "hours": _hours(inputs, duties, checked),
            "service": _service(inputs, simulated),
            "paid_min": _paid_min(inputs.problem, duties),
        },
        certificate=_certificate(inputs, outcome, checked, simulated),
    )


def _simulate(inputs: Inputs, duties: Sequence[Duty]) -> SimulationResult:
    """The week as rostered, once for each of the forecast's sample paths, with absence on the day."""
    settings, queues = inputs.settings, inputs.settings.queues
    callers_999, callers_101 = (QueueAssumptions(p, settings.handling_time_cv) for p in inputs.patience_s)
    room = ControlRoom(
        interval_s=int(INTERVAL.total_seconds()),
        desks=activity_matrix(duties, inputs.heads.start, inputs.aht_s.shape[1]),
        aht_s=inputs.aht_s,
        assumptions=RoomAssumptions(callers_999, callers_101, absence_rate=settings.absence_rate),
    )
    definitions = Definitions(
        threshold_999_s=queues.emergency.threshold_s, threshold_101_s=queues.non_emergency.threshold_s
    )
    return simulate(room, inputs.calls, definitions=definitions, seed=inputs.seed, threads=_WORKERS)


def activity_matrix(duties: Sequence[Duty], start: datetime, n_intervals: int) -> NDArray[np.int8]:
    """(duties, intervals): 0 not on calls, 1 on the 999 desk, 2 on the 101 desk, from `start` on."""
    matrix = np.zeros((len(duties), n_intervals), dtype=np.int8)
    for row, duty in zip(matrix, duties, strict=True):
        for span in duty.activities:
            if span.activity in _ON_CALLS:
                first, last = ((moment - start) // INTERVAL for moment in (span.start, span.end))
                row[max(first, 0) : max(last, 0)] = _ON_CALLS[span.activity]
    return matrix


def _coverage(inputs: Inputs, checked: CheckReport) -> dict[str, Any]:
    n = inputs.problem.n_week
    starts = [(checked.start + i * INTERVAL).isoformat() for i in range(n)]
    return {
        str(skill): {
            "start": starts,
            "required": inputs.heads.seats[row, :n].tolist(),
            "rostered": checked.coverage[skill].required.tolist(),
            "on_calls": checked.coverage[skill].on_calls.tolist(),
        }
        for row, skill in enumerate((Skill.CALLS_999, Skill.CALLS_101))
    }


def _hours(inputs: Inputs, duties: Sequence[Duty], checked: CheckReport) -> dict[str, float]:
    by_activity = dict.fromkeys(Activity, 0.0)
    for duty in duties:
        for span in duty.activities:
            by_activity[span.activity] += (span.end - span.start).total_seconds() / 3600
    n = inputs.problem.n_week
    return {
        "seats": float(inputs.heads.seats[:, :n].sum() / 4),
        "to_roster": float(sum(part.required.sum() for part in checked.coverage.values()) / 4),
        "on_calls": float(sum(part.on_calls.sum() for part in checked.coverage.values()) / 4),
        "short": float(sum(part.short.sum() for part in checked.coverage.values()) / 4),
        "paid": sum(_paid_min(inputs.problem, duties).values()) / 60,
        **{f"activity_{activity}": round(hours, 2) for activity, hours in by_activity.items()},
    }


def _paid_min(problem: RosterProblem, duties: Sequence[Duty]) -> dict[str, int]:
    """Paid minutes of the week per handler, leave credited."""

    def paid(length_min: int) -> int:
        return paid_min(problem.rules, length_min, meals_paid=problem.meals_paid)

    minutes = {
        handler.ref: sum(paid(d.length_min) for d in handler.nominal if handler.on_leave(d.date))
        for handler in problem.handlers
    }
    for duty in duties:
        minutes[duty.handler] += paid(int((duty.end - duty.start).total_seconds()) // 60)
    return minutes


def _service(inputs: Inputs, simulated: SimulationResult) -> dict[str, Any]:
    summary, queues = simulated.summary(), inputs.settings.queues
    return {
        "999": {
            "threshold_s": queues.emergency.threshold_s,
            "target": queues.emergency.service_level,
            "service_level": _rounded(summary.service_level_999),
            "abandonment": _rounded(summary.abandonment_999),
            "mean_wait_s": _rounded(summary.mean_wait_999_s),
        },
        "101": {
            "threshold_s": queues.non_emergency.threshold_s,
            "target": queues.non_emergency.abandonment,
            "abandonment": _rounded(summary.abandonment_101),
            "service_level": _rounded(summary.service_level_101),
            "mean_wait_s": _rounded(summary.mean_wait_101_s),
        },
        "occupancy": _rounded(summary.occupancy),
        "overrun_h": _rounded(summary.overrun_h),
        "sampled_weeks": simulated.counts.shape[0],
    }


def _rounded(estimate: Estimate) -> dict[str, float | None]:
    """Mean, its standard error, 5th and 95th percentile; None where there was nothing to measure."""
    return {name: None if value != value else round(value, 5) for name, value in asdict(estimate).items()}


def _certificate(
    inputs: Inputs, outcome: RosterOutcome, checked: CheckReport, simulated: SimulationResult
) -> dict[str, Any]:
    rules = inputs.problem.rules
    return {
        "synthetic": inputs.settings.synthetic,
        "outcome": str(outcome.status),
        "rules": {
            "name": rules.name,
            "version": rules.version,
            "hash": rules.hash,
            "checked": {str(rule): n for rule, n in sorted(checked.rules_checked.items())},
            "violations": [_finding(v) for v in checked.violations],
            "notices": [_finding(v) for v in checked.notices],
        },
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
            "absence_rate": inputs.settings.absence_rate,
            "handling_time_cv": inputs.settings.handling_time_cv,
            "mean_patience_s": dict(zip(("999", "101"), inputs.patience_s, strict=True)),
            "definitions": "shares of offered calls; an abandoned 999 call counts as not answered within the threshold",
        },
        "seed": inputs.seed,
        "seconds": inputs.seconds,
        "notes": [*inputs.notes, *outcome.notes],
        "problem": problem_to_json(inputs.problem),
    }


def _finding(violation: Violation) -> dict[str, Any]:
    when = None if violation.when is None else violation.when.isoformat()
    return {"rule": str(violation.rule), "handler": violation.handler, "when": when, "message": violation.message}
