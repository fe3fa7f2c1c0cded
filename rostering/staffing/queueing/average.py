"""One room at several rates: averages in which each call counts once."""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats
from rostering.staffing.queueing.measures import N_MEASURES, OCCUPANCY, PUBLISHED_LEVEL
from rostering.staffing.queueing.pool import pool_measures
from rostering.staffing.queueing.two_pools import two_pool_measures

TAIL, TOLERANCE = 1e-5, 3e-3  # of one evaluation: together within 0.02 points of the room solved to the end


@njit(cache=True)
def average_pool(
    per_s: Floats,
    weights: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    reserve: int,
    clocks: Floats,
    interval_s: float,
) -> Floats:  # pragma: no cover - compiled
    """Measures of one pool averaged over nodes of the rates: shares and waits per call of their queue, occupancy per
    unit of time; (N_MEASURES,).

    ``per_s``, ``weights`` and ``aht_s`` are (nodes, 2), 999 first. A call of a busy hour counts as much as one of a
    quiet hour: weights are probability x rate factor. A node that the room cannot carry keeps all busy, answers nobody
    in time, and has waits of a whole interval.
    """
    total = np.zeros(N_MEASURES)
    for node in range(per_s.shape[0]):
        measures = pool_measures(per_s[node], aht_s[node], gives_up, balking, d, reserve, clocks, TAIL, TOLERANCE)
        add_measures(total, measures, weights[node], interval_s)
    return total


@njit(cache=True)
def average_two_pools(
    per_s: Floats,
    weights: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    s: int,
    reserve: int,
    clocks: Floats,
    interval_s: float,
    memory: Floats,
) -> Floats:  # pragma: no cover - compiled
    """The same of two pools, with 101 calls at every node; each node starts from ``memory``, as ``two_pool_measures``,
    and leaves there what it found."""
    total = np.zeros(N_MEASURES)
    for node in range(per_s.shape[0]):
        found = two_pool_measures(
            per_s[node], aht_s[node], gives_up, balking, d, s, reserve, clocks, TAIL, TOLERANCE, memory
        )
        add_measures(total, found[0], weights[node], interval_s)
    return total


@njit(cache=True)
def add_measures(
    total: Floats, measures: Floats, weights: Floats, interval_s: float
) -> None:  # pragma: no cover - compiled
    """Add one node's measures, or those of a room that cannot carry its rates."""
    overrun = np.isnan(measures[OCCUPANCY])
    for k in range(N_MEASURES):
        weight = weights[k % 2]
        if k == OCCUPANCY:
            weight = 0.5 * (weights[0] + weights[1])
        elif k == PUBLISHED_LEVEL:
            weight = weights[0]
        value = measures[k]
        if overrun:  # shares that wait and give up and occupancy 1, waits of an interval, nobody answered
            value = 1.0 if k < 4 or k == OCCUPANCY else (interval_s if k < 6 else 0.0)
        total[k] += weight * value
