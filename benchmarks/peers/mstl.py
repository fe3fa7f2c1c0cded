"""MSTL of statsforecast: several seasonal patterns by LOESS, the trend by exponential smoothing."""

import numpy as np
from statsforecast.models import MSTL
from wall import Task


def mstl(task: Task) -> np.ndarray:
    """MSTL with a daily and a weekly season on the open hours, gaps filled by the mean of their weekday and slot."""
    is_open = task.is_open_at
    history, ahead = is_open[: task.history.size], is_open[task.history.size :]
    per_day = np.unique(task.is_open.sum(axis=1))
    per_day = per_day[per_day > 0]
    seasons = [int(per_day[0])] if per_day.size == 1 and per_day[0] > 1 else []
    seasons.append(int(task.is_open.sum()))
    model = MSTL(season_length=seasons)
    filled = _filled(task)[history]
    forecast = np.zeros(task.horizon)
    if ahead.any():
        forecast[ahead] = model.forecast(y=filled, h=int(ahead.sum()))["mean"]
    return forecast


def _filled(task: Task) -> np.ndarray:
    n = task.history.size
    weekday, slot, known = task.weekdays[:n], task.slots[:n], ~np.isnan(task.history)
    calls, times = np.zeros((2, 7, task.n_slots))
    np.add.at(calls, (weekday[known], slot[known]), task.history[known])
    np.add.at(times, (weekday[known], slot[known]), 1)
    usual = np.where(times > 0, calls / np.maximum(times, 1), calls.sum() / max(times.sum(), 1))
    return np.where(known, task.history, usual[weekday, slot])
