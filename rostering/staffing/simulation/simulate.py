"""The control room that a roster describes, simulated call by call.

Definitions, once for every figure: the wait starts when the call joins its queue; the service level is the share of
the calls OFFERED that are answered within the threshold, so an abandoned call counts as not answered; abandonment
is the share of the calls offered that are abandoned, however soon.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rostering.staffing.assumptions import QueueAssumptions
from rostering.staffing.checks import Floats, Ints, per_queue_intervals, require_count, require_not_negative
from rostering.staffing.simulation import kernel
from rostering.staffing.simulation import waiting_lines as lines
from rostering.staffing.simulation.room_state import OFF, ON_101, ON_999

CHUNK = 16  # replications that one task simulates; only speed depends on it


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric over replications."""

    mean: float
    mean_se: float  # standard error of the mean
    p05: float
    p95: float


@dataclass(frozen=True, slots=True)
class ServiceSummary:
    """Service over the whole span; each metric is computed per replication, then summarised."""

    service_level_999: Estimate  # share of offered 999 calls answered within the threshold
    abandonment_101: Estimate  # share of offered 101 calls abandoned
    abandonment_999: Estimate
    service_level_101: Estimate
    mean_wait_999_s: Estimate  # of all offered calls, answered or abandoned [s]
    mean_wait_101_s: Estimate
    occupancy: Estimate
    overrun_s: Estimate  # handlers on a call past the start of a break or the end of a duty, in sum [s]


@dataclass(frozen=True, slots=True, eq=False)
class SimulationResult:
    """Counts per replication and queue, (replications, 2) with 999 first, and means per interval, (2, intervals)."""

    offered: Ints
    answered: Ints
    within_threshold: Ints
    answered_10_60s: Ints  # answered after more than 10 and at most 60 s
    answered_over_60s: Ints
    abandoned: Ints
    answered_wait_s: Floats  # summed waits of answered calls [s]
    abandoned_wait_s: Floats  # summed waits of abandoned calls [s]
    handling_s: Floats  # (replications,): handling time inside the span [s]
    on_calls_s: Floats  # (replications,): rostered time on calls of the duties present [s]
    overrun_s: Floats  # (replications,): time on a call past the start of a break or the end of a duty [s]
    interval_offered: Floats  # means over replications, by the interval of arrival
    interval_within_threshold: Floats
    interval_abandoned: Floats
    interval_wait_s: Floats  # summed waits of offered calls [s]

    @property
    def occupancy(self) -> Floats:
        """Handling time / time available on calls, overruns included, (replications,)."""
        available = self.on_calls_s + self.overrun_s
        return np.divide(self.handling_s, available, out=np.zeros_like(available), where=available > 0)

    def summary(self) -> ServiceSummary:
        """Means and quantiles over replications; a replication without a call in a queue is left out there."""
        wait = self.answered_wait_s + self.abandoned_wait_s
        return ServiceSummary(
            service_level_999=_estimate(self.within_threshold[:, 0], self.offered[:, 0]),
            abandonment_101=_estimate(self.abandoned[:, 1], self.offered[:, 1]),
            abandonment_999=_estimate(self.abandoned[:, 0], self.offered[:, 0]),
            service_level_101=_estimate(self.within_threshold[:, 1], self.offered[:, 1]),
            mean_wait_999_s=_estimate(wait[:, 0], self.offered[:, 0]),
            mean_wait_101_s=_estimate(wait[:, 1], self.offered[:, 1]),
            occupancy=_estimate(self.occupancy, np.ones(self.occupancy.shape)),
            overrun_s=_estimate(self.overrun_s, np.ones(self.overrun_s.shape)),
        )


