"""What seats short cost per interval: convex tables, their value at a count of heads, and CP-SAT's terms for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from ortools.sat.python import cp_model

from rostering.model.arrays import Ints
from rostering.model.need import service_tables
from rostering.problem import RosterProblem

Expr: TypeAlias = cp_model.LinearExpr | int
Terms: TypeAlias = Mapping[tuple[int, int], Sequence[tuple[int, cp_model.IntVar]]]


@dataclass(frozen=True, slots=True)
class Service:
    """Need and tables of a problem.

    need : 999 and 101, (2, intervals)
    total : cost of the first, second ... seat short in total, (intervals, k), the last one of each beyond; rising
    nines : what each of them that is a 999 seat costs on top, (intervals, j), likewise
    """

    need: Ints
    total: Ints
    nines: Ints

    def short(self, heads: Ints) -> tuple[Ints, Ints]:
        """999 seats short and seats short in total at ``heads`` (3, intervals), each (intervals,)."""
        only_999, only_101, both = heads
        nines, ones = self.need
        short_999 = np.maximum(nines - only_999 - both, 0)
        total = np.maximum(short_999 + ones - only_101 - both, nines + ones - heads.sum(axis=0))
        return short_999, np.maximum(total, short_999)

    def costs(self, heads: Ints) -> Ints:
        """Service cost of each interval, (intervals,)."""
        short_999, short = self.short(heads)
        return _cost(self.total, short) + _cost(self.nines, short_999)

    def value(self, heads: Ints) -> tuple[int, int]:
        """Service cost, and seats short in total, of all intervals."""
        return int(self.costs(heads).sum()), int(self.short(heads)[1].sum())


def _cost(steps: Ints, short: Ints) -> Ints:
    """Cost of ``short`` seats (intervals,) at ``steps`` (intervals, k)."""
    table = np.concatenate([np.zeros((len(steps), 1), dtype=np.int64), np.cumsum(steps, axis=1)], axis=1)
    within = np.minimum(short, steps.shape[1])
    return np.asarray(table[np.arange(len(steps)), within] + (short - within) * steps[:, -1])


def service_of(problem: RosterProblem) -> Service:
    """Tables of the cover, or by rule SERVICE, as steps from seat to seat."""
    total, nines = service_tables(problem)
    need = np.stack([problem.cover.needed_999, problem.cover.needed_101])
    return Service(need, np.diff(total, axis=1), np.diff(nines, axis=1))


def add_service(
    model: cp_model.CpModel, service: Service, heads: Ints, terms: Terms, most_off: Ints
) -> tuple[Expr, Expr, int]:
    """Service cost, seats short in total, and how many that is at most, of the intervals where seats can be short.

    heads : people on calls if nobody takes what is to be placed, (3, intervals); terms : what that takes off
    most_off : how many it can take off at most, (3, intervals): where even then nobody is short, nothing is added
    """
    costs: list[Expr] = []
    seats: list[Expr] = []
    _, worst = service.short(heads - most_off)
    certain = service.short(heads)
    for t in np.flatnonzero(worst):
        on = [
            int(heads[row, t]) - cp_model.LinearExpr.weighted_sum(*_split(terms.get((row, int(t)), ())))
            for row in range(3)
        ]
        nines, ones = (int(wanted) for wanted in service.need[:, t])
        most = int(worst[t])
        short_999: Expr = 0
        if nines:
            parts, slopes = _parts(model, service.nines[t], min(most, nines), int(certain[0][t]))
            short_999 = sum(parts)
            model.add(short_999 >= nines - on[0] - on[2])
            costs.append(cp_model.LinearExpr.weighted_sum(parts, slopes))
        parts, slopes = _parts(model, service.total[t], most, int(certain[1][t]))
        short = sum(parts)
        model.add(short >= short_999)
        model.add(short >= short_999 + ones - on[1] - on[2])
        model.add(short >= nines + ones - sum(on))
        costs.append(cp_model.LinearExpr.weighted_sum(parts, slopes))
        seats.append(short)
    return sum(costs), sum(seats), int(worst.sum())


def _split(pairs: Sequence[tuple[int, cp_model.IntVar]]) -> tuple[list[cp_model.IntVar], list[int]]:
    return [var for _, var in pairs], [coefficient for coefficient, _ in pairs]


def _parts(model: cp_model.CpModel, steps: Ints, most: int, least: int) -> tuple[list[cp_model.IntVar], list[int]]:
    """Variables that share up to ``most`` seats short, one for each stretch of equal cost a seat, and these costs."""
    parts, slopes, at = [], [], 0
    while at < most:
        step = int(steps[min(at, len(steps) - 1)])
        end = at + 1
        while end < most and int(steps[min(end, len(steps) - 1)]) == step:
            end += 1
        parts.append(model.new_int_var(min(max(least - at, 0), end - at), end - at, ""))
        slopes.append(step)
        at = end
    return parts, slopes
