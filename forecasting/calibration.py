"""What past forecasts teach about using today: how far the calls of a day so far tell of the rest of it."""

import numpy as np
from numpy.typing import NDArray

from forecasting.days import DayTable
from forecasting.dispersion import ORIGIN_SPACING_DAYS, DayFactor, Residuals
from forecasting.intraday import day_factor

_STRENGTHS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0])
_CUTS_H = (6, 9, 12, 15, 18)
_MIN_DAYS = 28
_STANDARD_ERRORS = 2.0


def intraday_strength(table: DayTable, shares: NDArray[np.float64], residuals: Residuals, factor: DayFactor) -> float:
    """Strength, 0..1, with which the rest of past days would have been foretold best; 0 where it would not have helped.

    Past days as they were forecast at rolling origins, cut at five times of day; the loss is the absolute error of the
    rest of the day's calls, and a strength must lower it by two standard errors of the daily gains.

    Parameters
    ----------
    table : history by day
    shares : (days, slots) of each day's calls
    residuals : misses of rolling origins; in-sample ones tell nothing of the future
    factor : of the days ahead
    """
    if not residuals.is_rolling:
        return 0.0
    n_slots = table.counts.shape[1]
    cuts = [n_slots * hour // 24 for hour in _CUTS_H if n_slots * hour // 24 > 0]
    leads = min(ORIGIN_SPACING_DAYS, residuals.means.shape[1])  # each past day once
    rows, lead = np.nonzero(np.isfinite(residuals.means[:, :leads]))
    if not cuts or np.unique(rows * leads + lead).size < _MIN_DAYS:
        return 0.0
    day = table.dates.size - ORIGIN_SPACING_DAYS * (rows + 1) + lead
    exposed = table.observed[day] * shares[day]
    expected = exposed * (residuals.means[rows, lead] / exposed.sum(axis=1))[:, None]
    calls = table.counts[day]
    variance = factor.variance[np.minimum(lead, factor.variance.size - 1)]
    gains = np.zeros((day.size, _STRENGTHS.size))
    for cut in cuts:
        so_far, expected_so_far = calls[:, :cut].sum(axis=1), expected[:, :cut].sum(axis=1)
        rest, expected_rest = calls[:, cut:].sum(axis=1), expected[:, cut:].sum(axis=1)
        left_alone = np.abs(rest - expected_rest)
        for column, strength in enumerate(_STRENGTHS):
            moved = expected_rest * day_factor(so_far, expected_so_far, variance, strength)
            gains[:, column] += left_alone - np.abs(rest - moved)
    mean = gains.mean(axis=0)
    error = gains.std(axis=0, ddof=1) / np.sqrt(day.size)
    best = int(np.argmax(mean))
    return float(_STRENGTHS[best]) if mean[best] > _STANDARD_ERRORS * error[best] else 0.0