def simulate(
    calls: ArrayLike,
    aht_s: ArrayLike,
    activity: ArrayLike,
    *,
    interval_s: int,
    assumptions: tuple[QueueAssumptions, QueueAssumptions],
    threshold_s: tuple[float, float] = (10.0, 60.0),
    absence_rate: float = 0.0,
    seed: int,
    threads: int = 1,
) -> SimulationResult:
    """Simulate the room over sampled calls, one replication per sample path.

    A handler of the 999 desk answers waiting 999 calls first, then 101; one of the 101 desk answers 101 only. The
    longest idle goes first, and a 101 call goes to the 101 desk while somebody is idle there. Who is on a call when
    the activity changes finishes it first; breaks then start late and end as planned. The room starts empty. After
    the last interval its staff goes on until nobody waits; where nobody is left to answer, those who wait count as
    abandoned. Arrival times are uniform within an interval, as Poisson arrivals are; handling times are lognormal,
    patience exponential.

    Parameters
    ----------
    calls : arrivals, (replications, 2, intervals), whole numbers, 999 first
    aht_s : mean handling times by interval of arrival, (2, intervals) [s], > 0
    activity : (duties, intervals): 0 not on calls, 1 on the 999 desk, 2 on the 101 desk
    interval_s : width of an interval [s]
    assumptions : patience and variation of handling times, 999 first
    threshold_s : answer thresholds of both queues [s]
    absence_rate : chance that a duty is not worked at all, 0..1, drawn per duty and replication
    seed : results depend on the seed, the replication and the arguments alone; equal seeds share their randomness
        call by call (keyed by interval and number within it), so that two rooms can be compared in pairs
    threads : threads used, >= 1; no result depends on it

    Raises
    ------
    ValueError : an argument is out of range or the shapes disagree

    References
    ----------
    .. [1] Law (2015), Simulation Modeling and Analysis, chapters 2 and 11.
    """
    n_calls, aht, rows = _checked(calls, aht_s, activity)
    require_count(1, interval_s=interval_s, threads=threads)
    require_count(0, seed=seed)
    require_not_negative(threshold_999_s=threshold_s[0], threshold_101_s=threshold_s[1])
    if not 0.0 <= absence_rate <= 1.0:
        raise ValueError(f"absence_rate must be a share between 0 and 1, got {absence_rate}")
    n_replications, _, n_intervals = n_calls.shape
    starts = range(0, n_replications, CHUNK)
    tallies, times = np.zeros((n_replications, 2, lines.N_SUMS)), np.zeros((n_replications, 3))
    by_interval = np.zeros((len(starts), 3, 2, n_intervals), dtype=np.int64)
    change_at, changes = _changes(rows)
    plan = kernel.Plan(
        interval_s=float(interval_s),
        aht_s=aht,
        queues=np.array(
            [
                [math.sqrt(math.log1p(queue.handling_cv**2)), queue.patience_s, threshold]
                for queue, threshold in zip(assumptions, threshold_s, strict=True)
            ]
        ),
        change_at=change_at,
        changes=changes,
        on_calls=(rows > 0).sum(axis=1),
        absence_rate=float(absence_rate),
        seed=int(seed),
    )

    def run(task: int) -> None:
        part = slice(starts[task], starts[task] + CHUNK)
        kernel.simulate_replications(starts[task], n_calls[part], plan, tallies[part], times[part], by_interval[task])

    if threads == 1:
        for task in range(len(starts)):
            run(task)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, range(len(starts))))
    means = by_interval.sum(axis=0) / n_replications
    counts = tallies.astype(np.int64)
    return SimulationResult(
        offered=counts[:, :, lines.OFFERED],
        answered=counts[:, :, lines.ANSWERED],
        within_threshold=counts[:, :, lines.WITHIN],
        answered_10_60s=counts[:, :, lines.FROM_10_TO_60_S],
        answered_over_60s=counts[:, :, lines.OVER_60_S],
        abandoned=counts[:, :, lines.ABANDONED],
        answered_wait_s=tallies[:, :, lines.ANSWERED_WAIT_S],
        abandoned_wait_s=tallies[:, :, lines.ABANDONED_WAIT_S],
        handling_s=times[:, kernel.HANDLING_S],
        on_calls_s=times[:, kernel.ON_CALLS_S],
        overrun_s=times[:, kernel.OVERRUN_S],
        interval_offered=n_calls.mean(axis=0),
        interval_within_threshold=means[lines.INTERVAL_WITHIN],
        interval_abandoned=means[lines.INTERVAL_ABANDONED],
        interval_wait_s=means[lines.INTERVAL_WAIT_MS] / 1000.0,
    )


