"""Best roster of named shifts within a budget: annealing over handlers beside the bound and its neighbourhoods."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from rostering.errors import RejectedRosterError
from rostering.named.anneal import Best, anneal
from rostering.named.arrays import objective, to_roster
from rostering.named.bound import Bound, climb, generate
from rostering.named.check import check
from rostering.named.complete import complete_columns, finish
from rostering.named.dive import dive
from rostering.named.force import make_force
from rostering.named.master import Columns
from rostering.named.neighbourhood import improve
from rostering.named.problem import NamedProblem, NamedRoster
from rostering.roster import SolveBudget, SolveStatus

_ANNEAL_SHARE = 0.6  # of the time, left, before neighbourhoods
_DIVE_SHARE = 0.4  # of the time left, before annealing
_WHOLE_SHARE = 0.3  # of the time left, for an integer programme over everybody
_WHOLE_HANDLERS = 20  # most handlers of such a programme
_NEIGHBOURHOOD_S = 4.0  # [s] that one over a few handlers may take
_FEWEST, _FIRST = 4, 10  # handlers of a neighbourhood
_FEW_COLUMNS, _MANY_COLUMNS = 3_000, 20_000  # a proof by completeness before and after annealing


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


def solve(problem: NamedProblem, budget: SolveBudget) -> NamedOutcome:
    """Best roster found within ``budget``, with the best proven bound.

    With ``effort`` one thread does so many cycles of annealing and neighbourhoods.

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
    best = Best(force, ends, lines, objective(force.arrays, lines), Bound(-np.inf, prices))
    own, other = np.random.default_rng(budget.seed).spawn(2)
    if budget.workers == 1 or budget.effort is not None:
        _search(best, own, budget)
    else:
        with ThreadPoolExecutor(1) as pool:
            beside = pool.submit(anneal, best, other, ends)
            _search(best, own, budget)
            beside.result()
    return _outcome(problem, best)


def _search(best: Best, rng: np.random.Generator, budget: SolveBudget) -> None:
    """Bound, annealing, then neighbourhoods and the proof."""
    columns = Columns(best.force.arrays)
    for who, line in enumerate(best.lines):
        columns.add(who, line)
    climb(best.force, columns, best.bound, best.left_s)
    generate(best.force, columns, best.bound, best.left_s)
    best.is_priced = True
    _finish(best, _FEW_COLUMNS)
    _dive(best, columns)
    anneal(best, rng, time.monotonic() + _ANNEAL_SHARE * best.left_s(), budget.effort)
    _exchange(best, columns, rng, budget.effort)


def _dive(best: Best, columns: Columns) -> None:
    kept_s = (1 - _DIVE_SHARE) * best.left_s()
    lines = dive(best.force, columns, lambda: best.left_s() - kept_s)
    if lines is not None:
        best.offer(lines)


def _exchange(best: Best, columns: Columns, rng: np.random.Generator, effort: int | None) -> None:
    """Neighbourhoods by column generation: everybody at first, where they are not many; then a few."""
    everybody = len(best.lines)
    n_chosen, limit_s, turns, tried = everybody, _WHOLE_SHARE * best.left_s(), 0, 0
    if everybody > _WHOLE_HANDLERS:
        n_chosen, limit_s = _FIRST, _NEIGHBOURHOOD_S
    while best.left_s() > 0 and (effort is None or turns <= effort):
        lines = best.lines
        chosen = rng.choice(everybody, n_chosen, replace=False).tolist()
        better, is_cut = improve(
            best.force, columns, lines, chosen, best.bound, min(limit_s, best.left_s()), rng, best.left_s
        )
        if better is not None:
            best.offer(better)
        if best.value != tried:
            tried = best.value
            _finish(best, _MANY_COLUMNS)
        grown = n_chosen - 1 if is_cut else n_chosen + int(rng.integers(0, 2))
        n_chosen = min(_FIRST if n_chosen == everybody else max(grown, _FEWEST), everybody)
        limit_s, turns = _NEIGHBOURHOOD_S, turns + 1


def _finish(best: Best, n_columns: int) -> None:
    """Prove the roster best, or find and prove a better one, where the columns that could matter are few."""
    value = best.value
    if best.left_s() <= 0:
        return
    columns = complete_columns(best.force, best.bound, value - 1, n_columns)
    if columns is None:
        return
    better, is_best = finish(best.force, columns, value, best.left_s() / 2)
    if better is not None:
        best.offer(better)
    # A roster found meanwhile beside cannot be better than what is proven best.
    best.is_complete = is_best


def _outcome(problem: NamedProblem, best: Best) -> NamedOutcome:
    roster = to_roster(problem, best.lines)
    report = check(problem, roster)
    if report.violations:
        raise RejectedRosterError(f"{len(report.violations)} rules broken, first: {report.violations[0]}")
    if report.objective != best.value:
        raise RejectedRosterError(f"cost recounted {report.objective}, expected {best.value}")
    if best.is_proven():
        return NamedOutcome(SolveStatus.OPTIMAL, roster, report.objective, report.objective)
    return NamedOutcome(SolveStatus.FEASIBLE, roster, report.objective, best.bound.whole)
