"""Acceptance: what the search found is a roster once the whole CP-SAT model and the checker have accepted it."""

from __future__ import annotations

from dataclasses import replace

from rostering.check import CheckReport, check
from rostering.errors import RejectedRosterError
from rostering.model.activities import activity_plan
from rostering.model.desks import written_roster
from rostering.model.neighbourhood import improved
from rostering.model.state import Force, Reached, State, tiers_of
from rostering.roster import Roster, SolveBudget, TierName

_PATIENCE_S = 30.0  # acceptance is not cut short: without it there is no roster
_LEAST_S = 1.0  # [s] of placing activities


def accepted(force: Force, state: State, budget: SolveBudget, left_s: float) -> tuple[Roster, CheckReport] | str:
    """The state as a roster once the whole CP-SAT model and the checker have accepted it, and agree on its cost.

    Its activities are then placed anew on the same duties within ``left_s``, and the roster is checked again. A
    sentence instead where time ran out before, or where protected learning found no room.

    Raises
    ------
    RejectedRosterError : the checker refuses what the model accepted, or counts another cost
    """
    patience = replace(budget, seconds=max(budget.seconds, _PATIENCE_S), effort=None)
    agreed, _ = improved(force, state, range(len(force.people)), patience, frozen=True)
    if agreed is None:
        return "time ran out before the model had accepted the roster"
    searched = written_roster(force, agreed)
    recount = recounted(check(force.problem, searched))
    if recount != tiers_of(force, agreed):
        raise RejectedRosterError(f"cost recounted {recount}, expected {tiers_of(force, agreed)}")
    plan = activity_plan(force.problem, searched, replace(budget, seconds=max(left_s, _LEAST_S)))
    if plan.unplaced:
        lacking = ", ".join(f"{ref} ({15 * quarters} min)" for ref, quarters in plan.unplaced)
        return f"no room was found in their duties for protected learning of {lacking}"
    written = plan.roster
    checked = check(force.problem, written)
    if checked.violations:
        raise RejectedRosterError(f"{len(checked.violations)} rules broken, first {checked.violations[0]}")
    return written, checked


def recounted(checked: CheckReport) -> Reached:
    """The checker's tiers."""
    service, people, cost = (checked.cost[tier] for tier in TierName)
    return service, people, cost
