"""Demand and assumptions that the tests of seats share."""

from datetime import UTC, datetime

import numpy as np

from rostering.staffing import Definitions, Demand, QueueAssumptions, RoomAssumptions, SeatRules, ServiceTargets
from rostering.staffing.seats.requirement import requirement

START = datetime(2024, 1, 1, tzinfo=UTC)
CALLERS = RoomAssumptions(QueueAssumptions(600.0), QueueAssumptions(300.0))
COME_BACK = RoomAssumptions(QueueAssumptions(600.0, redial=0.5), QueueAssumptions(300.0, redial=0.3), spill=0.1)


def demand(calls, cv=0.1, aht_s=(340.0, 600.0), **options):
    """Demand with these mean calls (2, intervals), one local day for each 96 intervals."""
    calls = np.asarray(calls, dtype=float)
    n = calls.shape[1]
    options.setdefault("days", np.arange(n) // 96)
    return Demand(
        start=START,
        interval_s=900,
        mean_calls=calls,
        rate_cv=np.full(calls.shape, float(cv)),
        aht_s=np.tile(np.array(aht_s)[:, None], n),
        **options,
    )


def steady(per_h=(32.0, 52.0), cv=0.1, *, targets=None, callers=CALLERS, definitions=None, rules=None, **options):
    """Requirement of one interval with these rates."""
    made = demand(np.array(per_h, dtype=float).reshape(2, 1) / 4, cv, **options)
    return requirement(
        made, callers, targets or ServiceTargets(), definitions or Definitions(), rules or SeatRules(split=False)
    )
