"""The searches over all intervals, compiled: bounded, and started from the interval before.

The first arguments of all are those of ``seat_search.Loads``. ``goals`` (n, 4) are the least service levels of 999 by
the force's and by the published clock, the most abandonment of 101, and the longest mean answer time of 999.
"""

import math

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.queueing.average import average_pool, average_two_pools
from rostering.staffing.queueing.measures import (
    ABANDON_101,
    ABANDON_999,
    ANSWERED_WAIT_999,
    LEVEL_999,
    N_MEASURES,
    PUBLISHED_LEVEL,
)
from rostering.staffing.queueing.two_pools import new_memory


@njit(cache=True)
def measure_pools(
    per_s: Floats,
    weights: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    clocks: Floats,
    interval_s: float,
    seats: Ints,
    reserve: Ints,
) -> Floats:  # pragma: no cover - compiled
    """Measures of given rooms of dual-skilled seats, (n, N_MEASURES)."""
    measures = np.empty((per_s.shape[0], N_MEASURES))
    for i in range(per_s.shape[0]):
        measures[i] = average_pool(
            per_s[i], weights[i], aht_s[i], gives_up, balking, seats[i], reserve[i], clocks, interval_s
        )
    return measures


@njit(cache=True)
def measure_two_pools(
    per_s: Floats,
    weights: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    clocks: Floats,
    interval_s: float,
    seats_999: Ints,
    seats_101: Ints,
    reserve: Ints,
) -> Floats:  # pragma: no cover - compiled
    """Measures of given rooms of two pools, with 101 calls at every node, (n, N_MEASURES)."""
    measures = np.empty((per_s.shape[0], N_MEASURES))
    for i in range(per_s.shape[0]):
        d, s = seats_999[i], seats_101[i]
        measures[i] = average_two_pools(
            per_s[i], weights[i], aht_s[i], gives_up, balking, d, s, reserve[i], clocks, interval_s, new_memory()
        )
    return measures


@njit(cache=True)
def meets(measures: Floats, per_s: Floats, goals: Floats) -> bool:  # pragma: no cover - compiled
    """Whether the goals of the queues that have calls are met."""
    has_999, has_101 = False, False
    for node in range(per_s.shape[0]):
        has_999 |= per_s[node, 0] > 0.0
        has_101 |= per_s[node, 1] > 0.0
    if has_999 and (measures[LEVEL_999] < goals[0] or measures[PUBLISHED_LEVEL] < goals[1]):
        return False
    if has_999 and measures[ANSWERED_WAIT_999] > goals[3] * (1.0 - measures[ABANDON_999]):
        return False
    return not has_101 or measures[ABANDON_101] <= goals[2]


@njit(cache=True)
def smallest_pools(
    per_s: Floats,
    weights: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    clocks: Floats,
    interval_s: float,
    goals: Floats,
    floor: Ints,
    most: Ints,
    reserve: int,
) -> tuple[Ints, Floats]:  # pragma: no cover - compiled
    """Fewest dual-skilled seats that meet the goals, (n,), -1 where ``most`` do not, and their measures.

    The search starts where the interval before ended, shifted by the change of load, and goes up or down with a
    growing step until it has the answer between two neighbours.
    """
    n = per_s.shape[0]
    found = np.full(n, -1, dtype=np.int64)
    measures = np.empty((n, N_MEASURES))
    spare = 1.3  # seats above the load, in square roots of the load, of the interval before
    for i in range(n):
        load = 0.0
        for node in range(per_s.shape[1]):
            carried = per_s[i, node, 0] * aht_s[i, node, 0] + per_s[i, node, 1] * aht_s[i, node, 1]
            load += carried * 0.5 * (weights[i, node, 0] + weights[i, node, 1])
        low, high, step = floor[i] - 1, most[i] + 1, 1  # low fails or is below the floor, high meets or is too many
        seats = min(max(floor[i], round(load + spare * math.sqrt(load))), most[i])
        while high - low > 1:
            at_seats = average_pool(
                per_s[i], weights[i], aht_s[i], gives_up, balking, seats, reserve, clocks, interval_s
            )
            if meets(at_seats, per_s[i], goals[i]):
                high = seats
                measures[i] = at_seats
                found[i] = seats
                seats = max(high - step, (low + high) // 2, low + 1)
            else:
                low = seats
                seats = min(low + step, (low + high + 1) // 2, high - 1)
            step *= 2
        if found[i] >= 0 and load > 0.0:
            spare = (found[i] - load) / math.sqrt(load)
    return found, measures


@njit(cache=True)
def split_rooms(
    per_s: Floats,
    weights: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    clocks: Floats,
    interval_s: float,
    goals: Floats,
    seats: Ints,
    lowest: Ints,
    most_reserve: int,
    found: Ints,
    measures: Floats,
) -> None:  # pragma: no cover - compiled
    """Move ``found`` (n, 3), 999 seats, 101 seats and reserve, and ``measures`` (n, N_MEASURES) from all dual-skilled
    seats, which meet the goals, to as few 999 seats as do, at least ``lowest``; with a larger reserve where that lets a
    further seat go.

    Fewer 999 seats lower the 999 service level steadily, and 101 gains what 999 loses; a reserve gives 999 back some of
    it at the expense of 101. The edge without a reserve is searched as if the goals failed from one number of seats on.
    """
    share = 0.6  # of 999 seats, of the interval before
    for i in range(per_s.shape[0]):
        total = seats[i]
        memory = new_memory()
        guess = round(share * total)
        for reserve in range(most_reserve + 1):
            low, high, step = lowest[i] - 1, found[i, 0], 1  # low fails or is not asked, high meets
            d = min(max(guess, low + 1), high - 1)
            while high - low > 1 and reserve < d:
                at_d = average_two_pools(
                    per_s[i], weights[i], aht_s[i], gives_up, balking, d, total - d, reserve, clocks, interval_s, memory
                )
                if meets(at_d, per_s[i], goals[i]):
                    high = d
                    measures[i] = at_d
                    found[i, 0], found[i, 1], found[i, 2] = d, total - d, reserve
                    d = max(high - step, low + 1)
                elif reserve > 0:  # a smaller reserve went as far
                    break
                else:
                    low = d
                    d = min(low + step, high - 1)
                step *= 2
            guess = found[i, 0] - 1
        share = found[i, 0] / total
