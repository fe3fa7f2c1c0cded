"""How far the true arrival rate strays from its forecast, learned from what the model missed before.

The rate of an interval is mean x day factor x interval factor, both with mean 1, and the calls are Poisson around
it [1]_. Variances are estimated by the method of moments: Var[Y] = m + v m**2 for a factor of variance v.

References
----------
.. [1] Whitt (1999), Dynamic staffing in a telephone call center aiming to immediately answer all calls;
       Avramidis, Deslauriers and L'Ecuyer (2004), Modeling daily arrivals to a telephone call center.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from forecasting.days import DailyTotals, DayTable
from forecasting.models import daily_glm

_ORIGINS = 13
ORIGIN_SPACING_DAYS = 14
_ROW_HALF_LIFE = 2.0  # rows: four weeks; a model that knew little missed by more than it does now
_MIN_TRAINING_DAYS = 28
_TERMS = 10  # that every fit has to learn: constant, weekdays, trend, month
_MIN_ROLLING_DAYS = 28
_RECENT_WEEKS = 13
_MIN_EXPOSURE = 0.5  # of the usual day's
_CLIP_DEVIATIONS = 4.0
_MAX_PERSISTENCE = 0.9
_MAX_CORRELATION = 0.95
# What a day factor is taken to vary by before anything is known of it: 8%; as unsure of that variance as it is large.
_PRIOR_VARIANCE = 0.08**2
_WEEKLY_DRIFT = 0.03**2  # variance that each week ahead adds to a level whose past was never forecast
_MAX_VARIANCE = 1.0  # a factor that strays by more than its mean rests on a handful of calls or a faulty history


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """Relative misses (calls - mean) / mean of past forecasts of a queue's days.

    ``misses`` and ``means`` are (origins, days ahead), latest origin first, NaN where no day was forecast or too little
    of it seen; ``is_rolling`` says whether they come from forecasts of days that the model had not seen.
    """

    misses: NDArray[np.float64]
    means: NDArray[np.float64]
    is_rolling: bool

    @property
    def weights(self) -> NDArray[np.float64]:
        """(origins, days ahead), how much each miss tells: less the older its origin, nothing where it is NaN."""
        recency = 0.5 ** (np.arange(self.misses.shape[0]) / _ROW_HALF_LIFE)
        return np.where(np.isfinite(self.misses), recency[:, None], 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class DayFactor:
    """``variance`` (days ahead,) of a queue's day factor; ``persistence`` the share of it common to all days ahead."""

    variance: NDArray[np.float64]
    persistence: float


def rolling_residuals(fitted: daily_glm.FittedLevel, daily: DailyTotals, days_ahead: int) -> Residuals:
    """Misses of the daily regression at up to thirteen origins, two weeks apart; in-sample on a short history."""
    misses = np.full((_ORIGINS, days_ahead), np.nan)
    means = misses.copy()
    total_days, least = daily.dates.size, _least_exposure(daily)
    for row in range(_ORIGINS):
        origin = total_days - ORIGIN_SPACING_DAYS * (row + 1)
        training = daily.until(origin)
        if origin < _MIN_TRAINING_DAYS or (training.exposure > 0).sum() < _MIN_TRAINING_DAYS:
            break
        if training.totals.sum() == 0:
            break
        ahead = slice(origin, min(origin + days_ahead, total_days))
        n_ahead = ahead.stop - ahead.start
        level = daily_glm.refit(fitted, training).forecast(daily.features.slice(ahead.start, ahead.stop))
        expected = _expected(level, daily.exposure[ahead], least)
        means[row, :n_ahead] = expected
        # A fit of p terms to n days errs by a share p / n of the noise: what was learned from few days missed by more.
        fewer = (1 + _TERMS / total_days) / (1 + _TERMS / origin)
        misses[row, :n_ahead] = (daily.totals[ahead] / expected - 1) * np.sqrt(fewer)
    if np.isfinite(misses).sum() >= _MIN_ROLLING_DAYS:
        return Residuals(misses, means, is_rolling=True)
    return _in_sample_residuals(fitted, daily)


