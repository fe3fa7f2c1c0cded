"""Rosters: legal start, annealing, proof beside it, activities, acceptance by the whole model and the checker."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from rostering.check import CheckReport
from rostering.errors import RejectedRosterError
from rostering.model.accept import accepted, recounted
from rostering.model.annealing import Cooling, cooled
from rostering.model.bound import Bounds, climbing
from rostering.model.exact import is_small, solved_whole
from rostering.model.explain import conflicts
from rostering.model.options import person_options
from rostering.model.repair import repaired, usual, within
from rostering.model.standing import state_of
from rostering.model.start import greedy_start
from rostering.model.state import Force, Reached, State, make_force, tiers_of
from rostering.model.warm_up import compile_search
from rostering.model.watch import Cancelled, Report, Watch
from rostering.problem import Mode, RosterProblem, Skill
from rostering.roster import EndedBy, Progress, RosterOutcome, SolveBudget, SolveStatus, Tier, TierName

_EXPLAIN_SHARE = 0.5  # of the time: with somebody to explain there is nothing to search
_ACCEPT_S = 0.009  # [s] that the whole model and the activities need per duty, measured on one shared core
_LEAST_ACCEPT_S = 1.0  # [s] of them besides


def roster(
    problem: RosterProblem,
    budget: SolveBudget,
    progress: Report | None = None,
    cancelled: Cancelled | None = None,
    *,
    most_changes: int | None = None,
) -> RosterOutcome:
    """Best roster of the period found within ``budget``, with a proven bound per tier.

    most_changes : repair: person-days that may differ from the published roster, as far as its people still have legal
        plans with it; None: as many as pay. The bounds are those of all repairs

    The outcome is infeasible, with the rules in conflict, where somebody has no legal plan; it is never an exception.
    A cancelled solve gives the best roster so far, accepted and checked as any other. The seconds start once everything
    is compiled.

    Raises
    ------
    RejectedRosterError : the checker refused what the model accepted, a fault of the library
    """
    report = progress or (lambda _: None)
    report(Progress("loading", None, None, 0.0))
    compile_search()
    watch = Watch(budget, report, cancelled or (lambda: False))
    watch.tell("options", None, None)
    people = [person_options(problem, handler) for handler in problem.handlers]
    found, more = conflicts(problem, people, _EXPLAIN_SHARE * budget.seconds)
    if found:
        notes = (f"handlers without a legal week besides those named: {more}",) if more else ()
        return RosterOutcome(SolveStatus.INFEASIBLE, None, (), found, notes)
    force = make_force(problem, people)
    repair = problem.mode is Mode.REPAIR
    state = state_of(force, problem.published) if repair else greedy_start(force)
    if state is None:
        raise RejectedRosterError("the search found no week for somebody to whom the model gives one")
    watch.tell("start", tiers_of(force, state)[0], None)
    return _searched_and_proven(force, state, watch, partial(_repaired, most_changes) if repair else _searched)


@dataclass
class _Standing:
    """What a solve has reached: ``reached[0]`` is shared with the thread that climbs."""

    watch: Watch
    bounds: Bounds
    reached: list[Reached]
    whole: tuple[Reached, Reached] | None = None  # tiers and their bounds from the whole model

    def bound(self, tier: int) -> float:
        """Best bound of a tier, given that those before are as reached."""
        best, now = self.bounds.best(tier, self.reached[0]), self.reached[0]
        if self.whole is not None and all(now[i] <= self.whole[0][i] for i in range(tier)):
            best = max(best, float(self.whole[1][tier]))
        return best

    @property
    def is_proven(self) -> bool:
        """Whether no tier can be better."""
        return all(self.bound(tier) >= self.reached[0][tier] for tier in range(3))

    def tell(self, phase: str) -> None:
        """Report the first tier that is not proven yet."""
        now = self.reached[0]
        bounds = [self.bound(tier) for tier in range(3)]
        tier = next((i for i in range(3) if bounds[i] < now[i]), 2)
        self.watch.tell(phase, now[tier], bounds[tier], tuple(TierName)[tier])


_Search: TypeAlias = Callable[[Force, State, _Standing], tuple[State, EndedBy]]


def _searched_and_proven(force: Force, state: State, watch: Watch, search: _Search) -> RosterOutcome:
    standing = _Standing(watch, Bounds(force), [tiers_of(force, state)])
    beside = watch.budget.workers > 1
    with climbing(standing.bounds, standing.reached, beside=beside):
        state, ended = search(force, state, standing)
        standing.reached[0] = tiers_of(force, state)
        return _proven(force, state, ended, standing, climb=not beside)


def _proven(force: Force, state: State, ended: EndedBy, standing: _Standing, *, climb: bool) -> RosterOutcome:
    """The outcome of a search: accepted, checked, and with the bounds that the rest of the time allows."""
    watch = standing.watch
    standing.tell("acceptance")
    agreed = accepted(force, state, watch.budget, watch.left_s())
    if isinstance(agreed, str):
        return RosterOutcome(SolveStatus.UNKNOWN, None, (), (), (agreed,), ended)
    written, checked = agreed
    standing.reached[0] = recounted(checked)
    ended = _prove(standing, ended, climb=climb)
    if watch.ended() is None:
        standing.bounds.complete(standing.reached[0])
    tiers = _tiers(standing)
    best = all(tier.status is SolveStatus.OPTIMAL for tier in tiers)
    standing.tell("done")
    status = SolveStatus.OPTIMAL if best else SolveStatus.FEASIBLE
    return RosterOutcome(status, written, tiers, (), _notes(tiers, checked), EndedBy.PROOF if best else ended)


def _search_until(force: Force, budget: SolveBudget) -> float:
    """Share of the seconds at which the search ends, so that activities and acceptance have theirs."""
    return max(1 - (_LEAST_ACCEPT_S + _ACCEPT_S * force.week.base.size) / budget.seconds, 0.5)


def _repaired(most: int | None, force: Force, state: State, standing: _Standing) -> tuple[State, EndedBy]:
    """The repair at the usual price of a change, or a dearer one where too much would change, and what ended it.

    Where even the dearest changes too much it is the roster as it is.
    """
    start = state.copy()
    found, ended = repaired(force, state, standing.watch, _search_until(force, standing.watch.budget))
    if most is None:
        return usual(found).state, ended
    kept = within(found, most)
    return start if kept is None else kept.state, ended


def _searched(force: Force, state: State, standing: _Standing) -> tuple[State, EndedBy]:
    """The best state that the search finds, and what ended it."""
    watch = standing.watch

    def told(_: State, tiers: Reached) -> bool:
        standing.reached[0] = tiers
        standing.tell("search")
        return standing.is_proven

    until = _search_until(force, watch.budget)
    if is_small(force):
        state, bounds = solved_whole(force, state, 0.5 * watch.left_s(until), watch.budget.seed)
        standing.whole = tiers_of(force, state), bounds
        if told(state, tiers_of(force, state)):
            return state, EndedBy.PROOF
    return cooled(force, state, watch, until, told, Cooling(seed=(watch.budget.seed,)))


def _prove(standing: _Standing, ended: EndedBy, *, climb: bool) -> EndedBy:
    """Use the time that is left for the bounds; what ended the solve."""
    watch = standing.watch
    effort = watch.budget.effort
    turns = 0
    while effort is None or turns < 3 * effort:
        tier = (0, 1, 1, 2)[turns % 4]
        if standing.is_proven:
            return EndedBy.PROOF
        if (end := watch.ended()) is not None:
            return end if ended is EndedBy.PROOF else ended
        if not climb:
            threading.Event().wait(0.05)
        elif standing.bound(tier) < standing.reached[0][tier]:
            standing.bounds.climb(tier, standing.reached[0])
        turns += 1
        standing.tell("proof")
    return ended


def _tiers(standing: _Standing) -> tuple[Tier, ...]:
    tiers = []
    for place, name in enumerate(TierName):
        value, bound = standing.reached[0][place], standing.bound(place)
        status = SolveStatus.OPTIMAL if bound >= value else SolveStatus.FEASIBLE
        tiers.append(Tier(name, value, bound, (value - bound) / value if value else 0.0, status))
    return tuple(tiers)


def _notes(tiers: tuple[Tier, ...], checked: CheckReport) -> tuple[str, ...]:
    service = tiers[0]
    short = {skill: int(checked.coverage[skill].short.sum()) for skill in Skill}
    notes = [
        f"seats short in the week: {short[Skill.CALLS_999]} quarter-hours of 999, {short[Skill.CALLS_101]} of 101",
        f"weighted service shortfall: {service.objective}; no roster of these people is below {service.bound:.0f}",
    ]
    if checked.notices:
        notes.append(f"{len(checked.notices)} soft rules not met, first: {checked.notices[0].message}")
    return tuple(notes)
