"""Gaps that come back: local hours of the week that are short again and again, and were foreseen to be.

Overtime that fills the same hours every week is no answer to the unexpected: it is a post that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

HOURS = 168  # of the local week, from Monday 00:00

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RecurringGap:
    """An hour of the week that was short in a row of weeks.

    weeks : how many in a row, the last of which is the newest week looked at; short_h : mean gap of these weeks
    [handler-hours]; foreseen : share of these weeks in which the forecast of the time showed the gap
    """

    hour: int
    weeks: int
    short_h: float
    foreseen: float


def recurring_gaps(
    short: ArrayLike, foreseen: ArrayLike, *, n_weeks: int, least_h: float = 0.5, least_foreseen: float = 0.75
) -> tuple[RecurringGap, ...]:
    """Hours that were short by at least ``least_h`` in each of the newest ``n_weeks`` or more, foreseen in at least a
    share of them; by hour of the week.

    Parameters
    ----------
    short : (weeks, 168), handler-hours missing, or worked as overtime, in each hour of each week, oldest first; NaN
        where nothing is known, which ends a row of weeks
    foreseen : (weeks, 168), likewise, of what the forecast known at the time showed missing

    Raises
    ------
    ValueError : the shapes differ or are others, or a limit is out of range
    """
    was, was_foreseen = np.asarray(short, dtype=np.float64), np.asarray(foreseen, dtype=np.float64)
    if was.ndim != 2 or was.shape[1] != HOURS or was.shape != was_foreseen.shape:
        raise ValueError(f"short {was.shape} and foreseen {was_foreseen.shape}: expected (weeks, {HOURS}) both")
    if n_weeks < 2 or not least_h > 0 or not 0 <= least_foreseen <= 1:
        raise ValueError(
            f"n_weeks {n_weeks}, least_h {least_h}, least_foreseen {least_foreseen}: expected at least 2, above 0, 0..1"
        )
    found = []
    for hour in range(HOURS):
        row = _newest_row(was[:, hour] >= least_h)
        if row < n_weeks:
            continue
        part = slice(was.shape[0] - row, None)
        share = float((was_foreseen[part, hour] >= least_h).mean())
        if share >= least_foreseen:
            found.append(RecurringGap(hour, row, float(was[part, hour].mean()), share))
    return tuple(found)


def _newest_row(is_short: NDArray[np.bool_]) -> int:
    """Weeks in a row up to the newest in which it is so."""
    ends = np.flatnonzero(~is_short)
    return int(is_short.size - 1 - ends[-1]) if ends.size else int(is_short.size)


def hours_of_week(values: ArrayLike, hour: ArrayLike) -> Floats:
    """Sums (168,) of quarter-hours by local hour of the week, both (intervals,); NaN where no quarter-hour of the hour
    is there."""
    at = np.asarray(hour, dtype=np.int64)
    total = np.bincount(at, np.asarray(values, dtype=np.float64), minlength=HOURS)
    count = np.bincount(at, minlength=HOURS)
    return np.where(count > 0, total, np.nan)
