"""Rosters of the product's own force, with all rules on: ``python -m benchmarks.roster`` prints one JSON line.

``--handlers N --weeks W --mode M --seconds S --seed K`` solves and re-checks one problem; ``--check-forces N`` puts so
many random forces through solver and checker and counts what the checker finds.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.product import cpu_s
from benchmarks.random_forces import random_force
from benchmarks.roster_force import own_force
from benchmarks.roster_repair import absent, publish_and_fall_sick, recovery
from rostering.check import CheckReport, check
from rostering.coverage import QUARTER
from rostering.errors import RosteringError
from rostering.explain_reach import least_short, most_heads
from rostering.model.solve import roster
from rostering.problem import Mode, RosterProblem, Skill
from rostering.roster import Progress, RosterOutcome, SolveBudget

_WARM_SIZE, _WARM_S = 6, 5.0  # people and seconds of the solve that compiles what the machine has not compiled yet
_DROPS = 3  # rounds in which people without a legal plan are taken out of a random force


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.roster", description=__doc__)
    parser.add_argument("--handlers", type=int, default=120)
    parser.add_argument("--weeks", type=int, default=1)
    parser.add_argument("--mode", choices=[str(mode) for mode in Mode], default=str(Mode.WEEKLY))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--check-forces", type=int, metavar="N", help="random forces instead of the own one")
    asked = parser.parse_args(arguments)
    if asked.check_forces:
        found = check_forces(asked.check_forces, asked.seconds, asked.seed)
    else:
        budget = SolveBudget(seconds=asked.seconds, seed=asked.seed, workers=asked.workers)
        found = measure(asked.handlers, asked.weeks, Mode(asked.mode), budget)
    print(json.dumps(found))


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(n_handlers: int, n_weeks: int, mode: Mode, budget: SolveBudget) -> dict[str, Any]:
    """One solve of the own force; in repair mode of its published week with five people sick."""
    _warm(mode)
    asked = Mode.WEEKLY if mode is Mode.REPAIR else mode
    problem = own_force(n_handlers, n_weeks, asked, budget.seed).problem
    tell(f"{n_handlers} people, {n_weeks} weeks, {problem.cover.n_intervals} intervals, {mode}")
    if mode is not Mode.REPAIR:
        outcome, timed = timed_solve(problem, budget)
        return described(problem, outcome) | timed
    # A published roster of fair quality to repair; its own time is not the repair's.
    published = roster(problem, replace(budget, seconds=max(60.0, budget.seconds)))
    if published.roster is None:
        return {"status": str(published.status), "reason": "no roster to be published", **_why(published)}
    repair = publish_and_fall_sick(problem, published.roster, absent(problem, published.roster, budget.seed))
    outcome, timed = timed_solve(repair, budget)
    found = described(repair, outcome) | timed
    if outcome.roster is not None:
        found |= recovery(problem, published.roster, repair, outcome.roster)
    return found


def _warm(mode: Mode) -> None:
    """Compiles the solver's kernels, or loads them, so that what follows is timed without."""
    began = time.monotonic()
    outcome = roster(random_force(1, size=_WARM_SIZE, mode=mode), SolveBudget(seconds=_WARM_S))
    tell(f"warm after {time.monotonic() - began:.1f} s ({outcome.status})")


