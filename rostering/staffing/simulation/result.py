"""What came out of a simulation: counts by replication, queue and interval, and the figures made from them."""

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.checks import Floats
from rostering.staffing.definitions import CallbackCounting, Counting, Definitions, Denominator

Int32s = NDArray[np.int32]


class Count(IntEnum):
    """Rows of ``SimulationResult.counts``; calls belong to the interval in which they joined their queue."""

    FIRST_ATTEMPTS = 0  # dialled for the first time, before the switchboard and before redials and spill
    OFFERED = 1  # joined the queue: first attempts that the switchboard passed on, redials, spill
    ANSWERED = 2  # by a handler, callbacks that were completed not among them
    WITHIN = 3  # answered within the queue's threshold by the force's clock
    WITHIN_PUBLISHED = 4  # the same by the published clock
    FROM_10_TO_60_S = 5  # answered after 10 to 60 s, by the published clock
    OVER_60_S = 6  # answered after more than 60 s, by the published clock
    ABANDONED = 7  # gave up, short abandons, message leavers and those who balked among them
    ABANDONED_SHORT = 8  # gave up within the definitions' short_abandon_s
    ABANDONED_IN_MESSAGE = 9  # 101: gave up within message_s but not within short_abandon_s
    BALKED = 10  # hung up at once
    REDIALLED = 11  # gave up here and dialled the same queue again
    SPILLED = 12  # gave up on 101 and dialled 999
    CALLBACKS_OFFERED = 13
    CALLBACKS_ACCEPTED = 14
    CALLBACKS_COMPLETED = 15
    ANSWERED_WAIT_S = 16  # summed waits of answered calls, force's clock, whole seconds after summing over an interval
    ABANDONED_WAIT_S = 17  # summed waits of calls given up


