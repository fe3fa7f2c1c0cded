"""The skill split: of each interval's seats, the most that can be for 101 alone, and the reserve kept for 999.

The split is searched at one certain rate, that at which all dual-skilled seats give the service that they give on
average over the uncertain one, and then checked on average: where it falls short, seats go back to the 999 desk.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.queueing.measures import ABANDON_101, LEVEL_999, PUBLISHED_LEVEL
from rostering.staffing.seats.counted import Service, counted
from rostering.staffing.seats.prediction import Prediction
from rostering.staffing.seats.seat_search import Goals, Loads, room_table, split_rooms
from rostering.staffing.seats.targets import Clock, SeatRules

MAX_SPLIT_LOAD = (
    300.0  # erlangs of one interval above which all seats stay dual-skilled: the search grows with the cube
)
HAIR = 1e-6  # of a share: all dual-skilled seats meet what they are themselves predicted to do
SEATS_BACK = 3  # that go back to the 999 desk, one by one, before an interval stays all dual-skilled


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Seats of the two desks, (intervals,) each, their measures averaged over the uncertain rate, (intervals,
    N_MEASURES), and the expected service, fields (intervals,)."""

    seats_999: Ints
    seats_101: Ints
    reserve: Ints
    measures: Floats
    service: Service

    @property
    def seats(self) -> Ints:
        return self.seats_999 + self.seats_101


def all_dual_skilled(prediction: Prediction, total: Ints) -> Split:
    """No seat for 101 alone."""
    none = np.zeros_like(total)
    average = RoomAverage(prediction, total)
    return Split(total, none, none, average.pooled, average.service(average.pooled))


def split_seats(
    prediction: Prediction, rules: SeatRules, total: Ints, slack: Floats, before: Split | None = None
) -> Split:
    """The most seats for 101 alone, then the smallest reserve, at ``total`` seats.

    101 seats take 101 calls first, so 101 gains and 999 loses with each seat that moves; a reserve gives some of it
    back. An interval's 999 service level may fall, and its 101 abandonment rise, by ``slack`` (2, intervals) from what
    all dual-skilled seats give; both are >= 0. An interval above ``MAX_SPLIT_LOAD`` stays all dual-skilled. Where
    ``before`` has the same total and still does well enough, it stays.
    """
    average = RoomAverage(prediction, total)
    n = total.size
    seats_101, reserve, measures = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), average.pooled.copy()
    todo = prediction.demand.load <= MAX_SPLIT_LOAD
    if before is not None:
        kept = (before.seats == total) & average.does_well(np.arange(n), before.measures, slack)
        seats_101[kept], reserve[kept] = before.seats_101[kept], before.reserve[kept]
        measures[kept] = before.measures[kept]
        todo &= ~kept
    at = np.flatnonzero(todo)
    if at.size:
        found = average.searched(at, rules, slack)
        open_ = np.flatnonzero(found[0] > 0)
        for back in range(SEATS_BACK + 1):
            i = at[open_]
            on_101 = np.maximum(found[0][open_] - back, 0)
            tried = average.of_rooms(i, on_101, found[1][open_])
            good = average.does_well(i, tried, slack) & (on_101 > 0)
            done = i[good]
            seats_101[done], reserve[done] = on_101[good], found[1][open_][good]
            measures[done] = tried[good]
            open_ = open_[~good]
            if not open_.size:
                break
    return Split(total - seats_101, seats_101, reserve, measures, average.service(measures))


