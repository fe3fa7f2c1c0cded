"""A roster by the product's search alone: what CP-SAT would gain by placing breaks anew takes most of a solve's time,
and both sides of a comparison go without it. The solver-free checker passes every roster."""

from __future__ import annotations

from rostering.check import check
from rostering.model.annealing import Cooling, cooled
from rostering.model.desks import written_roster
from rostering.model.explain import conflicts
from rostering.model.options import person_options
from rostering.model.start import greedy_start
from rostering.model.state import make_force
from rostering.model.warm_up import compile_search
from rostering.model.watch import Watch
from rostering.problem import RosterProblem
from rostering.roster import Roster, SolveBudget


def searched(problem: RosterProblem, effort: int, seed: int, seconds: float) -> tuple[Roster | None, str]:
    """The roster that so many rounds of search find; None with the reason where somebody has no legal week.

    Raises
    ------
    RuntimeError : the checker finds a rule broken, a fault of the search
    """
    compile_search()
    people = [person_options(problem, handler) for handler in problem.handlers]
    found, _ = conflicts(problem, people, seconds)
    if found:
        return None, "; ".join(f"handler {one.handler}: {one.message}" for one in found)
    force = make_force(problem, people)
    state = greedy_start(force)
    if state is None:
        return None, "no legal start"
    watch = Watch(SolveBudget(seconds=seconds, seed=seed, workers=1, effort=effort))
    best, _ = cooled(force, state, watch, 1.0, lambda _state, _tiers: False, Cooling(seed=(seed,)))
    made = written_roster(force, best)
    if broken := check(problem, made).violations:
        raise RuntimeError(f"the week of {problem.week_start}: {broken[0]}")
    return made, ""
