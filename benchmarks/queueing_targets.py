"""The requirement measured: simulated service against its target, and hours and service beside what practice does.

The usual week of the demonstration force: its mean calls, handling times, and day factors of 8% with a correlation of
0.6 between the queues; callers dial again and spill as assumed here. Service is that of 2,000 simulated weeks whose
random numbers nothing else used: 500 sampled weeks of rates, four times each.
"""

import math
import sys
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.demonstration.calls import DAY_CORRELATION, DAY_CV, MEAN_HANDLING_S, MEAN_OFFERED
from app.demonstration.shapes import weekly_shapes
from rostering.staffing import (
    ControlRoom,
    Definitions,
    Demand,
    QueueAssumptions,
    RoomAssumptions,
    Scope,
    SeatRules,
    ServiceTargets,
    requirement,
    seat_rows,
    simulate,
)
from rostering.staffing.queueing.fewest import erlang_c_handlers
from rostering.staffing.seats.spans import spans_of
from rostering.staffing.simulation.result import Count, Staff

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INTERVAL_S = 900
CALLERS = RoomAssumptions(
    QueueAssumptions(600.0, handling_cv=0.8, redial=0.5, redial_delay_s=60.0),
    QueueAssumptions(300.0, handling_cv=0.8, redial=0.3),
    spill=0.05,
)
N_PATHS, REPLICATIONS, CORRECTING = 500, 2000, 2000
NEW_SEED = 90_210  # of the simulations that judge
TARGET, MOST_ABANDONED = 0.90, 0.10


def week() -> Demand:
    """The week's mean calls and sampled rates."""
    mean_calls = np.array(MEAN_OFFERED)[:, None] * weekly_shapes()
    days = np.repeat(np.arange(7), 96)
    rng = np.random.default_rng(20_26)
    size = DAY_CV**-2
    shared = rng.gamma(DAY_CORRELATION * size, 1 / size, (N_PATHS, 1, 7))
    factors = shared + rng.gamma((1 - DAY_CORRELATION) * size, 1 / size, (N_PATHS, 2, 7))
    factors /= factors.mean(axis=0)
    return Demand(
        start=datetime(2026, 3, 2, tzinfo=UTC),
        interval_s=INTERVAL_S,
        mean_calls=mean_calls,
        rate_cv=np.full(mean_calls.shape, DAY_CV),
        aht_s=np.tile(np.array(MEAN_HANDLING_S)[:, None], 672),
        days=days,
        rates=mean_calls * factors[:, :, days],
    )


def targets() -> dict[str, Any]:
    """Worst simulated service minus target, in percentage points, of corrected requirements for the week and its days;
    at the scope of an interval, simulated minus predicted service over all, and the intervals that miss their target.
    """
    demand = week()
    found: dict[str, Any] = {}
    for scope in Scope:
        needed = _needed(demand, scope)
        judged = _judge(demand, needed.seats_999, needed.seats_101, needed.reserve)
        if scope is Scope.INTERVAL:
            weights = needed.offered_calls[0]
            predicted = float(np.average(needed.service_level_999, weights=weights))
            level, se = _levels(judged, [np.array([i]) for i in range(672)])
            found["interval_predicted_points"] = 100 * (judged["service_level_999"] - predicted)
            found["interval_missed"] = int((level < TARGET - 0.0025 - 3 * se).sum())
            found["interval_lowest_points"] = float(100 * (level - TARGET).min())
        else:
            level, se = _levels(judged, spans_of(demand.days, scope))
            points = 100 * (level - TARGET)
            found[f"{scope}_error_points"] = float(points[np.abs(points).argmax()])
            found[f"{scope}_error_se_points"] = float(100 * se.max())
        _tell(f"targets, {scope}: {found}")
    worst = max(abs(found["day_error_points"]), abs(found["week_error_points"]))
    return {"target_error_points": worst, "target_errors": found}


