"""The published benchmark for ambulance services: Prophet and a regression with ARIMA errors, averaged.

References
----------
.. [1] Monks, Allen et al., swast-benchmarking (github.com/TomMonks/swast-benchmarking): forecasting the daily demand
       of ambulance services; Prophet with New Year's Day, ARIMA (1,1,3)(1,0,1,7) with the same regressor, their mean.
"""

import warnings

import numpy as np
import pandas as pd
import prophets  # noqa: F401  its loggers are silent
from prophet import Prophet
from statsmodels.tsa.arima.model import ARIMA
from wall import Task

# Of a day's usual calls, below which its total says too little; less where days are seldom seen that well.
_LEAST_SEEN = 0.5


def swast(task: Task) -> np.ndarray:
    """The ensemble on daily totals, times the mean share of each slot in its weekday."""
    days, day_of = np.unique(task.dates, return_inverse=True)
    n = task.history.size
    shares = _shares(task)
    known = ~np.isnan(task.history)
    share_at = shares[task.weekdays, task.slots]
    totals = np.bincount(day_of[:n][known], task.history[known], minlength=days.size)
    seen = np.bincount(day_of[:n][known], share_at[:n][known], minlength=days.size)
    least = min(_LEAST_SEEN, 0.8 * float(np.median(seen[seen > 0]))) if (seen > 0).any() else _LEAST_SEEN
    # A day that the origin cuts is history where enough of it is known.
    first_ahead = day_of[n - 1] + (seen[day_of[n - 1]] >= least)
    daily = np.where(seen >= least, totals / np.maximum(seen, least), np.nan)[:first_ahead]
    forecast = np.zeros(days.size)
    forecast[first_ahead:] = (_prophet(days, daily) + _arima(days, daily)) / 2
    forecast[:first_ahead] = np.nan_to_num(daily)
    return (np.maximum(forecast, 0)[day_of] * share_at)[n:]


def _shares(task: Task) -> np.ndarray:
    """(7, slots): mean calls of a weekday's slot over all history, as a share of the weekday's."""
    n = task.history.size
    known = ~np.isnan(task.history)
    calls, times = np.zeros((2, 7, task.n_slots))
    np.add.at(calls, (task.weekdays[:n][known], task.slots[:n][known]), task.history[known])
    np.add.at(times, (task.weekdays[:n][known], task.slots[:n][known]), 1)
    means = calls / np.maximum(times, 1)
    return means / np.maximum(means.sum(axis=1, keepdims=True), 1e-9)


def _new_years_days(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[Y]").astype("datetime64[D]") == days


def _prophet(days: np.ndarray, daily: np.ndarray) -> np.ndarray:
    frame = pd.DataFrame({"ds": pd.to_datetime(days)})
    new_year = pd.DataFrame({"ds": pd.to_datetime(days[_new_years_days(days)]), "holiday": "new_year"})
    model = Prophet(
        holidays=new_year if len(new_year) else None, daily_seasonality=False, interval_width=0.8, uncertainty_samples=0
    )
    model.fit(frame.iloc[: daily.size].assign(y=daily).dropna(subset=["y"]), seed=1)
    return model.predict(frame.iloc[daily.size :])["yhat"].to_numpy()


def _arima(days: np.ndarray, daily: np.ndarray) -> np.ndarray:
    is_new_year = _new_years_days(days).astype(float)[:, None]
    has_seen_one = bool(is_new_year[: daily.size].any())
    past, ahead = (is_new_year[: daily.size], is_new_year[daily.size :]) if has_seen_one else (None, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of starting values; the published form takes the fit as it comes
        fitted = ARIMA(daily, exog=past, order=(1, 1, 3), seasonal_order=(1, 0, 1, 7)).fit()
        return np.asarray(fitted.forecast(days.size - daily.size, exog=ahead))
