"""How long calls take: the recent mean handling time, bent by a smoothed time of day, with its own uncertainty.

The mean of a quiet slot rests on few calls, so slots are smoothed and then shrunk to the overall level by
Buhlmann's credibility: what slots truly differ by against what chance would make them differ by [1]_. The level
follows the weekly means (`forecasting.handling_level`).

References
----------
.. [1] Buhlmann and Gisler (2005), A course in credibility theory and its applications.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import Calendar, LocalGrid
from forecasting.errors import HistoriesDisagree, HistoryTooShort, HorizonInvalid
from forecasting.handling_level import Level, recent_level
from forecasting.series import DAY_S, IntervalSeries, utc_on_grid

HALF_LIFE_DAYS = 28.0
BANDWIDTH_S = 3600.0
MIN_CALLS = 30
_MIN_CALL_CV = 0.05  # below it the seconds are a mean times the calls, which hides the single call
_MIN_INTERVALS_FOR_CALL_CV = 50
# Beyond both, seconds are taken as mis-keyed: five standard deviations of what single calls explain, three times off.
_ODD_DEVIATIONS = 5.0
_ODD_RATIO = 3.0
_ODD_SHARE = 0.05  # more of a history is no slip of the hand
_ODD_LISTED = 10


@dataclass(frozen=True, slots=True)
class TypeLevel:
    """A call type of a queue: its recent ``share`` of answered calls, 0..1, its level ``mean_s`` [s], and ``cv``, the
    coefficient of variation of that level in the week ahead; ``is_pooled`` where its calls were too few for a level
    of its own."""

    name: str
    n_calls: int
    share: float
    mean_s: float
    cv: float
    is_pooled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class HandlingTime:
    """Mean handling time of a queue ahead.

    Parameters
    ----------
    mean_s : (intervals,), expected handling time of a call that starts in the interval [s], read-only
    mean_cv : (intervals,), coefficient of variation of the true mean around ``mean_s``: standard error, weekly ups
        and downs, drift that grows with the weeks ahead, and what few calls leave unknown of the time of day, read-only
    overall_s : recent call-weighted level [s]
    level_cv : coefficient of variation of the level of the first week ahead
    call_cv : coefficient of variation of single calls around the mean of their interval; None where the history does
        not show it
    types : call types, where they were given
    notes : assumptions, fallbacks and what was not learned from
    """

    mean_s: NDArray[np.float64]
    mean_cv: NDArray[np.float64]
    overall_s: float
    level_cv: float
    call_cv: float | None
    types: tuple[TypeLevel, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.mean_s.setflags(write=False)
        self.mean_cv.setflags(write=False)


def handling_time(
    handled_s: IntervalSeries,
    answered: IntervalSeries,
    calendar: Calendar,
    *,
    start: datetime,
    intervals: int,
) -> HandlingTime:
    """Expected handling time of each of ``intervals`` intervals from ``start``, and how sure it is.

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
    history = handled_calls(
        handled_s, answered, calendar.grid(answered.start, answered.interval_s, answered.values.size)
    )
    learned = learn(history)
    ahead = calendar.grid(start, answered.interval_s, checked_horizon(intervals))
    level_cv = learned.level.cv(weeks_ahead(history, start, intervals))
    slot_cv = learned.multiplier_sd[ahead.slots] / np.maximum(learned.multiplier[ahead.slots], 1e-12)
    return HandlingTime(
        mean_s=learned.level.mean * learned.multiplier[ahead.slots],
        mean_cv=np.hypot(level_cv, slot_cv),
        overall_s=learned.level.mean,
        level_cv=float(learned.level.cv(np.ones(1))[0]),
        call_cv=learned.call_cv,
        notes=learned.notes,
    )