def practice() -> dict[str, Any]:
    """Handler-hours and simulated service of two Erlang C sums, of one, and of the requirement at each scope."""
    demand = week()
    per_s, none = demand.mean_calls / INTERVAL_S, np.zeros(672, dtype=np.int64)
    on_999 = erlang_c_handlers(per_s[0], MEAN_HANDLING_S[0], TARGET, threshold_s=10.0)
    on_101 = erlang_c_handlers(per_s[1], MEAN_HANDLING_S[1], TARGET, threshold_s=30.0)
    mean_aht_s = (per_s * demand.aht_s).sum(axis=0) / per_s.sum(axis=0)
    one = erlang_c_handlers(per_s.sum(axis=0), mean_aht_s, TARGET, threshold_s=10.0)
    rooms = {
        # The 999 desk of two separate queues never takes a 101 call: all its seats are the reserve.
        "two_erlang_c": (on_999, on_101, on_999),
        "one_erlang_c": (one, none, none),
    }
    for scope in Scope:
        needed = _needed(demand, scope)
        rooms[f"requirement_{scope}"] = (needed.seats_999, needed.seats_101, needed.reserve)
    table = {}
    for name, room in rooms.items():
        judged = _judge(demand, *room)
        table[name] = {key: value for key, value in judged.items() if not key.startswith("_")}
        _tell(f"practice, {name}: {table[name]}")
    return {"practice": table}


def _needed(demand: Demand, scope: Scope) -> Any:
    return requirement(
        demand,
        CALLERS,
        ServiceTargets(service_level=TARGET, abandonment=MOST_ABANDONED, scope=scope),
        Definitions(),
        SeatRules(),
        replications=CORRECTING,
    )


def _judge(demand: Demand, seats_999: Ints, seats_101: Ints, reserve: Ints) -> dict[str, Any]:
    """Simulated service of seats: every call counts once, over all replications."""
    room = ControlRoom(
        interval_s=INTERVAL_S,
        desks=seat_rows(seats_999, seats_101),
        aht_s=demand.aht_s,
        assumptions=CALLERS,
        reserve=reserve,
    )
    assert demand.rates is not None
    parts = []
    for first in range(0, REPLICATIONS, N_PATHS):
        result = simulate(room, demand.rates, seed=NEW_SEED, first_replication=first)
        parts.append((result.counts.astype(np.int64), result.staff.sum(axis=2, dtype=np.float64)))
    counts = np.concatenate([part[0] for part in parts])
    staff = np.concatenate([part[1] for part in parts]).sum(axis=0)
    sums = counts.sum(axis=(0, 3)).astype(np.float64)
    waits = sums[Count.ANSWERED_WAIT_S] + sums[Count.ABANDONED_WAIT_S]
    overrun_s = staff[Staff.OVERRUN_BREAK_S] + staff[Staff.OVERRUN_END_S]
    level, se = _levels({"_counts": counts}, [np.arange(672)])
    return {
        "handler_hours": float((seats_999 + seats_101).sum() * INTERVAL_S / 3600),
        "dual_skilled_hours": float(seats_999.sum() * INTERVAL_S / 3600),
        "service_level_999": float(level[0]),
        "service_level_999_se": float(se[0]),
        "abandonment_101": float(sums[Count.ABANDONED, 1] / sums[Count.OFFERED, 1]),
        "mean_wait_999_s": float(waits[0] / sums[Count.OFFERED, 0]),
        "mean_wait_101_s": float(waits[1] / sums[Count.OFFERED, 1]),
        "occupancy": float(staff[Staff.BUSY_S] / (staff[Staff.ON_CALLS_S] + overrun_s)),
        "_counts": counts,
    }


def _levels(judged: dict[str, Any], spans: list[Ints]) -> tuple[Floats, Floats]:
    """999 service level of each span, a ratio of sums over replications, and its standard error.

    The replications of one sampled week of rates differ by chance alone; all sampled weeks take part equally, so their
    spread is no error.
    """
    counts = judged["_counts"]
    levels, errors = [], []
    for span in spans:
        within = counts[:, Count.WITHIN, 0][:, span].sum(axis=1).astype(np.float64)
        offered = counts[:, Count.OFFERED, 0][:, span].sum(axis=1).astype(np.float64)
        level = within.sum() / offered.sum()
        rest = (within - level * offered).reshape(-1, N_PATHS)
        rest -= rest.mean(axis=0)
        spread = math.sqrt((rest**2).sum() / (rest.shape[0] - 1) / rest.shape[1])
        levels.append(level)
        errors.append(spread / math.sqrt(rest.size) / offered.mean())
    return np.array(levels), np.array(errors)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
