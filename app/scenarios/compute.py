"""The scenario run's computation, in a child process: both sides simulated with common random numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.requirements.assumed import Register, definitions_of, room_assumptions, targets_of
from app.requirements.compute import demand_of, rules_of, seats_assumptions
from app.requirements.expected import Expected
from app.runs.child import Report
from app.scenarios.changes import changes_of, rows_of, with_lending
from app.scenarios.run import Inputs, Result
from rostering.staffing import ControlRoom, RoomAssumptions, requirement
from rostering.staffing.assumptions import Desk
from rostering.staffing.scenarios.apply import apply
from rostering.staffing.scenarios.compare import Comparison, Paired, compare
from rostering.staffing.scenarios.levers import Case, Change
from rostering.staffing.scenarios.people import RowsReplaced
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.scenarios.profile import duty_rows
from rostering.staffing.scenarios.restore import restore
from rostering.staffing.scenarios.sweep import WORSE, Grid, sweep
from rostering.staffing.seats.repeats import first_attempts
from rostering.staffing.seats.uncertainty import rates_behind

_RANGE_REPLICATIONS = 128
_THREADS = min(2, os.cpu_count() or 1)  # no result depends on it
_POST_WEEK_H = 37.0  # Police Staff Council: the full-time week


def compute(inputs: Inputs, report: Report) -> Result:
    """Both sides, their difference, and what else was asked for."""
    asked = inputs.asked
    register = Register(inputs.expected)
    assumptions = room_assumptions(inputs.expected, register)
    register.setting("pay of an hour", "pay_per_h", "pounds", "assumption: no source")
    base = _plan(inputs, assumptions, register)
    changes = changes_of(inputs, base.targets)
    changed = apply(base, changes, seed=asked.seed) if changes else base
    extra = bool(asked.sweep or asked.restore or any(change.is_uncertain for change in changes))
    share = 0.5 if extra else 1.0
    found = compare(
        base,
        changed,
        seed=asked.seed,
        half_width=asked.precision,
        threads=_THREADS,
        progress=lambda done, phase: report(share * done, phase),
    )
    return Result(
        figures={
            "precision": _precision(found, asked.precision),
            "definitions": list(changed.definitions.words()),
            "assumptions": register.entries,
            "targets": {
                "base": {"service_level_999": base.targets.service_level, "abandonment_101": base.targets.abandonment},
                "changed": {
                    "service_level_999": changed.targets.service_level,
                    "abandonment_101": changed.targets.abandonment,
                },
            },
            "spans": _spans(inputs.expected, found),
            "service": {
                width: _whole(service) if width == "whole" else _by_span(service)
                for width, service in found.service.items()
            },
            "people": _people(found, inputs),
            "cost": _whole(found.cost),
            "range": _range(base, changes, inputs, report),
            "sweep": None if asked.sweep is None else _sweep(changed, inputs, report),
            "restore": _restore(changed, inputs, report) if asked.restore else None,
            "notes": _notes(inputs, changes),
        }
    )


def _plan(inputs: Inputs, assumptions: RoomAssumptions, register: Register) -> Plan:
    """The base: the roster's duties, the requirement's rostered heads, or seats worked out for the forecast."""
    known = inputs.expected
    offered = rates_behind(known.paths, known.mean_calls, known.day_cv, known.rate_cv, known.days, inputs.asked.seed)
    rates = first_attempts(offered, known.past_abandonment, assumptions, known.interval_s)
    reserve = inputs.reserve
    if inputs.staffed is not None:
        rows = rows_of(inputs.staffed, known.start, known.intervals)
    else:
        rows, reserve = _profile(inputs)
    register.reserve(reserve)
    rows = with_lending(rows, known)
    return Plan(
        room=ControlRoom(
            interval_s=known.interval_s,
            desks=rows.desks,
            aht_s=known.aht_s,
            assumptions=assumptions,
            handlers=rows.handlers,
            reserve=reserve,
        ),
        rates=rates,
        days=known.days,
        definitions=definitions_of(known.settings),
        targets=targets_of(known.settings),
        paid_h=rows.paid_h,
        skilled_999=rows.skilled_999,
        pay_per_h=known.settings.pay_per_h,
        is_roster=rows.is_roster,
    )


def _profile(inputs: Inputs) -> tuple[RowsReplaced, NDArray[np.int64] | None]:
    """Rostered heads as duties of eight hours and the switchboard's, and the 999 seats that 101 calls leave idle."""
    rostered, switchboard, reserve = inputs.rostered, inputs.switchboard_seats, inputs.reserve
    if rostered is None:
        register = Register(inputs.expected)
        needed = requirement(
            demand_of(inputs.expected),
            seats_assumptions(room_assumptions(inputs.expected, register)),
            targets_of(inputs.expected.settings),
            definitions_of(inputs.expected.settings),
            rules_of(inputs.expected, register),
        )
        rostered, switchboard = np.array([needed.rostered_999, needed.rostered_101]), needed.switchboard_seats
        reserve = needed.reserve
    desks = duty_rows(rostered[0], rostered[1])
    if switchboard is not None and switchboard.any():
        seats = np.arange(switchboard.max())[:, None] < switchboard
        desks = np.concatenate([desks, np.where(seats, Desk.SWITCHBOARD, Desk.OFF).astype(np.int8)])
    n = desks.shape[0]
    paid_h = (desks != Desk.OFF).sum(axis=1) * inputs.expected.interval_s / 3600
    return RowsReplaced(desks, np.arange(n), paid_h, np.ones(n, dtype=bool), is_roster=False), reserve


