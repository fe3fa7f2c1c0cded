"""What is simulated: who sits where when, how long calls take, how callers behave."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rostering.staffing.assumptions import Desk, RoomAssumptions
from rostering.staffing.checks import Floats, Ints, frozen_copy, per_queue_intervals, require_count


@dataclass(frozen=True, slots=True, eq=False)
class ControlRoom:
    """A room over a span of intervals; arrays are read-only.

    Parameters
    ----------
    interval_s : width of an interval [s], >= 60
    desks : (duties, intervals), `Desk` codes: a row for each duty of a roster, or each seat of a profile
    aht_s : mean handling times by interval of arrival, (2, intervals), 999 first [s], > 0
    assumptions : callers, callbacks, switchboard, absence, availability
    reserve : (intervals,), a 101 call is taken on the 999 desk only if more than so many are idle there; default 0
    handlers : (duties,), which handler works the duty, numbered from 0; default: each duty its own
    exponential : handling times are exponential, as in published models, not lognormal with the queues' variation
    interchangeable : rows are seats of the 999 desk that nobody owns, as in published models: where their number falls,
        idle seats go first, then those whose calls end first, instead of the rows that end

    Raises
    ------
    ValueError : a shape or value is out of range; the message names it
    """

    interval_s: int
    desks: NDArray[np.int8]
    aht_s: Floats
    assumptions: RoomAssumptions
    reserve: Ints | None = None
    handlers: Ints | None = None
    exponential: bool = False
    interchangeable: bool = False

    def __post_init__(self) -> None:
        require_count(60, interval_s=self.interval_s)
        aht = per_queue_intervals("aht_s", self.aht_s, above_zero=True)
        desks = np.asarray(self.desks)
        n = aht.shape[1]
        if desks.ndim != 2 or desks.shape[1] != n:
            raise ValueError(f"desks must have the shape (duties, {n}), got {desks.shape}")
        if not np.isin(desks, list(Desk)).all():
            raise ValueError(f"desks must hold the codes {[int(d) for d in Desk]}, got {np.unique(desks).tolist()}")
        if self.interchangeable and not np.isin(desks, (Desk.OFF, Desk.CALLS_999)).all():
            raise ValueError(f"interchangeable seats are at the 999 desk, got the desks {np.unique(desks).tolist()}")
        reserve = np.zeros(n, dtype=np.int64) if self.reserve is None else np.asarray(self.reserve)
        if reserve.shape != (n,) or (reserve < 0).any():
            raise ValueError(f"reserve must be ({n},) whole numbers of at least 0, got {reserve.shape}")
        handlers = np.arange(desks.shape[0]) if self.handlers is None else np.asarray(self.handlers)
        if handlers.shape != (desks.shape[0],) or (handlers < 0).any():
            raise ValueError(f"handlers must be ({desks.shape[0]},) numbers of at least 0, got {handlers.shape}")
        object.__setattr__(self, "desks", frozen_copy(desks, np.int8))
        object.__setattr__(self, "aht_s", frozen_copy(aht, np.float64))
        object.__setattr__(self, "reserve", frozen_copy(reserve, np.int64))
        object.__setattr__(self, "handlers", frozen_copy(handlers, np.int64))


def seat_rows(seats_999: ArrayLike, seats_101: ArrayLike) -> NDArray[np.int8]:
    """Rows (seats, intervals) of `Desk` codes of a seat profile: the first sit at the 999 desk, the next at 101.

    Where the split changes but not the total, a handler changes desks after the call; nobody comes or leaves.

    Raises
    ------
    ValueError : the profiles are not two arrays (intervals,) of whole numbers of at least 0
    """
    profiles = [np.asarray(seats) for seats in (seats_999, seats_101)]
    for name, seats in zip(("seats_999", "seats_101"), profiles, strict=True):
        if seats.ndim != 1 or seats.shape != profiles[0].shape or seats.size == 0 or (seats < 0).any():
            raise ValueError(f"{name} must be (intervals,) whole numbers of at least 0, as long as the other desk's")
    total = profiles[0] + profiles[1]
    row = np.arange(total.max())[:, None]
    desks = np.where(row < profiles[0], Desk.CALLS_999, np.where(row < total, Desk.CALLS_101, Desk.OFF))
    return desks.astype(np.int8)
