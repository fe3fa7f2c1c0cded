"""A force whose people work what their patterns say: a roster without a solver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from rostering.coverage import cost_of_heads, heads_on_calls
from rostering.layout import laid_out, quarters_of
from rostering.problem import Cover, RosterProblem
from rostering.roster import Activity, Duty
from rostering.same_day.absence import Away, TakenOut, taken_out
from rostering.same_day.scene import Scene

from .roster_helpers import force


def as_told(n_handlers: int = 40, seed: int = 1) -> tuple[RosterProblem, tuple[Duty, ...]]:
    """A force and the duties of its patterns, laid out by the rules."""
    problem = force(n_handlers, seed)
    duties = [
        laid_out(problem, handler, duty.start, duty.end)
        for handler in problem.handlers
        for duty in handler.nominal
        if not handler.on_leave(duty.date)
    ]
    return problem, tuple(sorted(duties, key=lambda duty: (duty.start, duty.handler)))


def somebody_away(
    problem: RosterProblem, duties: tuple[Duty, ...], after: datetime, told: timedelta = timedelta(hours=2)
) -> tuple[TakenOut, Scene]:
    """The roster without the first 999 duty from a moment on, told so long before it starts; every head is needed."""
    on_calls = heads_on_calls(problem, duties)
    cover = problem.cover
    needed = Cover(cover.start, on_calls[0], on_calls[1], cover.already_999, cover.already_101)
    problem = replace(problem, cover=needed)
    duty = next(duty for duty in duties if duty.start >= after and Activity.CALLS_999 in quarters_of(duty))
    out = taken_out(problem, duties, Away(duty.handler, duty.start, duty.end))
    scene = Scene(out.problem, out.duties, duty.start - told, duty.start, duty.end, away=frozenset({duty.handler}))
    return out, scene


def cost(problem: RosterProblem, duties: Iterable[Duty]) -> int:
    """Service tier of calls, summed over the cover."""
    return int(np.sum(cost_of_heads(problem, heads_on_calls(problem, duties))))
