"""Today's calls so far in, the rest of today re-forecast: the gamma posterior of today's day factor.

The day factor is gamma with mean 1 and variance v. Having seen S calls where M were expected, its posterior is gamma
with shape 1/v + S and rate 1/v + M [1]_. What moves the morning need not move the evening, so the calls so far count
with a strength k between 0 and 1, learned from past days: shape 1/v + kS, rate 1/v + kM. Strength 0 changes nothing.
Before that, the days since the forecast was made move what is expected of today, as far as past days carried over.

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
    today = int(day[n_past])
    n_rest = int((day[n_past:] == today).sum())
    mean, rate_cv, day_cv = ahead.mean.copy(), ahead.rate_cv.copy(), ahead.day_cv.copy()
    paths = ahead.paths.copy()
    streams = np.random.SeedSequence([seed, int(now.timestamp())]).spawn(len(forecast.queues))
    for queue, name in enumerate(forecast.queues):
        if name not in actuals:
            continue
        calls, expected = _seen_by_day(actuals[name], forecast, queue, day[:n_past], today)
        carried = float(carried_factor(calls, expected, float(forecast.carry_over[queue]))[today])
        variance = float(forecast.day_cv[queue, n_past] ** 2)
        strength = float(forecast.intraday_strength[queue])
        factor = carried * float(day_factor(calls[today], carried * expected[today], variance, strength))
        if factor == 1:
            continue
        shape = 1 / variance + strength * calls[today] if variance > 0 else np.inf
        interval_variance = (1 + ahead.rate_cv[queue, :n_rest] ** 2) / (1 + ahead.day_cv[queue, :n_rest] ** 2) - 1
        mean[queue, :n_rest] *= factor
        day_cv[queue, :n_rest] = shape**-0.5
        rate_cv[queue, :n_rest] = np.sqrt((1 + 1 / shape) * (1 + interval_variance) - 1)
        rng = np.random.default_rng(streams[queue])
        rate = np.repeat(mean[queue, None, :n_rest], paths.shape[0], axis=0)
        if variance > 0:
            # In the order that the paths had: what moves queues together still does.
            before = paths[:, queue, :n_rest].sum(axis=1) + rng.random(paths.shape[0])
            rank = np.argsort(np.argsort(before))
            rate *= np.sort(rng.standard_gamma(shape, paths.shape[0]))[rank, None] / shape
        uneven = interval_variance > 0
        rate[:, uneven] *= (
            rng.standard_gamma(1 / interval_variance[uneven], rate[:, uneven].shape) * interval_variance[uneven]
        )
        paths[:, queue, :n_rest] = rng.poisson(rate)
    return replace(ahead, origin=now, mean=mean, rate_cv=rate_cv, day_cv=day_cv, paths=paths)


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


def _seen_by_day(
    series: IntervalSeries, forecast: Forecast, queue: int, day: NDArray[np.int64], today: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Calls and expected calls (days,) of the known intervals of each day from the start of the forecast to today;
    ``day`` (intervals up to now,) counts local days from 0."""
    at = np.arange(day.size) + (forecast.start - series.start) // timedelta(seconds=forecast.interval_s)
    calls = np.full(day.size, np.nan)
    calls[at >= 0] = series.values[at[at >= 0]]
    known = ~np.isnan(calls)
    expected = forecast.mean[queue, : day.size]
    by_day = [np.bincount(day[known], values[known], today + 1).astype(np.float64) for values in (calls, expected)]
    return by_day[0], by_day[1]
