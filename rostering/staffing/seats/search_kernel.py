"""The searches over all intervals, compiled: bounded, and started from the interval before.

The first arguments of all are those of ``seat_search.Loads``. ``goals`` (n, 4) are the least service levels of 999 by
the force's and by the published clock, the most abandonment of 101, and the longest mean answer time of 999.
"""

import math

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.queueing.average import average_measures
from rostering.staffing.queueing.measures import (
    ABANDON_101,
    ABANDON_999,
    LEVEL_999,
    N_MEASURES,
    OCCUPANCY,
    PUBLISHED_LEVEL,
)
from rostering.staffing.queueing.two_pools import new_memory


@njit(cache=True)
def measure_rooms(
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
    """Measures of given rooms, (n, N_MEASURES)."""
    measures = np.empty((per_s.shape[0], N_MEASURES))
    for i in range(per_s.shape[0]):
        measures[i] = average_measures(
            per_s[i],
            weights[i],
            aht_s[i],
            gives_up,
            balking,
            seats_999[i],
            seats_101[i],
            reserve[i],
            clocks,
            interval_s,
            new_memory(),
        )
    return measures


@njit(cache=True)
def pooled_table(
    per_s: Floats,
    weights: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    clocks: Floats,
    interval_s: float,
    lowest: Ints,
    n_seats: int,
) -> Floats:  # pragma: no cover - compiled
    """Measures of lowest, lowest + 1, ... dual-skilled seats; (n, n_seats, N_MEASURES)."""
    measures = np.empty((per_s.shape[0], n_seats, N_MEASURES))
    memory = new_memory()  # one pool does not use it
    for i in range(per_s.shape[0]):
        for k in range(n_seats):
            measures[i, k] = average_measures(
                per_s[i], weights[i], aht_s[i], gives_up, balking, lowest[i] + k, 0, 0, clocks, interval_s, memory
            )
    return measures


@njit(cache=True)
def meets(measures: Floats, per_s: Floats, goals: Floats) -> bool:  # pragma: no cover - compiled
    """Whether the goals of the queues that have calls are met."""
    if per_s[:, 0].max() > 0.0:
        answered = 1.0 - measures[ABANDON_999]
        if measures[LEVEL_999] < goals[0] or measures[PUBLISHED_LEVEL] < goals[1]:
            return False
        if measures[10] > goals[3] * answered:
            return False
    return bool(per_s[:, 1].max() == 0.0 or measures[ABANDON_101] <= goals[2])


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
) -> tuple[Ints, Floats]:  # pragma: no cover - compiled
    """Fewest dual-skilled seats that meet the goals, (n,), -1 where ``most`` do not, and their measures.

    The search starts where the interval before ended, shifted by the change of load, and goes up or down with a
    growing step until it has the answer between two neighbours.
    """
    n = per_s.shape[0]
    found = np.full(n, -1, dtype=np.int64)
    measures = np.empty((n, N_MEASURES))
    memory = new_memory()  # one pool does not use it
    spare = 1.3  # seats above the load, in square roots of the load, of the interval before
    for i in range(n):
        load = 0.0
        for node in range(per_s.shape[1]):
            load += (per_s[i, node] * aht_s[i, node]).sum() * 0.5 * (weights[i, node, 0] + weights[i, node, 1])
        low, high, step = floor[i] - 1, most[i] + 1, 1  # low fails or is below the floor, high meets or is too many
        seats = min(max(floor[i], round(load + spare * math.sqrt(load))), most[i])
        while high - low > 1:
            at_seats = average_measures(
                per_s[i], weights[i], aht_s[i], gives_up, balking, seats, 0, 0, clocks, interval_s, memory
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
    floor_999: Ints,
    most_reserve: int,
) -> tuple[Ints, Floats]:  # pragma: no cover - compiled
    """999 seats, 101 seats and reserve, (n, 3), of rooms of as many seats in all, and their measures.

    Fewer 999 seats lower the 999 service level steadily, and 101 gains what 999 loses; a reserve gives 999 back some of
    it at the expense of 101. The edge is searched as if the goals failed from one number of 101 seats on at every
    reserve, first without one; each larger reserve then only tries to go further.
    """
    n = per_s.shape[0]
    found = np.zeros((n, 3), dtype=np.int64)
    measures = np.empty((n, N_MEASURES))
    share = 0.6  # of 999 seats, of the interval before
    for i in range(n):
        total = seats[i]
        found[i, 0] = total
        memory = new_memory()
        measures[i] = average_measures(
            per_s[i], weights[i], aht_s[i], gives_up, balking, total, 0, 0, clocks, interval_s, memory
        )
        if per_s[i, :, 1].max() == 0.0 or not meets(measures[i], per_s[i], goals[i]):
            continue
        lowest = fewest_for_999(
            per_s[i], weights[i], aht_s[i], gives_up, balking, clocks, interval_s, goals[i], max(floor_999[i], 1), total
        )
        guess = round(share * total)
        for reserve in range(most_reserve + 1):
            low, high, step = lowest - 1, found[i, 0], 1  # low fails or is below the floor, high meets
            d = min(max(guess, low + 1), high - 1)
            while high - low > 1 and reserve < d:
                at_d = average_measures(
                    per_s[i], weights[i], aht_s[i], gives_up, balking, d, total - d, reserve, clocks, interval_s, memory
                )
                if meets(at_d, per_s[i], goals[i]):
                    high = d
                    measures[i] = at_d
                    found[i, 0], found[i, 1], found[i, 2] = d, total - d, reserve
                    d = max(high - step, low + 1)
                else:
                    if reserve > 0:  # a smaller reserve went as far
                        break
                    low = d
                    d = min(low + step, high - 1)
                step *= 2
            guess = found[i, 0] - 1
        share = found[i, 0] / total
    return found, measures


@njit(cache=True)
def fewest_for_999(
    per_s: Floats,
    weights: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    clocks: Floats,
    interval_s: float,
    goals: Floats,
    floor: int,
    total: int,
) -> int:  # pragma: no cover - compiled
    """Fewest seats that would meet the goals of 999 if it had them to itself, floor..total: with 101 beside it, it
    needs at least as many."""
    memory = new_memory()  # one pool does not use it
    alone = per_s.copy()
    alone[:, 1] = 0.0
    low, high = floor - 1, total
    while high - low > 1:
        middle = (low + high) // 2
        at_middle = average_measures(alone, weights, aht_s, gives_up, balking, middle, 0, 0, clocks, interval_s, memory)
        if meets(at_middle, alone, goals) and at_middle[OCCUPANCY] < 1.0:
            high = middle
        else:
            low = middle
    return high
