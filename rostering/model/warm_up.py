"""What is compiled at first use, compiled before a solve's clock starts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

import numpy as np

from rostering.model.annealing import Cooling, cooled
from rostering.model.bound import Bounds
from rostering.model.options import person_options
from rostering.model.start import greedy_start
from rostering.model.state import make_force, tiers_of
from rostering.model.watch import Watch
from rostering.problem import Contract, Cover, Handler, NominalDuty, RosterProblem, Skill, SkillValidity
from rostering.roster import SolveBudget

_MONDAY = date(2026, 1, 5)
_DUTY_MIN = 480


@cache
def compile_search() -> None:
    """Search and bounds of one person's week, once in a process. The compiled code is kept on disk beside its source:
    only an installation's first solve takes minutes."""
    start = datetime(_MONDAY.year, _MONDAY.month, _MONDAY.day, tzinfo=UTC)
    duties = tuple(
        NominalDuty(_MONDAY + timedelta(days=day), start + timedelta(days=day, hours=8), _DUTY_MIN) for day in range(4)
    )
    skills = (SkillValidity(Skill.CALLS_999), SkillValidity(Skill.CALLS_101))
    person = Handler("H1", Contract(4 * (_DUTY_MIN - 45)), skills, duties)
    need = np.ones(7 * 96, dtype=np.int64)
    problem = RosterProblem(_MONDAY, "UTC", Cover(start, need, need), (person,))
    force = make_force(problem, [person_options(problem, person)])
    state = greedy_start(force)
    if state is None:
        raise AssertionError("one person's plain week has no legal plan")
    Bounds(force, rounds=1).complete(tiers_of(force, state))
    watch = Watch(SolveBudget(seconds=60.0, workers=1, effort=1))
    cooled(force, state, watch, 1.0, lambda _state, _tiers: False, Cooling())
