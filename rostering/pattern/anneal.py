"""Annealing of few shifts and their weekly starts against the need: where the search for a cycle begins."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.pattern.cover_model import paid_limits
from rostering.pattern.fit import service_costs
from rostering.pattern.problem import DAY_MIN, DAYS, WEEK_INTERVALS, PatternProblem, PatternShift, Starts
from rostering.people import INTERVAL_MIN
from rostering.rules import RuleId

_HOT, _COLD = 0.3, 0.002  # temperatures, shares of the service cost without anybody on duty over the duties
_PER_MIN_OFF = 0.002  # price of a minute off the contract, in the same measure
_NEAR_MIN = 60  # shifts whose start and length differ by at most that are near [min]


@dataclass(frozen=True, slots=True, eq=False)
class StartsProblem:
    """The need and the shifts as arrays, for annealing.

    costs : service cost of each quarter-hour with 0 to n teams on duty, then forbiddingly more, (672, 2 n + 1)
    first, length : start from midnight and length of each shift [quarter-hours]; paid : its paid minutes, all (shifts,)
    near : near shifts of each shift, (shifts, most), filled up with itself
    paid_low, paid_high : limits of the paid minutes of a cycle
    """

    costs: NDArray[np.float64]
    first: NDArray[np.int64]
    length: NDArray[np.int64]
    paid: NDArray[np.int64]
    near: NDArray[np.int64]
    paid_low: int
    paid_high: int
    n_weeks: int
    max_duties: int
    max_shifts: int


def starts_problem(problem: PatternProblem) -> StartsProblem:
    """The arrays of a problem."""
    paid_low, paid_high = paid_limits(problem, problem.shifts)
    teams = np.arange(2 * problem.n_weeks + 1)[:, None]  # two duties of one team that overlap are on duty twice
    costs = service_costs(problem, teams * problem.team_size * np.ones(WEEK_INTERVALS, dtype=np.int64))
    costs = costs + np.maximum(teams - problem.n_weeks, 0) * (costs[0].sum() + 1)
    starts = np.array([shift.start_min for shift in problem.shifts])
    lengths = np.array([shift.length_min for shift in problem.shifts])
    apart = np.abs(starts[:, None] - starts)
    is_near = (np.minimum(apart, DAY_MIN - apart) <= _NEAR_MIN) & (np.abs(lengths[:, None] - lengths) <= _NEAR_MIN)
    near = np.tile(np.arange(len(starts))[:, None], (1, int(is_near.sum(axis=1).max())))
    for row, others in zip(near, is_near, strict=True):
        row[: others.sum()] = np.flatnonzero(others)
    most_run = problem.rules[RuleId.RUN]["most_duties"]
    return StartsProblem(
        costs=np.ascontiguousarray(costs.T, dtype=np.float64),
        first=starts // INTERVAL_MIN,
        length=lengths // INTERVAL_MIN,
        paid=np.array([problem.paid_min(shift) for shift in problem.shifts]),
        near=near,
        paid_low=paid_low,
        paid_high=paid_high,
        n_weeks=problem.n_weeks,
        max_duties=DAYS * problem.n_weeks * most_run // (most_run + 1),
        max_shifts=min(problem.max_shifts, len(problem.shifts)),
    )


def anneal(
    arrays: StartsProblem, shifts: tuple[PatternShift, ...], n_moves: int, rng: np.random.Generator
) -> tuple[Starts, int] | None:
    """Good starts for the need on few of ``shifts``, and their service cost; None if all tried miss the contract.

    Rules of sequence are left out. The same state of the generator gives the same end.
    """
    if arrays.paid_low > arrays.paid_high:
        return None
    slots = rng.choice(len(shifts), size=arrays.max_shifts, replace=False)
    scale = arrays.costs[:, 0].sum() / max(arrays.max_duties, 1)
    cost, slots, counts = _anneal(
        arrays.costs,
        arrays.first,
        arrays.length,
        arrays.paid,
        arrays.near,
        arrays.paid_low,
        arrays.paid_high,
        arrays.max_duties,
        slots,
        arrays.n_weeks,
        n_moves,
        _HOT * scale,
        _COLD * scale,
        _PER_MIN_OFF * scale,
        rng,
    )
    if not np.isfinite(cost):
        return None
    starts: Counter[tuple[int, PatternShift]] = Counter()
    for day, k in zip(*np.nonzero(counts), strict=True):
        starts[int(day), shifts[slots[k]]] += int(counts[day, k])
    return starts, round(cost)


@njit(cache=True, nogil=True)
def _change(costs, level, begin, length, by):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Put ``by`` teams more on duty from an interval on; what that costs."""
    change = 0.0
    for step in range(length):
        i = (begin + step) % level.size
        change -= costs[i, level[i]]
        level[i] += by
        change += costs[i, level[i]]
    return change


