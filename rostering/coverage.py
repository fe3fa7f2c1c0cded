"""Coverage of a roster, and what it costs in service and overstaffing; plain counting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from rostering.problem import RosterProblem, Skill
from rostering.roster import Activity, Roster
from rostering.rules import RuleId

QUARTER = timedelta(minutes=15)
_CALLS = {Activity.CALLS_999: Skill.CALLS_999, Activity.CALLS_101: Skill.CALLS_101}


@dataclass(frozen=True, slots=True, eq=False)
class SkillCoverage:
    """Heads of one skill per interval of the local week, (n,): wanted, on calls by activity, missing."""

    required: NDArray[np.int64]
    on_calls: NDArray[np.int64]
    short: NDArray[np.int64]


def recount_cover(problem: RosterProblem, roster: Roster) -> tuple[Mapping[Skill, SkillCoverage], int, int]:
    """Coverage per skill of the local week; service and cost tier of the week and its tail."""
    cover, rule = problem.cover, problem.rules[RuleId.SERVICE]
    assert cover.already_999 is not None  # the cover fills them in
    assert cover.already_101 is not None
    on = {Skill.CALLS_999: cover.already_999.copy(), Skill.CALLS_101: cover.already_101.copy()}
    need = {Skill.CALLS_999: cover.needed_999, Skill.CALLS_101: cover.needed_101}
    for duty in (*problem.frozen_duties, *roster.duties):
        for span in duty.activities:
            if span.activity in _CALLS:
                first, last = (int((moment - problem.begin) // QUARTER) for moment in (span.start, span.end))
                on[_CALLS[span.activity]][max(first, 0) : max(last, 0)] += 1
    short = {skill: np.maximum(need[skill] - on[skill], 0) for skill in Skill}
    missing = sum(short.values())
    wanted = sum(need.values())
    first_tenth = np.maximum(1, wanted * rule["first_percent"] // 100)
    per_beyond = max(rule["short_beyond"], rule["short_first"])
    service = rule["short_first"] * np.minimum(missing, first_tenth)
    service = service + per_beyond * np.maximum(missing - first_tenth, 0)
    service = service + rule["short_999_extra"] * short[Skill.CALLS_999]
    over = sum(on.values()) - wanted + missing
    n = problem.n_intervals
    week = {skill: SkillCoverage(need[skill][:n], on[skill][:n], short[skill][:n]) for skill in Skill}
    return MappingProxyType(week), int(service.sum()), int(over.sum())
