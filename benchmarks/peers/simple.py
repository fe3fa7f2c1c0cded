"""The peers that need no package: last week again, and the mean of the last four weeks."""

import numpy as np
from wall import Task, week_earlier


def seasonal_naive(task: Task) -> np.ndarray:
    """The same weekday and slot in the latest week before the origin in which it was known; 0 if never."""
    forecast = np.full(task.horizon, np.nan)
    for weeks in range(1, _weeks_back(task) + 1):
        forecast = np.where(np.isnan(forecast), week_earlier(task, weeks), forecast)
    return np.nan_to_num(forecast)


def four_week_mean(task: Task) -> np.ndarray:
    """The mean of the same weekday and slot over the last four whole weeks before the origin; where none of the four
    is known, the latest known one."""
    horizon_weeks = -(-task.horizon // (7 * task.n_slots))
    calls, times = np.zeros((2, task.horizon))
    for weeks in range(1, horizon_weeks + 4 + 1):
        earlier = week_earlier(task, weeks)
        counted = ~np.isnan(earlier) & (_weeks_before_origin(task, weeks) <= 4)
        calls += np.where(counted, earlier, 0.0)
        times += counted
    return np.where(times > 0, calls / np.maximum(times, 1), seasonal_naive(task))


def _weeks_back(task: Task) -> int:
    return -(-(task.history.size + task.horizon) // (7 * task.n_slots))


def _weeks_before_origin(task: Task, weeks: int) -> np.ndarray:
    """(horizon,), 1 for the last seven days before the origin, 2 for the seven before them, 0 and less after it."""
    return weeks - np.arange(task.horizon) // (7 * task.n_slots)