def _precision(found: Comparison, wanted: float) -> dict[str, Any]:
    level = found.service["whole"]["service_level_999"]
    return {
        "weeks_simulated": found.replications,
        "wanted_half_width": wanted,
        "service_level_999_half_width": {
            "base": _number(float(level.base_half[0])),
            "changed": _number(float(level.changed_half[0])),
        },
        "of": "the mean over the forecast's sample paths; 95% intervals",
        "sampled_weeks": {
            side: {
                name: [_number(value) for value in np.nanquantile(values, (0.05, 0.5, 0.95))]
                for name, values in samples.items()
                if name in ("service_level_999", "abandonment_101", "mean_wait_101_s") and np.isfinite(values).any()
            }
            for side, samples in zip(("base", "changed"), found.samples, strict=True)
        },
        "sampled_weeks_levels": [0.05, 0.5, 0.95],
    }


def _spans(known: Expected, found: Comparison) -> dict[str, list[str]]:
    step = timedelta(seconds=known.interval_s)
    return {
        width: [(known.start + int(first) * step).isoformat() for first in firsts]
        for width, firsts in found.firsts.items()
    }


def _whole(figures: Mapping[str, Paired]) -> dict[str, Any]:
    """Figures of one span."""
    return {
        name: {side: _number(float(values[0])) for side, values in _sides(paired)} for name, paired in figures.items()
    }


def _people(found: Comparison, inputs: Inputs) -> dict[str, Any]:
    """Hours of the whole span; who is busiest only where handlers have names."""
    people = _whole(found.people)
    if inputs.staffed is None:
        del people["busiest_handler_busy_h"]
    return people


def _by_span(figures: Mapping[str, Paired]) -> dict[str, Any]:
    return {name: {side: _numbers(values) for side, values in _sides(paired)} for name, paired in figures.items()}


def _sides(paired: Paired) -> list[tuple[str, NDArray[np.float64]]]:
    names = ("base", "base_half", "changed", "changed_half", "difference", "difference_half")
    return [(name, getattr(paired, name)) for name in names]


def _number(value: float) -> float | None:
    """Six significant digits; None where there was nothing to measure."""
    return _numbers(np.array([value]))[0]


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 10.0 ** (5 - np.floor(np.log10(np.abs(values))))
        rounded = np.where(values == 0, 0.0, np.round(values * scale) / scale)
    return [None if value != value else value for value in rounded.tolist()]


def _range(base: Plan, changes: list[Change], inputs: Inputs, report: Report) -> dict[str, Any] | None:
    """The whole span where every uncertain change is at its low value, and at its high one; None where none is."""
    if not any(change.is_uncertain for change in changes):
        return None
    found: dict[str, Any] = {"weeks_simulated": _RANGE_REPLICATIONS}
    for case in (Case.LOW, Case.HIGH):
        report(0.5, f"uncertain changes at their {case} values")
        changed = apply(base, changes, case, inputs.asked.seed)
        compared = compare(base, changed, seed=inputs.asked.seed, replications=_RANGE_REPLICATIONS, threads=_THREADS)
        found[str(case)] = {
            "service": _whole(compared.service["whole"]),
            "people": _people(compared, inputs),
            "cost": _whole(compared.cost),
        }
    return found


def _sweep(changed: Plan, inputs: Inputs, report: Report) -> dict[str, Any]:
    wanted = inputs.asked.sweep
    assert wanted is not None
    grid = Grid(tuple(wanted.volume), tuple(wanted.handling_time), tuple(wanted.absence_rate))
    found = sweep(
        changed,
        grid,
        seed=inputs.asked.seed,
        threads=_THREADS,
        progress=lambda share, phase: report(0.6 + 0.2 * share, phase),
    )
    cells: list[dict[str, Any]] = [
        {
            "volume": cell.volume,
            "handling_time": cell.handling_time,
            "absence_rate": cell.absence_rate,
            "service": _whole(cell.service),
        }
        for cell in found.cells
    ]
    worst = {}
    for name, number in found.worst.items():
        cell = cells[number]
        worst[name] = {
            "cell": number,
            **{key: cell[key] for key in ("volume", "handling_time", "absence_rate")},
            "value": cell["service"][name]["changed"],
            "worse_is": "less" if WORSE[name] < 0 else "more",
        }
    return {"weeks_simulated": found.replications, "cells": cells, "worst": worst}


def _restore(changed: Plan, inputs: Inputs, report: Report) -> dict[str, Any]:
    settings = inputs.expected.settings
    found = restore(
        changed,
        shrinkage=settings.on_the_day,
        post_week_h=_POST_WEEK_H,
        seed=inputs.asked.seed,
        threads=_THREADS,
        progress=lambda share, phase: report(0.8 + 0.2 * share, phase),
    )
    figures = {name: _number(value) if isinstance(value, float) else value for name, value in asdict(found).items()}
    return figures | {
        "of": f"handler-hours at the 999 desk before shrinkage of {settings.on_the_day:.3f}; a post rosters "
        f"{_POST_WEEK_H:g} hours a week on calls",
    }


def _notes(inputs: Inputs, changes: list[Change]) -> list[str]:
    pay = inputs.expected.settings.pay_per_h
    notes = [
        *inputs.notes,
        "both sides meet the same calls, as far as their rates and rosters let them",
        f"an hour is paid {pay:g} pounds",
    ]
    if inputs.staffed is None:
        notes.append(
            "heads are those rostered for the seats, whole ones above seats over shrinkage, in duties of eight hours "
            "of which some are absent; whoever leaves finishes the last call: service differs a little from the "
            "requirement's own"
        )
        notes.append("handlers are the most on duty at one time: nobody is named before a roster is made")
    if inputs.expected.past_abandonment is None:
        notes.append("the history does not count abandoned calls: every forecast call is taken to be a first attempt")
    if any(change.is_uncertain for change in changes):
        notes.append("range: all uncertain changes low together, and high together")
    return notes
