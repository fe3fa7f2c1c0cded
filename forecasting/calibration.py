"""Past forecasts held against what came: spreads made to cover as often as they say, and what a day so far tells.

Coverage is that of the randomised probability integral transform [1]_, in expectation over its random part, so that it
is exact for counts however low, and smooth in the variance that is looked for.

References
----------
.. [1] Czado, Gneiting and Held (2009), Predictive model assessment for count data.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from forecasting.days import DayTable
from forecasting.dispersion import ORIGIN_SPACING_DAYS, DayFactor, Residuals
from forecasting.intraday import carried_factor, day_factor

# The first is taken until past days say otherwise: docs/decisions/0005.
_STRENGTHS = np.array([0.1, 0.02, 0.05])
_CLIP_DEVIATIONS = 2.5
_CUTS_H = (6, 9, 12, 15, 18)
_MIN_DAYS = 28
_CARRY_TRUST_DAYS = 84.0
_LEVELS = (0.8, 0.95)
_MOST_SCALE = 4.0
_STEPS = 12  # halvings of the log of a factor in 1/16 to 16: to a thousandth
_HALF_TRUST_DAYS, _HALF_TRUST_INTERVALS = 14.0, 1500.0  # forecast in the past, with which a scale counts half
_SMALLEST_VARIANCE = 1e-6
_MOST_INTERVALS = 8000


def coverage(
    calls: NDArray[np.float64],
    mean: NDArray[np.float64],
    variance: NDArray[np.float64],
    weight: NDArray[np.float64],
) -> float:
    """Weighted share of ``calls`` inside central 80% and 95% intervals, averaged over both.

    The law is Poisson around ``mean`` times a gamma factor of ``variance``; all arguments are of one shape.
    """
    shape = 1 / np.maximum(variance, _SMALLEST_VARIANCE)
    success = shape / (shape + mean)
    upper = betainc(shape, calls + 1, success)  # negative binomial distribution function at `calls`
    lower = np.where(calls > 0, betainc(shape, np.maximum(calls, 1e-9), success), 0.0)
    shares = []
    for level in _LEVELS:
        inside = np.minimum(upper, (1 + level) / 2) - np.maximum(lower, (1 - level) / 2)
        shares.append(np.where(upper > lower, np.maximum(inside, 0) / np.maximum(upper - lower, 1e-12), 0.0))
    return float((weight * np.mean(shares, axis=0)).sum() / weight.sum())


def _scale(
    calls: NDArray[np.float64],
    mean: NDArray[np.float64],
    variance: NDArray[np.float64],
    weight: NDArray[np.float64],
    fixed: NDArray[np.float64],
) -> float:
    """Factor on ``variance`` in 1/4..4 for which (1 + it)(1 + ``fixed``) - 1 covers as often as it says."""
    low, high = -np.log(_MOST_SCALE), np.log(_MOST_SCALE)
    target = float(np.mean(_LEVELS))
    for _ in range(_STEPS):
        middle = (low + high) / 2
        total = (1 + variance * np.exp(middle)) * (1 + fixed) - 1
        if coverage(calls, mean, total, weight) < target:
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))


def recalibrated(factor: DayFactor, residuals: Residuals) -> DayFactor:
    """``factor`` with its variance scaled until past days fell inside their intervals as often as stated.

    The scale counts by the number of past days that it rests on, half at 14; in-sample residuals leave all as it is.
    """
    weight = residuals.weights
    if not residuals.is_rolling or weight.sum() == 0:
        return factor
    known = weight > 0
    mean = residuals.means[known]
    calls = np.round(mean * (1 + residuals.misses[known]))
    variance = np.broadcast_to(factor.variance[: weight.shape[1]], weight.shape)[known]
    scale = _scale(calls, mean, variance, weight[known], np.zeros(mean.size))
    days = float(weight.sum()) / max(weight.shape[1] / ORIGIN_SPACING_DAYS, 1.0)
    return replace(factor, variance=factor.variance * scale ** (days / (days + _HALF_TRUST_DAYS)))


def interval_variance(
    table: DayTable, shares: NDArray[np.float64], residuals: Residuals, factor: DayFactor, start: float
) -> float:
    """Variance of the interval factor with which past intervals fell inside their intervals as often as stated.

    ``start`` is the estimate by moments, returned as it is where it finds no factor or no past forecast tells more. The
    scale on it counts by the number of past intervals that it rests on, half at 1,500: coverage tells less of a
    variance than squares do, but is not misled by a few wild ones.
    """
    past = _past_days(table, shares, residuals)
    if past is None or start == 0:
        return start
    day, lead, expected, weight = past
    usable = (expected > 0) & (table.observed[day] > 0)
    every = max(int(usable.sum()) // _MOST_INTERVALS, 1)
    by_day = np.broadcast_to(factor.variance[lead][:, None], expected.shape)
    weights = np.broadcast_to(weight[:, None], expected.shape)
    calls, mean, fixed, weights = (array[usable][::every] for array in (table.counts[day], expected, by_day, weights))
    scale = _scale(calls, mean, np.full(mean.size, start), weights, fixed)
    trust = weights.sum() / (weights.sum() + _HALF_TRUST_INTERVALS)
    return float(min(start * scale ** float(trust), 1.0))


def _past_days(
    table: DayTable, shares: NDArray[np.float64], residuals: Residuals
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]] | None:
    """Past days as they were forecast, each once: row in ``table`` (days,), days ahead (days,), expected calls of each
    slot (days, slots) and weight (days,); None where they are fewer than four weeks."""
    if not residuals.is_rolling:
        return None
    leads = min(ORIGIN_SPACING_DAYS, residuals.means.shape[1])
    rows, lead = np.nonzero(np.isfinite(residuals.means[:, :leads]))
    if rows.size < _MIN_DAYS:
        return None
    day = table.dates.size - ORIGIN_SPACING_DAYS * (rows + 1) + lead
    exposed = table.observed[day] * shares[day]
    expected = exposed * (residuals.means[rows, lead] / exposed.sum(axis=1))[:, None]
    return day, lead, expected, residuals.weights[rows, lead]


def carry_over(residuals: Residuals) -> float:
    """How far the misses of a horizon's earlier days carry over to its next, 0..1.

    Least squares of each day's miss on `intraday.carried_factor` of the days before it, days clipped at two and a half
    standard deviations, weighted by calls, shrunk to 0 by the days that it rests on.
    """
    known = np.isfinite(residuals.misses)
    if not residuals.is_rolling or known.sum() < _MIN_DAYS:
        return 0.0
    reach = _CLIP_DEVIATIONS * 1.4826 * np.median(np.abs(residuals.misses[known]))
    misses = np.where(known, np.clip(np.nan_to_num(residuals.misses), -reach, reach), 0.0)
    means = np.where(known, np.nan_to_num(residuals.means), 0.0)
    before = carried_factor(means * (1 + misses), means, 1.0) - 1
    square = float((means * before**2).sum())
    if square == 0:
        return 0.0
    days = float(known.sum()) / max(residuals.misses.shape[1] / ORIGIN_SPACING_DAYS, 1.0)
    raw = float((means * before * misses).sum()) / square
    return float(np.clip(raw * days / (days + _CARRY_TRUST_DAYS), 0.0, 1.0))


def intraday_strength(
    table: DayTable,
    shares: NDArray[np.float64],
    residuals: Residuals,
    factor: DayFactor,
    carried: float,
) -> float:
    """Strength, 0..1, with which to read a day's calls so far; 0 where reading them would have harmed.

    Past days as they were forecast at rolling origins, cut at five times of day; the loss is the absolute error of the
    rest of the day's calls. Days are clipped at two and a half standard deviations, since one storm would otherwise
    decide for all ordinary days. The usual strength gives way to the best one where that is better by more than a
    standard error of the daily differences.

    Parameters
    ----------
    table : history by day
    shares : (days, slots) of each day's calls
    residuals : misses of rolling origins; in-sample ones tell nothing of the future
    factor : of the days ahead
    carried : share of earlier days' misses that carries over, see `carry_over`
    """
    n_slots = table.counts.shape[1]
    cuts = [n_slots * hour // 24 for hour in _CUTS_H if n_slots * hour // 24 > 0]
    past = _past_days(table, shares, residuals)
    if not cuts:
        return 0.0
    if past is None:
        return float(_STRENGTHS[0])
    day, lead, expected, _ = past
    calls = table.counts[day]
    totals = np.where(np.isfinite(residuals.misses), residuals.means * (1 + residuals.misses), 0.0)
    rows = (table.dates.size + lead - day) // ORIGIN_SPACING_DAYS - 1
    means = np.nan_to_num(residuals.means)
    expected = expected * carried_factor(totals, means, carried)[rows, lead][:, None]
    variance = factor.variance[lead]
    gains = np.zeros((day.size, _STRENGTHS.size))
    for cut in cuts:
        expected_so_far, expected_rest = expected[:, :cut].sum(axis=1), expected[:, cut:].sum(axis=1)
        so_far = _clipped(calls[:, :cut].sum(axis=1), expected_so_far, variance)
        rest = _clipped(calls[:, cut:].sum(axis=1), expected_rest, variance)
        left_alone = np.abs(rest - expected_rest)
        for column, strength in enumerate(_STRENGTHS):
            moved = expected_rest * day_factor(so_far, expected_so_far, variance, strength)
            gains[:, column] += left_alone - np.abs(rest - moved)
    best = int(np.argmax(gains.mean(axis=0)))
    chosen = best if _is_positive(gains[:, best] - gains[:, 0]) else 0
    return 0.0 if _is_positive(-gains[:, chosen]) else float(_STRENGTHS[chosen])


def _is_positive(days: NDArray[np.float64]) -> bool:
    """Whether the mean of ``days`` (days,) is above 0 by more than its standard error."""
    return bool(days.mean() > days.std(ddof=1) / np.sqrt(days.size))


def _clipped(
    calls: NDArray[np.float64], expected: NDArray[np.float64], variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    reach = _CLIP_DEVIATIONS * np.sqrt(expected + variance * expected**2)
    return np.clip(calls, expected - reach, expected + reach)
