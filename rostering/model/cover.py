"""Cover: heads on calls per skill class and interval, shortfall and overstaffing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from ortools.sat.python import cp_model

from rostering.model.arrays import Ints
from rostering.model.need import Need
from rostering.model.slots import SkillClass
from rostering.model.variables import Expr, Penalty, PersonVars
from rostering.roster import TierName
from rostering.rules import RuleId

_Deltas = dict[int, list[tuple[int, cp_model.IntVar]]]


def add_cover(model: cp_model.CpModel, people: Sequence[PersonVars], need: Need, present: Ints) -> list[Penalty]:
    """Shortfall and overstaffing of the intervals that ``people`` can reach.

    present : heads on calls besides ``people``, (3 skill classes, intervals)
    """
    horizon = present.shape[1]
    ours = [_heads(model, people, row, horizon) for row in SkillClass]
    reached = sorted(set().union(*(heads.keys() for heads in ours)))
    penalties = []
    for t in reached:
        only_999, only_101, both = (int(present[row, t]) + ours[row].get(t, 0) for row in SkillClass)
        penalties += _interval(model, need, t, only_999, only_101, both)
    return penalties


def _heads(model: cp_model.CpModel, people: Sequence[PersonVars], row: SkillClass, horizon: int) -> dict[int, Expr]:
    """Heads of one class on calls, as a running sum of starts, ends and breaks."""
    deltas: _Deltas = defaultdict(list)
    training: dict[int, int] = defaultdict(int)
    n_duties = 0
    for who in people:
        for source, duty in zip(who.person.duties, who.duties, strict=True):
            if source.skill_class != row:
                continue
            n_duties += 1
            for quarter in source.training if source.must else ():
                training[quarter] += 1
            for option, x in zip(duty.options, duty.works, strict=True):
                deltas[max(option.start + option.briefing, 0)].append((1, x))
                deltas[max(option.end, 0)].append((-1, x))
            for places in duty.breaks:
                for (start, length), taken in places.items():
                    deltas[start].append((-1, taken))
                    deltas[start + length].append((1, taken))
    heads: dict[int, Expr] = {}
    if not deltas:
        return heads
    here: Expr = 0
    for t in range(min(deltas), min(max(deltas), horizon)):
        if t in deltas:
            now = model.new_int_var(0, n_duties, "")
            model.add(now == here + sum(sign * var for sign, var in deltas[t]))
            here = now
        heads[t] = here - training[t]
    return heads


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
