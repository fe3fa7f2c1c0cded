"""A queue's history folded into local days by slots, the common ground of cleaning and models."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import Calendar, DayKind, LocalGrid, weekdays


@dataclass(frozen=True, slots=True, eq=False)
class DayTable:
    """Calls by local date and slot.

    ``dates`` (days,) consecutive local dates as datetime64[D]; ``counts`` (days, slots) calls in the observed
    intervals; ``observed`` (days, slots) how many intervals of that slot were observed: 0 when missing or in the
    skipped hour of the spring clock change, 2 in the repeated hour of the autumn one; ``kinds`` (days,).
    """

    dates: NDArray[np.datetime64]
    counts: NDArray[np.float64]
    observed: NDArray[np.float64]
    kinds: tuple[DayKind, ...]

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """(days,), 0 is Monday."""
        return weekdays(self.dates)

    @property
    def is_ordinary(self) -> NDArray[np.bool_]:
        """(days,), whether nothing sets the date apart from its weekday."""
        return np.array([kind is DayKind.ORDINARY for kind in self.kinds], dtype=np.bool_)

    def slice(self, first: int, last: int) -> "DayTable":
        """Rows ``first`` to ``last`` (excluded)."""
        rows = slice(first, last)
        return DayTable(self.dates[rows], self.counts[rows], self.observed[rows], self.kinds[rows])


def fold(values: NDArray[np.float64], grid: LocalGrid, calendar: Calendar) -> DayTable:
    """Fold interval ``values`` (intervals,), NaN where missing, into the local days that ``grid`` touches."""
    first, last = grid.dates[0], grid.dates[-1]
    dates = np.arange(first, last + np.timedelta64(1, "D"), dtype="datetime64[D]")
    row = (grid.dates - first).astype(np.int64)
    known = ~np.isnan(values)
    counts = np.zeros((dates.size, grid.n_slots))
    observed = np.zeros_like(counts)
    np.add.at(counts, (row[known], grid.slots[known]), values[known])
    np.add.at(observed, (row[known], grid.slots[known]), 1.0)
    return DayTable(dates, counts, observed, tuple(calendar.kinds(dates)))


@dataclass(frozen=True, slots=True, eq=False)
class DailyTotals:
    """Calls of each local date and how much of an ordinary day was seen.

    ``totals`` (days,) observed calls; ``exposure`` (days,) share of an ordinary 24-hour day's calls that falls in
    the observed intervals: about 0.97 on the spring clock change, above 1 on the autumn one, 0 when nothing was seen.
    """

    dates: NDArray[np.datetime64]
    totals: NDArray[np.float64]
    exposure: NDArray[np.float64]
    kinds: tuple[DayKind, ...]

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """(days,), 0 is Monday."""
        return weekdays(self.dates)

    def until(self, days: int) -> "DailyTotals":
        """The first ``days`` rows."""
        return DailyTotals(self.dates[:days], self.totals[:days], self.exposure[:days], self.kinds[:days])


def daily_totals(table: DayTable, shares: NDArray[np.float64]) -> DailyTotals:
    """Totals and exposure of each day of ``table`` under ``shares`` (days, slots), each row summing to 1 (or 0)."""
    return DailyTotals(table.dates, table.counts.sum(axis=1), (table.observed * shares).sum(axis=1), table.kinds)
