"""How long calls take: the recent mean handling time, bent by a smoothed time of day, weighted by calls.

The mean of a quiet slot rests on few calls, so slots are smoothed and then shrunk to the overall level by
Buhlmann's credibility: what slots truly differ by against what chance would make them differ by [1]_.

References
----------
.. [1] Buhlmann and Gisler (2005), A course in credibility theory and its applications.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import Calendar, LocalGrid
from forecasting.errors import HistoriesDisagree, HistoryTooShort, HorizonInvalid
from forecasting.series import DAY_S, IntervalSeries

_HALF_LIFE_DAYS = 28.0
_BANDWIDTH_S = 3600.0
_MIN_CALLS = 30
_MIN_CALLS_OF_WEEK = 10


@dataclass(frozen=True, slots=True, eq=False)
class HandlingTime:
    """Mean handling time of a queue ahead.

    ``mean_s`` (intervals,) expected handling time of a call that starts in the interval [s], read-only;
    ``overall_s`` its recent call-weighted level [s]; ``level_cv`` coefficient of variation of a week's level
    around it, beyond chance: the uncertainty of the level ahead; ``notes`` assumptions and fallbacks.
    """

    mean_s: NDArray[np.float64]
    overall_s: float
    level_cv: float
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.mean_s.setflags(write=False)


def handling_time(
    handled_s: IntervalSeries,
    answered: IntervalSeries,
    calendar: Calendar,
    *,
    start: datetime,
    intervals: int,
) -> HandlingTime:
    """Expected handling time of each of ``intervals`` intervals from ``start``.

    Parameters
    ----------
    handled_s : talk plus wrap-up summed over each interval [s]
    answered : answered calls of each interval, on the same grid; intervals without answered calls are skipped
    calendar : local time
    start : first interval ahead, with time zone, on the grid
    intervals : how many intervals ahead, >= 1

    Raises
    ------
    HistoriesDisagree : the two series are not on the same grid
    HistoryTooShort : fewer than 30 answered calls
    HorizonInvalid : ``intervals`` is not positive
    """
    if (handled_s.start, handled_s.interval_s, handled_s.end) != (answered.start, answered.interval_s, answered.end):
        raise HistoriesDisagree(
            f"handled_s covers {handled_s.start} to {handled_s.end} and answered {answered.start} to {answered.end}: "
            "expected the same grid"
        )
    if intervals < 1:
        raise HorizonInvalid(f"intervals is {intervals}: expected at least 1")
    known = (np.nan_to_num(answered.values) > 0) & ~np.isnan(handled_s.values)
    calls, seconds = np.where(known, answered.values, 0.0), np.where(known, handled_s.values, 0.0)
    if calls.sum() < _MIN_CALLS:
        raise HistoryTooShort(
            f"handling time rests on {calls.sum():.0f} answered calls: expected at least {_MIN_CALLS}"
        )
    grid = calendar.grid(answered.start, answered.interval_s, calls.size)
    age_days = (int(answered.end.timestamp()) - grid.utc_s) / DAY_S
    recency = 0.5 ** (age_days / _HALF_LIFE_DAYS)
    overall_s = float((recency * seconds).sum() / (recency * calls).sum())
    multiplier, credibility = _time_of_day(calls, seconds, recency, grid)
    ahead = calendar.grid(start, answered.interval_s, intervals)
    notes = () if credibility > 0 else ("handling time does not vary over the day beyond chance; one level is used",)
    level_cv = _level_cv(calls, seconds, age_days, overall_s)
    return HandlingTime(overall_s * multiplier[ahead.slots], overall_s, level_cv, notes)


def _time_of_day(
    calls: NDArray[np.float64], seconds: NDArray[np.float64], recency: NDArray[np.float64], grid: LocalGrid
) -> tuple[NDArray[np.float64], float]:
    """Multiplier of each slot (slots,), call-weighted mean 1, and the credibility of a typical slot, 0..1."""
    n = grid.n_slots
    slot_calls = np.bincount(grid.slots, calls * recency, n)
    slot_seconds = np.bincount(grid.slots, seconds * recency, n)
    squares = np.bincount(grid.slots, calls * recency**2, n)  # turns the variance of a call into that of a slot's mean
    kernel = _kernel(n, _BANDWIDTH_S / grid.interval_s)
    smooth_calls = kernel @ slot_calls
    overall = slot_seconds.sum() / slot_calls.sum()
    mean = np.where(smooth_calls > 0, kernel @ slot_seconds / np.maximum(smooth_calls, 1e-12), overall)
    call_variance = _call_variance(calls, seconds, mean[grid.slots])
    noise = call_variance * (kernel**2 @ squares) / np.maximum(smooth_calls, 1e-12) ** 2
    weight = slot_calls / slot_calls.sum()
    between = max(float((weight * ((mean - overall) ** 2 - noise)).sum()), 0.0)
    credibility = between / np.maximum(between + noise, 1e-12)
    shrunk = overall + credibility * (mean - overall)
    return shrunk / float((weight * shrunk).sum()), float((weight * credibility).sum())


def _call_variance(calls: NDArray[np.float64], seconds: NDArray[np.float64], mean: NDArray[np.float64]) -> float:
    """Variance of one call's handling time [s**2]: the mean of an interval of n calls varies by it over n."""
    known = calls > 0
    return float((calls[known] * (seconds[known] / calls[known] - mean[known]) ** 2).sum() / known.sum())


def _kernel(n: int, bandwidth: float) -> NDArray[np.float64]:
    """Gaussian weights (slots, slots) on the circle of a day, rows sum to 1; ``bandwidth`` [slots]."""
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    weight = np.exp(-0.5 * (np.minimum(distance, n - distance) / bandwidth) ** 2)
    normalised: NDArray[np.float64] = weight / weight.sum(axis=1, keepdims=True)
    return normalised


def _level_cv(
    calls: NDArray[np.float64], seconds: NDArray[np.float64], age_days: NDArray[np.float64], overall_s: float
) -> float:
    """Variation of the level from week to week beyond chance, by moments; 0 with fewer than three weeks."""
    week = (age_days // 7).astype(np.int64)
    week_calls, week_seconds = np.bincount(week, calls), np.bincount(week, seconds)
    usable = week_calls >= _MIN_CALLS_OF_WEEK
    if usable.sum() < 3:
        return 0.0
    mean = week_seconds[usable] / week_calls[usable]
    noise = _call_variance(calls, seconds, np.full(calls.size, overall_s)) / week_calls[usable]
    # Half the mean square of successive differences is blind to slow drift, which the recent level follows.
    variance = 0.5 * float(np.mean(np.diff(mean) ** 2 - noise[1:] - noise[:-1]))
    return float(np.sqrt(max(variance, 0.0))) / overall_s
