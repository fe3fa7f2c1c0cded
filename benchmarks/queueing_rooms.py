"""The weeks and rooms that the formulas are measured on."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.staffing import (
    ControlRoom,
    QueueAssumptions,
    RoomAssumptions,
    seat_rows,
    simulate,
    two_class_performance,
)
from rostering.staffing.queueing.measures import force_clock
from rostering.staffing.seats.seat_search import Goals, Loads
from rostering.staffing.seats.uncertainty import lagged_per_s

Floats = NDArray[np.float64]
AHT_S = (340.0, 600.0)
WEEK = 672  # quarter-hours


def week_per_s(per_h: tuple[float, float]) -> Floats:
    """Lagged arrival rates of a week, (2, 672) [1/s]: a night trough of 0.35 and an afternoon peak of 1.5 times the
    mean."""
    hour = np.arange(WEEK) % 96 / 4
    shape = np.interp(hour, [0, 3, 5, 8, 12, 16, 19, 22, 24], [0.7, 0.4, 0.35, 0.9, 1.2, 1.5, 1.35, 1.0, 0.7])
    return lagged_per_s(np.outer(per_h, shape) / 4, np.repeat(np.array(AHT_S)[:, None], WEEK, axis=1), 900)


def week_loads(per_h: tuple[float, float]) -> Loads:
    """That week with rates that are known."""
    per_s = week_per_s(per_h).T[:, None, :]
    return Loads(
        per_s=per_s, weights=np.ones_like(per_s), aht_s=np.broadcast_to(AHT_S, per_s.shape),
        gives_up=np.array([0.0, 1 / 300.0]), balking=np.zeros(2), clocks=force_clock(10.0), interval_s=900.0,
    )  # fmt: skip


def week_goals() -> Goals:
    """90% of 999 within the threshold, 10% of 101 abandoned at most."""
    return Goals(np.full(WEEK, 0.9), np.full(WEEK, 0.1), np.full(WEEK, math.inf))


@dataclass(frozen=True, slots=True)
class SteadyRoom:
    """A room at constant rates: calls an hour, patience [s], seats of both desks, reserve."""

    per_h: tuple[float, float]
    patience_s: tuple[float, float]
    seats_999: int
    seats_101: int = 0
    reserve: int = 0
    aht_s: tuple[float, float] = AHT_S

    @property
    def per_s(self) -> Floats:
        return np.array(self.per_h) / 3600.0

    def by_formula(self) -> tuple[float, float]:
        """999 service level within 10 s, and 101 abandonment."""
        found = two_class_performance(
            self.per_s, self.aht_s, self.patience_s, self.seats_999, self.seats_101, reserve=self.reserve
        )
        return float(found.service_level[0]), float(found.p_abandon[1])

    def by_chain(self) -> tuple[float, float]:
        """The same of the exact chain of the tests."""
        from tests.rostering.staffing.queueing.exact_chain import Room

        room = Room(self.per_s, self.aht_s, self.patience_s, self.seats_999, self.seats_101, (14, 30), self.reserve)
        waiting = room.mean(lambda _i, _j, _k, _q1, q2: q2)
        return room.service_level_999(10.0), waiting / self.patience_s[1] / self.per_s[1]

    def by_simulation(self) -> tuple[Floats, Floats]:
        """The same of twelve million simulated calls: means and standard errors, (2,) each."""
        days, n = 28, 28 * 96
        per_interval = self.per_s * 900.0
        n_replications = max(20, min(800, int(1.2e7 / (per_interval.sum() * n))))
        room = ControlRoom(
            900, seat_rows(np.full(n, self.seats_999), np.full(n, self.seats_101)),
            np.repeat(np.array(self.aht_s)[:, None], n, axis=1),
            RoomAssumptions(*(QueueAssumptions(patience_s) for patience_s in self.patience_s)),
            reserve=np.full(n, self.reserve), exponential=True,
        )  # fmt: skip
        calls = np.broadcast_to(per_interval[:, None], (n_replications, 2, n))
        found = simulate(room, calls, seed=days).measures(16, n)  # four hours after the empty start
        each = np.stack([found["service_level_999"], found["abandonment_101"]])
        return each.mean(axis=1), each.std(axis=1, ddof=1) / math.sqrt(n_replications)


_ENDLESS = (math.inf, 300.0)
CHAIN_ROOMS = {
    "chain_error_points": [
        SteadyRoom((4.8, 7.8), _ENDLESS, 5),
        SteadyRoom((11.2, 18.2), (300.0, 300.0), 7),
        SteadyRoom((11.2, 18.2), _ENDLESS, 8),
        SteadyRoom((19.2, 31.2), _ENDLESS, 11),
        SteadyRoom((25.0, 35.0), (600.0, 300.0), 12),
        SteadyRoom((32.0, 52.0), _ENDLESS, 16),
        SteadyRoom((37.0, 52.0), (600.0, 300.0), 16),
    ],
    "two_pool_chain_error_points": [
        SteadyRoom((11.2, 18.2), _ENDLESS, 5, 3),
        SteadyRoom((11.2, 18.2), _ENDLESS, 4, 5, 2),
        SteadyRoom((25.0, 35.0), _ENDLESS, 8, 4),
        SteadyRoom((25.0, 35.0), _ENDLESS, 6, 6, 1),
        SteadyRoom((25.0, 35.0), (600.0, 300.0), 6, 6, 2),
        SteadyRoom((32.0, 52.0), _ENDLESS, 10, 6),
        SteadyRoom((32.0, 52.0), (600.0, 300.0), 8, 9, 2),
    ],
}
LONG_ROOMS = [
    SteadyRoom((11.2, 18.2), _ENDLESS, 8),
    SteadyRoom((25.0, 35.0), _ENDLESS, 12),
    SteadyRoom((37.0, 52.0), (600.0, 300.0), 16),
    SteadyRoom((100.0, 140.0), _ENDLESS, 38),
    SteadyRoom((150.0, 210.0), _ENDLESS, 54),
    SteadyRoom((25.0, 35.0), _ENDLESS, 6, 7, 2),
    SteadyRoom((100.0, 140.0), _ENDLESS, 22, 17, 2),
]