class RoomAverage:
    """Rooms of given totals, averaged over the uncertain rate."""

    def __init__(self, prediction: Prediction, total: Ints) -> None:
        self._prediction, self._total = prediction, total
        intervals = np.arange(total.size)
        self._at_nodes, self._offered = prediction.table.at_nodes(intervals, total, prediction.first_per_s)
        self._loads = prediction.table.loads(intervals, self._offered)
        self._is_published = prediction.targets.clock is Clock.PUBLISHED
        self._level = PUBLISHED_LEVEL if self._is_published else LEVEL_999
        weights = self._loads.weights
        columns = np.arange(self._at_nodes.shape[2]) % 2
        columns[PUBLISHED_LEVEL] = 0
        self.pooled: Floats = (self._at_nodes[:, :-1] * weights[:, :, columns]).sum(axis=1)

    def service(self, measures: Floats) -> Service:
        """Expected calls of all intervals with these measures."""
        prediction = self._prediction
        calls = np.einsum("ikq,k->iq", self._offered, prediction.nodes.weights) * prediction.demand.interval_s
        return counted(measures, calls, prediction.definitions, prediction.assumptions)

    def does_well(self, i: Ints, measures: Floats, slack: Floats) -> NDArray[np.bool_]:
        """Whether intervals i give up no more than their slack; a queue without calls has nothing to give up."""
        silent = self._loads.per_s[i].max(axis=1) <= 0.0
        level = measures[:, self._level] >= self.pooled[i, self._level] - slack[0, i] - HAIR
        gave_up = measures[:, ABANDON_101] <= self.pooled[i, ABANDON_101] + slack[1, i] + HAIR
        well: NDArray[np.bool_] = (level | silent[:, 0]) & (gave_up | silent[:, 1])
        return well

    def searched(self, i: Ints, rules: SeatRules, slack: Floats) -> tuple[Ints, Ints]:
        """101 seats and reserve of intervals i at their one certain rate."""
        handlers = np.maximum(self._handlers(self._total[i]), 1)
        loads = self._certain(i)
        none = np.zeros_like(handlers)
        pooled = room_table(loads, handlers, none, none).measures
        answer_s = self._prediction.targets.mean_answer_999_s
        goals = Goals(
            service_level=np.clip(pooled[:, self._level] - slack[0, i] - HAIR, 0.0, 1.0),
            abandonment=np.clip(pooled[:, ABANDON_101] + slack[1, i] + HAIR, 0.0, 1.0),
            mean_answer_s=np.full(
                i.size, np.inf if answer_s is None else answer_s - self._prediction.definitions.ring_s
            ),
            is_published=self._is_published,
        )
        floor = np.minimum(self._handlers(np.full(i.size, rules.min_seats_999)), handlers)
        rooms = split_rooms(loads, goals, handlers, floor)
        availability = self._prediction.assumptions.availability
        most = np.maximum(self._total[i] - rules.min_seats_999, 0)
        return np.minimum((rooms.seats_101 / availability + 1e-9).astype(np.int64), most), rooms.reserve

    def of_rooms(self, i: Ints, on_101: Ints, reserve: Ints) -> Floats:
        """Measures of intervals i with so many 101 seats and this reserve; lending posts help the 999 desk."""
        lent = self._prediction.table.lending[i]
        handlers, s = self._handlers(self._total[i]), self._handlers(on_101)
        return room_table(_some(self._loads, i), np.maximum(handlers - s, 1) + lent, s, reserve + lent).measures

    def _handlers(self, seats: Ints) -> Ints:
        handlers: Ints = (seats * self._prediction.assumptions.availability + 1e-9).astype(np.int64)
        return handlers

    def _certain(self, i: Ints) -> Loads:
        """Loads (m, 1 node) at which all dual-skilled seats give their average service level."""
        per_s = np.empty((i.size, 1, 2))
        for row, interval in enumerate(i):
            level = self._at_nodes[interval, :-1, self._level]
            place = float(np.interp(-self.pooled[interval, self._level], -level, np.arange(level.size)))
            low = min(int(place), level.size - 2) if level.size > 1 else 0
            high = min(low + 1, level.size - 1)
            offered = self._offered[interval]
            per_s[row, 0] = offered[low] + (place - low) * (offered[high] - offered[low])
        middle = self._loads.aht_s.shape[1] // 2
        return Loads(
            per_s=per_s,
            weights=np.ones_like(per_s),
            aht_s=self._loads.aht_s[i, middle : middle + 1],
            gives_up=self._loads.gives_up,
            balking=self._loads.balking,
            clocks=self._loads.clocks,
            interval_s=self._loads.interval_s,
        )


def _some(loads: Loads, i: Ints) -> Loads:
    return Loads(
        per_s=loads.per_s[i],
        weights=loads.weights[i],
        aht_s=loads.aht_s[i],
        gives_up=loads.gives_up,
        balking=loads.balking,
        clocks=loads.clocks,
        interval_s=loads.interval_s,
    )
