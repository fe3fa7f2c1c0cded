"""Heads, a roster and its judgement for one side of a counterfactual week; in a child process.

The product's side takes its heads from the requirement and prices what is short by the staffing model; the other takes
them from Erlang C sums, as control rooms did before, and is solved by the same search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.requirements.assumed import Register, definitions_of, room_assumptions, shrinkage_of, targets_of
from app.requirements.compute import demand_of, rules_of, seats_assumptions
from app.requirements.expected import Expected
from rostering.model.solve import roster
from rostering.problem import RosterProblem
from rostering.roster import Progress, Roster, SolveBudget
from rostering.staffing import Requirement, requirement
from rostering.staffing.queueing.fewest import erlang_c_handlers
from rostering.staffing.seats.requirement import rostered
from rostering.staffing.seats.shortfall import shortfall_tables

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# What practice plans 101 by, where it has no target for waits: assumption, as in the formulas' benchmark.
ERLANG_101_LEVEL, ERLANG_101_THRESHOLD_S = 0.90, 30.0


def required(known: Expected) -> Requirement:
    """The product's requirement of the span, not corrected by simulation."""
    register = Register(known)
    return requirement(
        demand_of(known),
        seats_assumptions(room_assumptions(known, register)),
        targets_of(known.settings),
        definitions_of(known.settings),
        rules_of(known, register),
    )


def erlang_c_heads(known: Expected) -> Ints:
    """Heads to roster by two Erlang C sums on the mean forecast, (2, intervals), 999 first: 999 within its threshold by
    its target, 101 by practice's; shrinkage as the product has it."""
    per_s = known.mean_calls / known.interval_s
    emergency = known.settings.queues.emergency
    on_999 = erlang_c_handlers(
        per_s[0], known.aht_s[0], emergency.service_level, threshold_s=max(emergency.threshold_s, 0.0)
    )
    on_101 = erlang_c_handlers(per_s[1], known.aht_s[1], ERLANG_101_LEVEL, threshold_s=ERLANG_101_THRESHOLD_S)
    on_999 = np.maximum(on_999, known.settings.min_seats_999)
    return np.array(rostered(on_999, on_101, shrinkage_of(known, Register(known))))


def scaled_to(heads: Ints, total: int) -> Ints:
    """Heads of the same shape that add up to `total`: each scaled, rounded down, the largest remainders rounded up."""
    wanted = heads * (total / max(int(heads.sum()), 1))
    whole: Ints = np.floor(wanted).astype(np.int64)
    rest = (wanted - whole).ravel()
    short = total - int(whole.sum())
    whole.ravel()[np.argsort(-rest, kind="stable")[:short]] += 1
    return whole


def with_heads(problem: RosterProblem, heads: Ints) -> RosterProblem:
    """The problem with these heads (2, intervals or more) and every head short alike, as rule SERVICE has it."""
    n = problem.cover.n_intervals
    cover = replace(
        problem.cover,
        needed_999=heads[0, :n],
        needed_101=heads[1, :n],
        cost_short=None,
        cost_short_999=None,
    )
    return replace(problem, cover=cover)


def with_requirement(problem: RosterProblem, needed: Requirement, known: Expected) -> RosterProblem:
    """The problem with the requirement's heads, what is short priced by the staffing model; `known` and `needed` over
    at least the problem's cover."""
    register = Register(known)
    tables = shortfall_tables(
        demand_of(known),
        seats_assumptions(room_assumptions(known, register)),
        targets_of(known.settings),
        definitions_of(known.settings),
        rules_of(known, register),
        needed.seats_999,
        needed.seats_101,
        needed.reserve,
    )
    n = problem.cover.n_intervals
    plain = with_heads(problem, np.array([needed.rostered_999, needed.rostered_101]))
    return replace(plain, cover=replace(plain.cover, cost_short=tables.short[:n], cost_short_999=tables.short_999[:n]))


class _UntilAccepted:
    """Ends a solve once its search has: bounds prove a roster, and would not change it."""

    def __init__(self) -> None:
        self.is_searched = False

    def told(self, progress: Progress) -> None:
        self.is_searched = self.is_searched or progress.phase == "acceptance"

    def cancelled(self) -> bool:
        return self.is_searched


def solved(problem: RosterProblem, effort: int, seed: int, seconds: float) -> tuple[Roster | None, str]:
    """The roster that so much search finds, checked; None with the reason where there is none."""
    ending = _UntilAccepted()
    budget = SolveBudget(seconds=seconds, seed=seed, workers=1, effort=effort)
    outcome = roster(problem, budget, ending.told, ending.cancelled)
    if outcome.roster is not None:
        return outcome.roster, ""
    conflicts = [f"handler {c.handler}: {c.message}" for c in outcome.conflicts]
    return None, "; ".join([*conflicts, *outcome.notes]) or "nothing found in its time"


def weighted_loss(late_999: Floats, lost_101: Floats, late_weight: float) -> Floats:
    """Late 999 calls, each weighed as so many lost 101 calls, plus lost 101 calls, as the roster's service tier has
    them; arrays of one shape."""
    return np.asarray(late_weight * late_999 + lost_101, dtype=np.float64)


def paired_half_width(differences: Sequence[float], z: float = 1.645) -> float:
    """Half-width of the 90% interval of the mean of paired differences; infinite of fewer than two."""
    values = np.asarray(differences, dtype=np.float64)
    if values.size < 2:
        return float("inf")
    return float(z * values.std(ddof=1) / values.size**0.5)
