"""What simple peers would have said: stored beside every forecast, so that "better than" stays a measured fact."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.calendar import Calendar, LocalGrid, weekdays
from forecasting.days import DayTable, fold
from forecasting.models import four_week_mean
from forecasting.models.daily_prophet import Prophet, quiet
from forecasting.series import IntervalSeries

FOUR_WEEK_MEAN, PROPHET = "four_week_mean", "prophet"
_PROFILE_WEEKS = 8
_MIN_SEEN = 0.5  # of a day's slots, for its total to count
_IS_WEEKEND = np.array([False] * 5 + [True] * 2)


def shadow_means(
    history: Mapping[str, IntervalSeries], calendar: Calendar, start: datetime, intervals: int, *, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Mean calls of each shadow model from the history as it stands, uncleaned: as a user would run them.

    ``four_week_mean`` is the mean of the same weekday and slot over the last four weeks. ``prophet`` is Prophet with
    its defaults on daily totals, spread over the day by the mean profile of the last eight weeks, Monday to Friday and
    weekend apart. Prophet on quarter-hours of years would take a minute of CPU a queue, and scores worse.

    Parameters
    ----------
    history : offered calls of each queue, all of one interval
    calendar : local time; Prophet with its defaults is told of no holidays
    start : start of the first interval ahead, with time zone
    intervals : number of intervals ahead
    seed : of Prophet's optimiser

    Returns
    -------
    means : by model, (queues, intervals) in the order of the sorted queue names [calls], >= 0
    """
    queues = sorted(history)
    ahead = calendar.grid(start, history[queues[0]].interval_s, intervals)
    tables = []
    for queue in queues:
        series = history[queue]
        tables.append(fold(series.values, calendar.grid(series.start, series.interval_s, series.values.size), calendar))
    return {
        FOUR_WEEK_MEAN: np.array([four_week_mean.fit(table).forecast(ahead) for table in tables]),
        PROPHET: np.array([_prophet(table, ahead, seed) for table in tables]),
    }


def _prophet(table: DayTable, ahead: LocalGrid, seed: int) -> NDArray[np.float64]:
    """Daily totals by default Prophet times the profile, (intervals,); flat where fewer than two days were seen."""
    share_seen = table.observed.sum(axis=1) / table.observed.shape[1]
    seen = share_seen >= _MIN_SEEN
    totals = table.counts.sum(axis=1)
    dates = np.unique(ahead.dates)
    if seen.sum() < 2:
        level = np.full(dates.size, totals.sum() / max(share_seen.sum(), 1.0))
    else:
        days = pd.DataFrame({"ds": pd.DatetimeIndex(table.dates[seen]), "y": totals[seen] / share_seen[seen]})
        with quiet():
            model = Prophet(uncertainty_samples=0)
            model.fit(days, seed=seed % 2**31)
            level = model.predict(pd.DataFrame({"ds": pd.DatetimeIndex(dates)}))["yhat"].to_numpy()
    day = (ahead.dates - dates[0]).astype(np.int64)
    shares = _profile(table)[_IS_WEEKEND[weekdays(ahead.dates)].astype(np.int64), ahead.slots]
    return np.asarray(np.maximum(level, 0.0)[day] * shares, dtype=np.float64)


def _profile(table: DayTable) -> NDArray[np.float64]:
    """Share of the day's calls in each slot (2, slots), Monday to Friday and weekend; flat where nothing was seen."""
    recent = table.slice(max(table.dates.size - 7 * _PROFILE_WEEKS, 0), table.dates.size)
    slots = recent.counts.shape[1]
    rows = []
    for is_weekend in (False, True):
        days = _IS_WEEKEND[recent.weekdays] == is_weekend
        mean = recent.counts[days].sum(axis=0) / np.maximum(recent.observed[days].sum(axis=0), 1.0)
        rows.append(mean / mean.sum() if mean.sum() > 0 else np.full(slots, 1 / slots))
    return np.array(rows)
