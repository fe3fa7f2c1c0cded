"""How long an assessment takes: a flexible-working application on the demonstration's force of 120, computed as its run
does, from the numbers read to the figures to be stored.

The week's roster that both sides start from is made before the clock starts, as a published one would stand.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.assessments.compute import compute
from app.assessments.run import Inputs, Result, Weeks
from app.assessments.schemas import FlexibleProposal
from app.assessments.sides import Week, costed_as, problem_of, whole_reach
from app.demonstration.calls import DAY_CV, MEAN_HANDLING_S
from app.forces.schemas import ForceSettings
from app.people.schemas import AgreementIn
from app.requirements.expected import Expected
from app.rosters import run as rosters
from app.rosters.build import Heads, Period
from app.rosters.history import LastWeeks
from benchmarks.product import cpu_s
from benchmarks.roster_force import RULES, WEEK_START, own_force
from rostering.model.resume import resumed
from rostering.problem import Mode
from rostering.roster import SolveBudget

N_HANDLERS = 120
EFFORT = 4  # what the service takes for so many people and one week
_START_EFFORT = 10
_PATHS = 200


def measure(seed: int = 1) -> dict[str, Any]:
    """Seconds of an assessment in a week that has a roster, and in one that has none, where what heads short cost is
    worked out first; and how the figures of the first came out."""
    inputs = _inputs(seed)
    result, seconds, cpu = _timed(inputs)
    bare = replace(inputs, of=replace(inputs.of, standing=None, costs=None))
    _, bare_s, bare_cpu = _timed(bare)
    late, lost = (result.figures["service"][name] for name in ("late_999", "lost_101"))
    alternative = result.figures["alternative"]
    return {
        "assessment_s": round(seconds, 2),
        "assessment_compute_cpu_s": round(cpu, 2),
        "assessment_unrostered_s": round(bare_s, 2),
        "assessment_unrostered_cpu_s": round(bare_cpu, 2),
        "assessment_points_to": result.figures["points_to"],
        "assessment_late_999": [late["base"], late["difference"], late["difference_half"]],
        "assessment_lost_101": [lost["base"], lost["difference"], lost["difference_half"]],
        "assessment_tiers": result.figures["tiers"],
        "assessment_alternative": None if alternative is None else alternative["told"],
    }


def _timed(inputs: Inputs) -> tuple[Result, float, float]:
    """What came out, wall and CPU seconds."""
    told: list[tuple[float, str]] = []
    began, used = time.monotonic(), cpu_s()
    result = compute(inputs, _Heard(told, began))
    seconds, cpu = time.monotonic() - began, cpu_s() - used
    for at, phase in told:
        print(f"{at:7.1f} s {phase}", file=sys.stderr)
    return result, seconds, cpu


class _Heard:
    """Takes note of when each phase began; nobody cancels."""

    def __init__(self, told: list[tuple[float, str]], began: float) -> None:
        self._told, self._began = told, began

    def __call__(self, share: float, phase: str, **figures: object) -> None:
        del share, figures
        self._told.append((time.monotonic() - self._began, phase))

    def cancelled(self) -> bool:
        return False


def _inputs(seed: int) -> Inputs:
    """The force's week: its people as stored, its cover, calls that fit the cover, and a roster that stands."""
    force = own_force(N_HANDLERS, 1, Mode.WEEKLY, seed)
    settings = ForceSettings(synthetic=True)
    cover = force.problem.cover
    heads = np.stack([cover.needed_999, cover.needed_101])
    week = Week(settings, RULES, Period(WEEK_START, 1, Mode.WEEKLY, force.problem.begin),
                Heads(cover.start, heads, heads), LastWeeks())  # fmt: skip
    n = force.problem.n_intervals
    problem = costed_as(problem_of(week, force.people), force.problem)
    start = resumed(problem, None, SolveBudget(600.0, seed, 1, _START_EFFORT))
    assert start.roster is not None
    whole = rosters.Inputs(
        problem=whole_reach(problem, week.heads),
        heads=week.heads,
        expected=_expected(cover.start, force.calls[:, :n], settings),
        reach=_expected(cover.start, force.calls, settings),
        reserve=None,
        reserve_in_reach=None,
        settings=settings,
        seconds=60,
        effort=EFFORT,
        seed=seed,
        notes=(),
    )
    asked = FlexibleProposal(
        kind="flexible_working",
        handler=_who_works_on(force.people, WEEK_START + timedelta(days=4)),
        week_start=WEEK_START,
        received=date(2026, 1, 5),
        agreements=[AgreementIn(weekdays=["Friday", "Saturday"], off=True)],
    )
    return Inputs(Weeks(asked, week, force.people, start.roster.duties, problem), whole, EFFORT)


def _who_works_on(people: Any, day: date) -> str:
    """The first whose pattern has a duty that day and the day after."""
    for who in people:
        days, anchor = who.pattern.days, who.pattern.anchor
        if all(days[(day + timedelta(days=n) - anchor).days % len(days)] is not None for n in (0, 1)):
            return str(who.ref)
    raise SystemExit(f"nobody works on {day} and the day after")


def _expected(start: datetime, calls: NDArray[np.float64], settings: ForceSettings) -> Expected:
    """The force's usual calls with a rate of its own on each day of each path."""
    n = calls.shape[1]
    rng = np.random.default_rng(1)
    factor = rng.gamma(DAY_CV**-2, DAY_CV**2, (_PATHS, 1, -(-n // 96))).repeat(96, axis=2)[:, :, :n]
    local = [(start + i * timedelta(minutes=15)).astimezone(settings.zone) for i in range(n)]
    return Expected(
        start=start,
        interval_s=900,
        mean_calls=calls,
        rate_cv=np.full(calls.shape, DAY_CV),
        day_cv=np.full(calls.shape, DAY_CV),
        aht_s=np.tile(np.array(MEAN_HANDLING_S)[:, None], n),
        aht_cv=np.zeros(calls.shape),
        call_cv=(0.8, 0.8),
        paths=rng.poisson(calls * factor).astype(np.int32),
        days=np.array([moment.toordinal() for moment in local]),
        past_abandonment=None,
        waiting=(None, None),
        calibration=None,
        settings=settings,
        set_by="benchmark",
    )


if __name__ == "__main__":
    print(json.dumps(measure()))