def timed_solve(problem: RosterProblem, budget: SolveBudget) -> tuple[RosterOutcome, dict[str, Any]]:
    """A solve, its wall and CPU seconds, and when it told of its first legal roster."""
    began, used = time.monotonic(), cpu_s()
    first: list[float] = []

    def told(progress: Progress) -> None:
        if progress.objective is not None and not first:
            first.append(time.monotonic() - began)
        tell(f"{time.monotonic() - began:7.1f} s {progress.phase}: {progress.objective} bound {progress.bound}")

    outcome = roster(problem, budget, told)
    return outcome, {
        "first_legal_s": round(first[0], 2) if first else None,
        "seconds": round(time.monotonic() - began, 2),
        "cpu_s": round(cpu_s() - used, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def described(problem: RosterProblem, outcome: RosterOutcome) -> dict[str, Any]:
    """How the solve ended, its tiers, what the checker counts."""
    found: dict[str, Any] = {
        "status": str(outcome.status),
        "ended_by": None if outcome.ended_by is None else str(outcome.ended_by),
        "tiers": {
            str(tier.name): {"objective": tier.objective, "bound": round(tier.bound, 2), "gap": round(tier.gap, 5)}
            for tier in outcome.tiers
        },
    }
    if outcome.roster is None:
        return found | _why(outcome)
    report = check(problem, outcome.roster)
    claimed = {str(tier.name): tier.objective for tier in outcome.tiers}
    recounted = {str(tier): cost for tier, cost in report.cost.items()}
    if claimed != recounted:
        raise SystemExit(f"the solver claims {claimed}, the checker recounts {recounted}")
    return found | _counted(problem, report)


def _why(outcome: RosterOutcome) -> dict[str, Any]:
    return {"conflicts": [f"{c.handler}: {c.message}" for c in outcome.conflicts], "notes": list(outcome.notes)}


def _counted(problem: RosterProblem, report: CheckReport) -> dict[str, Any]:
    """Seat-quarter-hours short in the period, and the penalties by tier and rule.

    Avoidable: beyond what everybody who could be there at all would leave short in each interval by itself.
    """
    short = {skill: int(report.coverage[skill].short.sum()) for skill in Skill}
    somewhere = np.flatnonzero(sum(part.short for part in report.coverage.values())).tolist()
    lost = [least_short(problem, at, most_heads(problem, report.start + at * QUARTER)) for at in somewhere]
    lost_999, lost_all = (sum(pair[kind] for pair in lost) for kind in (0, 1))
    wanted = sum(int(part.required.sum()) for part in report.coverage.values())
    by_rule: dict[str, int] = {}
    for term in report.penalties:
        name = f"{term.tier}.{term.rule}"
        by_rule[name] = by_rule.get(name, 0) + term.amount
    return {
        "shortfall_999": short[Skill.CALLS_999],
        "shortfall_999_avoidable": short[Skill.CALLS_999] - lost_999,
        "shortfall_total": round(sum(short.values()) / max(wanted, 1), 6),
        "shortfall_total_avoidable": round((sum(short.values()) - lost_all) / max(wanted, 1), 6),
        "wanted": wanted,
        "violations": len(report.violations),
        "penalties": by_rule,
        "break_debt_min": sum(one.break_debt_min for one in report.handlers.values()),
    }


def check_forces(n: int, seconds: float, seed: int) -> dict[str, Any]:
    """Random forces through solver and checker. A roster that the library itself refused counts as a violation."""
    ends: dict[str, int] = {}
    violations, refused, dropped = 0, [], 0
    for number in range(seed, seed + n):
        problem = random_force(number)
        try:
            problem, outcome, without = _solved(problem, seconds)
        except RosteringError as error:
            refused.append(f"{number}: {type(error).__name__}: {error}")
            tell(refused[-1])
            continue
        dropped += without
        ends[str(outcome.status)] = ends.get(str(outcome.status), 0) + 1
        broken = check(problem, outcome.roster).violations if outcome.roster is not None else ()
        violations += len(broken)
        size = f"{len(problem.handlers)} x {problem.n_weeks} {problem.mode}"
        tell(f"{number}: {size} {outcome.status}, {without} people dropped, {len(broken)} broken {broken[:1]}")
    return {
        "forces": n,
        "violations": violations + len(refused),
        "statuses": ends,
        "people_dropped": dropped,
        "refused": refused,
        "seed": seed,
        "cpu_s": round(cpu_s(), 1),
    }


def _solved(problem: RosterProblem, seconds: float) -> tuple[RosterProblem, RosterOutcome, int]:
    """A solve; people who have no legal plan at all are taken out and the others solved again."""
    budget, dropped = SolveBudget(seconds=seconds), 0
    for _ in range(_DROPS):
        outcome = roster(problem, budget)
        lost = {conflict.handler for conflict in outcome.conflicts}
        if not lost:
            break
        dropped += len(lost)
        kept = tuple(who for who in problem.handlers if who.ref not in lost)
        pins = tuple(duty for duty in problem.pinned if duty.handler not in lost)
        problem = replace(problem, handlers=kept, pinned=pins)
    return problem, outcome, dropped


if __name__ == "__main__":
    main()
