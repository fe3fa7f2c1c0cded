"""Peer: the same weekday and slot of the last week, which is the least that any forecast must beat."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import LocalGrid
from forecasting.days import DayTable


@dataclass(frozen=True, slots=True, eq=False)
class FittedNaive:
    """``last_week`` (7, slots), calls per interval of the latest day of each weekday."""

    last_week: NDArray[np.float64]

    def forecast(self, ahead: LocalGrid) -> NDArray[np.float64]:
        """Expected calls of each interval of ``ahead``, (intervals,)."""
        by_interval: NDArray[np.float64] = self.last_week[ahead.weekdays, ahead.slots]
        return by_interval


def fit(table: DayTable) -> FittedNaive:
    """Take each weekday and slot from the latest day on which it was observed; 0 where it never was."""
    last_week = np.zeros((7, table.counts.shape[1]))
    for weekday, calls, observed in zip(table.weekdays, table.counts, table.observed, strict=True):
        last_week[weekday] = np.where(observed > 0, calls / np.maximum(observed, 1.0), last_week[weekday])
    return FittedNaive(last_week)