@dataclass(frozen=True, slots=True, eq=False)
class HandledCalls:
    """A checked history, (intervals,) each: answered ``calls`` and their ``seconds`` [s], both 0 where unknown or
    mis-keyed; local ``weekdays`` (0 is Monday) and ``slots``; ``age_days`` back from the end [days].

    ``end`` of the history [UTC]; ``n_slots`` of an ordinary day; ``notes`` on what is left out.
    """

    calls: NDArray[np.float64]
    seconds: NDArray[np.float64]
    weekdays: NDArray[np.int64]
    slots: NDArray[np.int64]
    age_days: NDArray[np.float64]
    end: datetime
    interval_s: int
    n_slots: int
    notes: tuple[str, ...]

    @property
    def recency(self) -> NDArray[np.float64]:
        """(intervals,), weight by age."""
        weight: NDArray[np.float64] = 0.5 ** (self.age_days / HALF_LIFE_DAYS)
        return weight

    @property
    def weeks(self) -> NDArray[np.int64]:
        """(intervals,), whole weeks back from the end: 0 is the last."""
        return (np.ceil(self.age_days / 7) - 1).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What a history says of handling times: ``level`` [s]; ``multiplier`` (slots,) of call-weighted mean 1 and its
    standard error ``multiplier_sd``; ``call_cv`` of single calls."""

    level: Level
    multiplier: NDArray[np.float64]
    multiplier_sd: NDArray[np.float64]
    call_cv: float | None
    notes: tuple[str, ...]


def handled_calls(
    handled_s: IntervalSeries, answered: IntervalSeries, grid: LocalGrid, *, min_calls: int = MIN_CALLS
) -> HandledCalls:
    """The history that handling times are learned from, on the local ``grid`` of ``answered``, without what is
    mis-keyed. Raises as `handling_time`."""
    if (handled_s.start, handled_s.interval_s, handled_s.end) != (answered.start, answered.interval_s, answered.end):
        raise HistoriesDisagree(
            f"handled_s covers {handled_s.start} to {handled_s.end} and answered {answered.start} to {answered.end}: "
            "expected the same grid"
        )
    known = (np.nan_to_num(answered.values) > 0) & ~np.isnan(handled_s.values)
    calls, seconds = np.where(known, answered.values, 0.0), np.where(known, handled_s.values, 0.0)
    if calls.sum() < min_calls:
        raise HistoryTooShort(f"handling time rests on {calls.sum():.0f} answered calls: expected at least {min_calls}")
    odd, usual_s = _mis_keyed(calls, seconds)
    notes = _odd_notes(odd, usual_s, handled_s, answered)
    if odd.sum() > max(_ODD_SHARE * known.sum(), 3):
        odd[:] = False
    calls[odd], seconds[odd] = 0.0, 0.0
    age_days = (int(answered.end.timestamp()) - grid.utc_s) / DAY_S
    return HandledCalls(
        calls, seconds, grid.weekdays, grid.slots, age_days, answered.end, answered.interval_s, grid.n_slots, notes
    )


def learn(history: HandledCalls) -> Learned:
    """Level, time of day and spread of single calls."""
    calls, seconds, weeks = history.calls, history.seconds, history.weeks
    multiplier, multiplier_sd = _time_of_day(history)
    notes = history.notes
    if not np.ptp(multiplier):
        notes = (*notes, "handling time does not vary over the day beyond chance; one level is used")
    usual_calls = calls * multiplier[history.slots]  # what each call of the day's mean length would weigh
    week_calls = np.bincount(weeks, usual_calls)
    week_mean = np.bincount(weeks, seconds) / np.maximum(week_calls, 1e-12)
    variance = call_variance(calls, seconds, week_mean[weeks] * multiplier[history.slots])
    level = recent_level(week_mean, variance / np.maximum(week_calls, 1e-12), week_calls > 0)
    call_cv = float(np.sqrt(variance)) / level.mean if level.mean > 0 else 0.0
    is_shown = call_cv >= _MIN_CALL_CV and (calls > 0).sum() >= _MIN_INTERVALS_FOR_CALL_CV
    return Learned(level, multiplier, multiplier_sd, call_cv if is_shown else None, notes)


def checked_horizon(intervals: int) -> int:
    """``intervals``, once it is known to be positive. Raises `HorizonInvalid`."""
    if intervals < 1:
        raise HorizonInvalid(f"intervals is {intervals}: expected at least 1")
    return intervals


def weeks_ahead(history: HandledCalls, start: datetime, intervals: int) -> NDArray[np.float64]:
    """(intervals,), which week after the end of the history each interval from ``start`` lies in, from 1."""
    first_s = (utc_on_grid(start, history.interval_s) - history.end).total_seconds()
    ahead_s = first_s + history.interval_s * np.arange(intervals)
    week: NDArray[np.float64] = np.maximum(np.floor(ahead_s / (7 * DAY_S)) + 1, 1.0)
    return week


def kernel(n: int, bandwidth: float) -> NDArray[np.float64]:
    """Gaussian weights (slots, slots) on the circle of a day, rows sum to 1; ``bandwidth`` [slots]."""
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    weight = np.exp(-0.5 * (np.minimum(distance, n - distance) / bandwidth) ** 2)
    normalised: NDArray[np.float64] = weight / weight.sum(axis=1, keepdims=True)
    return normalised


def call_variance(calls: NDArray[np.float64], seconds: NDArray[np.float64], mean: NDArray[np.float64]) -> float:
    """Variance of one call's handling time [s**2]: the mean of an interval of n calls varies by it over n."""
    known = calls > 0
    return float((calls[known] * (seconds[known] / calls[known] - mean[known]) ** 2).sum() / known.sum())


