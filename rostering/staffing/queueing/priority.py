"""Two queues in one control room: 999 has priority over 101, callers of both may give up.

Two rates of handling meet at the 999 desk. A busy handler there has one rate for each state, that of the mix of calls
then held, found as a fixed point. The tests hold the result against the exact chain that keeps both rates.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rostering.staffing.checks import Floats, require_count
from rostering.staffing.queueing.chain import one_pool_waiting, within_101
from rostering.staffing.queueing.measures import (
    ABANDON_101,
    LEVEL_101,
    MEAN_WAIT_S,
    OCCUPANCY,
    P_ABANDON,
    P_WAIT,
    SERVICE_LEVEL,
    force_clock,
)
from rostering.staffing.queueing.pool import NEVER, pool_measures
from rostering.staffing.queueing.two_pools import MAX_WORK, new_memory, reach_of_queues, two_pool_measures

TAIL, TOLERANCE = 1e-10, 1e-9  # weight of the states left out; step of the rates that counts as none


class NoSteadyState(ValueError):
    """The room cannot carry the load of callers who never give up, or its rates are not found."""


@dataclass(frozen=True, slots=True, eq=False)
class TwoClassPerformance:
    """Steady state of the room; arrays are (2,), 999 first, and every share is of the calls offered to that queue."""

    p_wait: Floats  # share of offered calls that wait at all, or hang up rather than wait
    p_abandon: Floats  # share of offered calls that are abandoned, at once or later
    mean_wait_s: Floats  # mean wait of all offered calls, answered or abandoned [s]
    service_level: Floats  # share of offered calls answered within the queue's threshold; 101 NaN in vast queues
    occupancy: float  # handling time / time available on calls, both pools


def two_class_performance(
    offered_per_s: ArrayLike,
    aht_s: ArrayLike,
    patience_s: ArrayLike,
    seats_999: int,
    seats_101: int = 0,
    *,
    reserve: int = 0,
    balking: ArrayLike = (0.0, 0.0),
    threshold_s: tuple[float, float] = (10.0, 60.0),
) -> TwoClassPerformance:
    """Steady-state performance of 999 and 101 in one room, 999 with non-preemptive priority, both with abandonment.

    Handlers of the 999 seats answer 999 first and 101 when no 999 call waits and more than the reserve are idle; those
    of the 101 seats answer 101 only. A 101 call goes to an idle 101 seat first. Each queue is first come, first
    served.

    Parameters
    ----------
    offered_per_s : arrival rates of offered calls, 999 and 101, (2,) [1/s], >= 0
    aht_s : mean handling times, talk plus wrap-up, (2,) [s], > 0
    patience_s : mean patience, exponential, (2,) [s], > 0; infinity: nobody gives up
    seats_999 : handlers on the 999 desk, >= 1
    seats_101 : handlers on the 101 desk, >= 0
    reserve : handlers of the 999 desk who must be idle for 999 before one takes a 101 call, 0..seats_999
    balking : share of callers who hang up at once where they would have to wait, (2,), 0..1
    threshold_s : answer thresholds of the service levels, 999 and 101 [s], >= 0

    Raises
    ------
    ValueError : an argument is out of range
    NoSteadyState : callers never give up and the load exceeds the seats; the room is so overloaded that its queues are
        not followed to their end; or the rates of the 999 desk are not found

    References
    ----------
    .. [1] Gans, Koole and Mandelbaum (2003), Telephone call centers. MSOM 5(2), section 5 (skills and priorities).
    .. [2] Latouche and Ramaswami (1999), Introduction to Matrix Analytic Methods, chapter 12.
    """
    per_s, aht, patience, hang_up = (
        np.asarray(values, dtype=np.float64) for values in (offered_per_s, aht_s, patience_s, balking)
    )
    _check_queues(offered_per_s=per_s, aht_s=aht, patience_s=patience, balking=hang_up)
    require_count(1, seats_999=seats_999)
    require_count(0, seats_101=seats_101, reserve=reserve)
    if reserve > seats_999:
        raise ValueError(f"reserve must be at most the {seats_999} seats of the 999 desk, got {reserve}")
    thresholds = np.array(threshold_s, dtype=np.float64)
    if not (np.isfinite(thresholds).all() and (thresholds >= 0).all()):
        raise ValueError(f"threshold_s must be at least 0 s, got {threshold_s}")
    measures = _measures(per_s, aht, 1.0 / patience, hang_up, seats_999, seats_101, reserve, thresholds)
    if math.isnan(measures[OCCUPANCY]):
        load = per_s * aht
        raise NoSteadyState(
            f"no steady state within reach, or its rates not found: loads of {load[0]:.1f} (999) and {load[1]:.1f} "
            f"erlangs (101) on {seats_999} seats for both queues and {seats_101} for 101 only; give more seats or a "
            f"shorter patience than {patience.tolist()} s"
        )
    return TwoClassPerformance(
        p_wait=measures[P_WAIT],
        p_abandon=measures[P_ABANDON],
        mean_wait_s=measures[MEAN_WAIT_S],
        service_level=measures[SERVICE_LEVEL],
        occupancy=float(measures[OCCUPANCY]),
    )


def _check_queues(**arrays: Floats) -> None:
    """Shapes and ranges of the arguments that have a value for each queue."""
    for name, values in arrays.items():
        if values.shape != (2,):
            raise ValueError(f"{name} must have the shape (2,), 999 first, got {values.shape}")
        if name in ("offered_per_s", "balking"):
            most = 1.0 if name == "balking" else math.inf
            fits, expected = (values >= 0) & (values <= most), "finite, at least 0" if most > 1.0 else "shares, 0..1"
        else:
            fits, expected = values > 0, "above 0"
        if not fits.all() or (name != "patience_s" and not np.isfinite(values).all()):
            raise ValueError(f"{name} must be {expected}, got {values.tolist()}")


def _measures(
    per_s: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    s: int,
    reserve: int,
    thresholds_s: Floats,
) -> Floats:
    """Measures of the room with the service level of 101, NaN where there are none."""
    clocks = force_clock(thresholds_s[0])
    if s == 0 or per_s[1] == 0.0:  # without 101 calls its own seats change nothing
        measures = pool_measures(per_s, aht_s, gives_up, balking, d, reserve, clocks, TAIL, TOLERANCE)
        measures[LEVEL_101] = _level_101(measures, per_s, gives_up, balking, d, reserve, thresholds_s[1])
        measures[OCCUPANCY] *= d / (d + s)
        if s > 0:
            measures[1] = measures[ABANDON_101] = 0.0
            measures[LEVEL_101] = 1.0
        return measures
    measures, p, waiting, up, departs = two_pool_measures(
        per_s, aht_s, gives_up, balking, d, s, reserve, clocks, TAIL, TOLERANCE, new_memory()
    )
    if not math.isnan(measures[OCCUPANCY]):
        at_b = p.shape[1] - waiting.shape[1]
        waiting[0] = p[s, at_b:]
        within = within_101(
            up[at_b:], departs[s, at_b:], gives_up[1], s / aht_s[1], thresholds_s[1], waiting.shape[0] - 1
        )
        measures[LEVEL_101] = 1.0 - measures[1] + (1.0 - balking[1]) * float((waiting * within).sum())
    return measures


def _level_101(
    measures: Floats, per_s: Floats, gives_up: Floats, balking: Floats, d: int, reserve: int, threshold_s: float
) -> float:
    """Service level of 101 in one pool; NaN where more 101 calls wait than are followed.

    How many 101 calls wait is found by block elimination with one rate for all busy handlers.
    """
    joins = per_s[1] * (1.0 - balking[1])
    if joins == 0.0 or reserve == d or not measures[1] > 0.0:
        return float(1.0 - measures[1])
    rate = float(per_s @ (1.0 - measures[P_ABANDON]) / (measures[OCCUPANCY] * d))
    q1, q2 = reach_of_queues(per_s, gives_up, balking, d, 0, reserve, rate, 0.0, TAIL)
    if q1 < 0 or float(reserve + q1 + 1) ** 3 * q2 > MAX_WORK:
        return math.nan
    x = np.arange(d - reserve, d + q1 + 1)
    up = np.where(x < d, per_s[0], per_s[0] * (1.0 - balking[0]))
    up[-1] = 0.0
    departs = np.minimum(x, d) * rate + np.maximum(x - d, 0) * gives_up[0]
    waiting = one_pool_waiting(up, departs, joins, max(gives_up[1], NEVER), q2)
    within = within_101(up, departs, gives_up[1], 0.0, threshold_s, q2)
    return float(1.0 - measures[1] + measures[1] * (1.0 - balking[1]) * (waiting * within).sum())
