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
from app.rosters.simulated import daily_service, service_of, simulated_room
from app.runs.child import Report
from rostering.check import CheckReport, check
from rostering.model.gains import gains
from rostering.model.repair import repair_options
from rostering.model.solve import roster
from rostering.problem import Mode, RosterProblem
from rostering.roster import (
    Duty,
    Progress,
    RepairOption,
    Roster,
    RosterOutcome,
    SolveBudget,
    SolveStatus,
    Tier,
    TierName,
)
from rostering.staffing.seats.shortfall import shortfall_tables

_PRICED = 0.03  # share of the run's progress
_SOLVED = 0.9
_WORKERS = 2
_ENOUGH = 0.85  # share of the lost service that a repair is expected to win back


def compute(inputs: Inputs, report: Report) -> Result:
    """The period's roster with its certificate; where there is none, how the search ended and why."""
    report(0.0, "what each head short costs in calls")
    problem = priced(inputs)

    def told(progress: Progress) -> None:
        figures = {"tier": str(progress.tier), "objective": progress.objective, "bound": progress.bound}
        report(_PRICED + (_SOLVED - _PRICED) * progress.share, progress.phase, **figures)

    budget = SolveBudget(seconds=inputs.seconds, seed=inputs.seed, workers=_WORKERS, effort=inputs.effort)
    if problem.mode is Mode.REPAIR and inputs.most_changes is None:
        report(_PRICED, "rosters from few changes to good cover")
        options = sorted(repair_options(problem, budget, report.cancelled), key=_preferred)
        if options:
            made = [_option(inputs, problem, one, report, is_first=one is options[0]) for one in options]
            return Result(SolveStatus.FEASIBLE, None, tuple(made))
    outcome = roster(problem, budget, told, report.cancelled, most_changes=inputs.most_changes)
    if outcome.roster is None:
        conflicts = [f"handler {c.handler}: {c.message} ({', '.join(c.rules)})" for c in outcome.conflicts]
        reason = "; ".join([*conflicts, *outcome.notes]) or f"nothing found in {inputs.seconds} s: give it more"
        return Result(outcome.status, reason, ())
    report(_SOLVED, "checking every rule without the solver")
    return Result(outcome.status, None, (_made(inputs, problem, outcome, outcome.roster, report),))


def _preferred(one: RepairOption) -> tuple[bool, float, float]:
    """First the fewest changes that win back enough of what was lost, then the best cover."""
    enough = one.recovered >= _ENOUGH
    return not enough, one.changed_days if enough else -one.recovered, one.changed_days


def _option(inputs: Inputs, problem: RosterProblem, one: RepairOption, report: Report, *, is_first: bool) -> Made:
    """A repair to choose from; the first one alone is simulated, since a repair is waited for. The bounds are those of
    all repairs, however many people they disturb."""
    tiers = tuple(_tier(*figures) for figures in zip(TierName, one.tiers, one.bounds, strict=True))
    outcome = RosterOutcome(SolveStatus.FEASIBLE, one.roster, tiers, (), ())
    made = _made(inputs, problem, outcome, one.roster, report, is_simulated=is_first)
    option = {
        "recovered": round(one.recovered, 4),
        "changed_days": one.changed_days,
        "people_disturbed": one.people_disturbed,
        "tiers": dict(zip(map(str, TierName), one.tiers, strict=True)),
    }
    return replace(made, option=option)


def _tier(name: TierName, value: int, bound: float) -> Tier:
    status = SolveStatus.OPTIMAL if bound >= value else SolveStatus.FEASIBLE
    return Tier(name, value, bound, (value - bound) / value if value else 0.0, status)


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


def _made(
    inputs: Inputs,
    problem: RosterProblem,
    outcome: RosterOutcome,
    found: Roster,
    report: Report,
    *,
    is_simulated: bool = True,
) -> Made:
    checked = check(problem, found)
    seats = dict(zip(QUEUES, inputs.heads.seats.tolist(), strict=True))
    register, simulation, service, daily = Register(inputs.expected), {}, {}, {}
    if is_simulated:  # of a search that was cancelled as well: it is seconds, and the draft is then like any other
        report(_SOLVED + 0.02, "simulating the control room")
        duties = (*problem.frozen_duties, *found.duties)
        simulated = simulated_room(inputs, duties, register)
        service = service_of(inputs, simulated)
        simulation = service | {"definitions": list(simulated.definitions.words()), "assumptions": register.entries}
        daily = daily_service(inputs.expected, inputs.reserve, duties, inputs.seed)
    body = summary.body(problem, found.duties, checked, seats) | {"service": service, "daily": daily}
    if inputs.before is not None:
        body["moves"] = _moves(problem, inputs.before, found)
    return Made(body, _certificate(inputs, problem, outcome, found.duties, checked, simulation))


def _moves(problem: RosterProblem, before: Sequence[Duty], found: Roster) -> list[dict[str, Any]]:
    """Each handler's date that differs from the roster before, and what the change is worth in every tier: null where
    the old duty cannot come back."""
    frozen = set(problem.frozen_duties)
    known = {handler.ref for handler in problem.handlers}
    earlier = Roster(tuple(duty for duty in before if duty not in frozen and duty.handler in known))
    return [
        {
            "handler": one.handler,
            "date": one.date.isoformat(),
            "before": _times(one.before),
            "after": _times(one.after),
            "gain": None if one.worth is None else dict(zip(map(str, TierName), one.worth, strict=True)),
        }
        for one in gains(problem, earlier, found)
    ]


def _times(duty: Duty | None) -> dict[str, str] | None:
    return None if duty is None else {"start": duty.start.isoformat(), "end": duty.end.isoformat()}


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
