"""Design a cyclic shift pattern for a weekly need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from rostering.errors import RejectedRosterError
from rostering.pattern.anneal import anneal, starts_problem
from rostering.pattern.assess import assess_pattern
from rostering.pattern.bounds import is_impossible, tier_bounds
from rostering.pattern.cycle import Found, best_cycle, cycle_model
from rostering.pattern.limits import Cancelled, Limits, Report
from rostering.pattern.outcome import PatternOutcome
from rostering.pattern.problem import Pattern, PatternProblem, Starts, starts_of
from rostering.pattern.relaxation import spread
from rostering.pattern.report import PatternReport
from rostering.roster import EndedBy, SolveBudget, SolveStatus, TierName

_ANNEALINGS, _MOVES = 6, 200_000  # in a round, and the moves of each
_STALLED = 10  # rounds without gain after which no more are made
_FIRST_TRIES = 4  # rounds after which other ways to a first pattern are tried
_POOL = 12  # shifts that a first pattern is then sought on
_FIXED_EFFORT, _FREE_EFFORT, _TIER_EFFORT = 1.0, 2.0, 10.0  # deterministic time of CP-SAT
_ROUNDS_SHARE, _TIERS_SHARE = 0.4, 0.75  # of the time: end of the rounds, of the tiers; the rest is for bounds


@dataclass(frozen=True, slots=True)
class _Incumbent:
    """The best pattern so far and its assessment."""

    pattern: Pattern
    report: PatternReport

    @property
    def value(self) -> tuple[int, int, int]:
        """The tiers, first one first."""
        return self.report.service, self.report.people, self.report.cost


def design_pattern(
    problem: PatternProblem, budget: SolveBudget, progress: Report | None = None, cancelled: Cancelled | None = None
) -> PatternOutcome:
    """A legal cycle of ``n_weeks`` on at most ``max_shifts`` shifts, best in service, then people, then cost.

    Rounds of annealing choose shifts and their weekly starts by cover alone; CP-SAT finds a legal cycle with these
    starts, or else the best one on these shifts. Then each tier is improved on the shifts found and bounded over all
    shifts. ``budget.effort`` is the number of rounds, and limits each of the other parts in proportion. A cancelled
    design gives the best pattern so far, with the bounds that were found by then.

    Raises
    ------
    RejectedRosterError : the assessment found a rule broken that the model keeps
    """
    limits = Limits.start(budget, progress, cancelled)
    best, ended_by = _rounds(problem, limits)
    if best is None:
        best = _on_spread_shifts(problem, limits)
    if best is None:
        return _without_pattern(problem, limits)
    best, on_these = _tiers(problem, limits, best)
    limits.tell("bounds", best.report.service, None)
    tiers = tier_bounds(problem, best.report, starts_of(best.pattern), limits)
    is_proven = all(tier.status == SolveStatus.OPTIMAL for tier in tiers)
    if limits.cancelled():
        ended_by = EndedBy.CANCEL
    status = SolveStatus.OPTIMAL if is_proven else SolveStatus.FEASIBLE
    limits.tell("done", best.report.service, tiers[0].bound)
    notes = _notes(problem, best.report, on_these)
    return PatternOutcome(status, best.pattern, best.report, tiers, notes, EndedBy.PROOF if is_proven else ended_by)


def _rounds(problem: PatternProblem, limits: Limits) -> tuple[_Incumbent | None, EndedBy]:
    """Anneal anew and look for a cycle on the best that comes out, as long as effort, time and gain last."""
    rng = np.random.default_rng(limits.budget.seed)
    arrays = starts_problem(problem)
    best: _Incumbent | None = None
    rounds = stalled = 0
    while rounds != limits.budget.effort and stalled < (_FIRST_TRIES if best is None else _STALLED):
        if limits.left_s(_ROUNDS_SHARE) == 0:
            return best, EndedBy.SECONDS
        rounds, stalled = rounds + 1, stalled + 1
        annealed = [anneal(arrays, problem.shifts, _MOVES, rng) for _ in range(_ANNEALINGS)]
        starts, cost = min((end for end in annealed if end is not None), key=itemgetter(1), default=(None, math.inf))
        below = math.inf if best is None else best.report.service
        if starts is None or cost >= below:
            continue
        found = _legal(problem, starts, limits, below)
        if found is not None:
            best, stalled = found, 0
            limits.tell("shifts", best.report.service, None)
            if best.report.service == 0:
                break
    return best, EndedBy.EFFORT


def _legal(problem: PatternProblem, starts: Starts, limits: Limits, below: float) -> _Incumbent | None:
    """A cycle with these starts, or else the best found on their shifts with less service cost than ``below``."""
    shifts = tuple(sorted({shift for _, shift in starts}))
    cycles = cycle_model(problem, shifts, starts)
    found = best_cycle(cycles, None, limits, _FIXED_EFFORT, _ROUNDS_SHARE)
    if found.pattern is None:
        cycles = cycle_model(problem, shifts)
        if math.isfinite(below):
            cycles.at_most(TierName.SERVICE, round(below) - 1)
        found = best_cycle(cycles, TierName.SERVICE, limits, _FREE_EFFORT, _ROUNDS_SHARE)
    return None if found.pattern is None else _accepted(problem, found.pattern)


def _on_spread_shifts(problem: PatternProblem, limits: Limits) -> _Incumbent | None:
    """A cycle on shifts far apart, where those of annealing had none."""
    cycles = cycle_model(problem, spread(problem.shifts, max(_POOL, problem.max_shifts)))
    found = best_cycle(cycles, TierName.SERVICE, limits, limits.effort(_TIER_EFFORT), _TIERS_SHARE)
    return None if found.pattern is None else _accepted(problem, found.pattern)


def _accepted(problem: PatternProblem, pattern: Pattern) -> _Incumbent:
    """The pattern, if the assessment finds no rule broken."""
    report = assess_pattern(problem, pattern)
    if not report.is_legal:
        told = "; ".join(f"{rule.rule} {rule.message}" for rule in report.broken)
        raise RejectedRosterError(f"the assessment refused a pattern of the model: {told}")
    return _Incumbent(pattern, report)


def _tiers(problem: PatternProblem, limits: Limits, best: _Incumbent) -> tuple[_Incumbent, float]:
    """Improve service, then people, then cost on the pattern's own shifts; also the bound of service on these."""
    cycles = cycle_model(problem, best.pattern.shifts)
    shares = np.linspace(_ROUNDS_SHARE, _TIERS_SHARE, 4)[1:]
    bound_on_these = 0.0
    for tier, share in zip((TierName.SERVICE, TierName.PEOPLE, TierName.COST), shares, strict=True):
        cycles.at_most(TierName.SERVICE, best.report.service)
        if tier == TierName.COST:
            cycles.at_most(TierName.PEOPLE, best.report.people)
        found = best_cycle(cycles, tier, limits, limits.effort(_TIER_EFFORT), float(share))
        best = _better(problem, best, found)
        if found.times:
            cycles.hint(found.times)
        if tier == TierName.SERVICE:
            bound_on_these = min(found.bound, best.report.service)
        limits.tell(tier, best.report.service, None)
    return best, bound_on_these


