"""One room at several rates: averages in which each call counts once."""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats
from rostering.staffing.queueing.measures import (
    ABANDON_999,
    LEVEL_999,
    N_MEASURES,
    OCCUPANCY,
    PUBLISHED_LEVEL,
)
from rostering.staffing.queueing.priority import room_measures

TAIL, TOLERANCE = 1e-5, 3e-3  # of one evaluation: together within 0.02 points of the chain solved to the end


@njit(cache=True)
def average_measures(
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
    """Measures averaged over nodes of the rates: shares and waits per call of their queue, occupancy per unit of time.

    ``per_s``, ``weights`` and ``aht_s`` are (nodes, 2), 999 first. A call of a busy hour counts as much as one of a
    quiet hour: weights are probability x rate factor. A node that the room cannot carry keeps all busy, answers nobody
    in time, and has waits of a whole interval. Each node's search for the rates starts from ``memory``, as
    ``two_pool_measures``, and leaves there what it found.
    """
    total = np.zeros(N_MEASURES)
    for node in range(per_s.shape[0]):
        measures = room_measures(
            per_s[node], aht_s[node], gives_up, balking, d, s, reserve, clocks, np.nan, TAIL, TOLERANCE, memory
        )
        if np.isnan(measures[OCCUPANCY]):
            measures = overrun_measures(interval_s)
        for k in range(N_MEASURES):
            total[k] += measures[k] * weight_of(k, weights[node])
    return total


@njit(cache=True)
def weight_of(place: int, weights: Floats) -> float:  # pragma: no cover - compiled
    """Weight of a node in one measure."""
    if place == OCCUPANCY:
        return float(0.5 * (weights[0] + weights[1]))
    if place == PUBLISHED_LEVEL:
        return float(weights[0])
    return float(weights[place % 2])


@njit(cache=True)
def overrun_measures(interval_s: float) -> Floats:  # pragma: no cover - compiled
    """Measures of rates that the room cannot carry."""
    measures = np.zeros(N_MEASURES)
    measures[0 : ABANDON_999 + 2] = 1.0
    measures[4:6] = interval_s
    measures[LEVEL_999 : LEVEL_999 + 2] = 0.0
    measures[OCCUPANCY] = 1.0
    return measures