def seat_activity(seats_999: ArrayLike, seats_101: ArrayLike) -> NDArray[np.int8]:
    """Activity matrix (seats, intervals) of a seat profile: the first rows sit at the 999 desk, the next at the 101
    desk.

    Where the split changes but not the total, a handler changes desks after the call; nobody comes or leaves.

    Raises
    ------
    ValueError : the profiles are not two arrays (intervals,) of whole numbers of at least 0
    """
    profiles = [np.asarray(seats) for seats in (seats_999, seats_101)]
    for name, seats in zip(("seats_999", "seats_101"), profiles, strict=True):
        if seats.ndim != 1 or seats.shape != profiles[0].shape or seats.size == 0 or (seats < 0).any():
            raise ValueError(f"{name} must be (intervals,) whole numbers of at least 0, as long as the other desk's")
    total = profiles[0] + profiles[1]
    row = np.arange(total.max())[:, None]
    desks = np.where(row < profiles[0], ON_999, np.where(row < total, ON_101, OFF))
    return desks.astype(np.int8)


def simulate_seats(
    calls: ArrayLike,
    aht_s: ArrayLike,
    seats_999: ArrayLike,
    seats_101: ArrayLike,
    *,
    interval_s: int,
    assumptions: tuple[QueueAssumptions, QueueAssumptions],
    threshold_s: tuple[float, float] = (10.0, 60.0),
    seed: int,
    threads: int = 1,
) -> SimulationResult:
    """Simulate a seat profile, such as a requirement's; arguments, definitions and errors are those of ``simulate``."""
    return simulate(
        calls,
        aht_s,
        seat_activity(seats_999, seats_101),
        interval_s=interval_s,
        assumptions=assumptions,
        threshold_s=threshold_s,
        seed=seed,
        threads=threads,
    )


def _estimate(amounts: Ints | Floats, per: Ints | Floats) -> Estimate:
    values = amounts[per > 0] / per[per > 0]
    if values.size == 0:
        return Estimate(math.nan, math.nan, math.nan, math.nan)
    se = float(values.std(ddof=1)) / math.sqrt(values.size) if values.size > 1 else math.nan
    low, high = np.quantile(values, (0.05, 0.95))
    return Estimate(float(values.mean()), se, float(low), float(high))


def _changes(rows: Ints) -> tuple[Ints, Ints]:
    """Bounds (intervals + 1,) of each interval's changes, and these (changes, 2) in time order: duty, activity."""
    before = np.concatenate([np.zeros((rows.shape[0], 1), dtype=np.int64), rows[:, :-1]], axis=1)
    interval, duty = np.nonzero((rows != before).T)
    at = np.concatenate([[0], np.cumsum(np.bincount(interval, minlength=rows.shape[1]))]).astype(np.int64)
    return at, np.column_stack([duty, rows[duty, interval]]).astype(np.int64)


def _checked(calls: ArrayLike, aht_s: ArrayLike, activity: ArrayLike) -> tuple[Ints, Floats, Ints]:
    """The arrays of ``simulate`` with their shapes and ranges checked."""
    n_calls, rows = np.asarray(calls), np.asarray(activity)
    aht = per_queue_intervals("aht_s", aht_s, above_zero=True)
    if n_calls.ndim != 3 or n_calls.shape[0] == 0 or n_calls.shape[1:] != aht.shape:
        raise ValueError(f"calls must have the shape (replications, 2, {aht.shape[1]}), got {n_calls.shape}")
    if not np.issubdtype(n_calls.dtype, np.integer) or (n_calls < 0).any() or (n_calls > 1_000_000).any():
        raise ValueError("calls must be whole numbers between 0 and 1,000,000 in each interval")
    if rows.ndim != 2 or rows.shape[1] != aht.shape[1]:
        raise ValueError(f"activity must have the shape (duties, {aht.shape[1]}), got {rows.shape}")
    if not np.isin(rows, (OFF, ON_999, ON_101)).all():
        raise ValueError("activity must be 0 (not on calls), 1 (999 desk) or 2 (101 desk)")
    return np.ascontiguousarray(n_calls, dtype=np.int64), aht, rows.astype(np.int64)
