"""The explanation run's computation, in a child process: each relaxation is re-solved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.rosters.explain_run import Inputs
from app.runs.child import Report
from rostering.model.options import person_options
from rostering.model.relax import AgreementCost, Relaxation, agreement_costs, relaxations
from rostering.model.shortfall import short_proof
from rostering.model.state import make_force
from rostering.problem import RosterProblem
from rostering.roster import TierName


def compute(inputs: Inputs, report: Report) -> dict[str, Any]:
    """What helps the interval, and what agreements cost, as data."""
    told: dict[str, Any] = {}
    if inputs.interval is not None:
        report(0.0, "relaxations that help the interval")
        found = relaxations(inputs.problem, inputs.roster, inputs.interval, seconds=inputs.seconds)
        told["relaxations"] = [_relaxation(one) for one in found]
        told["proof"] = _proof(inputs.problem, inputs.interval)
    if inputs.agreements:
        report(0.5, "what agreements and consents cost")
        costs = agreement_costs(inputs.problem, inputs.roster, seconds=inputs.seconds)
        told["agreements"] = [_agreement(one) for one in costs]
    return told


def _proof(problem: RosterProblem, interval: int) -> dict[str, int | None]:
    """Seats that nobody can fill there, and the least service tier of rosters that leave nobody short there."""
    force = make_force(problem, [person_options(problem, handler) for handler in problem.handlers])
    proven = short_proof(force, interval)
    return {
        "unavoidable_999": proven.unavoidable_999,
        "unavoidable": proven.unavoidable,
        "least_service_without_short": proven.service,
    }


def _relaxation(one: Relaxation) -> dict[str, Any]:
    return {
        "kind": str(one.kind),
        "handler": one.handler,
        "date": one.date.isoformat(),
        "message": one.message,
        "gain": _by_tier(one.gain),
        "gain_there": one.gain_there,
    }


def _agreement(one: AgreementCost) -> dict[str, Any]:
    return {"kind": str(one.kind), "handler": one.handler, "message": one.message, "cost": _by_tier(one.cost)}


def _by_tier(figures: Mapping[TierName, int]) -> dict[str, int]:
    return {str(tier): int(figure) for tier, figure in figures.items()}
