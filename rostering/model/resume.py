"""A roster improved by a fixed effort from one that stands: what a comparison of two problems rests on.

No bounds are climbed and nothing is published from here: the checker recounts each roster, and the caller sets two of
them beside each other. The same problem, start, seed and effort give the same roster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rostering.check import CheckReport, check
from rostering.model.activities import activity_plan
from rostering.model.annealing import Cooling, cooled
from rostering.model.desks import written_roster
from rostering.model.explain import conflicts
from rostering.model.options import person_options
from rostering.model.repair import repaired, usual
from rostering.model.standing import state_of
from rostering.model.start import greedy_start
from rostering.model.state import Force, Reached, State, make_force
from rostering.model.warm_up import compile_search
from rostering.model.watch import Cancelled, Watch
from rostering.problem import Mode, RosterProblem
from rostering.roster import Conflict, Duty, Roster, SolveBudget
from rostering.rules import RuleId

_EXPLAIN_S = 2.0  # for the rules that contradict each other: with somebody to explain there is nothing to search
_LEARNING = SolveBudget(seconds=3.0, workers=1)


@dataclass(frozen=True, slots=True)
class Resumed:
    """A roster with the checker's recount; neither where somebody has no legal plan, and then `conflicts` say why."""

    roster: Roster | None
    checked: CheckReport | None
    conflicts: tuple[Conflict, ...] = ()


def resumed(
    problem: RosterProblem,
    standing: Sequence[Duty] | None,
    budget: SolveBudget | None,
    cancelled: Cancelled | None = None,
) -> Resumed:
    """The best roster of ``problem`` that ``budget`` finds from ``standing``.

    Parameters
    ----------
    standing : duties of the period; whoever has no legal plan with theirs gets the cheapest one beside the others.
        None: everybody is placed anew, one after the other
    budget : its ``effort`` decides; None: no search, everybody else stands as they are
    cancelled : asked now and then; True ends the search with the best so far
    """
    compile_search()
    people = [person_options(problem, handler) for handler in problem.handlers]
    found, _ = conflicts(problem, people, _EXPLAIN_S)
    if found:
        return Resumed(None, None, found)
    force = make_force(problem, people)
    state = greedy_start(force) if standing is None else state_of(force, standing)
    if state is None:
        return Resumed(None, None)
    if budget is not None:
        state = _searched(force, state, Watch(budget, cancelled=cancelled or (lambda: False)))
    roster = written_roster(force, state)
    checked = check(problem, roster)
    if any(broken.rule is RuleId.LEARNING for broken in checked.violations):  # sessions that the search had no room for
        roster = activity_plan(problem, roster, _LEARNING).roster
        checked = check(problem, roster)
    return Resumed(roster, checked)


def _searched(force: Force, state: State, watch: Watch) -> State:
    if force.problem.mode is Mode.REPAIR:
        return usual(repaired(force, state, watch, 1.0)[0]).state
    return cooled(force, state, watch, 1.0, _never_content, Cooling(seed=(watch.budget.seed,)))[0]


def _never_content(_: State, __: Reached) -> bool:
    return False
