"""The fewest seats of every interval that meet a condition, all intervals searched at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.checks import Ints

Meets = Callable[[Ints, Ints], NDArray[np.bool_]]


def fewest_seats(guess: Ints, least: Ints, most: Ints, meets: Meets) -> Ints:
    """Smallest seats, (intervals,), from ``least`` to ``most``, that meet a condition which more seats never lose.

    Each interval steps from its guess, 1, 2, 4, ... seats at a time, until the answer lies between two numbers, and
    then halves.

    Parameters
    ----------
    guess, least, most : (intervals,)
    meets : of m intervals (by number) with so many seats each, which meet the condition, (m,)

    Raises
    ------
    ValueError : an interval does not meet it with ``most`` seats
    """
    fails, works = least - 1, most + 1  # works above most: not found yet
    seats = np.clip(guess, least, most)
    step = np.ones_like(seats)
    open_ = np.flatnonzero(works - fails > 1)
    while open_.size:
        ok = meets(open_, seats[open_])
        works[open_[ok]], fails[open_[~ok]] = seats[open_[ok]], seats[open_[~ok]]
        lost = fails >= most
        if lost.any():
            i = int(np.flatnonzero(lost)[0])
            raise ValueError(f"interval {i}: {most[i]} seats do not meet the targets")
        middle = (fails + works) // 2
        below = np.maximum(works - step, middle)
        above = np.where(works > most, np.minimum(fails + step, most), np.minimum(fails + step, middle))
        seats[open_] = np.where(ok, below[open_], above[open_])
        seats = np.clip(seats, fails + 1, np.maximum(works - 1, fails + 1))
        step[open_] *= 2
        open_ = np.flatnonzero(works - fails > 1)
    return works
