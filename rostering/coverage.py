"""Coverage of a roster, and what it costs in service and overstaffing; plain counting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from rostering.findings import RosterPenalty, local_date
from rostering.problem import RosterProblem, Skill
from rostering.roster import Activity, Duty, Roster, TierName
from rostering.rules import RuleId

QUARTER = timedelta(minutes=15)
_CALLS = {Activity.CALLS_999: Skill.CALLS_999, Activity.CALLS_101: Skill.CALLS_101}
_TRAINEE, _TUTOR = "trainee", "tutor"
_Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SkillCoverage:
    """Heads of one skill per interval of the local period, (n,): wanted, on calls by activity, missing."""

    required: _Counts
    on_calls: _Counts
    short: _Counts


@dataclass(frozen=True, slots=True, eq=False)
class Recount:
    """Coverage per skill of the local period; terms of the service and the cost tier, the cover's tail included."""

    coverage: Mapping[Skill, SkillCoverage]
    penalties: tuple[RosterPenalty, ...]

    def total(self, tier: TierName) -> int:
        """Sum of the terms of ``tier``."""
        return sum(penalty.amount for penalty in self.penalties if penalty.tier is tier)


def recount_cover(problem: RosterProblem, roster: Roster) -> Recount:
    """Heads on calls and in roles by quarter-hour, what is short of them and what is over.

    A seat short costs what the cover's tables say, else rule SERVICE: in total and, on top, of 999. Roles and trainees
    count in the period alone, since the people of its tail are not known yet.
    """
    duties = (*problem.frozen_duties, *roster.duties)
    cover, n = problem.cover, problem.n_intervals
    on = _on_calls(problem, duties)
    need = {Skill.CALLS_999: cover.needed_999, Skill.CALLS_101: cover.needed_101}
    short = {skill: np.maximum(need[skill] - on[skill], 0) for skill in Skill}
    missing, wanted, there = (_both(heads) for heads in (short, need, on))
    over = there - wanted + missing
    terms = [
        *_at(problem, TierName.SERVICE, RuleId.SERVICE, "calls", _total_cost(problem, wanted, missing)),
        *_at(problem, TierName.SERVICE, RuleId.SERVICE, Skill.CALLS_999, _cost_999(problem, short[Skill.CALLS_999])),
        *_roles(problem, duties),
        *_trainees(problem, duties),
        *_at(problem, TierName.COST, RuleId.SERVICE, "seats over", over),
    ]
    period = {skill: SkillCoverage(need[skill][:n], on[skill][:n], short[skill][:n]) for skill in Skill}
    return Recount(MappingProxyType(period), tuple(terms))


def heads_on_calls(problem: RosterProblem, duties: Iterable[Duty]) -> _Counts:
    """Heads on calls by interval of the cover, (2, n), 999 first, those of frozen duties and already there included."""
    on = _on_calls(problem, (*problem.frozen_duties, *duties))
    return np.stack([on[Skill.CALLS_999], on[Skill.CALLS_101]])


def cost_of_heads(problem: RosterProblem, on_calls: _Counts) -> _Counts:
    """What so many heads on calls, (2, n), 999 first, leave short in each interval costs in the service tier, (n,)."""
    need = np.stack([problem.cover.needed_999, problem.cover.needed_101])
    short = np.maximum(need - on_calls, 0)
    cost: _Counts = _total_cost(problem, need.sum(axis=0), short.sum(axis=0)) + _cost_999(problem, short[0])
    return cost


def _both(heads: Mapping[Skill, _Counts]) -> _Counts:
    return heads[Skill.CALLS_999] + heads[Skill.CALLS_101]


def _on_calls(problem: RosterProblem, duties: tuple[Duty, ...]) -> dict[Skill, _Counts]:
    cover = problem.cover
    assert cover.already_999 is not None  # the cover fills them in
    assert cover.already_101 is not None
    on = {Skill.CALLS_999: cover.already_999.copy(), Skill.CALLS_101: cover.already_101.copy()}
    for duty in duties:
        for span in duty.activities:
            if span.activity in _CALLS:
                on[_CALLS[span.activity]][_reach(problem, span.start, span.end)] += 1
    return on


