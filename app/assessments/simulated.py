"""Both sides of an assessment simulated with common random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from app.requirements.assumed import Register, definitions_of, lending_of, room_assumptions, targets_of
from app.rosters.desks import desk_matrix, lending_rows
from app.rosters.run import Inputs
from rostering.roster import Duty
from rostering.staffing import ControlRoom
from rostering.staffing.assumptions import Desk
from rostering.staffing.scenarios.compare import Paired
from rostering.staffing.scenarios.effect import Effect, effect
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.uncertainty import rates_behind

_THREADS = 2  # no result depends on it
_DIGITS = 4


def plan_of(inputs: Inputs, duties: Sequence[Duty], paid_min: Mapping[str, int], register: Register) -> Plan:
    """The period with these duties, a row for each handler and date: who is absent on a date is so on both sides."""
    known = inputs.expected
    assumptions = room_assumptions(known, register)
    register.reserve(inputs.reserve)
    lent = lending_rows(lending_of(known))
    refs = sorted({handler.ref for handler in inputs.problem.handlers})
    zone, first = inputs.settings.zone, known.local_starts[0].date() - timedelta(days=1)
    n_dates = int((known.local_starts[-1].date() - first).days) + 1
    desks = np.full((len(refs) * n_dates, known.intervals), Desk.OFF, dtype=np.int8)
    place = {ref: n for n, ref in enumerate(refs)}
    inside = [duty for duty in duties if first <= duty.start.astimezone(zone).date()]
    for duty, row in zip(inside, desk_matrix(inside, known.start, known.intervals), strict=True):
        number = place[duty.handler] * n_dates + (duty.start.astimezone(zone).date() - first).days
        desks[number] = np.where(row == Desk.OFF, desks[number], row)
    paid_h = np.repeat([paid_min.get(ref, 0) / 60 / n_dates for ref in refs], n_dates)
    skilled = {handler.ref for handler in inputs.problem.handlers if any(s.skill == "999" for s in handler.skills)}
    offered = rates_behind(known.paths, known.mean_calls, known.day_cv, known.rate_cv, known.days, inputs.seed)
    return Plan(
        room=ControlRoom(
            interval_s=known.interval_s,
            desks=np.concatenate([desks, lent]),
            aht_s=known.aht_s,
            assumptions=assumptions,
            handlers=np.concatenate([np.repeat(np.arange(len(refs)), n_dates), len(refs) + np.arange(lent.shape[0])]),
            reserve=inputs.reserve,
        ),
        rates=first_attempts(offered, known.past_abandonment, assumptions, known.interval_s),
        days=known.days,
        definitions=definitions_of(known.settings),
        targets=targets_of(known.settings),
        paid_h=np.concatenate([paid_h, np.zeros(lent.shape[0])]),
        skilled_999=np.concatenate(
            [np.repeat([ref in skilled for ref in refs], n_dates), np.ones(lent.shape[0], dtype=bool)]
        ),
        pay_per_h=known.settings.pay_per_h,
        is_roster=True,
    )


def both(base: Plan, changed: Plan, seed: int, replications: int) -> Effect:
    """Late and lost calls of both."""
    return effect(base, changed, replications=replications, seed=seed, threads=_THREADS)


def service_of(found: Effect) -> dict[str, Any]:
    """Each figure of both sides and their difference, with half-widths of 95% intervals."""
    return {name: _sides(paired) for name, paired in found.figures.items()}


def _sides(paired: Paired) -> dict[str, float | None]:
    names = ("base", "base_half", "changed", "changed_half", "difference", "difference_half")
    values = {name: float(getattr(paired, name)[0]) for name in names}
    return {name: None if value != value else round(value, _DIGITS) for name, value in values.items()}
