"""Recorded service by interval: what a calibration learns from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.checks import Floats, Ints, frozen_copy
from rostering.staffing.history.patience import PatienceEstimate, estimate_patience

QUEUES = ("999", "101")
_COUNTS = ("offered", "answered", "within", "abandoned", "staffed")
_SECONDS = ("handled_s", "answered_wait_s", "abandoned_wait_s")
MOST_OFFERED, MOST_STAFFED = 20_000, 5_000  # in an interval; more is a slip, and would be simulated for ever
_FEWEST_ANSWERED = 200  # in an hour of the day; fewer take the queue's mean handling time


@dataclass(frozen=True, slots=True, eq=False)
class ServiceRecord:
    """What the telephony counted, interval by interval; arrays (2, intervals), 999 first, read-only.

    Parameters
    ----------
    interval_s : width of an interval [s]
    day : (intervals,), number of the local day, rising from 0
    hour : (intervals,), local hour of the day, 0..23
    offered, answered, within, abandoned : calls; within: answered within the queue's threshold
    staffed : handlers logged on for calls: those of the 999 desk (who answer 101 too), those of the 101 desk alone
    handled_s, answered_wait_s, abandoned_wait_s : sums [s]
    known : (intervals,), False where something of this was not recorded; its values are then 0

    Raises
    ------
    ValueError : a shape or value is out of range; the message names it
    """

    interval_s: int
    day: Ints
    hour: Ints
    offered: Ints
    answered: Ints
    within: Ints
    abandoned: Ints
    staffed: Ints
    handled_s: Floats
    answered_wait_s: Floats
    abandoned_wait_s: Floats
    known: NDArray[np.bool_]

    def __post_init__(self) -> None:
        n = np.asarray(self.day).size
        if n == 0:
            raise ValueError("the record has no interval")
        for name, dtype in (("day", np.int64), ("hour", np.int64), ("known", np.bool_)):
            self._freeze(name, dtype, (n,))
        for name in _COUNTS:
            self._freeze(name, np.int64, (2, n))
        for name in _SECONDS:
            self._freeze(name, np.float64, (2, n))
        if self.day[0] != 0 or not np.isin(np.diff(self.day), (0, 1)).all():
            raise ValueError("day must rise from 0 by at most 1 from interval to interval")
        for name in (*_COUNTS, *_SECONDS):
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= 0)).all():
                queue, interval = np.argwhere(~(np.isfinite(values) & (values >= 0)))[0]
                found = f"{name} of {QUEUES[queue]} in interval {interval} is {values[queue, interval]}"
                raise ValueError(f"{found}, expected at least 0")
        for name, most in (("offered", MOST_OFFERED), ("staffed", MOST_STAFFED)):
            values = getattr(self, name)
            if (values > most).any():
                queue, interval = np.argwhere(values > most)[0]
                found = f"{name} of {QUEUES[queue]} in interval {interval} is {values[queue, interval]}"
                raise ValueError(f"{found}, expected at most {most}")

    def _freeze(self, name: str, dtype: type, shape: tuple[int, ...]) -> None:
        values = frozen_copy(getattr(self, name), dtype)
        if values.shape != shape:
            raise ValueError(f"{name} must have the shape {shape}, got {values.shape}")
        object.__setattr__(self, name, values)

    @property
    def days(self) -> int:
        return int(self.day[-1]) + 1

    def span(self, first_day: int, last_day: int) -> slice:
        """Intervals of the days [first_day, last_day)."""
        first, last = np.searchsorted(self.day, (first_day, last_day))
        return slice(int(first), int(last))

    def by_day(self, values: NDArray[np.generic]) -> Floats:
        """Sums (2, days) of values (2, intervals)."""
        return np.stack([np.bincount(self.day, row.astype(np.float64), minlength=self.days) for row in values])

    def known_days(self) -> NDArray[np.bool_]:
        """(days,): days of which every interval is recorded, on which handlers were logged on and both queues rang."""
        whole = np.bincount(self.day, ~self.known, minlength=self.days) == 0
        return np.asarray(whole & (self.by_day(self.offered) > 0).all(axis=0) & (self.by_day(self.staffed)[0] > 0))


def handling_times(record: ServiceRecord, part: slice) -> Floats:
    """Mean handling time of answered calls by local hour of the day in a part of the record, (2, 24) [s].

    Raises
    ------
    ValueError : a queue has no answered call there
    """
    means = np.empty((2, 24))
    for queue in range(2):
        calls = np.bincount(record.hour[part], record.answered[queue, part], minlength=24)
        sums = np.bincount(record.hour[part], record.handled_s[queue, part], minlength=24)
        if sums.sum() <= 0 or calls.sum() == 0:
            raise ValueError(f"queue {QUEUES[queue]} has no handling time in the record: a calibration needs some")
        means[queue] = np.where(calls >= _FEWEST_ANSWERED, sums / np.maximum(calls, 1.0), sums.sum() / calls.sum())
    return means


def patience_of(record: ServiceRecord, part: slice) -> tuple[PatienceEstimate, PatienceEstimate]:
    """Patience of both queues from all waiting in a part of the record, 999 first.

    Raises
    ------
    ValueError : a queue has no waiting time there
    """
    found = []
    for queue in range(2):
        waits = (record.answered_wait_s[queue, part].sum(), record.abandoned_wait_s[queue, part].sum())
        found.append(estimate_patience(float(waits[0]), float(waits[1]), int(record.abandoned[queue, part].sum())))
    return found[0], found[1]
