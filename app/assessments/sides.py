"""Both sides of an assessment as roster problems: as things stand, and as proposed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from app.forces.schemas import ForceSettings
from app.people.schemas import HandlerIn
from app.rosters.build import Heads, Period, build_problem
from app.rosters.history import LastWeeks
from app.rosters.pattern import assumed_duties
from rostering.problem import Cover, RosterProblem
from rostering.roster import Duty
from rostering.rules import RuleSet

_ByWeek = Mapping[date, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Week:
    """What the problem of a period is built from, all but the people."""

    settings: ForceSettings
    rules: RuleSet
    period: Period
    heads: Heads
    last: LastWeeks


def problem_of(week: Week, handlers: Sequence[HandlerIn], changed: Collection[str] = ()) -> RosterProblem:
    """The period's problem with these handlers. Those `changed` are taken to have always worked as they would: a
    proposal is judged by the weeks that it makes, not by the one in which it begins. Their training sessions are left
    out.

    Raises `ValueError` for what contradicts itself.
    """
    last = _always(week, handlers, changed) if changed else week.last
    told: dict[str, Any] = {"worked_min_by_week": None, "paid_min_by_week": None, "training": []}
    people = [handler.model_copy(update=told) if handler.ref in changed else handler for handler in handlers]
    return build_problem(people, week.settings, week.rules, week.period, week.heads, last)


def whole_reach(problem: RosterProblem, heads: Heads) -> RosterProblem:
    """The problem with all the cover that is known, whatever its duties reach: for tables that serve every side."""
    return replace(problem, cover=Cover(problem.begin, heads.rostered[0], heads.rostered[1]))


def costed_as(problem: RosterProblem, priced: RosterProblem) -> RosterProblem:
    """The problem with the other's tables of what a head short costs: the calls are the same on both sides. Intervals
    beyond the tables, of duties that end later than any of theirs, cost as the last one does."""
    cover, n = priced.cover, problem.cover.n_intervals
    if cover.cost_short is None or cover.cost_short_999 is None:
        return problem
    rows = np.minimum(np.arange(n), cover.n_intervals - 1)
    costed = replace(problem.cover, cost_short=cover.cost_short[rows], cost_short_999=cover.cost_short_999[rows])
    return replace(problem, cover=costed)


def as_patterned(week: Week, handlers: Sequence[HandlerIn]) -> tuple[Duty, ...]:
    """The period's duties as the patterns say, meals taken in turn: for a pattern of which no roster can be made."""
    return assumed_duties(handlers, week.period.week_start, 7 * week.period.n_weeks, week.settings.zone, week.rules)


def _always(week: Week, handlers: Sequence[HandlerIn], changed: Collection[str]) -> LastWeeks:
    """The history with those changed as their new patterns have it."""
    last, zone = week.last, week.settings.zone
    theirs = [handler for handler in handlers if handler.ref in changed]
    duties = {
        monday: (
            *(duty for duty in told if duty.handler not in changed),
            *assumed_duties(theirs, monday, 7, zone, week.rules),
        )
        for monday, told in last.duties.items()
    }
    return replace(
        last,
        duties=duties,
        minutes=_without(last.minutes, changed),
        worked_min=_without(last.worked_min, changed),
    )


def _without(by_week: _ByWeek, refs: Collection[str]) -> dict[date, dict[str, int]]:
    return {monday: {ref: minutes for ref, minutes in of.items() if ref not in refs} for monday, of in by_week.items()}


def moved(before: Sequence[HandlerIn], after: Sequence[HandlerIn]) -> frozenset[str]:
    """Handlers whose pattern or contract differs."""
    now = {handler.ref: (handler.pattern, handler.contract) for handler in before}
    return frozenset(handler.ref for handler in after if (handler.pattern, handler.contract) != now[handler.ref])
