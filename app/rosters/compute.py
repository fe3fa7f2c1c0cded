"""The roster run's computation, in a child process: price what is short, solve, check without the solver, simulate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from app.certificates.canonical import digest
from app.requirements.assumed import Register, definitions_of, room_assumptions, targets_of
from app.requirements.compute import demand_of, rules_of, seats_assumptions
from app.requirements.service import QUEUES
from app.rosters import summary
from app.rosters.document import duties_to_json, problem_to_json
from app.rosters.run import Inputs, Made, Result
from app.rosters.simulated import service_of, simulated_room
from app.runs.child import Report
from rostering.check import CheckReport, check
from rostering.model.solve import roster
from rostering.problem import RosterProblem
from rostering.roster import Duty, Progress, Roster, RosterOutcome, SolveBudget
from rostering.staffing.seats.shortfall import shortfall_tables

_PRICED = 0.03  # share of the run's progress
_SOLVED = 0.9
_WORKERS = 2


def compute(inputs: Inputs, report: Report) -> Result:
    """The period's roster with its certificate; where there is none, how the search ended and why."""
    report(0.0, "what each head short costs in calls")
    problem = priced(inputs)

    def told(progress: Progress) -> None:
        figures = {"tier": str(progress.tier), "objective": progress.objective, "bound": progress.bound}
        report(_PRICED + (_SOLVED - _PRICED) * progress.share, progress.phase, **figures)

    budget = SolveBudget(seconds=inputs.seconds, seed=inputs.seed, workers=_WORKERS, effort=inputs.effort)
    outcome = roster(problem, budget, told, report.cancelled)
    if outcome.roster is None:
        conflicts = [f"handler {c.handler}: {c.message} ({', '.join(c.rules)})" for c in outcome.conflicts]
        reason = "; ".join([*conflicts, *outcome.notes]) or f"nothing found in {inputs.seconds} s: give it more"
        return Result(outcome.status, reason, ())
    report(_SOLVED, "checking every rule without the solver")
    return Result(outcome.status, None, (_made(inputs, problem, outcome, outcome.roster, report),))


def priced(inputs: Inputs) -> RosterProblem:
    """The problem with what heads short cost in late 999 and lost 101 calls, from the staffing model."""
    reach, cover = inputs.reach, inputs.problem.cover
    register = Register(reach)
    seats_999, seats_101 = inputs.heads.seats[:, : cover.n_intervals]
    tables = shortfall_tables(
        demand_of(reach),
        seats_assumptions(room_assumptions(reach, register)),
        targets_of(reach.settings),
        definitions_of(reach.settings),
        rules_of(reach, register),
        seats_999,
        seats_101,
        np.zeros_like(seats_999) if inputs.reserve_in_reach is None else inputs.reserve_in_reach,
    )
    return replace(inputs.problem, cover=replace(cover, cost_short=tables.short, cost_short_999=tables.short_999))


def _made(inputs: Inputs, problem: RosterProblem, outcome: RosterOutcome, found: Roster, report: Report) -> Made:
    checked = check(problem, found)
    seats = dict(zip(QUEUES, inputs.heads.seats.tolist(), strict=True))
    register, simulation, service = Register(inputs.expected), {}, {}
    if not report.cancelled():  # who cancels does not wait for a simulation
        report(_SOLVED + 0.02, "simulating the control room")
        simulated = simulated_room(inputs, (*problem.frozen_duties, *found.duties), register)
        service = service_of(inputs, simulated)
        simulation = service | {"definitions": list(simulated.definitions.words()), "assumptions": register.entries}
    body = summary.body(problem, found.duties, checked, seats) | {"service": service}
    if inputs.before is not None:
        body["moves"] = _moves(inputs.before, (*problem.frozen_duties, *found.duties))
    return Made(body, _certificate(inputs, problem, outcome, found.duties, checked, simulation))


def _moves(before: Sequence[Duty], after: Sequence[Duty]) -> list[dict[str, Any]]:
    """Duties of one roster whose times are not in the other, by handler."""

    def key(duty: Duty) -> tuple[str, Any, Any]:
        return duty.handler, duty.start, duty.end

    old, new = {key(duty) for duty in before}, {key(duty) for duty in after}
    return [
        {"handler": ref, "start": start.isoformat(), "end": end.isoformat(), "change": change}
        for change, keys in (("removed", old - new), ("added", new - old))
        for ref, start, end in sorted(keys)
    ]


def _certificate(
    inputs: Inputs,
    problem: RosterProblem,
    outcome: RosterOutcome,
    duties: Sequence[Duty],
    checked: CheckReport,
    simulation: dict[str, Any],
) -> dict[str, Any]:
    document = problem_to_json(problem)
    return {
        "synthetic": inputs.settings.synthetic,
        "outcome": str(outcome.status),
        "ended_by": None if outcome.ended_by is None else str(outcome.ended_by),
        "rules": summary.rules_checked(problem, checked),
        "solver": {
            str(tier.name): {
                "status": str(tier.status),
                "objective": tier.objective,
                "bound": round(tier.bound, 3),
                "gap": round(tier.gap, 5),
            }
            for tier in outcome.tiers
        },
        "people": {ref: asdict(told) for ref, told in checked.handlers.items()},
        "simulation": simulation,
        "seed": inputs.seed,
        "seconds": inputs.seconds,
        "effort": inputs.effort,
        "notes": [*inputs.notes, *outcome.notes],
        "inputs": {"problem": digest(document), "duties": digest(duties_to_json(tuple(duties)))},
        "problem": document,
    }