def _time_of_day(history: HandledCalls) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Multiplier of each slot (slots,), call-weighted mean 1, and its standard error (slots,)."""
    n, slots, recency = history.n_slots, history.slots, history.recency
    calls, seconds = history.calls, history.seconds
    slot_calls = np.bincount(slots, calls * recency, n)
    slot_seconds = np.bincount(slots, seconds * recency, n)
    squares = np.bincount(slots, calls * recency**2, n)  # turns the variance of a call into that of a slot's mean
    weights = kernel(n, BANDWIDTH_S / history.interval_s)
    smooth_calls = weights @ slot_calls
    overall = slot_seconds.sum() / slot_calls.sum()
    if overall <= 0:
        return np.ones(n), np.zeros(n)
    mean = np.where(smooth_calls > 0, weights @ slot_seconds / np.maximum(smooth_calls, 1e-12), overall)
    variance = call_variance(calls, seconds, mean[slots])
    noise = variance * (weights**2 @ squares) / np.maximum(smooth_calls, 1e-12) ** 2
    weight = slot_calls / slot_calls.sum()
    between = max(float((weight * ((mean - overall) ** 2 - noise)).sum()), 0.0)
    credibility = between / np.maximum(between + noise, 1e-12)
    shrunk = overall + credibility * (mean - overall)
    scale = float((weight * shrunk).sum())
    # Buhlmann's credibility is linear Bayes: what stays unknown of a slot is its noise times its credibility.
    return shrunk / scale, np.sqrt(credibility * noise) / scale


def _mis_keyed(calls: NDArray[np.float64], seconds: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """Which intervals hold seconds that no such calls take, (intervals,), and the usual handling time [s].

    Means of n calls are taken as log-normal with the coefficient of variation of a call over sqrt(n). The spread comes
    from the median deviation, which outliers do not move.
    """
    known = np.flatnonzero(calls > 0)
    odd = np.zeros(calls.size, dtype=bool)
    n, mean = calls[known], seconds[known] / calls[known]
    if not (mean > 0).any():
        return odd, 0.0
    usual_s = float(np.median(mean[mean > 0]))
    kept = np.ones(known.size, dtype=bool)
    for _ in range(20):
        told = kept & (mean > 0)  # a call of no time says nothing of the spread of logarithms
        cv = _robust_call_cv(n[told], mean[told] / usual_s)
        sigma = np.sqrt(np.log1p(cv**2 / n))
        ratio = mean / usual_s
        high = (ratio > np.exp(_ODD_DEVIATIONS * sigma - sigma**2 / 2)) & (ratio > _ODD_RATIO)
        low = (np.sqrt(n) * (1 - ratio) > _ODD_DEVIATIONS * cv) & (ratio < 1 / _ODD_RATIO)
        before, kept = kept, ~(high | low)
        usual_s = float((n * mean)[kept].sum() / n[kept].sum())
        if np.array_equal(before, kept):
            break
    odd[known[~kept]] = True
    return odd, usual_s


def _robust_call_cv(n: NDArray[np.float64], ratio: NDArray[np.float64]) -> float:
    """Coefficient of variation of a call with which half of the log-ratios lie within 0.6745 standard deviations."""
    low, high = 0.01, 10.0
    for _ in range(30):
        cv = float(np.sqrt(low * high))
        sigma = np.sqrt(np.log1p(cv**2 / n))
        if np.median(np.abs(np.log(ratio) + sigma**2 / 2) / sigma) > 0.6745:
            low = cv
        else:
            high = cv
    return cv


def _odd_notes(
    odd: NDArray[np.bool_], usual_s: float, handled_s: IntervalSeries, answered: IntervalSeries
) -> tuple[str, ...]:
    """What is left out, the first ten by name, or why nothing is."""
    n_odd, n_known = int(odd.sum()), int((np.nan_to_num(answered.values) > 0).sum())
    if n_odd > max(_ODD_SHARE * n_known, 3):
        return (
            f"handling time is over three times off the usual {usual_s:.0f} s in {n_odd} of {n_known} intervals: "
            "too many to be slips, so that none is left out",
        )
    notes = []
    for i in np.flatnonzero(odd)[:_ODD_LISTED]:
        when = answered.start + timedelta(seconds=int(i) * answered.interval_s)
        notes.append(
            f"handling time of {when.astimezone(UTC).isoformat()} is left out: {handled_s.values[i]:.0f} s for "
            f"{answered.values[i]:.0f} calls, where {usual_s:.0f} s a call is usual: is it mis-keyed, or an incident?"
        )
    if n_odd > _ODD_LISTED:
        notes.append(f"and so are {n_odd - _ODD_LISTED} more intervals")
    return tuple(notes)
