"""The replay run's computation, in a child process: knows the library, not the database."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.replays.parse import unpacked
from app.replays.run import Inputs, Result
from app.runs.child import Report
from rostering.staffing.assumptions import QueueAssumptions, RoomAssumptions
from rostering.staffing.definitions import Definitions
from rostering.staffing.history.calls import CallRecords, LogOns, infer_log_ons
from rostering.staffing.history.matching import matching_availability
from rostering.staffing.history.patience_fit import CallerPatience, Law, caller_patience
from rostering.staffing.history.replay import MEASURES, Replay, errors, hours_of, replay

QUEUES = ("999", "101")
_MATCHING_REPLICATIONS = 10  # at each availability tried
_SURVIVAL_AT_S = (10, 30, 60, 120, 300, 600, 1200)


@dataclass(frozen=True, slots=True, eq=False)
class _History:
    """What was sent, counted from a full hour UTC on."""

    start: datetime
    calls: CallRecords
    log_ons: LogOns
    is_given: bool
    hour_of_day: NDArray[np.int64]  # local
    day: NDArray[np.int64]  # number of the local day of each hour


def compute(inputs: Inputs, report: Report) -> Result:
    """Patience, log-ons, errors by hour under both laws of patience, and the availability that the waits tell of."""
    history = _history(inputs)
    patience = [_patience(history.calls, queue) for queue in range(2)]
    definitions = Definitions(
        threshold_999_s=inputs.settings.queues.emergency.threshold_s,
        threshold_101_s=inputs.settings.queues.non_emergency.threshold_s,
    )

    def replayed(law: Law | None, replications: int, availability: float = 1.0) -> Replay:
        assumed = replace(_assumptions(inputs, history.calls, patience, law), availability=availability)
        return replay(
            history.calls,
            history.log_ons,
            assumed,
            definitions,
            replications=replications,
            hour_of_day=history.hour_of_day,
            with_formula=law is not None,
            seed=inputs.seed,
        )

    by_law = {}
    for number, law in enumerate(Law):
        report(0.1 + 0.25 * number, f"replaying with {law} patience")
        by_law[law] = replayed(law, inputs.replications)
    busier = int(np.argmax([(history.calls.queue == queue).sum() for queue in range(2)]))
    report(0.6, "matching availability")
    matched = matching_availability(lambda a: replayed(None, _MATCHING_REPLICATIONS, a), busier)
    best = _best_law(patience[busier])
    judged = int(by_law[best].offered.sum())
    description = {
        "calls": {"sent": history.calls.size, "judged": judged, "left_out": history.calls.size - judged},
        "log_ons": _log_ons(inputs, history),
        "patience": {queue: _told(found) for queue, found in zip(QUEUES, patience, strict=True)},
        "availability": {
            "queue": QUEUES[busier],
            "value": round(matched.availability, 4),
            "is_at_edge": matched.is_at_edge,
        },
        "errors": list(_errors(by_law, history)),
        "assumptions": _stated(inputs),
        "definitions": {
            "answered_within": f"share of the calls offered answered within {definitions.threshold_999_s:g} s (999) or "
            f"{definitions.threshold_101_s:g} s (101) of joining the queue",
            "abandonment": "share of the calls offered that were given up, however soon",
            "mean_wait_s": "mean wait of all calls offered, answered or not [s]",
        },
    }
    hours = by_law[best].offered.shape[1]
    return Result(history.start, history.start + timedelta(hours=hours), description, _columns(by_law[best]))


def _history(inputs: Inputs) -> _History:
    first, columns = unpacked(inputs.calls)
    spells = None if inputs.log_ons is None else unpacked(inputs.log_ons)
    earliest = first if spells is None else min(first, spells[0])
    start = earliest.replace(minute=0, second=0, microsecond=0)
    shift_s = (first - start).total_seconds()
    names = columns["handler"][columns["handler"] >= 0]
    if spells is not None:
        names = np.concatenate([names, spells[1]["handler"]])
    numbers = np.unique(names)
    calls = CallRecords(
        queue=columns["queue"],
        arrival_s=columns["arrival_s"] + shift_s,
        wait_s=columns["wait_s"],
        handling_s=columns["handling_s"],
        abandoned=columns["abandoned"],
        handler=np.where(columns["handler"] >= 0, np.searchsorted(numbers, columns["handler"]), -1),
    )
    if spells is None:
        log_ons = infer_log_ons(calls, break_s=float(inputs.break_s))
    else:
        shift_s = (spells[0] - start).total_seconds()
        of = np.searchsorted(numbers, spells[1]["handler"])
        log_ons = LogOns(of, spells[1]["start_s"] + shift_s, spells[1]["end_s"] + shift_s)
    local = [(start + timedelta(hours=h)).astimezone(inputs.settings.zone) for h in range(hours_of(calls, log_ons))]
    day = np.array([moment.toordinal() for moment in local])
    return _History(
        start.astimezone(UTC), calls, log_ons, spells is not None, np.array([m.hour for m in local]), day - day[0]
    )


def _patience(calls: CallRecords, queue: int) -> CallerPatience | str:
    """What the queue's calls say of patience, or why they say nothing."""
    of = calls.queue == queue
    if not of.any():
        return "no calls"
    try:
        return caller_patience(calls.wait_s[of], calls.abandoned[of])
    except ValueError as error:
        return str(error)


