"""Best roster of named shifts within a budget: annealing over handlers beside the bound and its neighbourhoods."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rostering.errors import RejectedRosterError
from rostering.named.arrays import coverage, objective, to_roster
from rostering.named.bound import Bound, climb, generate
from rostering.named.check import check
from rostering.named.force import Force, Lines, make_force
from rostering.named.master import Columns
from rostering.named.neighbourhood import improve
from rostering.named.problem import NamedProblem, NamedRoster
from rostering.named.search import need_of, reinsert
from rostering.roster import SolveBudget, SolveStatus

_BLOCK_S = 0.1  # [s] of annealing between two looks at the clock
_TAKEN = 5  # handlers taken away at once
_HEAT = 0.3  # of the largest weight, where a cycle of annealing starts
_REHEAT = 0.1  # the same of the cycles after the first
_CYCLES = 4  # of annealing
_ROUNDS, _TURNS = 20, 25  # of a block at first, and blocks of a cycle where effort counts
_NEIGHBOURHOOD_S = 4.0  # [s] that one integer programme may take
_WHOLE_SHARE = 0.2  # of the time left, for the integer programme over everybody
_FEWEST, _FIRST = 4, 8  # handlers of a neighbourhood


@dataclass(frozen=True, slots=True)
class NamedOutcome:
    """End of a solve.

    objective : of ``roster``, as the checker counts it
    bound : proven; no legal roster costs less
    without_roster : names of handlers who have no legal roster, where the status is infeasible
    """

    status: SolveStatus
    roster: NamedRoster | None
    objective: int | None
    bound: int | None
    without_roster: tuple[str, ...] = ()


@dataclass(slots=True)
class _Best:
    """Best roster so far, the bound, and when to end; shared by the threads."""

    force: Force
    ends: float
    lines: Lines
    value: int
    bound: Bound
    lock: threading.Lock = field(default_factory=threading.Lock)

    def offer(self, lines: Lines) -> None:
        """Keep ``lines`` if they are better."""
        value = objective(self.force.arrays, lines)
        with self.lock:
            if value < self.value:
                self.lines, self.value = lines.copy(), value

    def is_over(self) -> bool:
        """Out of time, or proven best."""
        return time.monotonic() >= self.ends or self.is_proven()

    def is_proven(self) -> bool:
        """Whether the bound has met the roster."""
        whole = self.bound.whole
        return whole is not None and whole >= self.value

    @property
    def left_s(self) -> float:
        """Time left [s]."""
        return self.ends - time.monotonic()


def solve(problem: NamedProblem, budget: SolveBudget) -> NamedOutcome:
    """Best roster found within ``budget``, with the best proven bound.

    With ``effort`` one thread does so many turns of annealing and of neighbourhoods.

    Raises
    ------
    ProblemError : a handler's limits leave too many states to keep in memory
    RejectedRosterError : the checker refused the roster, a fault of the library
    """
    ends = time.monotonic() + budget.seconds
    force = make_force(problem)
    without = force.without_roster()
    if without:
        names = tuple(problem.handlers[who].name for who in without)
        return NamedOutcome(SolveStatus.INFEASIBLE, None, None, None, names)
    prices = np.zeros(force.arrays.required.shape)
    _, lines = force.price(prices)
    best = _Best(force, ends, lines, objective(force.arrays, lines), Bound(-np.inf, prices))
    rng = np.random.default_rng(budget.seed)
    columns = Columns(force.arrays)
    if budget.workers == 1 or budget.effort is not None:
        _prove(best, columns)
        _anneal(best, rng, time.monotonic() + best.left_s / 2, budget.effort)
        _exchange(best, columns, rng, budget.effort)
    else:
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(_anneal, best, rng.spawn(1)[0], ends, None)
            _prove(best, columns)
            _exchange(best, columns, rng, None)
            beside.result()
    return _outcome(problem, best)


def _prove(best: _Best, columns: Columns) -> None:
    """The bound, and the rosters that it is made of."""
    for who, line in enumerate(best.lines):
        columns.add(who, line)
    climb(best.force, columns, best.bound, best.is_over)
    generate(best.force, columns, best.bound, best.is_over)


def _exchange(best: _Best, columns: Columns, rng: np.random.Generator, effort: int | None) -> None:
    """Neighbourhoods by column generation: everybody at first, which may do when the bound is near; then a few."""
    everybody = len(best.lines)
    n_chosen, limit_s, turns = everybody, _WHOLE_SHARE * best.left_s, 0
    while not best.is_over() and (effort is None or turns <= effort):
        lines = best.lines
        chosen = rng.choice(everybody, n_chosen, replace=False).tolist()
        seconds = min(limit_s, best.left_s)
        better, is_cut = improve(best.force, columns, lines, chosen, best.bound, seconds, rng, best.is_over)
        if better is not None:
            best.offer(better)
        grown = n_chosen - 1 if is_cut else n_chosen + int(rng.integers(0, 2))
        n_chosen = min(_FIRST if turns == 0 else max(grown, _FEWEST), everybody)
        limit_s, turns = _NEIGHBOURHOOD_S, turns + 1


def _anneal(best: _Best, rng: np.random.Generator, ends: float, effort: int | None) -> None:
    """Cycles of annealing, each from the best roster, until ``ends`` or for ``effort`` cycles of a fixed length."""
    began = time.monotonic()
    cycle_s = max((ends - began) / _CYCLES, _BLOCK_S)
    cycle, turns = 0, 0
    while not best.is_over() and time.monotonic() < ends and (effort is None or cycle < effort):
        state, rounds, share = _state(best), _ROUNDS, 0.0
        while share < 1 and not best.is_over():
            heat = (_HEAT if cycle == 0 else _REHEAT) * max(1 - share / 0.9, 1e-4)
            took_s = _anneal_block(best, state, heat, rng.random((rounds, 3 + _TAKEN)))
            turns += 1
            if effort is None:
                rounds = max(1, min(round(rounds * _BLOCK_S / max(took_s, 1e-3)), 2 * rounds))
                share = (time.monotonic() - began) / cycle_s - cycle
            else:
                share = turns / _TURNS - cycle
        cycle += 1


@dataclass(slots=True)
class _State:
    """A roster that annealing changes, its coverage and cost."""

    lines: Lines
    count: NDArray[np.int64]
    value: int


def _state(best: _Best) -> _State:
    lines = best.lines.copy()
    return _State(lines, coverage(best.force.arrays, lines), objective(best.force.arrays, lines))


def _anneal_block(best: _Best, state: _State, heat: float, draws: NDArray[np.float64]) -> float:
    """A round for each of ``draws`` at ``heat`` times the largest weight; the time that it took [s]."""
    began, bound = time.monotonic(), best.bound
    has_prices = bound.whole is not None
    heaviest = float(best.force.arrays.under.max(initial=1))
    change, top, top_lines = reinsert(
        best.force.graphs,
        need_of(best.force.arrays),
        bound.prices,
        state.lines,
        state.count,
        heat * heaviest,
        float(has_prices),
        draws,
    )
    if state.value + top < best.value - 0.5:
        best.offer(top_lines)
    state.value += round(change)
    return time.monotonic() - began


def _outcome(problem: NamedProblem, best: _Best) -> NamedOutcome:
    roster = to_roster(problem, best.lines)
    report = check(problem, roster)
    if report.violations:
        raise RejectedRosterError(f"{len(report.violations)} rules broken, first: {report.violations[0]}")
    if report.objective != best.value:
        raise RejectedRosterError(f"cost recounted {report.objective}, expected {best.value}")
    status = SolveStatus.OPTIMAL if best.is_proven() else SolveStatus.FEASIBLE
    return NamedOutcome(status, roster, report.objective, best.bound.whole)
