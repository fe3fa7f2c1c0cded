"""A seat profile as duties of equal length, so that absence takes duties from it as it does from a roster."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rostering.staffing.assumptions import Desk
from rostering.staffing.checks import require_count
from rostering.staffing.simulation.room import seat_rows

DUTY_INTERVALS = 32  # eight hours of quarter-hours


def duty_rows(seats_999: ArrayLike, seats_101: ArrayLike, duty_intervals: int = DUTY_INTERVALS) -> NDArray[np.int8]:
    """Rows (duties, intervals) of `Desk` codes: each seat of the profile cut into duties.

    Where one duty ends at a filled seat the next begins, and its handler finishes the last call besides, as at a change
    of shift. The cuts of neighbouring seats lie apart.

    Raises
    ------
    ValueError : a profile is not (intervals,) whole numbers of at least 0, or duties have no length
    """
    require_count(1, duty_intervals=duty_intervals)
    seats = seat_rows(seats_999, seats_101)
    n = seats.shape[1]
    rows = []
    for number, seat in enumerate(seats):
        duty = (np.arange(n) + number * 7) // duty_intervals
        cut = np.where(duty == np.unique(duty)[:, None], seat, np.int8(Desk.OFF))
        rows.append(cut[(cut != Desk.OFF).any(axis=1)])
    return np.concatenate([np.zeros((0, n), dtype=np.int8), *rows]).astype(np.int8)