def _best_law(patience: CallerPatience | str) -> Law:
    return Law.EXPONENTIAL if isinstance(patience, str) else patience.best.law


def _assumptions(
    inputs: Inputs, calls: CallRecords, patience: list[CallerPatience | str], law: Law | None
) -> RoomAssumptions:
    """Callers as the history shows them, under a law of patience (absent: the better one)."""
    queues = inputs.settings.queues
    settings_s = (queues.emergency.mean_patience_s, queues.non_emergency.mean_patience_s)
    assumed = []
    for queue in range(2):
        found = patience[queue]
        of = (calls.queue == queue) & ~calls.abandoned
        cv = float(calls.handling_s[of].std() / max(calls.handling_s[of].mean(), 1.0)) if of.sum() > 1 else 0.0
        cv = cv if cv > 0 else inputs.settings.handling_time_cv
        if isinstance(found, str):
            assumed.append(QueueAssumptions(settings_s[queue], handling_cv=cv))
            continue
        fitted = next(fit for fit in found.laws if fit.law is (law or found.best.law))
        assumed.append(
            QueueAssumptions(
                fitted.patience_s, handling_cv=cv, patience_shape=fitted.shape, balking=found.balking.share
            )
        )
    return RoomAssumptions(emergency=assumed[0], non_emergency=assumed[1])


def _told(found: CallerPatience | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"laws": [], "note": f"patience is the settings': {found}"}
    curve, balking = found.survival, found.balking
    return {
        "laws": [
            {
                "law": fit.law.value,
                "mean_s": round(fit.patience_s, 1),
                "lower_s": round(fit.lower_s, 1),
                "upper_s": round(fit.upper_s, 1),
                "shape": round(fit.shape, 4),
                "shape_lower": round(fit.shape_lower, 4),
                "shape_upper": round(fit.shape_upper, 4),
                "level": fit.level,
                "log_likelihood": round(fit.log_likelihood, 2),
                "distance": round(fit.distance, 4),
            }
            for fit in found.laws
        ],
        "best": found.best.law.value,
        "balking": {
            "share": round(balking.share, 4),
            "lower": round(balking.lower, 4),
            "upper": round(balking.upper, 4),
            "at_once_s": balking.at_once_s,
        },
        "survival": [
            dict(zip(("time_s", "share", "lower", "upper"), (at, *map(_number, curve.at(at))), strict=True))
            for at in _SURVIVAL_AT_S
            if at <= curve.longest_s
        ],
    }


def _log_ons(inputs: Inputs, history: _History) -> dict[str, Any]:
    inferred = f"from a handler's first answered call to the end of the last one before {inputs.break_s} s without any"
    how = "given" if history.is_given else f"inferred: {inferred}"
    spells = history.log_ons
    hours = float((spells.end_s - spells.start_s).sum() / 3600)
    return {
        "source": how,
        "spells": int(spells.handler.size),
        "handlers": int(np.unique(spells.handler).size),
        "hours": round(hours, 1),
    }


def _errors(by_law: dict[Law, Replay], history: _History) -> Iterator[dict[str, Any]]:
    pools = {"hour": None, "hour_of_day": history.hour_of_day, "day": history.day}
    for law, replayed in by_law.items():
        for queue in range(2):
            for measure in MEASURES:
                for by, pool in pools.items():
                    for model in ("simulation", "formula"):
                        found = errors(replayed, queue, measure, by=pool, formula=model == "formula")
                        if found.cells:
                            yield {
                                "queue": QUEUES[queue],
                                "law": law.value,
                                "model": model,
                                "measure": measure,
                                "by": by,
                                "recorded": _number(found.actual),
                                "predicted": _number(found.predicted),
                                "bias": _number(found.bias),
                                "rmse": _number(found.rmse),
                                "correlation": _number(found.correlation),
                                "chance_rmse": _number(found.chance_rmse),
                                "cells": found.cells,
                            }


def _columns(replayed: Replay) -> dict[str, Any]:
    def by_queue(values: dict[str, NDArray[np.float64]]) -> dict[str, Any]:
        return {
            queue: {name: [_number(value) for value in values[name][index]] for name in MEASURES}
            for index, queue in enumerate(QUEUES)
        }

    return {
        "handlers": {queue: [round(float(n), 2) for n in replayed.handlers[i]] for i, queue in enumerate(QUEUES)},
        "offered": {queue: replayed.offered[i].tolist() for i, queue in enumerate(QUEUES)},
        "recorded": by_queue(replayed.actual),
        "simulated": by_queue(replayed.simulated),
        "formula": by_queue(replayed.formula),
    }


def _stated(inputs: Inputs) -> list[str]:
    return [
        f"calls are replayed as they came, {inputs.replications} times: only the model of the service is judged",
        "left out are calls that came while nobody was logged on, and answered ones without a handler",
        "handling times are lognormal around the mean of their queue and hour of the day",
        "a handler who has answered a 999 call takes 999 and 101, others 101 alone",
        "all time logged on is taken to be time for calls; `availability` is what the recorded waits say instead",
        "formulas are the steady state of each hour with exponential patience and its mean number of handlers",
    ]


def _number(value: float) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None
