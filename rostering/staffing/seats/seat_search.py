"""Rooms of all intervals: what each number of seats does, the fewest that meet the goals, and their split by skill."""

from dataclasses import dataclass

import numpy as np

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.queueing.measures import (
    ABANDON_101,
    ABANDON_999,
    ANSWERED_WAIT_999,
    LEVEL_999,
    N_MEASURES,
    OCCUPANCY,
    PUBLISHED_LEVEL,
)
from rostering.staffing.seats import search_kernel


@dataclass(frozen=True, slots=True, eq=False)
class Loads:
    """What the rooms of n intervals meet: rates and handling times at the nodes of what is uncertain.

    Each interval is evaluated at every node and averaged so that a call of a busy hour counts as much as one of a quiet
    hour: weights are the node's probability x its rate factor.
    """

    per_s: Floats  # arrival rates, 999 first, (n, nodes, 2) [1/s]
    weights: Floats  # (n, nodes, 2); those of an interval sum to 1 over nodes
    aht_s: Floats  # (n, nodes, 2) [s]
    gives_up: Floats  # (2,) [1/s], 0: nobody gives up
    balking: Floats  # share who hang up at once where they would have to wait, (2,)
    clocks: Floats  # thresholds of 999 [s], their weights in the force's and in the published clock, (3, K)
    interval_s: float

    def __post_init__(self) -> None:
        for name in ("per_s", "weights", "aht_s", "gives_up", "balking", "clocks"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.float64))
        if self.per_s.ndim != 3 or self.per_s.shape[2] != 2:
            raise ValueError(f"per_s must have the shape (intervals, nodes, 2), got {self.per_s.shape}")
        for name in ("weights", "aht_s"):
            if getattr(self, name).shape != self.per_s.shape:
                raise ValueError(f"{name} must have the shape {self.per_s.shape}, got {getattr(self, name).shape}")
        if self.clocks.ndim != 2 or self.clocks.shape[0] != 3:
            raise ValueError(f"clocks must have the shape (3, thresholds), got {self.clocks.shape}")

    @property
    def intervals(self) -> int:
        return int(self.per_s.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class Goals:
    """What each interval must reach, (n,) each; a level of 0, an abandonment of 1 and a wait of infinity ask for
    nothing. A queue without calls in an interval always meets its goals."""

    service_level: Floats  # least share of offered 999 calls answered within the threshold
    abandonment: Floats  # most of the share of offered 101 calls abandoned
    mean_answer_s: Floats  # most of the mean wait of answered 999 calls [s]
    is_published: bool = False  # the service level is by the published clock

    @property
    def table(self) -> Floats:
        """(n, 4): level by the force's clock, by the published clock, abandonment, mean answer time."""
        nothing = np.zeros_like(self.service_level)
        levels = (nothing, self.service_level) if self.is_published else (self.service_level, nothing)
        return np.ascontiguousarray(np.stack([*levels, self.abandonment, self.mean_answer_s], axis=1), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Rooms:
    """Seats of all intervals, (n,) each, and what they are predicted to do, (n, N_MEASURES)."""

    seats_999: Ints
    seats_101: Ints
    reserve: Ints
    measures: Floats

    @property
    def seats(self) -> Ints:
        return self.seats_999 + self.seats_101


def room_table(loads: Loads, seats_999: Ints, seats_101: Ints, reserve: Ints) -> Rooms:
    """What rooms of given seats do; a reserve above the seats of the 999 desk is all of them."""
    on_999, on_101, kept = (np.ascontiguousarray(seats, dtype=np.int64) for seats in (seats_999, seats_101, reserve))
    kept = np.minimum(kept, on_999)
    has_two = (on_101 > 0) & (loads.per_s[:, :, 1] > 0.0).all(axis=1)
    measures = np.empty((loads.intervals, N_MEASURES))
    one, two = np.flatnonzero(~has_two), np.flatnonzero(has_two)
    if one.size:
        measures[one] = search_kernel.measure_pools(*_arrays(loads, one), on_999[one], kept[one])
        measures[one, OCCUPANCY] *= on_999[one] / (on_999 + on_101)[one]
    if two.size:
        measures[two] = search_kernel.measure_two_pools(*_arrays(loads, two), on_999[two], on_101[two], kept[two])
    return Rooms(on_999, on_101, kept, measures)


def smallest_rooms(loads: Loads, goals: Goals, floor: Ints) -> Rooms:
    """Fewest dual-skilled seats of each interval, at least ``floor`` (n,), that meet its goals.

    Raises
    ------
    ValueError : no number of seats within the search's bounds meets an interval's goals
    """
    most = most_seats(loads, floor)
    seats, measures = search_kernel.smallest_pools(
        *_arrays(loads), goals.table, np.ascontiguousarray(floor, dtype=np.int64), most, 0
    )
    if (seats < 0).any():
        worst = int(np.argmax(seats < 0))
        raise ValueError(
            f"interval {worst}: {most[worst]} seats do not meet the goals: service level "
            f"{goals.service_level[worst]:g}, abandonment {goals.abandonment[worst]:g}, mean answer time "
            f"{goals.mean_answer_s[worst]:g} s"
        )
    none = np.zeros_like(seats)
    return Rooms(seats, none, none, measures)


def split_rooms(loads: Loads, goals: Goals, seats: Ints, floor_999: Ints, *, most_reserve: int = 3) -> Rooms:
    """The same seats with the most 101-only seats, and then the smallest reserve, that still meet the goals.

    ``seats`` and ``floor_999``, the fewest seats of the 999 desk, are (n,). An interval whose goals are not met by its
    seats all dual-skilled stays all dual-skilled.
    """
    total = np.ascontiguousarray(seats, dtype=np.int64)
    none = np.zeros_like(total)
    start = room_table(loads, total, none, none)
    found, measures, table = np.stack([total, none, none], axis=1), start.measures, goals.table
    has_999 = np.asarray((loads.per_s[:, :, 0] > 0.0).any(axis=1))
    answered = 1.0 - measures[:, ABANDON_999]
    met_999 = (measures[:, LEVEL_999] >= table[:, 0]) & (measures[:, PUBLISHED_LEVEL] >= table[:, 1])
    met_999 &= measures[:, ANSWERED_WAIT_999] <= table[:, 3] * answered
    met = (met_999 | ~has_999) & (measures[:, ABANDON_101] <= table[:, 2])
    rows = np.flatnonzero(met & (loads.per_s[:, :, 1] > 0.0).all(axis=1) & (total > 1))
    if rows.size:
        # 999 needs at least the seats that it would need if it had them to itself.
        arrays = _arrays(loads, rows)
        alone = (np.ascontiguousarray(arrays[0] * [1.0, 0.0]), *arrays[1:])
        floor = np.minimum(np.maximum(np.asarray(floor_999, dtype=np.int64)[rows], 1), total[rows])
        lowest, at_lowest = search_kernel.smallest_pools(*alone, table[rows], floor, total[rows], 0)
        lowest = np.where(lowest < 0, total[rows], lowest)
        lowest += at_lowest[:, OCCUPANCY] >= 1.0  # no more calls than seats carry
        split, split_measures = found[rows], measures[rows]
        search_kernel.split_rooms(*arrays, table[rows], total[rows], lowest, most_reserve, split, split_measures)
        found[rows], measures[rows] = split, split_measures
    return Rooms(found[:, 0], found[:, 1], found[:, 2], measures)


def most_seats(loads: Loads, floor: Ints) -> Ints:
    """Where the search gives up: three times the mean load and forty of its standard deviations, (n,)."""
    load = ((loads.per_s * loads.aht_s).sum(axis=2) * loads.weights.mean(axis=2)).sum(axis=1)
    most: Ints = np.maximum(floor, (load * 3.0 + 40.0 * np.sqrt(load) + 60.0).astype(np.int64))
    return most


def _arrays(
    loads: Loads, rows: Ints | slice = slice(None)
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats, float]:
    """The kernels' first arguments, of some intervals."""
    per_s, weights, aht_s = (np.ascontiguousarray(part[rows]) for part in (loads.per_s, loads.weights, loads.aht_s))
    return per_s, weights, aht_s, loads.gives_up, loads.balking, loads.clocks, float(loads.interval_s)
