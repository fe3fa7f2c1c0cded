"""The smallest room of one interval that meets both targets, by bounded searches that start near the answer."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.staffing.checks import Floats
from rostering.staffing.queueing.priority import (
    N_MEASURES,
    OCCUPANCY,
    P_ABANDON,
    SERVICE_LEVEL,
    idle_measures,
    room_measures,
)
from rostering.staffing.seats.targets import ServiceTargets

# A rate that needs a longer line of 999 calls fails the target at once, however long the line would get.
LINE_999 = 20
TAIL, TOLERANCE = 1e-6, 1e-3  # of one evaluation: together within 0.05 points of the chain solved to the end


@dataclass(frozen=True, slots=True)
class Room:
    """A number of seats with what it is predicted to do."""

    seats_999: int
    seats_101: int
    measures: Floats  # (N_MEASURES,), averaged over the uncertain rate


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """One interval's rates (nodes, 2), call weights (nodes, 2) and targets."""

    per_s: Floats
    weights: Floats
    aht_s: Floats
    gives_up: Floats
    targets: ServiceTargets
    in_use: NDArray[np.bool_]
    floor: int
    interval: int
    interval_s: int
    threshold_s: float = 10.0  # of 999 [s]

    @property
    def load(self) -> float:
        """Mean offered load of both queues [erlangs]."""
        return float((self.per_s * self.aht_s).sum(axis=1) @ self.weights.mean(axis=1))

    def room(self, seats_999: int, seats_101: int) -> Room:
        threshold_s, interval_s = float(self.threshold_s), float(self.interval_s)
        measures = average_measures(
            self.per_s, self.weights, self.aht_s, self.gives_up, seats_999, seats_101, threshold_s, interval_s
        )
        return Room(seats_999, seats_101, measures)

    def meets(self, room: Room) -> bool:
        """Both targets, of the queues that have calls."""
        level_met = room.measures[SERVICE_LEVEL][0] >= self.targets.service_level or not self.in_use[0]
        return level_met and bool(room.measures[P_ABANDON][1] <= self.targets.abandonment or not self.in_use[1])


def smallest_room(search: Search, before: Room | None) -> Room:
    """Smallest room of one interval, with the most 101 seats; the interval before tells where to look first."""
    if not search.in_use.any():
        return Room(search.floor, 0, idle_measures())
    guess = search.load + 1.3 * math.sqrt(search.load) if before is None else before.seats_999 + before.seats_101
    pooled = _fewest(search, max(search.floor, round(guess)))
    return _most_101(search, pooled, before) if search.in_use[1] else pooled


def _fewest(search: Search, guess: int) -> Room:
    """Fewest dual-skilled seats that meet the targets, from a guess, with a growing step and then halving."""
    most = max(search.floor, int(search.load * 3.0 + 40.0 * math.sqrt(search.load) + 60.0))
    low, high, step = search.floor - 1, None, 1  # low fails (or is below the floor), high meets
    seats = min(guess, most)
    while high is None or high.seats_999 - low > 1:
        room = search.room(seats, 0)
        if search.meets(room):
            high = room
            seats = max(high.seats_999 - step, (low + high.seats_999) // 2, search.floor)
        else:
            low = seats
            if low >= most:
                raise ValueError(f"interval {search.interval}: {most} seats do not meet the targets {search.targets}")
            seats = min(low + step, most) if high is None else max((low + high.seats_999) // 2, high.seats_999 - step)
        step *= 2
    return high


def _most_101(search: Search, pooled: Room, before: Room | None) -> Room:
    """Room of as many seats as ``pooled``, with the fewest 999 seats that meet the targets.

    Fewer 999 seats lower the 999 service level steadily, and 101 gains what 999 loses: the edge is searched as if
    both targets failed from one point on.
    """
    best, total = pooled, pooled.seats_999
    meets, fails = total, search.floor - 1
    share = before.seats_999 / (before.seats_999 + before.seats_101) if before is not None else 0.6
    seats = min(max(round(share * total), fails + 1), meets - 1)
    step = 1
    while meets - fails > 1:
        room = search.room(seats, total - seats)
        if search.meets(room):
            best, meets = room, seats
            seats = max(meets - step, fails + 1)
        else:
            fails = seats
            seats = min(fails + step, meets - 1)
        step *= 2
    return best


@njit(cache=True)
def average_measures(
    per_s: Floats,
    weights: Floats,
    aht_s: Floats,
    gives_up: Floats,
    d: int,
    s: int,
    threshold_s: float,
    interval_s: float,
) -> Floats:  # pragma: no cover - compiled
    """Measures averaged over the rate's nodes: shares and waits per call of their queue, occupancy per unit of time.

    A call of a busy hour counts as much as one of a quiet hour: ``weights`` (nodes, 2) are probability x rate factor.
    """
    total = np.zeros(N_MEASURES)
    thresholds = np.array([threshold_s, 60.0])
    mu_d = np.zeros((s if per_s[:, 1].min() > 0.0 else 0) + 1)  # each node starts from the rates of the one before
    for node in range(per_s.shape[0]):
        measures = room_measures(
            per_s[node], aht_s, gives_up, d, s, thresholds, TAIL, TOLERANCE, LINE_999 + d // 2, False, mu_d
        )
        if np.isnan(measures[OCCUPANCY]):
            measures = overrun_room(interval_s)
        for k in range(N_MEASURES):
            total[k] += measures[k] * (weights[node].mean() if k == OCCUPANCY else weights[node, k % 2])
    return total


@njit(cache=True)
def overrun_room(interval_s: float) -> Floats:  # pragma: no cover - compiled
    """Measures of a rate that the room cannot carry: all busy, nobody answered in time, waits of a whole interval."""
    measures = np.ones(N_MEASURES)
    measures[4:6] = interval_s
    measures[6:8] = 0.0
    return measures
