"""Today's calls so far in, the rest of today re-forecast: the gamma posterior of today's day factor.

The day factor is gamma with mean 1 and variance v. Having seen S calls where M were expected, its posterior is gamma
with shape 1/v + S and rate 1/v + M [1]_. What moves the morning need not move the evening, so the calls so far count
with a strength k between 0 and 1, learned from past days: shape 1/v + kS, rate 1/v + kM. Strength 0 changes nothing.
Before that, the days since the forecast was made move what is expected of today, as far as past days carried over;
after it, what the last two hours have had beyond the rest of the day fades over the next hours.

Light on purpose: numpy only, and fast enough to run after every import.

References
----------
.. [1] Weinberg, Brown and Stroud (2007), Bayesian forecasting of an inhomogeneous Poisson process with applications
       to call center data.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from forecasting.calendar import local_dates
from forecasting.errors import HistoriesDisagree, HorizonInvalid, SeriesInvalid
from forecasting.forecast import Forecast
from forecasting.series import IntervalSeries

CARRY_HALF_LIFE_DAYS = 2.0
# Chosen at noon on the first three of six origins of five public histories, where they were better than none on each.
_RECENT_S = 7200
_RECENT_SHARE, _RECENT_FADE_H, _RECENT_PRIOR_CALLS = 0.7, 4.0, 100.0


def day_factor(
    calls: NDArray[np.float64] | float,
    expected: NDArray[np.float64] | float,
    variance: NDArray[np.float64] | float,
    strength: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Posterior mean of the day factor after ``calls`` where ``expected`` were forecast: (1 + vkS) / (1 + vkM)."""
    weight = np.asarray(variance) * strength
    return np.asarray((1 + weight * calls) / (1 + weight * expected), dtype=np.float64)


def carried_factor(calls: NDArray[np.float64], expected: NDArray[np.float64], carry_over: float) -> NDArray[np.float64]:
    """What earlier days say of each day, (..., days): 1 + ``carry_over`` (calls / expected - 1), both summed over the
    days before it with half the weight for each two days back; 1 on the first day. Shapes are (..., days)."""
    seen_calls, seen_expected = np.zeros(calls.shape[:-1]), np.zeros(calls.shape[:-1])
    factor = np.ones(calls.shape)
    decay = 0.5 ** (1 / CARRY_HALF_LIFE_DAYS)
    for day in range(calls.shape[-1]):
        ratio = np.divide(seen_calls, seen_expected, out=np.ones_like(seen_calls), where=seen_expected > 0)
        factor[..., day] = 1 + carry_over * (ratio - 1)
        seen_calls = decay * (seen_calls + calls[..., day])
        seen_expected = decay * (seen_expected + expected[..., day])
    return factor


