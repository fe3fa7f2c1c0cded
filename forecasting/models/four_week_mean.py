"""Peer: the mean of the same weekday and slot over the last four weeks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import LocalGrid
from forecasting.days import DayTable

_WEEKS = 4


@dataclass(frozen=True, slots=True, eq=False)
class FittedMean:
    """``mean`` (7, slots), calls per interval of each weekday and slot."""

    mean: NDArray[np.float64]

    def forecast(self, ahead: LocalGrid) -> NDArray[np.float64]:
        """Expected calls of each interval of ``ahead``, (intervals,)."""
        by_interval: NDArray[np.float64] = self.mean[ahead.weekdays, ahead.slots]
        return by_interval


def fit(table: DayTable) -> FittedMean:
    """Average the last four weeks of ``table``; a weekday's slot never observed in them takes the mean of all."""
    recent = table.slice(max(table.dates.size - 7 * _WEEKS, 0), table.dates.size)
    calls, observed = np.zeros((2, 7, table.counts.shape[1]))
    np.add.at(calls, recent.weekdays, recent.counts)
    np.add.at(observed, recent.weekdays, recent.observed)
    overall = calls.sum() / max(observed.sum(), 1.0)
    return FittedMean(np.where(observed > 0, calls / np.maximum(observed, 1.0), overall))
