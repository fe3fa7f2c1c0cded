"""A queue's history folded into local days by slots, the common ground of cleaning and models."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import Calendar, DayKind, LocalGrid, weekdays

_FALSE_CLOSURES = 0.01  # slots taken as closed by chance in a whole history
_STEPS = 30


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


def is_open(table: DayTable) -> NDArray[np.bool_]:
    """(7, slots), whether each weekday has calls to take in each slot.

    A slot that was never observed is closed, unless so much is missing elsewhere that it may be chance: where open
    slots are observed in a share r of weeks, a run of L of them goes unseen through w weeks with probability
    (1 - r)^(wL).
    """
    weeks, seen = np.zeros(7), np.zeros((7, table.counts.shape[1]))
    np.add.at(weeks, table.weekdays, 1.0)
    np.add.at(seen, table.weekdays, np.minimum(table.observed, 1.0))
    is_seen = seen > 0
    chances = np.broadcast_to(weeks[:, None], seen.shape)[is_seen].sum()
    rate = share = float(seen[is_seen].sum() / max(chances, 1.0))
    for _ in range(_STEPS):  # slots that were seen are those of luck: share = r / (1 - (1 - r)^w)
        rate = share * (1 - (1 - rate) ** weeks.mean())
    unseen = ~is_seen.ravel()
    if share == 1 or unseen.all() or not unseen.any():
        return is_seen
    # Runs along the week, which is a circle: begin at a slot that was seen.
    first = int(np.argmin(unseen))
    unseen = np.roll(unseen, -first)
    weeks_of_slot = np.roll(np.repeat(weeks, seen.shape[1]), -first)
    edges = np.flatnonzero(np.diff(unseen.astype(np.int8), prepend=0, append=0))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if (1 - rate) ** weeks_of_slot[begin:end].sum() * unseen.size > _FALSE_CLOSURES:
            unseen[begin:end] = False
    return ~np.roll(unseen, first).reshape(seen.shape)


@dataclass(frozen=True, slots=True, eq=False)
class DayFeatures:
    """What is known beforehand of local dates: their kinds, and regressors of the daily level.

    ``dates`` (days,) as datetime64[D]; ``kinds`` (days,); ``names`` of the regressors; ``values`` (days, regressors),
    0 where a regressor says nothing; ``prior_sd`` (regressors,) how far its effect may go, as the standard deviation
    of the log of the multiplier for a value of 1; ``is_slow`` (regressors,) whether it changes over weeks, not days.
    """

    dates: NDArray[np.datetime64]
    kinds: tuple[DayKind, ...]
    names: tuple[str, ...]
    values: NDArray[np.float64]
    prior_sd: NDArray[np.float64]
    is_slow: NDArray[np.bool_]

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """(days,), 0 is Monday."""
        return weekdays(self.dates)

    def slice(self, first: int, last: int) -> "DayFeatures":
        """Rows ``first`` to ``last`` (excluded)."""
        rows = slice(first, last)
        return replace(self, dates=self.dates[rows], kinds=self.kinds[rows], values=self.values[rows])


@dataclass(frozen=True, slots=True, eq=False)
class DailyTotals:
    """Calls of each local date and how much of an ordinary day was seen.

    ``totals`` (days,) observed calls; ``exposure`` (days,) share of an ordinary 24-hour day's calls that falls in
    the observed intervals: about 0.97 on the spring clock change, above 1 on the autumn one, 0 when nothing was seen.
    """

    features: DayFeatures
    totals: NDArray[np.float64]
    exposure: NDArray[np.float64]

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """(days,), consecutive local dates."""
        return self.features.dates

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """(days,), 0 is Monday."""
        return weekdays(self.dates)

    def until(self, days: int) -> "DailyTotals":
        """The first ``days`` rows."""
        return DailyTotals(self.features.slice(0, days), self.totals[:days], self.exposure[:days])


def daily_totals(table: DayTable, shares: NDArray[np.float64], features: DayFeatures) -> DailyTotals:
    """Totals and exposure of each day of ``table`` under ``shares`` (days, slots), each row summing to 1 (or 0)."""
    return DailyTotals(features, table.counts.sum(axis=1), (table.observed * shares).sum(axis=1))