def _in_sample_residuals(fitted: daily_glm.FittedLevel, daily: DailyTotals) -> Residuals:
    """Misses of the fit on its own days, widened for the terms that were fitted to them."""
    mean = _expected(fitted.forecast(daily.features), daily.exposure, _least_exposure(daily))
    seen = int((daily.exposure > 0).sum())
    terms = min(fitted.coefficients.size, seen // 2)
    miss = (daily.totals / mean - 1) * np.sqrt(seen / (seen - terms))
    return Residuals(miss[None, :], mean[None, :], is_rolling=False)


def _least_exposure(daily: DailyTotals) -> float:
    """Exposure below which a day is too little seen to compare with its forecast."""
    return _MIN_EXPOSURE * float(np.median(daily.exposure[daily.exposure > 0]))


def _expected(level: NDArray[np.float64], exposure: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Expected calls of each day, (days,); NaN where its exposure is under ``least``."""
    expected = level * exposure
    return np.where((exposure >= least) & (expected > 0), expected, np.nan)


def day_factor(residuals: Residuals, days_ahead: int) -> DayFactor:
    """Variance of the day factor by days ahead and the part that all days of one horizon share.

    The variance is a non-negative line in the lead week, fitted to each week's moment estimate, and averaged with a
    prior by their precisions. Where the residuals are in-sample it is one level that drifts by week ahead. Single
    misses count for at most four standard deviations.
    """
    clipped = _clipped(residuals)
    moments = clipped**2 - 1 / residuals.means  # each estimates the variance of its day
    variance = _variance_by_lead(moments, residuals, days_ahead)
    # Origins overlap: a day forecast from several of them is still one day's evidence.
    repeats = max(days_ahead / ORIGIN_SPACING_DAYS, 1.0) if residuals.is_rolling else 1.0
    means = residuals.means[np.isfinite(residuals.means)]
    known = 1 / _squared_error(means, repeats)
    variance = (known * variance + _PRIOR_VARIANCE / _PRIOR_VARIANCE**2) / (known + 1 / _PRIOR_VARIANCE**2)
    if not residuals.is_rolling:
        variance = variance + _WEEKLY_DRIFT * (1 + np.arange(days_ahead) // 7)
    variance = np.minimum(variance, _MAX_VARIANCE)
    typical = float(variance.mean())
    together = _shared_within_origin(clipped) if residuals.is_rolling else 0.0
    persistence = float(np.clip(together / typical, 0.0, _MAX_PERSISTENCE)) if typical > 0 else 0.0
    return DayFactor(variance, persistence)


def _clipped(residuals: Residuals) -> NDArray[np.float64]:
    noise = 1 / residuals.means
    squares = residuals.misses**2
    # Median of a chi-square with one degree of freedom is 0.455.
    typical = max(float(np.nanmedian(squares / noise)) / 0.455, 1.0)
    limit = _CLIP_DEVIATIONS * np.sqrt(typical * noise)
    return np.clip(residuals.misses, -limit, limit)


def _variance_by_lead(moments: NDArray[np.float64], residuals: Residuals, days_ahead: int) -> NDArray[np.float64]:
    known = np.isfinite(moments)
    weight = residuals.weights * np.nan_to_num(residuals.means) ** 2
    values = np.where(known, moments, 0.0)
    if not residuals.is_rolling:
        level = float((weight * values).sum() / weight.sum()) if weight.sum() > 0 else 0.0
        return np.full(days_ahead, max(level, 0.0))
    lead_week = np.arange(moments.shape[1]) // 7
    mass = np.bincount(lead_week, weight.sum(axis=0))
    sums = np.bincount(lead_week, (weight * values).sum(axis=0))
    weeks = np.flatnonzero(mass > 0)
    line = np.column_stack([np.ones(weeks.size), weeks.astype(float)]) * np.sqrt(mass[weeks])[:, None]
    coefficients, _ = nnls(line, sums[weeks] / np.sqrt(mass[weeks]))
    return np.asarray(coefficients[0] + coefficients[1] * (np.arange(days_ahead) // 7), dtype=np.float64)


def _shared_within_origin(misses: NDArray[np.float64]) -> float:
    """Mean product of two different days' misses at the same origin: the variance that they share."""
    known = np.isfinite(misses)
    values = np.where(known, misses, 0.0)
    count = known.sum(axis=1)
    pairs = count * (count - 1)
    if pairs.sum() == 0:
        return 0.0
    return float((values.sum(axis=1) ** 2 - (values**2).sum(axis=1)).sum() / pairs.sum())


def correlations(residuals: list[Residuals], factors: list[DayFactor]) -> NDArray[np.float64]:
    """Correlation (queues, queues) of the queues' day factors.

    The covariance of two queues' misses needs no correction for Poisson noise, which is independent; their standard
    deviations are those of the factors. Pairs without common rolling days are taken as uncorrelated.
    """
    size = len(residuals)
    matrix = np.eye(size)
    for i in range(size):
        for j in range(i):
            first, second = residuals[i], residuals[j]
            is_known = np.isfinite(first.misses).any() and np.isfinite(second.misses).any()
            if first.is_rolling != second.is_rolling or not is_known:
                continue
            days = min(first.misses.shape[1], second.misses.shape[1])
            product = _clipped(first)[:, -days:] * _clipped(second)[:, -days:]
            spread = np.sqrt(factors[i].variance.mean() * factors[j].variance.mean())
            if np.isfinite(product).sum() >= _MIN_ROLLING_DAYS // 2 and spread > 0:
                raw = float(np.nanmean(product)) / spread
                matrix[i, j] = matrix[j, i] = np.clip(raw, -_MAX_CORRELATION, _MAX_CORRELATION)
    return _nearest_correlation(matrix)


def _nearest_correlation(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pairwise estimates need not fit together: drop negative eigenvalues and rescale the diagonal to 1."""
    values, vectors = np.linalg.eigh(matrix)
    repaired = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(repaired))
    return np.asarray(repaired / np.outer(scale, scale), dtype=np.float64)


def interval_variance(table: DayTable, shares: NDArray[np.float64]) -> float:
    """Variance of the interval factor around a day whose total is known, from the last thirteen weeks.

    Given a day of n calls, a share s of them falls in a slot with variance n s (1 - s); what the squares exceed
    that by, over the squared means, is the variance of the factor. Zero when they do not exceed it.
    """
    recent = slice(max(table.dates.size - 7 * _RECENT_WEEKS, 0), None)
    exposed = table.observed[recent] * shares[recent]
    total = table.counts[recent].sum(axis=1, keepdims=True)
    share = exposed / np.maximum(exposed.sum(axis=1, keepdims=True), 1e-9)
    mean = total * share
    noise = mean * (1 - share)
    squares = (table.counts[recent] - mean) ** 2
    typical = _CLIP_DEVIATIONS**2 * np.maximum(noise, 1.0)
    # A single incident must not widen every interval: squares are clipped at four deviations, twice the noise.
    excess = float((np.minimum(squares, 2 * typical) - noise).sum())
    variance = max(excess / max(float((mean**2).sum()), 1e-9), 0.0)
    if variance == 0:
        return 0.0
    # Buhlmann's credibility against no factor at all: few calls cannot tell a factor from chance.
    return min(variance * variance**2 / (variance**2 + _squared_error(mean[mean > 0])), _MAX_VARIANCE)


def _squared_error(means: NDArray[np.float64], repeats: float = 1.0) -> float:
    """Squared standard error of a moment estimate of a factor's variance.

    Under pure Poisson counts (Y - m)**2 has variance m + 2 m**2, so that it is sum(m + 2 m**2) / sum(m**2)**2: large
    where calls are few. ``repeats`` is how often each day was counted.
    """
    if means.size == 0:
        return np.inf
    return repeats * float((means + 2 * means**2).sum()) / float((means**2).sum()) ** 2
