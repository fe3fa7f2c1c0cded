"""Daily level by regressions of equal weight: one that remembers years and knows the time of year, and, from a year of
history on, one that remembers months and does not: last summer is a guess at this one, this spring is another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.days import DailyTotals, DayFeatures
from forecasting.models import daily_glm

_SHORT_HALF_LIFE_DAYS = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class FittedLevel:
    """``members``: the regression of years first, then that of months where history is long enough for both."""

    members: tuple[daily_glm.FittedLevel, ...]

    @property
    def terms(self) -> daily_glm.Terms:
        """Terms of the regression of years."""
        return self.members[0].terms

    def forecast(self, days: DayFeatures) -> NDArray[np.float64]:
        """Expected calls of a full 24-hour day on each of ``days``, (days,): the mean of the members'."""
        return np.asarray(np.mean([member.forecast(days) for member in self.members], axis=0), dtype=np.float64)


def fit(daily: DailyTotals) -> FittedLevel:
    """Fit the members to daily totals with at least one call."""
    of_years = daily_glm.fit(daily)
    if not of_years.terms.has_fourier:
        return FittedLevel((of_years,))
    return FittedLevel((of_years, daily_glm.fit(daily, half_life_days=_SHORT_HALF_LIFE_DAYS, is_annual=False)))


def refit(fitted: FittedLevel, daily: DailyTotals) -> FittedLevel:
    """``fitted`` learned anew from an earlier part of its history, see `daily_glm.refit`."""
    return FittedLevel(tuple(daily_glm.refit(member, daily) for member in fitted.members))


def effect(fitted: FittedLevel, daily: DailyTotals, name: str) -> tuple[float, float, float]:
    """Multiplier of the regressor ``name`` at value 1 and its 80% interval: means of the members'."""
    figures = np.mean([daily_glm.effect(member, daily, name) for member in fitted.members], axis=0)
    return float(figures[0]), float(figures[1]), float(figures[2])
