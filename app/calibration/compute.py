"""The calibration run's computation, in a child process: knows the library, not the database."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.calibration.run import Inputs, Result
from app.runs.child import Report
from rostering.staffing.definitions import Definitions
from rostering.staffing.history.calibration import MEASURES, Calibration, calibrate
from rostering.staffing.history.record import QUEUES, ServiceRecord

_LEVEL = 0.90
_THREADS = min(2, os.cpu_count() or 1)  # no result depends on it
_NEEDED = ("offered", "answered", "abandoned", "talk_s", "answered_wait_s", "abandoned_wait_s")


def compute(inputs: Inputs, report: Report) -> Result:
    """Effective availability with its interval, and predicted beside recorded service of later days."""
    settings = inputs.settings
    definitions = Definitions(
        threshold_999_s=settings.queues.emergency.threshold_s, threshold_101_s=settings.queues.non_emergency.threshold_s
    )
    found = calibrate(
        record_of(inputs),
        definitions,
        handling_cv=(settings.handling_time_cv, settings.handling_time_cv),
        replications=inputs.replications,
        seed=inputs.seed,
        threads=_THREADS,
        progress=report,
    )
    return Result(_description(inputs, definitions, found), _columns(inputs, found))


def record_of(inputs: Inputs) -> ServiceRecord:
    """The recorded service as the library takes it. Raises ValueError where a column is absent altogether."""
    columns = inputs.columns
    for name in (*_NEEDED, "handlers_staffed", "answered_within_threshold"):
        needed = columns[name][0] if name in ("handlers_staffed", "answered_within_threshold") else columns[name]
        if np.isnan(needed).all():
            raise ValueError(f"the history has no {name}: a calibration needs it")
    staffed = columns["handlers_staffed"].copy()
    if np.isnan(staffed[1]).all():
        staffed[1] = 0.0  # nobody takes 101 alone: all sit at the 999 desk
    known = np.isfinite(staffed).all(axis=0) & np.isfinite(columns["answered_within_threshold"][0])
    for name in _NEEDED:
        known &= np.isfinite(columns[name]).all(axis=0)

    def kept(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(known, np.nan_to_num(values), 0.0)

    return ServiceRecord(
        interval_s=inputs.interval_s,
        day=inputs.day,
        hour=inputs.hour,
        offered=kept(columns["offered"]).astype(np.int64),
        answered=kept(columns["answered"]).astype(np.int64),
        within=kept(columns["answered_within_threshold"]).astype(np.int64),
        abandoned=kept(columns["abandoned"]).astype(np.int64),
        staffed=kept(staffed).astype(np.int64),
        handled_s=kept(columns["talk_s"]) + kept(columns["wrap_s"]),
        answered_wait_s=kept(columns["answered_wait_s"]),
        abandoned_wait_s=kept(columns["abandoned_wait_s"]),
        known=known,
    )


def _description(inputs: Inputs, definitions: Definitions, found: Calibration) -> dict[str, Any]:
    told, n = found.availability, int(found.days.size)
    shares = found.is_inside.mean(axis=0) if n else np.full(len(MEASURES), np.nan)
    error = round((_LEVEL * (1 - _LEVEL) / n) ** 0.5, 4) if n else None
    return {
        "learned_from": inputs.days[found.learned_from],
        "learned_until": inputs.days[found.learned_until - 1],
        "availability": {
            "mean": round(told.mean, 4),
            "lower": round(told.lower, 4),
            "upper": round(told.upper, 4),
            "level": told.level,
            "spread": round(told.spread, 4),
            "days": told.days,
            "on_calls": round(found.on_calls, 4),
            "is_at_edge": told.is_at_edge,
        },
        "patience": {
            queue: {
                "mean_s": round(min(one.patience_s, 1e9), 1),
                "lower_s": round(one.lower_s, 1),
                "upper_s": round(min(one.upper_s, 1e9), 1),
            }
            for queue, one in zip(QUEUES, found.patience, strict=True)
        },
        "coverage": {
            name: {"stated": _LEVEL, "share": round(float(share), 4) if n else None, "days": n, "standard_error": error}
            for name, share in zip(MEASURES, shares, strict=True)
        },
        "definitions": {
            "service_level_999": f"share of the 999 calls offered answered within {definitions.threshold_999_s:g} s",
            "abandonment_101": "share of the 101 calls offered that were abandoned, however soon",
            "availability": "share of the quarter-hours in which a handler who is logged on can take calls",
        },
        "method": [
            f"each week simulated {found.replications} times at eight availabilities with the calls that came",
            "handling times by hour of the day and patience (all waiting over abandonments) of the eight weeks before",
            "intervals hold the chance within a day, the spread from day to day and what is not known of availability",
            "patience is exponential; recorded redials and spill are part of the calls that came",
        ],
    }


def _columns(inputs: Inputs, found: Calibration) -> dict[str, Any]:
    def column(values: NDArray[np.float64], measure: int) -> list[float]:
        return [round(float(value), 5) for value in values[:, measure]]

    predicted = found.predicted
    return {
        "day": [inputs.days[i] for i in found.days],
        "predicted": {
            name: {
                "lower": column(predicted.lower, m),
                "median": column(predicted.median, m),
                "upper": column(predicted.upper, m),
                "recorded": column(found.recorded, m),
            }
            for m, name in enumerate(MEASURES)
        },
    }
