"""A history replayed: the calls that came and the handlers who were logged on, in the simulated room.

Arrivals are replayed as they were (counts by interval), so that only the model of the service is judged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rostering.staffing.assumptions import Desk, RoomAssumptions
from rostering.staffing.checks import Floats, Ints, require_count
from rostering.staffing.definitions import Definitions
from rostering.staffing.history.calls import UNKNOWN, CallRecords, LogOns, desks_of
from rostering.staffing.queueing.priority import NoSteadyState, two_class_performance
from rostering.staffing.simulation.result import Count
from rostering.staffing.simulation.room import ControlRoom
from rostering.staffing.simulation.simulate import simulate

INTERVAL_S = 300
_MOST_INTERVALS = 500_000  # simulated at once, over replications: half a gigabyte
HOUR_S = 3600
MEASURES = ("answered_within", "abandonment", "mean_wait_s")


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """Recorded and predicted service by hour; arrays are (2, hours), 999 first, unless said otherwise.

    Shares are of the calls offered; the mean wait is of all of them, answered or not.
    """

    offered: Ints
    actual: dict[str, Floats]  # each of MEASURES; NaN in hours without calls
    simulated: dict[str, Floats]
    simulated_sd: dict[str, Floats]  # from one replication to the next: what chance alone makes of an hour
    formula: dict[str, Floats]  # steady state of the hour's mean rate and handlers; NaN where there is none
    handlers: Floats  # (2, hours), mean number logged on: those who take 999, those who take 101 alone
    replications: int


@dataclass(frozen=True, slots=True)
class Errors:
    """Predicted against recorded, each cell with the weight of its calls."""

    bias: float  # mean of predicted - recorded
    rmse: float  # root of the mean squared difference
    correlation: float  # NaN where one of them does not vary
    chance_rmse: float  # what the RMSE would be if the model were true; NaN for formulas
    actual: float  # recorded over all cells
    predicted: float
    cells: int


def replay(
    calls: CallRecords,
    log_ons: LogOns,
    assumptions: RoomAssumptions,
    definitions: Definitions,
    *,
    replications: int = 100,
    interval_s: int = INTERVAL_S,
    hour_of_day: Ints | None = None,
    with_formula: bool = True,
    seed: int = 1,
    threads: int = 1,
) -> Replay:
    """Replay a history with the simulator and with formulas.

    Redials and spill are part of the recorded calls: the assumptions must not add them again. Handling times are
    lognormal around the mean of their queue and hour of the day. Left out on both sides are answered calls whose
    handler is not recorded, since whoever took them is not among the handlers replayed, and calls that come while
    nobody is logged on, since a closed room is no test of a model.

    Parameters
    ----------
    hour_of_day : (hours,), local hour of each hour of the history, 0..23; absent: the history starts at midnight
    with_formula : compute the formulas too, else they are NaN

    Raises
    ------
    ValueError : the assumptions have redials or spill, nobody was logged on, no call can be judged, or an argument is
        out of range
    """
    require_count(1, replications=replications)
    if HOUR_S % interval_s:
        raise ValueError(f"interval_s is {interval_s}, expected a divisor of {HOUR_S}")
    if assumptions.spill or any(queue.redial for queue in assumptions.queues):
        raise ValueError("the recorded calls contain redials and spill already: set both to 0 for a replay")
    if log_ons.handler.size == 0:
        raise ValueError("nobody was logged on: a replay needs handlers")
    hours = hours_of(calls, log_ons)
    intervals = hours * HOUR_S // interval_s
    desks = desks_of(calls, log_ons, interval_s, intervals)
    calls = judged_calls(calls, desks, interval_s)
    of_day = np.arange(hours) % 24 if hour_of_day is None else np.asarray(hour_of_day)
    if of_day.shape != (hours,):
        raise ValueError(f"hour_of_day must have the shape ({hours},), got {of_day.shape}")
    at = (calls.arrival_s // interval_s).astype(np.int64)
    counts = np.stack([np.bincount(at[calls.queue == q], minlength=intervals) for q in range(2)])
    aht_s = handling_by_hour(calls, of_day)
    room = ControlRoom(interval_s, desks, np.repeat(aht_s, HOUR_S // interval_s, axis=1), assumptions)
    hourly = _hourly_counts(room, counts, definitions, replications, seed, threads)
    each = _measures(hourly[:, Count.OFFERED], hourly[:, Count.WITHIN], hourly[:, Count.ABANDONED],
                     hourly[:, Count.ANSWERED_WAIT_S] + hourly[:, Count.ABANDONED_WAIT_S])  # fmt: skip
    offered = counts.reshape(2, hours, -1).sum(axis=-1)
    on = np.stack([(desks == desk).sum(axis=0) for desk in (Desk.CALLS_999, Desk.CALLS_101)])
    handlers = on.reshape(2, hours, -1).mean(axis=-1)
    thresholds = (definitions.threshold_999_s, definitions.threshold_101_s)
    return Replay(
        offered=offered,
        actual=recorded(calls, hours, thresholds),
        simulated={name: values.mean(axis=0) for name, values in each.items()},
        simulated_sd={name: values.std(axis=0, ddof=1 if replications > 1 else 0) for name, values in each.items()},
        formula=_formula(offered if with_formula else 0 * offered, aht_s, handlers, assumptions, thresholds),
        handlers=handlers,
        replications=replications,
    )


def _hourly_counts(
    room: ControlRoom, counts: Ints, definitions: Definitions, replications: int, seed: int, threads: int
) -> Ints:
    """Counts of the simulation by hour, (replications, Count, 2, hours), few replications at a time."""
    at_once = max(1, _MOST_INTERVALS // counts.shape[1])
    per_hour = HOUR_S // room.interval_s
    parts = []
    for first in range(0, replications, at_once):
        paths = np.repeat(counts[None], min(at_once, replications - first), axis=0)
        found = simulate(
            room, paths, definitions=definitions, seed=seed, threads=threads, first_replication=first
        ).counts
        parts.append(found.reshape(*found.shape[:3], -1, per_hour).sum(axis=-1, dtype=np.int64))
    return np.concatenate(parts)


def hours_of(calls: CallRecords, log_ons: LogOns) -> int:
    """Hours from the start of the history to the last call or log-on."""
    return int(np.ceil(max(float(calls.arrival_s[-1]) + 1.0, float(log_ons.end_s.max())) / HOUR_S))


def judged_calls(calls: CallRecords, desks: NDArray[np.int8], interval_s: int) -> CallRecords:
    """Calls that came while somebody was logged on, without answered ones of unknown handlers.

    Raises
    ------
    ValueError : none is left
    """
    is_open = (desks != Desk.OFF).any(axis=0)
    is_known = calls.abandoned | (calls.handler != UNKNOWN)
    is_judged = is_open[(calls.arrival_s // interval_s).astype(np.int64)] & is_known
    if not is_judged.any():
        raise ValueError(
            f"none of the {calls.size} calls can be judged: expected some in intervals of which a handler was logged "
            "on for at least half, given up or answered by a handler whom the record names"
        )
    return calls.of(is_judged)


def recorded(calls: CallRecords, hours: int, thresholds_s: tuple[float, float]) -> dict[str, Floats]:
    """Each of MEASURES (2, hours) as recorded, by the hour of arrival; NaN without calls."""
    key = calls.queue.astype(np.int64) * hours + (calls.arrival_s // HOUR_S).astype(np.int64)

    def total(values: NDArray[np.generic]) -> Floats:
        sums = np.bincount(key, values.astype(np.float64), minlength=2 * hours)
        return np.asarray(sums.reshape(2, hours), dtype=np.float64)

    within = ~calls.abandoned & (calls.wait_s <= np.array(thresholds_s)[calls.queue])
    return _measures(total(np.ones(calls.size)), total(within), total(calls.abandoned), total(calls.wait_s))


def handling_by_hour(calls: CallRecords, hour_of_day: Ints) -> Floats:
    """Mean handling time of answered calls (2, hours) [s] of each hour's hour of the day; that of the queue where an
    hour of the day has fewer than 30, 1 s where the queue has none.
    """
    answered = ~calls.abandoned
    hour = hour_of_day[(calls.arrival_s // HOUR_S).astype(np.int64)]
    means = np.ones((2, 24))
    for queue in range(2):
        of = answered & (calls.queue == queue)
        if not of.any():
            continue
        n = np.bincount(hour[of], minlength=24)
        sums = np.bincount(hour[of], calls.handling_s[of], minlength=24)
        overall = max(float(calls.handling_s[of].mean()), 1.0)
        means[queue] = np.where(n >= 30, np.maximum(sums / np.maximum(n, 1), 1.0), overall)
    return means[:, hour_of_day]


def errors(
    replayed: Replay,
    queue: int,
    measure: str,
    *,
    by: Ints | None = None,
    among: NDArray[np.bool_] | None = None,
    formula: bool = False,
) -> Errors:
    """Errors of a measure of one queue.

    Parameters
    ----------
    by : (hours,), hours of one number are pooled, such as the hours of the day; absent: hour by hour
    among : (hours,), the hours that count; absent: all
    formula : judge the formulas rather than the simulation
    """
    predicted = (replayed.formula if formula else replayed.simulated)[measure][queue]
    actual, n = replayed.actual[measure][queue], replayed.offered[queue].astype(np.float64)
    use = (n > 0) & np.isfinite(actual) & np.isfinite(predicted)
    if among is not None:
        use &= among
    cells = np.arange(n.size) if by is None else np.asarray(by)
    spread = replayed.simulated_sd[measure][queue]
    chance = np.nan if formula else float(replayed.replications + 1) / replayed.replications

    def pooled(values: Floats) -> Floats:
        return np.asarray(np.bincount(cells[use], (values * n)[use], minlength=cells.max() + 1), dtype=np.float64)

    weight = np.bincount(cells[use], n[use], minlength=cells.max() + 1)
    kept = weight > 0
    if not kept.any():
        return Errors(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, 0)
    w = weight[kept]
    p, a = pooled(predicted)[kept] / w, pooled(actual)[kept] / w
    variance = np.bincount(cells[use], ((spread * n) ** 2)[use], minlength=cells.max() + 1)[kept] / w**2
    varies = np.ptp(p) > 0 and np.ptp(a) > 0
    covariance = np.cov(p, a, aweights=w) if varies and w.size > 1 else np.full((2, 2), np.nan)
    return Errors(
        bias=float(np.average(p - a, weights=w)),
        rmse=float(np.sqrt(np.average((p - a) ** 2, weights=w))),
        correlation=float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])),
        chance_rmse=float(np.sqrt(np.average(variance, weights=w) * chance)),
        actual=float(np.average(a, weights=w)),
        predicted=float(np.average(p, weights=w)),
        cells=int(kept.sum()),
    )


def _measures(offered: ArrayLike, within: ArrayLike, abandoned: ArrayLike, wait_s: ArrayLike) -> dict[str, Floats]:
    per = np.asarray(offered, dtype=np.float64)
    parts = dict(zip(MEASURES, (within, abandoned, wait_s), strict=True))
    return {
        name: np.divide(np.asarray(part, dtype=np.float64), per, out=np.full(per.shape, np.nan), where=per > 0)
        for name, part in parts.items()
    }


def _formula(
    offered: Ints, aht_s: Floats, handlers: Floats, assumptions: RoomAssumptions, thresholds: tuple[float, float]
) -> dict[str, Floats]:
    """Steady state of each hour, its handlers times availability rounded; NaN where it does not exist."""
    found = {name: np.full(offered.shape, np.nan) for name in MEASURES}
    patience = [queue.patience_s for queue in assumptions.queues]
    for hour in np.flatnonzero(offered.sum(axis=0) > 0):
        total = round(float(handlers[:, hour].sum()) * assumptions.availability)
        alone = min(round(float(handlers[1, hour]) * assumptions.availability), total - 1)
        if offered[0, hour] == 0:
            alone = 0  # whoever is there answers 101
        if total < 1:
            continue
        try:
            steady = two_class_performance(
                offered[:, hour] / HOUR_S, aht_s[:, hour], patience, total - alone, alone, threshold_s=thresholds
            )
        except NoSteadyState:
            continue
        for name, values in zip(MEASURES, (steady.service_level, steady.p_abandon, steady.mean_wait_s), strict=True):
            found[name][:, hour] = values
    return found