def recent_bend(calls: float, expected: float, hours_ahead: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the last hours say of intervals ``hours_ahead`` (intervals,) [h] beyond what the day so far says.

    0.7 of the excess of ``calls`` over ``expected``, fading with a time of four hours, and shrunk as if a hundred more
    calls had come as expected: hours deviate from their day by about a tenth (Buhlmann's credibility).
    """
    excess = (calls - expected) / (expected + _RECENT_PRIOR_CALLS)
    return np.asarray(1 + _RECENT_SHARE * excess * np.exp(-hours_ahead / _RECENT_FADE_H), dtype=np.float64)


def update(forecast: Forecast, actuals: Mapping[str, IntervalSeries], *, seed: int) -> Forecast:
    """The forecast from the end of ``actuals`` on, with the rest of that local day moved by the day so far.

    Parameters
    ----------
    forecast : must reach from some of today's past to beyond the end of ``actuals``
    actuals : offered calls of some or all queues up to now, one common end, best from the start of ``forecast`` on;
        missing ones (NaN) count for nothing, and a queue without any stays as it was
    seed : of the rest of today's new sample paths

    Returns
    -------
    forecast : from the end of ``actuals`` to the end of ``forecast``; origin is that instant, later days unchanged

    Raises
    ------
    HistoriesDisagree : the actuals end at different instants, have other intervals or name a queue not forecast
    HorizonInvalid : now is not inside the forecast
    SeriesInvalid : the actuals hold parts of calls
    """
    now = _common_end(forecast, actuals)
    ahead = forecast.window(now, forecast.end)
    dates = local_dates(forecast.start, forecast.interval_s, forecast.intervals, forecast.timezone)
    n_past = forecast.intervals - ahead.intervals
    # Now may be midnight itself: then today is the day that has just begun.
    day = (dates - dates[0]).astype(np.int64)
    n_rest = int((day[n_past:] == day[n_past]).sum())
    mean, rate_cv, day_cv = ahead.mean.copy(), ahead.rate_cv.copy(), ahead.day_cv.copy()
    paths = ahead.paths.copy()
    streams = np.random.SeedSequence([seed, int(now.timestamp())]).spawn(len(forecast.queues))
    for queue, name in enumerate(forecast.queues):
        if name not in actuals:
            continue
        factor, shape = _posterior(forecast, queue, _seen(actuals[name], forecast, n_past), day[: n_past + n_rest])
        if (factor == 1).all():
            continue
        interval_variance = (1 + ahead.rate_cv[queue, :n_rest] ** 2) / (1 + ahead.day_cv[queue, :n_rest] ** 2) - 1
        mean[queue, :n_rest] *= factor
        day_cv[queue, :n_rest] = shape**-0.5
        rate_cv[queue, :n_rest] = np.sqrt((1 + 1 / shape) * (1 + interval_variance) - 1)
        rng = np.random.default_rng(streams[queue])
        paths[:, queue, :n_rest] = _redrawn(
            paths[:, queue, :n_rest], mean[queue, :n_rest], shape, interval_variance, rng
        )
    return replace(ahead, origin=now, mean=mean, rate_cv=rate_cv, day_cv=day_cv, paths=paths)


def _posterior(
    forecast: Forecast, queue: int, calls: NDArray[np.float64], day: NDArray[np.int64]
) -> tuple[NDArray[np.float64], float]:
    """Factor of each interval of the rest of today (intervals,), and the shape of the day factor's gamma law.

    ``calls`` (intervals up to now,) since the start of the forecast, NaN where missing; ``day`` (intervals to the end
    of today,) counts local days from 0.
    """
    n_past, today = calls.size, int(day[-1])
    known = ~np.isnan(calls)
    expected = forecast.mean[queue, :n_past]
    by_day, expected_by_day = (
        np.bincount(day[:n_past][known], values[known], today + 1).astype(np.float64) for values in (calls, expected)
    )
    carried = float(carried_factor(by_day, expected_by_day, float(forecast.carry_over[queue]))[today])
    variance = float(forecast.day_cv[queue, n_past] ** 2)
    strength = float(forecast.intraday_strength[queue])
    so_far = by_day[today]
    factor = carried * float(day_factor(so_far, carried * expected_by_day[today], variance, strength))
    shape = 1 / variance + strength * so_far if variance > 0 else np.inf
    hours_ahead = (np.arange(day.size - n_past) + 0.5) * forecast.interval_s / 3600
    if strength == 0:
        return np.full(hours_ahead.size, factor), shape
    is_recent = known & (day[:n_past] == today) & (np.arange(n_past) >= n_past - _RECENT_S // forecast.interval_s)
    recent = float(calls[is_recent].sum()), factor * float(expected[is_recent].sum())
    return factor * recent_bend(*recent, hours_ahead), shape


def _redrawn(
    paths: NDArray[np.int32],
    mean: NDArray[np.float64],
    shape: float,
    interval_variance: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """New paths (paths, intervals) around ``mean``, in the order of the old: what moves queues together still does."""
    rate = np.repeat(mean[None], paths.shape[0], axis=0)
    if np.isfinite(shape):
        before = paths.sum(axis=1) + rng.random(paths.shape[0])
        rank = np.argsort(np.argsort(before))
        rate *= np.sort(rng.standard_gamma(shape, paths.shape[0]))[rank, None] / shape
    uneven = interval_variance > 0
    rate[:, uneven] *= (
        rng.standard_gamma(1 / interval_variance[uneven], rate[:, uneven].shape) * interval_variance[uneven]
    )
    return np.asarray(rng.poisson(rate), dtype=np.int64)


def _common_end(forecast: Forecast, actuals: Mapping[str, IntervalSeries]) -> datetime:
    """The instant up to which the actuals reach."""
    ends = {queue: series.end for queue, series in actuals.items()}
    if len(set(ends.values())) != 1:
        raise HistoriesDisagree(f"actuals end at {ends}: expected at least one queue and one common end")
    for queue, series in actuals.items():
        if queue not in forecast.queues or series.interval_s != forecast.interval_s:
            raise HistoriesDisagree(
                f"actuals of queue {queue} have intervals of {series.interval_s} s: expected one of "
                f"{', '.join(forecast.queues)} with {forecast.interval_s} s"
            )
        parts = np.nan_to_num(series.values) % 1 > 0
        if parts.any():
            raise SeriesInvalid(f"actuals of queue {queue} hold {series.values[parts][0]} calls: expected whole calls")
    now = next(iter(ends.values()))
    if not forecast.start < now < forecast.end:
        raise HorizonInvalid(
            f"actuals end at {now.isoformat()}: expected a time inside the forecast, after "
            f"{forecast.start.isoformat()} and before {forecast.end.isoformat()}"
        )
    return now


def _seen(series: IntervalSeries, forecast: Forecast, n_past: int) -> NDArray[np.float64]:
    """Calls (``n_past``,) of the intervals from the start of the forecast to now, NaN where missing."""
    at = np.arange(n_past) + (forecast.start - series.start) // timedelta(seconds=forecast.interval_s)
    calls = np.full(n_past, np.nan)
    calls[at >= 0] = series.values[at[at >= 0]]
    return calls
