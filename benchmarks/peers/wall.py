"""What a peer is given: counts on a regular wall-clock grid. Nothing here, or in any peer, imports the product."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

DAY_S = 86_400


@dataclass(frozen=True, eq=False)
class Task:
    """The history that a peer may see, and how far it is to forecast.

    ``start`` wall-clock start of the first interval; ``interval_s`` [s]; ``history`` (intervals,), NaN where missing or
    closed; ``horizon`` intervals ahead; ``is_open`` (7, slots), Monday first; ``weekend`` days off work, 0 is Monday.
    """

    start: datetime
    interval_s: int
    history: np.ndarray
    horizon: int
    is_open: np.ndarray
    weekend: tuple[int, ...]

    @property
    def n_slots(self) -> int:
        return DAY_S // self.interval_s

    @property
    def times(self) -> np.ndarray:
        """(intervals + horizon,), wall-clock starts as datetime64[s]."""
        steps = np.arange(self.history.size + self.horizon) * np.timedelta64(self.interval_s, "s")
        return np.datetime64(self.start, "s") + steps

    @property
    def dates(self) -> np.ndarray:
        return self.times.astype("datetime64[D]")

    @property
    def slots(self) -> np.ndarray:
        return ((self.times - self.dates).astype(np.int64) // self.interval_s).astype(np.int64)

    @property
    def weekdays(self) -> np.ndarray:
        return weekdays(self.dates)

    @property
    def is_open_at(self) -> np.ndarray:
        """(intervals + horizon,), whether the hour is one that is ever open."""
        return self.is_open[self.weekdays, self.slots]


def weekdays(dates: np.ndarray) -> np.ndarray:
    """0 is Monday; 1 January 1970 was a Thursday."""
    return (dates.astype(np.int64) + 3) % 7


def week_earlier(task: Task, weeks: int) -> np.ndarray:
    """(horizon,), the history ``weeks`` before each interval ahead; NaN outside it or past the origin."""
    at = task.history.size + np.arange(task.horizon) - weeks * 7 * task.n_slots
    inside = (at >= 0) & (at < task.history.size)
    return np.where(inside, task.history[np.clip(at, 0, task.history.size - 1)], np.nan)
