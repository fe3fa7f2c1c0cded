"""Cover: heads on calls per skill class and interval, shortfall and overstaffing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from ortools.sat.python import cp_model

from rostering.model.arrays import Ints
from rostering.model.need import N_CALL_ROWS, Need
from rostering.model.slots import SkillClass
from rostering.model.variables import Expr, Penalty, PersonVars
from rostering.roster import TierName
from rostering.rules import RuleId

_Deltas = dict[int, list[tuple[int, cp_model.IntVar]]]


def add_cover(model: cp_model.CpModel, people: Sequence[PersonVars], need: Need, present: Ints) -> list[Penalty]:
    """Shortfall and overstaffing of the intervals that ``people`` can reach.

    present : heads besides ``people``, (3 skill classes on calls + roles on duty, intervals)
    """
    horizon = present.shape[1]
    ours = [_on_calls(model, people, row, horizon) for row in SkillClass]
    penalties = []
    for t in sorted(set().union(*(heads.keys() for heads in ours))):
        only_999, only_101, both = (int(present[row, t]) + ours[row].get(t, 0) for row in SkillClass)
        penalties += _interval(model, need, t, only_999, only_101, both)
    return penalties + _add_roles(model, people, need, present)


def _on_calls(model: cp_model.CpModel, people: Sequence[PersonVars], row: SkillClass, horizon: int) -> dict[int, Expr]:
    """Heads of one class on calls, as a running sum of starts, ends, breaks and training."""
    deltas: _Deltas = defaultdict(list)
    always: dict[int, int] = defaultdict(int)  # training of duties that are worked in any case
    n_duties = 0
    for who in people:
        for source, duty in zip(who.person.duties, who.duties, strict=True):
            if source.skill_class != row:
                continue
            n_duties += 1
            for quarter in source.training:
                if source.must:
                    always[quarter] += 1
                else:
                    deltas[max(quarter, 0)] += [(-1, x) for x in duty.works]
                    deltas[max(quarter + 1, 0)] += [(1, x) for x in duty.works]
            for option, x in zip(duty.options, duty.works, strict=True):
                deltas[max(option.start + option.briefing, 0)].append((1, x))
                deltas[max(option.end, 0)].append((-1, x))
            for places in duty.breaks:
                for (start, length), taken in places.items():
                    deltas[max(start, 0)].append((-1, taken))
                    deltas[max(start + length, 0)].append((1, taken))
    return {t: heads - always[t] for t, heads in _running(model, deltas, n_duties, horizon).items()}


def _on_duty(model: cp_model.CpModel, people: Sequence[PersonVars], role: int, horizon: int) -> dict[int, Expr]:
    """Heads of a watched role on duty, breaks included."""
    deltas: _Deltas = defaultdict(list)
    n_duties = 0
    for who in people:
        for source, duty in zip(who.person.duties, who.duties, strict=True):
            if len(source.roles) <= role or not source.roles[role]:
                continue
            n_duties += 1
            for option, x in zip(duty.options, duty.works, strict=True):
                deltas[max(option.start, 0)].append((1, x))
                deltas[max(option.end, 0)].append((-1, x))
    return _running(model, deltas, n_duties, horizon)


def _running(model: cp_model.CpModel, deltas: _Deltas, most: int, horizon: int) -> dict[int, Expr]:
    """Running sum of what changes at each interval."""
    heads: dict[int, Expr] = {}
    here: Expr = 0
    for t in range(min(deltas, default=0), min(max(deltas, default=0), horizon)):
        if t in deltas:
            now = model.new_int_var(0, most, "")
            model.add(now == here + sum(sign * var for sign, var in deltas[t]))
            here = now
        heads[t] = here
    return heads


def _add_roles(model: cp_model.CpModel, people: Sequence[PersonVars], need: Need, present: Ints) -> list[Penalty]:
    """Heads of roles short, and trainees beyond what tutors may have, in the period."""
    horizon, penalties = need.n_role_intervals, []
    ours = [_on_duty(model, people, role, horizon) for role in range(need.role_need.shape[0])]
    for role, heads in enumerate(ours):
        for t, mine in heads.items():
            wanted = int(need.role_need[role, t] - present[N_CALL_ROWS + role, t])
            if wanted > 0:
                short = model.new_int_var(0, wanted, "")
                model.add(short >= wanted - mine)
                penalties.append(Penalty(TierName.SERVICE, RuleId.ROLES, str(t), need.role_price, short))
    if need.trainee_row >= 0:
        trainees, tutors = ours[need.trainee_row - N_CALL_ROWS], ours[need.tutor_row - N_CALL_ROWS]
        for t in sorted(trainees.keys() | tutors.keys()):
            there, guides = int(present[need.trainee_row, t]), int(present[need.tutor_row, t])
            beyond = model.new_int_var(0, 10_000, "")
            model.add(beyond >= there + trainees.get(t, 0) - need.per_tutor * (guides + tutors.get(t, 0)))
            penalties.append(Penalty(TierName.SERVICE, RuleId.TRAINEES, str(t), need.trainee_price, beyond))
    return penalties


def _interval(
    model: cp_model.CpModel,
    need: Need,
    t: int,
    only_999: Expr,
    only_101: Expr,
    both: Expr,
) -> list[Penalty]:
    nines, ones = int(need.need[0, t]), int(need.need[1, t])
    subject = str(t)
    short = model.new_int_var(0, nines + ones, "")
    model.add(short >= nines + ones - only_999 - only_101 - both)
    penalties = [_convex(model, need.service[t], short, nines + ones, subject)]
    short_999: Expr = 0
    if nines:
        short_999 = model.new_int_var(0, nines, "")
        model.add(short_999 >= nines - only_999 - both)
        penalties.append(_convex(model, need.service_999[t], short_999, nines, subject))
    if not need.pooled:
        if nines:
            model.add(short >= short_999)
        if ones:
            model.add(short >= short_999 + ones - only_101 - both)
    over = only_999 + only_101 + both - nines - ones + short
    penalties.append(Penalty(TierName.COST, RuleId.SERVICE, subject, 1, over))
    return penalties


def _convex(model: cp_model.CpModel, table: Ints, short: Expr, most: int, subject: str) -> Penalty:
    """A cost that is at least each straight piece of a convex ``table`` (seats short,), which goes on with its last."""
    steps = np.diff(table)
    cost = model.new_int_var(0, int(table[-1] + max(most - len(steps), 0) * steps[-1]), "")
    for k in np.flatnonzero(np.diff(steps, prepend=0)):  # the pieces' first columns
        if k < most:
            model.add(cost >= int(table[k]) + int(steps[k]) * (short - int(k)))
    return Penalty(TierName.SERVICE, RuleId.SERVICE, subject, 1, cost)
