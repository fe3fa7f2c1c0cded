"""Prophet on the intervals themselves: as it comes, and with shapes of its own for working days and weekends."""

import logging

import numpy as np
import pandas as pd
from prophet import Prophet
from wall import Task

for name in ("prophet", "prophet.models", "cmdstanpy"):
    logging.getLogger(name).disabled = True


def prophet(task: Task) -> np.ndarray:
    """Default Prophet; only its point forecast is asked for."""
    return _fit_and_predict(task, Prophet(uncertainty_samples=0), {})


def prophet_shapes(task: Task) -> np.ndarray:
    """Multiplicative Prophet with one daily shape for working days and one for the weekend.

    Shapes are the conditional seasonalities of Prophet's documentation, at its own order for a daily pattern.
    """
    model = Prophet(seasonality_mode="multiplicative", daily_seasonality=False, uncertainty_samples=0)
    is_weekend = np.isin(task.weekdays, task.weekend)
    if task.n_slots > 1:
        for condition in ("is_workday", "is_weekend"):
            model.add_seasonality(name=f"day_{condition}", period=1, fourier_order=4, condition_name=condition)
    return _fit_and_predict(task, model, {"is_workday": ~is_weekend, "is_weekend": is_weekend})


def _fit_and_predict(task: Task, model: Prophet, conditions: dict[str, np.ndarray]) -> np.ndarray:
    frame = pd.DataFrame({"ds": pd.to_datetime(task.times), **conditions})
    past = frame.iloc[: task.history.size].assign(y=task.history).dropna(subset=["y"])
    model.fit(past, seed=1)
    return model.predict(frame.iloc[task.history.size :])["yhat"].to_numpy()
