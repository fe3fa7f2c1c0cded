"""Daily level by Prophet: piecewise-linear trend, weekly and annual seasonality, kinds of day as holidays [1]_, and the
same regressors as the regression has, with the same priors.

References
----------
.. [1] Taylor and Letham (2018), Forecasting at scale, The American Statistician 72(1).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.calendar import Calendar, DayKind
from forecasting.days import DailyTotals, DayFeatures

logging.getLogger("prophet.plot").disabled = True  # it complains at import that plotly is absent
from prophet import Prophet as Prophet  # noqa: E402 - shared with the shadow model, quiet as it is here

MIN_DAYS = 548  # eighteen months: with less, Prophet's annual terms and trend are taken for one another
_MIN_SEEN = 0.9  # of the weeks of so long a history
_LONGEST_HORIZON_DAYS = 100
_MIN_EXPOSURE = 0.5  # of the usual day's
_LOGGERS = ("prophet", "prophet.models", "cmdstanpy")


@dataclass(frozen=True, slots=True, eq=False)
class FittedProphet:
    """A Prophet model of daily totals, fitted to at least ``MIN_DAYS`` of history; ``regressors`` are those that it
    knows."""

    model: Prophet
    regressors: tuple[str, ...]

    def forecast(self, days: DayFeatures) -> NDArray[np.float64]:
        """Expected calls of a full 24-hour day on each of ``days``, (days,), never below 0."""
        with quiet():
            predicted = self.model.predict(_frame(days, self.regressors))
        return np.asarray(np.maximum(predicted["yhat"].to_numpy(), 0.0), dtype=np.float64)


def is_apt(daily: DailyTotals) -> bool:
    """Whether history is long enough and, but for a month or so, without gaps: Prophet runs wild over what it never
    saw."""
    weeks_seen = np.unique(daily.dates[daily.exposure > 0].astype(np.int64) // 7).size
    return daily.dates.size >= MIN_DAYS and weeks_seen >= _MIN_SEEN * MIN_DAYS / 7


def fit(daily: DailyTotals, calendar: Calendar, *, seed: int) -> FittedProphet:
    """Fit Prophet to the days of which at least half of the usual was seen, scaled to a full day; point estimate."""
    seen = daily.exposure >= _MIN_EXPOSURE * np.median(daily.exposure[daily.exposure > 0])
    features = daily.features
    varies = np.ptp(features.values[seen], axis=0) > 0
    regressors = tuple(name for name, told in zip(features.names, varies, strict=True) if told)
    history = _frame(features, regressors).assign(y=daily.totals / np.maximum(daily.exposure, 1e-9))[seen]
    reach = np.arange(daily.dates[0], daily.dates[-1] + np.timedelta64(_LONGEST_HORIZON_DAYS, "D"))
    with quiet():
        model = Prophet(
            holidays=_holidays(reach, calendar),
            yearly_seasonality=True,
            weekly_seasonality=True,
            daily_seasonality=False,
            uncertainty_samples=0,
        )
        for name, prior_sd in zip(features.names, features.prior_sd.tolist(), strict=True):
            if name in regressors:
                model.add_regressor(name, prior_scale=prior_sd, standardize=False, mode="multiplicative")
        model.fit(history, seed=seed % 2**31)
    return FittedProphet(model, regressors)


def _frame(days: DayFeatures, regressors: tuple[str, ...]) -> pd.DataFrame:
    columns = {name: days.values[:, days.names.index(name)] for name in regressors}
    return pd.DataFrame({"ds": pd.DatetimeIndex(days.dates), **columns})


def _holidays(dates: NDArray[np.datetime64], calendar: Calendar) -> pd.DataFrame | None:
    kinds = calendar.kinds(dates)
    special = np.array([kind is not DayKind.ORDINARY for kind in kinds])
    if not special.any():
        return None
    names = [str(kind) for kind in kinds if kind is not DayKind.ORDINARY]
    return pd.DataFrame({"ds": pd.DatetimeIndex(dates[special]), "holiday": names})


@contextmanager
def quiet() -> Iterator[None]:
    """Prophet and cmdstan report each fit; a library stays silent and leaves the loggers as it found them."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    were = [logger.disabled for logger in loggers]
    try:
        for logger in loggers:
            logger.disabled = True  # cmdstanpy resets its own level at first use
        yield
    finally:
        for logger, was in zip(loggers, were, strict=True):
            logger.disabled = was