class Staff(IntEnum):
    """Rows of ``SimulationResult.staff`` [s]; time belongs to the interval in which it passes."""

    ON_CALLS_S = 0  # rostered on calls (999, 101) and there
    BUSY_S = 1  # handling calls, overruns among them
    OVERRUN_BREAK_S = 2  # on a call past the start of a break or of other work
    OVERRUN_END_S = 3  # on a call past the end of the duty
    LENT_S = 4  # of interruptible desks, handling 999 calls
    SWITCHBOARD_BUSY_S = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric over replications."""

    mean: float
    mean_se: float  # standard error of the mean
    p05: float
    p95: float


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """Service over a span; each metric is computed for each replication, then summarised. Shares 0..1."""

    service_level_999: Estimate  # answered within the threshold, force's clock
    service_level_999_published: Estimate
    abandonment_999: Estimate
    mean_answer_999_s: Estimate  # mean wait of answered calls
    mean_wait_999_s: Estimate  # of all offered calls, answered or abandoned
    over_60s_999: Estimate  # answered after more than 60 s, by the published clock
    service_level_101: Estimate
    abandonment_101: Estimate
    mean_answer_101_s: Estimate
    mean_wait_101_s: Estimate
    p90_wait_101_s: Estimate  # 90% of the answered calls waited no longer; spans of whole days only
    occupancy: Estimate  # handling time / time available on calls, overruns included
    overrun_h: Estimate  # handlers on a call past the start of a break or the end of a duty, in sum [h]


@dataclass(frozen=True, slots=True, eq=False)
class SimulationResult:
    """Counts and seconds by replication and interval.

    counts : (replications, Count, 2, intervals), 999 first
    switchboard : (replications, 3, intervals): calls offered to it, answered by it, abandoned before it answered
    staff : (replications, Staff, intervals) [s]
    handlers : (handlers, 5), means over replications: 999 calls, 101 calls, busy [s], overrun into breaks [s],
        overrun past duty ends [s]
    waits : (replications, 2, days, bins), answered calls by wait, bin edges in ``wait_edges_s`` (bins + 1,)
    day_starts : (days + 1,), first interval of each day of ``waits``, and behind them the number of intervals
    unfinished : (replications, 3): calls to 999 and to 101 that callers who gave up would dial after the span; call
        backs accepted and neither completed nor given up when it ends
    """

    definitions: Definitions
    interval_s: int
    counts: Int32s
    switchboard: Int32s
    staff: NDArray[np.float32]
    handlers: Floats
    waits: Int32s
    wait_edges_s: Floats
    day_starts: NDArray[np.int64]
    unfinished: NDArray[np.int64]

    def measures(self, first: int = 0, last: int | None = None) -> dict[str, Floats]:
        """Metrics of the intervals [first, last) for each replication, (replications,) each; NaN where there was
        nothing to measure.

        A share of offered or of answered calls leaves out what the definitions exclude.

        Raises
        ------
        ValueError : the intervals are none, or not of the span
        """
        n = self.counts.shape[3]
        end = n if last is None else last
        if not 0 <= first < end <= n:
            raise ValueError(f"first and last must bound intervals within 0..{n}, got {first} and {last}")
        sums = self.counts[:, :, :, first:end].sum(axis=3, dtype=np.float64)
        found: dict[str, Floats] = {}
        for queue, name in enumerate(("999", "101")):
            figures = _QueueFigures(sums[:, :, queue], self.definitions)
            found[f"service_level_{name}"] = figures.level(Count.WITHIN)
            found[f"abandonment_{name}"] = _ratio(figures.abandoned, figures.offered)
            found[f"mean_answer_{name}_s"] = _ratio(figures.of(Count.ANSWERED_WAIT_S), figures.of(Count.ANSWERED))
            all_waits = figures.of(Count.ANSWERED_WAIT_S) + figures.of(Count.ABANDONED_WAIT_S)
            found[f"mean_wait_{name}_s"] = _ratio(all_waits, figures.of(Count.ANSWERED) + figures.of(Count.ABANDONED))
            if queue == 0:
                found["service_level_999_published"] = figures.level(Count.WITHIN_PUBLISHED)
                found["over_60s_999"] = figures.level(Count.OVER_60_S)
        found["p90_wait_101_s"] = self._wait_quantile(0.9, first, end)
        seconds = self.staff[:, :, first:end].sum(axis=2, dtype=np.float64)
        overrun_s = seconds[:, Staff.OVERRUN_BREAK_S] + seconds[:, Staff.OVERRUN_END_S]
        found["occupancy"] = _ratio(seconds[:, Staff.BUSY_S], seconds[:, Staff.ON_CALLS_S] + overrun_s)
        found["overrun_h"] = overrun_s / 3600.0
        return found

    def lost(self, first: int = 0, last: int | None = None) -> tuple[Floats, Floats]:
        """999 calls not answered within the threshold, and 101 calls abandoned, of the intervals [first, last) for each
        replication, (replications,) each; what the definitions exclude is in neither."""
        sums = self.counts[:, :, :, first:last].sum(axis=3, dtype=np.float64)
        emergency, other = (_QueueFigures(sums[:, :, queue], self.definitions) for queue in (0, 1))
        return emergency.offered - emergency.of(Count.WITHIN), other.abandoned

    def summary(self, first: int = 0, last: int | None = None) -> ServiceSummary:
        """``measures`` over replications; a replication with nothing to measure is left out of that metric.

        Raises
        ------
        ValueError : the intervals are none, or not of the span
        """
        return ServiceSummary(**{name: estimate(values) for name, values in self.measures(first, last).items()})

    def _wait_quantile(self, level: float, first: int, end: int) -> Floats:
        """Quantile of the waits of answered 101 calls, linear within a bin."""
        if first not in self.day_starts or end not in self.day_starts:
            return np.full(self.waits.shape[0], math.nan)
        bounds = np.searchsorted(self.day_starts, (first, end))
        counts = self.waits[:, 1, bounds[0] : bounds[1]].sum(axis=1)
        up_to = np.cumsum(counts, axis=1)
        target = level * up_to[:, -1]
        wait_bin = (up_to < target[:, None]).sum(axis=1)
        wait_bin = np.minimum(wait_bin, counts.shape[1] - 1)
        row = np.arange(counts.shape[0])
        inside = counts[row, wait_bin]
        share = np.divide(target - (up_to[row, wait_bin] - inside), inside, out=np.zeros(row.size), where=inside > 0)
        low, high = self.wait_edges_s[wait_bin], np.append(self.wait_edges_s[1:-1], self.wait_edges_s[-2])[wait_bin]
        found: Floats = np.where(up_to[:, -1] > 0, low + share * (high - low), math.nan)
        return found


class _QueueFigures:
    """One queue's counts of each replication (replications, Count), as the definitions count them."""

    def __init__(self, sums: Floats, definitions: Definitions) -> None:
        self._sums, self._definitions = sums, definitions
        excluded = np.zeros(sums.shape[0])
        if definitions.short_abandons is Counting.EXCLUDED:
            excluded = excluded + self.of(Count.ABANDONED_SHORT)
        if definitions.message_leavers is Counting.EXCLUDED:
            excluded = excluded + self.of(Count.ABANDONED_IN_MESSAGE)
        accepted = self.of(Count.CALLBACKS_ACCEPTED)
        self.abandoned = self.of(Count.ABANDONED) - excluded
        self.answered = self.of(Count.ANSWERED)
        if definitions.callbacks is CallbackCounting.ABANDONED:
            self.abandoned = self.abandoned + accepted
        elif definitions.callbacks is CallbackCounting.ANSWERED:
            self.answered = self.answered + accepted
        self.offered = self.answered + self.abandoned

    def of(self, count: Count) -> Floats:
        found: Floats = self._sums[:, count]
        return found

    def level(self, count: Count) -> Floats:
        """A count as a share of what the service level is a share of."""
        is_of_offered = self._definitions.service_level_of is Denominator.OFFERED
        return _ratio(self.of(count), self.offered if is_of_offered else self.answered)


def estimate(values: Floats) -> Estimate:
    """Mean, its standard error, and the 5% and 95% quantiles of a metric over replications, NaN left out."""
    known = values[~np.isnan(values)]
    if known.size == 0:
        return Estimate(math.nan, math.nan, math.nan, math.nan)
    se = float(known.std(ddof=1)) / math.sqrt(known.size) if known.size > 1 else math.nan
    low, high = np.quantile(known, (0.05, 0.95))
    return Estimate(float(known.mean()), se, float(low), float(high))


def _ratio(amounts: Floats, per: Floats) -> Floats:
    share: Floats = np.divide(amounts, per, out=np.full(per.shape, math.nan), where=per > 0)
    return share
