"""Interval level of a short history: a Poisson regression on the week's slots with waves of the day.

log E[calls of an interval] = weekday + waves of the day + waves of the day at the weekend. Few terms learn a shape from
two weeks of calls that slot means would need months for; recent weeks count more.
"""

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray

from forecasting.calendar import LocalGrid
from forecasting.days import DayTable, is_open

MAX_DAYS = 56  # of history: with more, level times shape knows better
MAX_DISPERSION = 2.0  # beyond it the week has edges, such as opening hours, that waves cannot follow
_MIN_SLOTS = 24
_HALF_LIFE_DAYS = 28.0
_PAIRS, _WEEKEND_PAIRS = 6, 3
_PRIOR_CALLS = 4.0  # that each term is taken to have seen without its effect: a standard deviation of a half


@dataclass(frozen=True, slots=True, eq=False)
class FittedWeek:
    """``mean`` (7, slots), expected calls per interval of each weekday and slot, 0 where it is closed;
    ``dispersion`` Pearson's phi of the slots' sums around it: about 1 where waves describe the week."""

    mean: NDArray[np.float64]
    dispersion: float

    def forecast(self, ahead: LocalGrid) -> NDArray[np.float64]:
        """Expected calls of each interval of ``ahead``, (intervals,)."""
        by_interval: NDArray[np.float64] = self.mean[ahead.weekdays, ahead.slots]
        return by_interval


def is_apt(table: DayTable) -> bool:
    """Whether the history is short, and its intervals fine enough for waves of the day."""
    return table.dates.size <= MAX_DAYS and table.counts.shape[1] >= _MIN_SLOTS


def fit(table: DayTable) -> FittedWeek:
    """Fit to the ordinary days of ``table``, summed by weekday and slot: the sums are all that the likelihood knows."""
    age = np.arange(table.dates.size)[::-1].astype(float)
    weight = 0.5 ** (age / _HALF_LIFE_DAYS) * table.is_ordinary
    calls, exposure = np.zeros((2, 7, table.counts.shape[1]))
    np.add.at(calls, table.weekdays, table.counts * weight[:, None])
    np.add.at(exposure, table.weekdays, table.observed * weight[:, None])
    design = _design(table.counts.shape[1])
    is_seen = exposure.ravel() > 0
    overall = max(float(calls.sum()), 1e-9) / max(float(exposure.sum()), 1e-9)
    n_terms = design.shape[1]
    model = sm.GLM(
        np.concatenate([calls.ravel()[is_seen], np.full(n_terms - 1, _PRIOR_CALLS)]),
        np.vstack([design[is_seen], np.eye(n_terms)[1:]]),
        family=sm.families.Poisson(),
        offset=np.log(np.concatenate([exposure.ravel()[is_seen], np.full(n_terms - 1, _PRIOR_CALLS)])),
        hasconst=True,
    )
    start = np.zeros(n_terms)
    start[0] = np.log(overall)
    fitted = model.fit(start_params=start, method="newton", disp=False, skip_hessian=True)
    mean = np.exp(design @ np.asarray(fitted.params)).reshape(7, -1)
    # A sum of weighted counts has the variance of its squared weights.
    squares = np.zeros_like(calls)
    np.add.at(squares, table.weekdays, table.observed * weight[:, None] ** 2)
    known = squares > 0
    pearson = (calls - exposure * mean)[known] ** 2 / (squares * mean)[known]
    dispersion = float(pearson.sum() / max(known.sum() - n_terms, 1))
    return FittedWeek(np.where(is_open(table), mean, 0.0), dispersion)


def _design(n_slots: int) -> NDArray[np.float64]:
    """(7 x slots, terms): constant, weekdays, waves of the day, and their change at the weekend."""
    weekday = np.repeat(np.arange(7), n_slots)
    turns = np.tile((np.arange(n_slots) + 0.5) / n_slots, 7)
    waves = [wave(2 * np.pi * pair * turns) for pair in range(1, _PAIRS + 1) for wave in (np.cos, np.sin)]
    at_weekend = [wave * (weekday >= 5) for wave in waves[: 2 * _WEEKEND_PAIRS]]
    days = [(weekday == day).astype(float) for day in range(1, 7)]
    return np.column_stack([np.ones(weekday.size), *days, *waves, *at_weekend])