@njit(cache=True, nogil=True)
def _swap(costs, level, counts, old, new, first, length):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Let teams, (days,), start shift ``new`` in place of ``old``; what that costs."""
    change = 0.0
    per_day = level.size // counts.size
    for day in range(counts.size):
        change += _change(costs, level, day * per_day + first[old], length[old], -counts[day])
    for day in range(counts.size):
        change += _change(costs, level, day * per_day + first[new], length[new], counts[day])
    return change


@njit(cache=True, nogil=True)
def _anneal(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    costs, first, length, paid, near, low, high, max_duties, slots, n_weeks, n_moves, hot, cold, per_off, rng
):
    """Simulated annealing; see `anneal`. Least cost of starts within the contract, their shifts and counts."""
    counts = np.zeros((7, slots.size), dtype=np.int64)
    level = np.zeros(costs.shape[0], dtype=np.int64)
    per_day = level.size // 7
    cost, hours, duties = costs[:, 0].sum(), 0, 0
    best, best_slots, best_counts = np.inf, slots.copy(), counts.copy()
    for move in range(n_moves):
        temperature = hot * (cold / hot) ** (move / n_moves)
        kind = rng.random()
        day, to_day = int(7 * rng.random()), int(7 * rng.random())
        k, to_k = int(slots.size * rng.random()), int(slots.size * rng.random())
        old = new = slots[k]
        takes, gives = False, False
        if kind < 0.15:
            new = near[old, int(near.shape[1] * rng.random())] if kind < 0.1 else int(first.size * rng.random())
            change = _swap(costs, level, counts[:, k], old, new, first, length)
            hours_after, duties_after = hours + counts[:, k].sum() * (paid[new] - paid[old]), duties
        else:
            takes, gives = kind >= 0.4, kind < 0.7
            if takes and counts[day, k] == 0:
                continue
            if gives and counts[to_day].sum() - (takes and day == to_day) >= n_weeks:
                continue
            to = slots[to_k]
            change, hours_after, duties_after = 0.0, hours, duties + gives - takes
            if takes:
                change += _change(costs, level, day * per_day + first[old], length[old], -1)
                hours_after -= paid[old]
            if gives:
                change += _change(costs, level, to_day * per_day + first[to], length[to], 1)
                hours_after += paid[to]
        off = max(low - hours, hours - high, 0)
        off_after = max(low - hours_after, hours_after - high, 0)
        rise = change + per_off * (off_after - off)
        if duties_after <= max_duties and (rise <= 0 or rise < -temperature * np.log(rng.random())):
            cost, hours, duties, slots[k] = cost + change, hours_after, duties_after, new
            counts[day, k] -= takes
            counts[to_day, to_k] += gives
            if off_after == 0 and cost < best - 1e-6:
                best, best_slots, best_counts = cost, slots.copy(), counts.copy()
        elif takes or gives:
            if takes:
                _change(costs, level, day * per_day + first[old], length[old], 1)
            if gives:
                _change(costs, level, to_day * per_day + first[slots[to_k]], length[slots[to_k]], -1)
        else:
            _swap(costs, level, counts[:, k], new, old, first, length)
    return best, best_slots, best_counts