def _reach(problem: RosterProblem, start: datetime, end: datetime) -> slice:
    """Intervals of a span, those before the period left out."""
    first, last = (int((moment - problem.begin) // QUARTER) for moment in (start, end))
    return slice(max(first, 0), max(last, 0))


def _total_cost(problem: RosterProblem, wanted: _Counts, missing: _Counts) -> _Counts:
    table, rule = problem.cover.cost_short, problem.rules[RuleId.SERVICE]
    if table is not None:
        return _looked_up(table, missing)
    first_tenth = np.maximum(1, wanted * rule["first_percent"] // 100)
    beyond = max(rule["short_beyond"], rule["short_first"])
    dear = np.maximum(missing - first_tenth, 0)
    cost: _Counts = rule["short_first"] * (missing - dear) + beyond * dear
    return cost


def _cost_999(problem: RosterProblem, short_999: _Counts) -> _Counts:
    table = problem.cover.cost_short_999
    if table is not None:
        return _looked_up(table, short_999)
    return problem.rules[RuleId.SERVICE]["short_999_extra"] * short_999


def _looked_up(table: _Counts, short: _Counts) -> _Counts:
    """Cost of ``short`` seats per interval; beyond the last column each further seat costs what the last one did."""
    rows, last = np.arange(len(short)), table.shape[1] - 1
    step = table[:, last] - table[:, last - 1]
    cost: _Counts = table[rows, np.minimum(short, last)] + step * np.maximum(short - last, 0)
    return cost


def _roles(problem: RosterProblem, duties: tuple[Duty, ...]) -> Iterator[RosterPenalty]:
    """Rule ROLES: where several entries of a role ask for heads at once, the largest counts."""
    price = _per_head(problem, RuleId.ROLES, "short")
    for role in sorted({entry.role for entry in problem.role_cover}):
        wanted = np.zeros(problem.cover.n_intervals, dtype=np.int64)
        for entry in problem.role_cover:
            if entry.role == role:
                reach = _reach(problem, entry.start, entry.end)
                wanted[reach] = np.maximum(wanted[reach], entry.at_least)
        short = np.maximum(wanted - _on_duty(problem, duties, role), 0)[: problem.n_intervals]
        yield from _at(problem, TierName.SERVICE, RuleId.ROLES, role, price * short)


def _trainees(problem: RosterProblem, duties: tuple[Duty, ...]) -> Iterator[RosterPenalty]:
    most = problem.rules[RuleId.TRAINEES]["most_per_tutor"] * _on_duty(problem, duties, _TUTOR)
    beyond = np.maximum(_on_duty(problem, duties, _TRAINEE) - most, 0)[: problem.n_intervals]
    price = _per_head(problem, RuleId.TRAINEES, "beyond")
    yield from _at(problem, TierName.SERVICE, RuleId.TRAINEES, _TRAINEE, price * beyond)


def _on_duty(problem: RosterProblem, duties: tuple[Duty, ...], role: str) -> _Counts:
    """People of ``role`` on duty, breaks included, by the role held on the local date of the duty's start."""
    holders = {handler.ref: handler for handler in problem.handlers if handler.roles}
    there = np.zeros(problem.cover.n_intervals, dtype=np.int64)
    for duty in duties:
        who = holders.get(duty.handler)
        if who is not None and who.has_role(role, local_date(problem, duty.start)):
            there[_reach(problem, duty.start, duty.end)] += 1
    return there


def _per_head(problem: RosterProblem, rule: RuleId, what: str) -> int:
    """Price of a head, in the unit in which this problem's service counts."""
    return problem.rules[rule][f"{what}_seat" if problem.cover.cost_short is None else f"{what}_call"]


def _at(
    problem: RosterProblem, tier: TierName, rule: RuleId, subject: str, amounts: _Counts
) -> Iterator[RosterPenalty]:
    """A term for each interval that adds something."""
    for place in np.flatnonzero(amounts).tolist():
        yield RosterPenalty(tier, rule, subject, problem.begin + place * QUARTER, int(amounts[place]))
