"""The requirement run's computation, in a child process: knows the library, not the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.requirements.repository import Waiting
from app.requirements.run import Inputs, Result
from app.requirements.service import QUEUES
from app.runs.child import Report
from rostering.staffing import (
    Definitions,
    Demand,
    QueueAssumptions,
    RoomAssumptions,
    SeatRules,
    ServiceTargets,
    estimate_patience,
    requirement,
)

_FEWEST_ABANDONED = 30  # fewer say too little about patience


def compute(inputs: Inputs, report: Report) -> Result:
    """Seats and heads per quarter-hour that meet both targets under the forecast's uncertainty."""
    settings = inputs.settings
    on_999, on_101 = settings.queues.emergency, settings.queues.non_emergency
    waiting = dict(zip(QUEUES, inputs.waiting, strict=True))
    assumed = {
        "999": _assumption(on_999.mean_patience_s, waiting["999"]),
        "101": _assumption(on_101.mean_patience_s, waiting["101"]),
    }
    targets = ServiceTargets(service_level=on_999.service_level, abandonment=on_101.abandonment)
    definitions = Definitions(threshold_999_s=on_999.threshold_s, threshold_101_s=on_101.threshold_s)
    emergency, non_emergency = (
        QueueAssumptions(patience_s=assumed[name]["mean_patience_s"], handling_cv=settings.handling_time_cv)
        for name in QUEUES
    )
    demand = Demand(
        start=inputs.start,
        interval_s=inputs.interval_s,
        mean_calls=inputs.mean_calls,
        rate_cv=inputs.rate_cv,
        aht_s=inputs.aht_s,
        days=_local_days(inputs),
    )
    needed = requirement(
        demand,
        RoomAssumptions(emergency, non_emergency),
        targets,
        definitions,
        SeatRules(min_seats_999=settings.min_seats_999, shrinkage=settings.on_the_day),
        progress=report,
    )
    hours = inputs.interval_s / 3600
    return Result(
        description={
            "targets": {
                "999": {"threshold_s": definitions.threshold_999_s, "service_level": targets.service_level},
                "101": {"abandonment": targets.abandonment},
                "scope": "each quarter-hour, on average over the uncertain rate",
            },
            "assumptions": assumed,
            "shrinkage": settings.on_the_day,
            "definitions": {
                "service_level": "share of offered 999 calls answered within the threshold; abandoned ones are not",
                "abandonment": "share of offered 101 calls that are abandoned",
            },
            "hours": {
                "seats_h": float((needed.seats_999 + needed.seats_101).sum() * hours),
                "rostered_h": float((needed.rostered_999 + needed.rostered_101).sum() * hours),
            },
            "notes": [
                "redials and 101-to-999 spill are part of the recorded calls and are not modelled apart",
                "999 and 101 are taken to be high and low together",
            ],
        },
        columns={
            "seats": {"999": needed.seats_999.tolist(), "101": needed.seats_101.tolist()},
            "rostered": {"999": needed.rostered_999.tolist(), "101": needed.rostered_101.tolist()},
            "service_level_999": needed.service_level_999.round(5).tolist(),
            "abandonment_101": needed.abandonment_101.round(5).tolist(),
            "mean_wait_s": {name: needed.mean_wait_s[q].round(2).tolist() for q, name in enumerate(QUEUES)},
            "occupancy": needed.occupancy.round(5).tolist(),
        },
    )


def _local_days(inputs: Inputs) -> NDArray[np.int64]:
    """Number of the local day of each interval."""
    zone, n = inputs.settings.zone, inputs.mean_calls.shape[1]
    step = timedelta(seconds=inputs.interval_s)
    return np.array([(inputs.start + i * step).astimezone(zone).toordinal() for i in range(n)])


def _assumption(assumed_s: float, waiting: Waiting | None) -> dict[str, Any]:
    """Patience with its source: learned from all waiting where history has enough, else the force's assumption."""
    if waiting is None or waiting.abandoned < _FEWEST_ABANDONED:
        return {"mean_patience_s": assumed_s, "source": "the force's settings"}
    if waiting.abandoned_wait_s == 0:
        return {
            "mean_patience_s": assumed_s,
            "source": "the force's settings: the history's waits of abandoned calls are all 0",
        }
    learned = estimate_patience(waiting.answered_wait_s, waiting.abandoned_wait_s, waiting.abandoned)
    return {
        "mean_patience_s": learned.patience_s,
        "lower_s": learned.lower_s,
        "upper_s": learned.upper_s,
        "level": learned.level,
        "source": f"all waiting over {waiting.abandoned} abandoned calls in the last 26 weeks",
    }
