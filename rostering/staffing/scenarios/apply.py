"""Changes applied to a plan, alone or combined, and refused where they contradict each other."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from rostering.staffing.scenarios.demand import (
    CallbackChange,
    CategoryChange,
    ChannelShift,
    DemandChange,
    HandlingTimeChange,
    PatienceChange,
    RepeatsChange,
    Surge,
    require_categories_fit,
)
from rostering.staffing.scenarios.levers import Case, Change
from rostering.staffing.scenarios.people import (
    AbsenceChange,
    Headcount,
    RowsReplaced,
    Seats,
    SkillMix,
    SwitchboardChange,
    TargetsChange,
)
from rostering.staffing.scenarios.plan import Plan

# Who works is settled before seats are counted, and what a category is a share of before it is cut.
_ORDER = (
    RowsReplaced,
    Headcount,
    SkillMix,
    SwitchboardChange,
    Seats,
    AbsenceChange,
    CategoryChange,
    DemandChange,
    ChannelShift,
    Surge,
    HandlingTimeChange,
    PatienceChange,
    RepeatsChange,
    CallbackChange,
    TargetsChange,
)


def apply(plan: Plan, changes: Sequence[Change], case: Case = Case.LIKELY, seed: int = 1) -> Plan:
    """The plan with every change made, in an order of their kinds that does not depend on how they are listed.

    Categories of one queue are cut together: each is a share of the queue's calls before any cut.

    Parameters
    ----------
    plan : what is changed; stays as it is
    changes : levers of this package
    case : which value of uncertain levers
    seed : of what is drawn by lot (handlers)

    Raises
    ------
    ValueError : two changes contradict each other, or one asks for what the plan does not have
    """
    require_consistent(changes, plan.intervals)
    for kind in _ORDER:
        of_kind = [change for change in changes if isinstance(change, kind)]
        if kind is CategoryChange:
            plan = _with_categories(plan, [c for c in of_kind if isinstance(c, CategoryChange)], case)
            continue
        for change in of_kind:
            plan = change.applied(plan, case, seed)
    return plan


def require_consistent(changes: Sequence[Change], intervals: int) -> None:
    """Raise ValueError for two changes of one kind and subject on overlapping spans, or a span outside the plan."""
    for (i, one), (k, other) in combinations(enumerate(changes), 2):
        shared = one.subjects & other.subjects
        if type(one) is type(other) and shared and one.where.overlaps(other.where):
            subject = ", ".join(sorted(_name(s) for s in shared))
            raise ValueError(
                f"changes {i + 1} and {k + 1} contradict each other: both are of the kind {type(one).__name__} on "
                f"{subject} and their spans overlap; expected one"
            )
    for i, change in enumerate(changes):
        try:
            change.where.within(intervals)
        except ValueError as error:
            raise ValueError(f"change {i + 1}, {type(change).__name__}: {error}") from error
    require_categories_fit([change for change in changes if isinstance(change, CategoryChange)], intervals)


def _with_categories(plan: Plan, changes: Sequence[CategoryChange], case: Case) -> Plan:
    """Categories are shares of the same calls, so their changes add up instead of multiplying."""
    if not changes:
        return plan
    whole = plan.rates
    rates = whole.copy()
    for change in changes:
        changed = change.applied(plan, case, 0)
        rates = rates + (changed.rates - whole)
    return replace(plan, rates=rates.clip(min=0.0))


def _name(subject: object) -> str:
    queue_names = {0: "queue 999", 1: "queue 101"}
    return queue_names.get(subject, str(subject)) if isinstance(subject, int) else str(subject)
