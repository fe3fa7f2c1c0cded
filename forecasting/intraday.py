"""Today's calls so far in, the rest of today re-forecast: the gamma posterior of today's day factor.

The day factor is gamma with mean 1 and variance v. Having seen S calls where M were expected, its posterior is gamma
with shape 1/v + S and rate 1/v + M [1]_. What moves the morning need not move the evening, so the calls so far count
with a strength k between 0 and 1, learned from past days: shape 1/v + kS, rate 1/v + kM. Strength 0 changes nothing.

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
from forecasting.errors import HistoriesDisagree, HorizonInvalid
from forecasting.forecast import Forecast
from forecasting.series import IntervalSeries


def day_factor(
    calls: NDArray[np.float64] | float,
    expected: NDArray[np.float64] | float,
    variance: NDArray[np.float64] | float,
    strength: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Posterior mean of the day factor after ``calls`` where ``expected`` were forecast: (1 + vkS) / (1 + vkM)."""
    weight = np.asarray(variance) * strength
    return np.asarray((1 + weight * calls) / (1 + weight * expected), dtype=np.float64)


def update(forecast: Forecast, actuals: Mapping[str, IntervalSeries], *, seed: int) -> Forecast:
    """The forecast from the end of ``actuals`` on, with the rest of that local day moved by the day so far.

    Parameters
    ----------
    forecast : must reach from some of today's past to beyond the end of ``actuals``
    actuals : offered calls of some or all queues up to now, one common end; only today's are used, missing ones (NaN)
        count for nothing, and a queue without any stays as it was
    seed : of the rest of today's new sample paths

    Returns
    -------
    forecast : from the end of ``actuals`` to the end of ``forecast``; origin is that instant, later days unchanged

    Raises
    ------
    HistoriesDisagree : the actuals end at different instants, have other intervals or name a queue not forecast
    HorizonInvalid : now is not inside the forecast
    """
    now = _common_end(forecast, actuals)
    ahead = forecast.window(now, forecast.end)
    dates = local_dates(forecast.start, forecast.interval_s, forecast.intervals, forecast.timezone)
    n_past = forecast.intervals - ahead.intervals
    # Now may be midnight itself: then today is the day that has just begun, of which nothing is known yet.
    is_today = dates == dates[n_past]
    n_rest = int(is_today[n_past:].sum())
    so_far = np.flatnonzero(is_today[:n_past])
    mean, rate_cv, day_cv = ahead.mean.copy(), ahead.rate_cv.copy(), ahead.day_cv.copy()
    paths = ahead.paths.copy()
    streams = np.random.SeedSequence([seed, int(now.timestamp())]).spawn(len(forecast.queues))
    for queue, name in enumerate(forecast.queues):
        if name not in actuals or not so_far.size:
            continue
        calls, expected = _seen(actuals[name], forecast, queue, so_far)
        variance = float(forecast.day_cv[queue, n_past] ** 2)
        strength = float(forecast.intraday_strength[queue])
        if expected == 0 or variance * strength == 0:
            continue
        factor = float(day_factor(calls, expected, variance, strength))
        shape = 1 / variance + strength * calls
        interval_variance = (1 + ahead.rate_cv[queue, :n_rest] ** 2) / (1 + ahead.day_cv[queue, :n_rest] ** 2) - 1
        mean[queue, :n_rest] *= factor
        day_cv[queue, :n_rest] = shape**-0.5
        rate_cv[queue, :n_rest] = np.sqrt((1 + 1 / shape) * (1 + interval_variance) - 1)
        rng = np.random.default_rng(streams[queue])
        rate = rng.standard_gamma(shape, (paths.shape[0], 1)) / shape * mean[queue, :n_rest]
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
    now = next(iter(ends.values()))
    if not forecast.start < now < forecast.end:
        raise HorizonInvalid(
            f"actuals end at {now.isoformat()}: expected a time inside the forecast, after "
            f"{forecast.start.isoformat()} and before {forecast.end.isoformat()}"
        )
    return now


def _seen(series: IntervalSeries, forecast: Forecast, queue: int, so_far: NDArray[np.int64]) -> tuple[float, float]:
    """Calls and expected calls of today's known intervals."""
    first = (forecast.start - series.start) // timedelta(seconds=forecast.interval_s)
    at = so_far + first
    inside = at >= 0
    calls = series.values[at[inside]]
    known = ~np.isnan(calls)
    return float(calls[known].sum()), float(forecast.mean[queue, so_far[inside]][known].sum())
