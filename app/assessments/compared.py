"""Both sides of an assessment, once they are made: simulated, set side by side, held against the grounds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.assessments.grounds import Shown, evidence, harmed
from app.assessments.people import Side, cost_of, idle_share, people_of, roles_short
from app.assessments.run import Inputs
from app.assessments.simulated import both, plan_of, service_of
from app.requirements.assumed import Register
from rostering.problem import RosterProblem

CALL = 1000  # of the service tier, where it counts in thousandths of calls


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Both sides.

    stands : as changed, everybody else as they stand; None where that was not made
    subjects : whom the proposal concerns; broken : rules that the proposal breaks, none where it is legal
    cycle : the judge's report of the proposed cycle; basis : how both sides were made
    before, after : handlers that the proposal changes, as stored and as proposed
    priced : the problem with what heads short cost
    """

    base: Side
    changed: Side
    stands: Side | None
    subjects: Collection[str]
    broken: tuple[Mapping[str, Any], ...]
    basis: str
    priced: RosterProblem
    cycle: Mapping[str, Any] | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Figures of both sides, and the evidence on each ground."""

    figures: dict[str, Any]
    grounds: list[dict[str, Any]]
    is_harmful: bool


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """A proposal that would do: its figures, and the handlers that it changes as they would be."""

    figures: dict[str, Any]
    handlers: dict[str, Any]


def compared(inputs: Inputs, found: Found) -> Compared:
    """Simulate both sides and set them beside each other: service, people, cost, tiers; never one blended score."""
    asked, settings = inputs.of.asked, inputs.rosters.settings
    register = Register(inputs.rosters.expected)
    base, changed = (
        plan_of(inputs.rosters, side.every_duty, side.paid_min(), register) for side in (found.base, found.changed)
    )
    effect = both(base, changed, asked.seed, asked.replications)
    service = service_of(effect)
    people, cost = (
        people_of(found.base, found.changed, found.subjects),
        cost_of(found.base, found.changed, settings.pay_per_h),
    )
    shown = Shown(
        service=service,
        people=people,
        cost=cost,
        base_service=found.base.tiers["service"],
        stands_service=None if found.stands is None else found.stands.tiers["service"],
        changed_service=found.changed.tiers["service"],
        roles=(roles_short(found.base), roles_short(found.changed)),
        idle=_idle(found) if inputs.of.asked.kind == "flexible_working" else None,
        pay_per_h=settings.pay_per_h,
        n_weeks=found.base.problem.n_weeks,
        acceptable_calls=asked.acceptable_calls,
    )
    grounds = evidence(shown)
    sides = {"base": found.base, "others_as_they_stand": found.stands, "changed": found.changed}
    known = inputs.rosters.expected
    end = known.start + known.intervals * timedelta(seconds=known.interval_s)
    figures = {
        "span": {"from": known.start.isoformat(), "to": end.isoformat()},
        "simulated_weeks": effect.replications,
        "service": service,
        "people": people,
        "cost": cost,
        "tiers": {name: None if side is None else side.tiers for name, side in sides.items()},
        "grounds": grounds,
        "definitions": list(base.definitions.words()),
        "assumptions": register.entries,
    }
    return Compared(figures, grounds, any(harmed(shown).values()))


def _idle(found: Found) -> tuple[float, float] | None:
    before, after = idle_share(found.base, found.subjects), idle_share(found.changed, found.subjects)
    return None if before is None or after is None else (before, after)


def limit_of(inputs: Inputs, found: Found) -> int:
    """Rise of the service tier that the request takes as acceptable over the period."""
    has_calls = found.base.problem.cover.cost_short is not None
    per_call = CALL if has_calls else 1
    return round(inputs.of.asked.acceptable_calls * per_call * found.base.problem.n_weeks)


def alternative_told(
    words: str, distance: int, proposal: Mapping[str, Any], figures: Mapping[str, Any]
) -> dict[str, Any]:
    """What is kept of an alternative: it in words and as a proposal, and its effect beside the same base."""
    shown = {name: figures[name] for name in ("service", "people", "cost", "tiers")}
    return {"told": words, "distance": distance, "proposal": dict(proposal), **shown}