def _better(problem: PatternProblem, best: _Incumbent, found: Found) -> _Incumbent:
    if found.pattern is None:
        return best
    other = _accepted(problem, found.pattern)
    return other if other.value < best.value else best


def _without_pattern(problem: PatternProblem, limits: Limits) -> PatternOutcome:
    """Why there is none, if that can be proven."""
    if is_impossible(problem, limits):
        told = (
            f"no cycle of {problem.n_weeks} weeks on at most {problem.max_shifts} of {len(problem.shifts)} shifts "
            f"keeps every rule and {problem.weekly_min} paid minutes a week"
        )
        return PatternOutcome(SolveStatus.INFEASIBLE, None, None, (), (told,), EndedBy.PROOF)
    ended_by = EndedBy.CANCEL if limits.cancelled() else EndedBy.SECONDS
    when = "before it was cancelled" if ended_by is EndedBy.CANCEL else f"in {limits.budget.seconds:g} s"
    told = f"no pattern found {when}, and none proven impossible"
    return PatternOutcome(SolveStatus.UNKNOWN, None, None, (), (told,), ended_by)


def _notes(problem: PatternProblem, report: PatternReport, on_these: float) -> tuple[str, ...]:
    """Hours, strains and the narrower bound in words."""
    hours, due = report.weekly_paid_min / 60, problem.weekly_min / 60
    notes = [f"{hours:.2f} paid hours a week on average, contract {due:g}"]
    if report.service:
        notes.append(f"no cycle on just these shifts has a service cost below {on_these:.0f}")
    if report.strains["per_time"]:
        notes.append(f"{report.strains['per_time']} changes from nights within rule H3's rest in each cycle")
    return tuple(notes)
