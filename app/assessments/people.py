"""What both sides ask of people and cost, side by side: plain counting of two recounted rosters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.rosters import summary
from rostering.check import CheckReport
from rostering.problem import RosterProblem
from rostering.roster import Duty, TierName
from rostering.rules import RuleId

_PEOPLE_RULES = (RuleId.FATIGUE, RuleId.AFTER_NIGHTS, RuleId.FAIRNESS, RuleId.WISHES, RuleId.CONSENT, RuleId.CHANGES)


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side: its problem, the duties that are not frozen, and the checker's recount."""

    problem: RosterProblem
    duties: tuple[Duty, ...]
    checked: CheckReport

    @property
    def every_duty(self) -> tuple[Duty, ...]:
        """Frozen duties too."""
        return (*self.problem.frozen_duties, *self.duties)

    @property
    def tiers(self) -> dict[str, int]:
        return {str(tier): self.checked.cost[tier] for tier in TierName}

    def paid_min(self) -> dict[str, int]:
        """Paid minutes of the period by handler, leave credited."""
        return summary.total(summary.by_week(self.problem, self.duties, self.checked), "paid_min")


def people_of(base: Side, changed: Side, subjects: Collection[str]) -> dict[str, Any]:
    """Strain by rule, nights and weekends of whom it concerns and of their colleagues; lower is better."""
    return {
        "by_rule": {
            rule.name.lower(): {"base": before, "changed": after, "difference": after - before}
            for rule in _PEOPLE_RULES
            for before, after in ((_of_rule(base, rule), _of_rule(changed, rule)),)
        },
        "subjects": _burdens(base, changed, subjects),
        "colleagues": _burdens(base, changed, {h.ref for h in base.problem.handlers} - set(subjects)),
        "break_debt_min": _pair(_total(base, "break_debt_min"), _total(changed, "break_debt_min")),
    }


def cost_of(base: Side, changed: Side, pay_per_h: float) -> dict[str, Any]:
    """Paid hours and pay, overtime, and hours rostered over the need."""
    paid = [sum(side.paid_min().values()) / 60 for side in (base, changed)]
    over = [_of_rule(side, RuleId.SERVICE, TierName.COST) / 4 for side in (base, changed)]
    return {
        "paid_h": _pair(*paid),
        "pay": _pair(*(hours * pay_per_h for hours in paid)),
        "overtime_tier": _pair(*(_of_rule(side, RuleId.OVERTIME, TierName.COST) for side in (base, changed))),
        "over_need_h": _pair(*over),
        "short_h": _pair(*(_short_h(side) for side in (base, changed))),
    }


def roles_short(side: Side) -> int:
    """Service cost of roles and tutors that are missing on duty."""
    return sum(_of_rule(side, rule, TierName.SERVICE) for rule in (RuleId.ROLES, RuleId.TRAINEES))


def broken_of(side: Side) -> list[dict[str, Any]]:
    """Hard rules that the side's roster breaks."""
    return [summary.finding(violation) for violation in side.checked.violations]


def idle_share(side: Side, refs: Collection[str]) -> float | None:
    """Share of these people's time on calls in which the heads wanted are there without them; None: no time on calls.

    A quarter-hour counts where, less one head, nobody would be short in total.
    """
    parts = list(side.checked.coverage.values())
    spare = np.sum([part.on_calls - part.required for part in parts], axis=0)
    counted: Counter[bool] = Counter()
    for duty in side.duties:
        if duty.handler in refs:
            for span in duty.activities:
                if span.activity in ("999", "101"):
                    first, last = ((at - side.checked.start).total_seconds() // 900 for at in (span.start, span.end))
                    for at in range(max(int(first), 0), min(int(last), len(spare))):
                        counted[bool(spare[at] >= 1)] += 1
    total = sum(counted.values())
    return round(counted[True] / total, 4) if total else None


def _burdens(base: Side, changed: Side, refs: Collection[str]) -> dict[str, Any]:
    """Nights and weekend duties of these people in the period."""
    told: dict[str, Any] = {"n": len(refs)}
    for name, field in (("nights", "n_nights"), ("weekend_duties", "n_weekend_duties"), ("duties", "n_duties")):
        before, after = (_of_field(side, field, refs) for side in (base, changed))
        told[name] = _pair(sum(before.values()), sum(after.values()))
        told[name] |= {"more_for": sum(after[ref] > before[ref] for ref in refs),
                       "most": _pair(max(before.values(), default=0), max(after.values(), default=0))}  # fmt: skip
    return told


def _of_field(side: Side, field: str, refs: Collection[str]) -> Mapping[str, int]:
    found: dict[str, int] = defaultdict(int)
    for ref, report in side.checked.handlers.items():
        if ref in refs:
            found[ref] = int(getattr(report, field))
    return {ref: found[ref] for ref in refs}


def _of_rule(side: Side, rule: RuleId, tier: TierName = TierName.PEOPLE) -> int:
    return sum(term.amount for term in side.checked.penalties if term.rule is rule and term.tier is tier)


def _total(side: Side, field: str) -> int:
    return sum(int(getattr(report, field)) for report in side.checked.handlers.values())


def _short_h(side: Side) -> float:
    return float(sum(part.short.sum() for part in side.checked.coverage.values())) / 4


def _pair(before: float, after: float) -> dict[str, float]:
    return {"base": round(before, 4), "changed": round(after, 4), "difference": round(after - before, 4)}
