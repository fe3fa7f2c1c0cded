"""Solve rotating workforce scheduling, or prove that it has no solution."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ortools.sat.python import cp_model

from rostering.errors import RejectedRosterError
from rostering.pattern.automaton import Automaton, Move, smallest_automaton
from rostering.pattern.circulation import Circulation, Step, add_circulation, add_connections, daily_steps
from rostering.pattern.rotation import REST_DAY, BlockLimits, RotationOutcome, RotationProblem, Schedule, broken_rules
from rostering.roster import SolveBudget, SolveStatus

_STATUS = {
    cp_model.OPTIMAL: SolveStatus.OPTIMAL,
    cp_model.FEASIBLE: SolveStatus.OPTIMAL,  # nothing to improve on: any solution is a best one
    cp_model.INFEASIBLE: SolveStatus.INFEASIBLE,
}


@dataclass(frozen=True, slots=True)
class _History:
    """What the rules must know: the last two days, the length of the last one's block, working days in a row."""

    before: str
    last: str
    block: int
    worked: int


def solve_rotation(problem: RotationProblem, budget: SolveBudget) -> RotationOutcome:
    """A schedule that meets every rule, or the proof that there is none, or neither within the budget.

    One integer says how often each step of the automaton of legal sequences is taken on each day. A solution in several
    pieces is no single cycle: that way of falling apart is forbidden and the model solved again, so that a proof of
    infeasibility holds for the problem itself. ``budget.effort`` limits the rounds.

    Raises
    ------
    RejectedRosterError : the check refused what the model had accepted

    References
    ----------
    .. [1] Becker, Schiffer and Walther (2022), A general branch-and-cut framework for rotating workforce scheduling,
       INFORMS Journal on Computing 34(3): connected circulations for this problem.
    """
    ends = time.monotonic() + budget.seconds
    model = cp_model.CpModel()
    steps = daily_steps(legal_sequences(problem), problem.n_days)
    circulation = add_circulation(model, steps, problem.n_employees, problem.n_days)
    _add_requirement(circulation, problem)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = budget.workers
    solver.parameters.random_seed = budget.seed
    rounds = 0
    while budget.effort is None or rounds < budget.effort:
        solver.parameters.max_time_in_seconds = max(ends - time.monotonic(), 0)
        rounds += 1
        status = _STATUS.get(solver.solve(model), SolveStatus.UNKNOWN)
        if status != SolveStatus.OPTIMAL:
            return RotationOutcome(status, None, rounds)
        times = [solver.value(taken) for taken in circulation.times]
        if not add_connections(circulation, times):
            return RotationOutcome(status, _checked(problem, circulation.walk(times)), rounds)
    return RotationOutcome(SolveStatus.UNKNOWN, None, rounds)


def legal_sequences(problem: RotationProblem) -> Automaton:
    """Automaton of all sequences that keep the limits of blocks and hold no forbidden sequence.

    Every such cycle rests and works at some time, since no block is endless: so it passes a first rest day.
    """
    shifts = {shift.name: shift.block for shift in problem.shifts}
    starts = [_History(name, REST_DAY, 1, 0) for name in shifts]
    return smallest_automaton(starts, lambda history: _moves(problem, shifts | {REST_DAY: problem.rest}, history))


def _moves(problem: RotationProblem, blocks: dict[str, BlockLimits], history: _History) -> Iterator[Move[_History]]:
    """Legal choices for the day after ``history``."""
    before, last = history.before, history.last
    for label, name in enumerate(problem.names):
        if (last, name) in problem.forbidden or (before, last, name) in problem.forbidden:
            continue
        block = history.block + 1 if name == last else 1
        if block > blocks[name].most or (name != last and history.block < blocks[last].fewest):
            continue
        worked = 0 if name == REST_DAY else history.worked + 1
        if worked > problem.work.most or (name == REST_DAY != last and history.worked < problem.work.fewest):
            continue
        yield Move(label, (), _History(last, name, block, worked))


def _add_requirement(circulation: Circulation, problem: RotationProblem) -> None:
    """On each day each shift is worked by exactly as many as required."""
    for label, shift in enumerate(problem.shifts, start=1):
        for day, heads in enumerate(shift.requirement):
            circulation.model.add(sum(circulation.by_choice.get((day, label), [])) == heads)


def _checked(problem: RotationProblem, walk: list[Step]) -> Schedule:
    """The walk as weeks of names, passed by the check."""
    names = [problem.names[step.label] for step in walk]
    weeks = range(0, len(names), problem.n_days)
    schedule = tuple(tuple(names[first : first + problem.n_days]) for first in weeks)
    if broken := broken_rules(problem, schedule):
        raise RejectedRosterError(f"the check refused a schedule of the model: {'; '.join(broken)}")
    return schedule
