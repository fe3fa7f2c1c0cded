"""The weekly roster: legal start, search over persons, CP-SAT polish, proof, acceptance by model and checker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rostering.check import CheckReport, check
from rostering.errors import RejectedRosterError
from rostering.model.bound import Bounds, Reached, climb_until
from rostering.model.breaks import place_breaks
from rostering.model.desks import written_roster
from rostering.model.explain import conflicts
from rostering.model.neighbourhood import improved, polish
from rostering.model.options import person_options
from rostering.model.search import improve
from rostering.model.start import greedy_start
from rostering.model.state import Force, State, make_force, tiers_of, weighted, weights
from rostering.problem import RosterProblem, Skill
from rostering.roster import Progress, Roster, RosterOutcome, SolveBudget, SolveStatus, Tier, TierName

Report = Callable[[Progress], None]
_ROUNDS = 200  # of search between two looks at the clock
_HEAT = 20.0  # twice what a quarter-hour moved weighs
_POLISH_SHARE = 0.1  # of the time
_EXPLAIN_SHARE = 0.5  # of the time: with somebody to explain there is nothing to search
_ACCEPT_S = 3e-4  # [s] that the whole model needs per option, measured on one shared core


def roster(problem: RosterProblem, budget: SolveBudget, progress: Report | None = None) -> RosterOutcome:
    """Best roster of the week found within ``budget``, with a proven bound per tier.

    The outcome is infeasible, with the rules in conflict, where somebody has no legal week; it is never an exception.

    Raises
    ------
    RejectedRosterError : the checker refused what the model accepted, a fault of the library
    """
    report = progress or (lambda _: None)
    began = time.monotonic()
    report(Progress("options", None, None, 0.0))
    people = [person_options(problem, handler) for handler in problem.handlers]
    found, more = conflicts(problem, people, _EXPLAIN_SHARE * budget.seconds)
    if found:
        notes = (f"handlers without a legal week besides those named: {more}",) if more else ()
        return RosterOutcome(SolveStatus.INFEASIBLE, None, (), found, notes)
    force = make_force(problem, people)
    state = greedy_start(force)
    if state is None:
        raise RejectedRosterError("the search found no week for somebody to whom the model gives one")
    return _search_and_prove(force, state, budget, began, report)


def _search_and_prove(force: Force, state: State, budget: SolveBudget, began: float, report: Report) -> RosterOutcome:
    bounds, reached, stop = Bounds(force), [tiers_of(force, state)], threading.Event()
    beside = budget.workers > 1 and budget.effort is None
    climber = threading.Thread(target=climb_until, args=(bounds, reached, stop), daemon=True)
    if beside:
        climber.start()
    try:
        state = _search(force, state, budget, began, bounds, reached, report)
        state = _polish(force, state, budget, began, reached, report)
        report(Progress("acceptance", reached[0][0], bounds.best(0, reached[0]), _ends(force, budget)[1]))
        accepted = _accepted(force, state, budget)
        if accepted is None:
            note = "time ran out before the model had accepted the roster"
            return RosterOutcome(SolveStatus.UNKNOWN, None, (), (), (note,))
        written, checked = accepted
        _prove(bounds, reached[0], budget, began, report, climb=not beside)
    finally:
        stop.set()
        if beside:
            climber.join()
    bounds.complete(reached[0])
    tiers = _tiers(reached[0], bounds)
    best = all(tier.status is SolveStatus.OPTIMAL for tier in tiers)
    report(Progress("done", tiers[0].objective, tiers[0].bound, 1.0))
    status = SolveStatus.OPTIMAL if best else SolveStatus.FEASIBLE
    return RosterOutcome(status, written, tiers, (), _notes(tiers, checked))


def _share(budget: SolveBudget, began: float) -> float:
    return (time.monotonic() - began) / budget.seconds


def _ends(force: Force, budget: SolveBudget) -> tuple[float, float]:
    """Shares of the time at which search and polish end: what comes after them is acceptance and proof."""
    acceptance = 0.05 + _ACCEPT_S * force.week.start.size / budget.seconds
    polish_end = 1 - min(acceptance, 0.5)
    return polish_end - _POLISH_SHARE, polish_end


def _search(
    force: Force,
    state: State,
    budget: SolveBudget,
    began: float,
    bounds: Bounds,
    reached: list[Reached],
    report: Report,
) -> State:
    """Search in blocks, hot at first; the best state seen."""
    rng = np.random.default_rng(budget.seed)
    best, best_value, blocks = state.copy(), weighted(reached[0]), 0
    if not force.people:
        return best
    last_report, end = 0.0, _ends(force, budget)[0]
    begin = _share(budget, began)
    while (share := _share(budget, began)) < end and (budget.effort is None or blocks < budget.effort):
        part = blocks / budget.effort if budget.effort else (share - begin) / max(end - begin, 1e-9)
        heat = _HEAT * max(0.0, 1 - part / 0.9)
        improve(
            force.week, force.need, state.choice, state.breaks, state.count, state.people_cost, weights(), heat,
            _ROUNDS, rng,
        )  # fmt: skip
        blocks += 1
        now = tiers_of(force, state)
        if weighted(now) < best_value:
            best, best_value, reached[0] = state.copy(), weighted(now), now
        if share - last_report > 0.01:
            report(Progress("search", reached[0][0], bounds.best(0, reached[0]), share))
            last_report = share
        if all(bounds.best(tier, reached[0]) >= reached[0][tier] for tier in range(3)):
            break  # proven best
    return best


def _polish(
    force: Force, state: State, budget: SolveBudget, began: float, reached: list[Reached], report: Report
) -> State:
    """CP-SAT: breaks of people around short intervals, then whole weeks of a few."""
    rng = np.random.default_rng((budget.seed, 1))
    turns, end = 0, _ends(force, budget)[1]
    if not force.people or sum(reached[0]) == 0:
        return state
    while (share := _share(budget, began)) < end and (budget.effort is None or turns < 2):
        left = max((end - share) * budget.seconds, 0.1)
        part = replace(
            budget, seconds=min(left, max(budget.seconds / 30, 0.5)), effort=None if budget.effort is None else 1
        )
        state = (place_breaks if turns % 2 == 0 else polish)(force, state, part, rng)
        turns += 1
        reached[0] = tiers_of(force, state)
        report(Progress("polish", reached[0][0], None, share))
    return state


def _accepted(force: Force, state: State, budget: SolveBudget) -> tuple[Roster, CheckReport] | None:
    """The state as a roster once the whole CP-SAT model and the checker have accepted it, and agree on its cost."""
    patience = replace(budget, seconds=max(budget.seconds, 30.0), effort=None)
    accepted, _ = improved(force, state, range(len(force.people)), patience, frozen=True)
    if accepted is None:
        return None
    written = written_roster(force, accepted)
    checked = check(force.problem, written)
    if checked.violations:
        raise RejectedRosterError(f"{len(checked.violations)} rules broken, first {checked.violations[0]}")
    recount = tuple(checked.cost[tier] for tier in TierName)
    if recount != tiers_of(force, accepted):
        raise RejectedRosterError(f"cost recounted {recount}, expected {tiers_of(force, accepted)}")
    return written, checked


def _prove(bounds: Bounds, reached: Reached, budget: SolveBudget, began: float, report: Report, *, climb: bool) -> None:
    """Use the time that is left for the bounds, at least one climb each at the values that the roster has."""
    for tier in range(3):
        if climb:
            bounds.climb(tier, reached)
    turns = 0
    while (share := _share(budget, began)) < 1.0 and (budget.effort is None or turns < 3 * budget.effort):
        tier = (0, 1, 1, 2)[turns % 4]
        if all(bounds.best(i, reached) >= reached[i] for i in range(3)):
            return
        if not climb:
            time.sleep(0.05)
        elif bounds.best(tier, reached) < reached[tier]:
            bounds.climb(tier, reached)
        turns += 1
        report(Progress("proof", reached[0], bounds.best(0, reached), min(share, 1.0)))


def _tiers(reached: Reached, bounds: Bounds) -> tuple[Tier, ...]:
    tiers = []
    for place, name in enumerate(TierName):
        value, bound = reached[place], bounds.best(place, reached)
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
