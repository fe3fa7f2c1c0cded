"""Regular series of interval values in UTC, with every gap explicit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasting.errors import SeriesInvalid

DAY_S = 86_400


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single truth value
class IntervalSeries:
    """One value per interval: offered calls, answered calls, or seconds summed over the interval.

    Parameters
    ----------
    start : start of the first interval, with time zone; kept in UTC
    interval_s : width of an interval [s]; divides the day, and ``start`` lies on its grid
    values : (intervals,), >= 0; NaN where the interval is missing. Kept as a read-only copy

    Raises
    ------
    SeriesInvalid : the start is naive or off the grid, or a value is negative or infinite
    """

    start: datetime
    interval_s: int
    values: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", utc_on_grid(self.start, self.interval_s))
        values = np.array(self.values, dtype=np.float64)
        if values.ndim != 1:
            raise SeriesInvalid(f"values must be one row of intervals, got an array of shape {values.shape}")
        impossible = np.isinf(values) | (values < 0)
        if impossible.any():
            at = int(np.argmax(impossible))
            when = self.start + timedelta(seconds=at * self.interval_s)
            raise SeriesInvalid(f"value at {when.isoformat()} is {values[at]}: expected a finite number >= 0 or NaN")
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    @property
    def end(self) -> datetime:
        """End of the last interval [UTC]; equals ``start`` of an empty series."""
        return self.start + timedelta(seconds=self.interval_s * self.values.size)

    def until(self, end: datetime) -> "IntervalSeries":
        """The intervals that end at or before ``end``, as a forecast made at ``end`` may know them."""
        kept = int((end - self.start).total_seconds() // self.interval_s)
        return IntervalSeries(self.start, self.interval_s, self.values[: max(kept, 0)])


def utc_on_grid(start: datetime, interval_s: int) -> datetime:
    """``start`` in UTC, once it is known to lie on the grid of ``interval_s`` [s].

    Raises
    ------
    SeriesInvalid : ``start`` has no time zone or is off the grid, or ``interval_s`` does not divide a day
    """
    if start.utcoffset() is None:
        raise SeriesInvalid(f"start must carry a time zone, got {start.isoformat()}")
    if interval_s <= 0 or DAY_S % interval_s:
        raise SeriesInvalid(f"interval_s is {interval_s}: expected a positive divisor of {DAY_S} seconds")
    if start.microsecond or int(start.timestamp()) % interval_s:
        raise SeriesInvalid(f"start {start.isoformat()} is not on the grid of {interval_s} seconds")
    return start.astimezone(UTC)


def regular_series(starts: Sequence[datetime], values: ArrayLike, *, interval_s: int) -> IntervalSeries:
    """Put pairs of interval start and value, in any order, on a regular grid; absent intervals become NaN.

    Parameters
    ----------
    starts : (pairs,), interval starts with time zone, each at most once; at least one
    values : (pairs,), one value each
    interval_s : width of an interval [s]

    Raises
    ------
    SeriesInvalid : no pair, unequal lengths, a start off the grid or twice, or an impossible value
    """
    given = np.asarray(values, dtype=np.float64)
    if not len(starts) or given.shape != (len(starts),):
        raise SeriesInvalid(f"got {len(starts)} starts and values of shape {given.shape}: expected as many, at least 1")
    seconds = np.array([int(utc_on_grid(start, interval_s).timestamp()) for start in starts])
    first = int(seconds.min())
    position = (seconds - first) // interval_s
    times, counts = np.unique(position, return_counts=True)
    if (counts > 1).any():
        twice = datetime.fromtimestamp(first + int(times[counts > 1][0]) * interval_s, UTC)
        raise SeriesInvalid(f"interval {twice.isoformat()} is given {counts.max()} times: expected once")
    grid = np.full(int(position.max()) + 1, np.nan)
    grid[position] = given
    return IntervalSeries(datetime.fromtimestamp(first, UTC), interval_s, grid)
