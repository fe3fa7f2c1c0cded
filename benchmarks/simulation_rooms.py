"""The rooms that the simulator is measured on."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rostering.staffing import ControlRoom, Definitions, QueueAssumptions, RoomAssumptions, seat_rows
from rostering.staffing.assumptions import CallbackPolicy
from rostering.staffing.definitions import TransferDelay

WEEK = 672  # quarter-hours
PER_H = (25.0, 35.0)  # a medium force: 10,080 calls a week
AHT_S = (340.0, 600.0)
_HOURS = [0, 3, 5, 8, 12, 16, 19, 22, 24]
_LEVELS = [0.7, 0.4, 0.35, 0.9, 1.2, 1.5, 1.35, 1.0, 0.7]


def shape() -> NDArray[np.float64]:
    """Rate of each quarter-hour over the week's mean, (672,): a night trough and an afternoon peak."""
    day = np.interp(np.arange(WEEK) % 96 / 4, _HOURS, _LEVELS)
    return np.asarray(day / day.mean())


def week_rates(per_h: tuple[float, float] = PER_H) -> NDArray[np.float64]:
    """Expected calls of a week, (2, 672)."""
    return np.outer(per_h, shape()) / 4


def medium_room(size: int = 1, *, full: bool = True) -> ControlRoom:
    """A week's seats for a medium force or one ``size`` times as large; ``full``: with everything callers do."""
    seats = np.ceil(11.0 * shape() + 2.0) * size
    seats_101 = seats // 3
    aht_s = np.tile(np.array(AHT_S)[:, None], (1, WEEK))
    room = ControlRoom(900, seat_rows((seats - seats_101).astype(int), seats_101.astype(int)), aht_s, PLAIN)
    return replace(room, assumptions=FULL) if full else room


PLAIN = RoomAssumptions(QueueAssumptions(math.inf), QueueAssumptions(300.0))
FULL = RoomAssumptions(
    QueueAssumptions(600.0, 0.8, redial=0.3),
    QueueAssumptions(300.0, 0.8, patience_shape=0.9, balking=0.05, redial=0.3),
    spill=0.1,
    callbacks=CallbackPolicy(),
    absence_rate=0.03,
    availability=0.95,
)
TWO_CLOCKS = Definitions(ring_s=2.0, transfer=TransferDelay(2.0))


@dataclass(frozen=True, slots=True)
class CommonModel:
    """What SimPy, Ciw and the product all can do: two classes with priority, patience, exponential times, Poisson calls
    by quarter-hour, seats that do not change."""

    seats: int = 13
    aht_s: tuple[float, float] = AHT_S
    patience_s: tuple[float, float] = (600.0, 300.0)
    threshold_s: tuple[float, float] = (10.0, 60.0)

    def room(self) -> ControlRoom:
        callers = RoomAssumptions(*(QueueAssumptions(patience_s) for patience_s in self.patience_s))
        rows = np.ones((self.seats, WEEK), dtype=np.int8)
        return ControlRoom(900, rows, np.tile(np.array(self.aht_s)[:, None], (1, WEEK)), callers, exponential=True)
