"""Scores of forecasts against what happened. Each says what it sums; missing actuals (NaN) count nowhere.

References
----------
.. [1] Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation.
.. [2] Czado, Gneiting and Held (2009), Predictive model assessment for count data: the randomised PIT.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]


def wape(actual: Array, predicted: Array) -> float:
    """Sum of absolute errors over the sum of actuals, both over all known intervals; NaN without calls."""
    known = ~np.isnan(actual)
    total = actual[known].sum()
    return float(np.abs(actual - predicted)[known].sum() / total) if total > 0 else float("nan")


def bias(actual: Array, predicted: Array) -> float:
    """Sum of (predicted - actual) over the sum of actuals; positive when too many calls were forecast."""
    known = ~np.isnan(actual)
    total = actual[known].sum()
    return float((predicted - actual)[known].sum() / total) if total > 0 else float("nan")


def noise_floor(mean: Array) -> float:
    """WAPE that a perfect forecast of Poisson counts would have: sum of E|X - m| over the sum of m.

    E|X - m| = 2 m P(X = floor(m)) (De Moivre's formula).

    Parameters
    ----------
    mean : true means [calls per interval], >= 0
    """
    known = mean[~np.isnan(mean)]
    total = known.sum()
    spread = 2 * known * stats.poisson.pmf(np.floor(known), known)
    return float(spread.sum() / total) if total > 0 else float("nan")


def pinball_loss(actual: Array, quantiles: Array, levels: Array) -> Array:
    """Mean of max(level x e, (level - 1) x e), e = actual - quantile [calls], for each level.

    Parameters
    ----------
    actual : (...), calls
    quantiles : (levels, ...), calls
    levels : (levels,), nominal probabilities

    Returns
    -------
    loss : (levels,) [calls]
    """
    error = actual[None] - quantiles
    level = np.asarray(levels).reshape(-1, *(1,) * actual.ndim)
    loss = np.maximum(level * error, (level - 1) * error)
    return np.asarray(np.nanmean(loss.reshape(len(levels), -1), axis=1), dtype=np.float64)


def interval_coverage(actual: Array, lower: Array, upper: Array) -> float:
    """Share of actuals inside the closed prediction interval. Counts make it exceed its level: prefer `pit`."""
    known = ~np.isnan(actual)
    return float(((lower <= actual) & (actual <= upper))[known].mean()) if known.any() else float("nan")


def pit(actual: Array, paths: NDArray[np.integer], rng: np.random.Generator) -> Array:
    """Randomised probability integral transform of each actual within its sample paths.

    Uniform on 0..1 when the paths tell the truth. The share of paths below the actual plus a random part of the
    share equal to it, each path counting 1 / (paths + 1) so that the law is exact for finitely many paths [2]_.

    Parameters
    ----------
    actual : (...), calls
    paths : (paths, ...), sample paths of the same intervals

    Returns
    -------
    pit : (...), NaN where the actual is missing
    """
    below = (paths < actual).sum(axis=0)
    equal = (paths == actual).sum(axis=0)
    value = (below + rng.random(actual.shape) * (equal + 1)) / (paths.shape[0] + 1)
    return np.where(np.isnan(actual), np.nan, value)


def pit_coverage(values: Array, level: float) -> float:
    """Share of PIT ``values`` inside the central interval of probability ``level``; NaN without values."""
    known = values[~np.isnan(values)]
    return float((np.abs(known - 0.5) <= level / 2).mean()) if known.size else float("nan")


def crps(actual: Array, paths: NDArray[np.integer]) -> float:
    """Mean continuous ranked probability score [calls]: E|X - y| - E|X - X'| / 2 from sample paths [1]_.

    Parameters
    ----------
    actual : (...), calls
    paths : (paths, ...), at least two sample paths
    """
    n = paths.shape[0]
    ordered = np.sort(paths, axis=0)
    rank_weight = (2 * np.arange(1, n + 1) - n - 1).reshape(-1, *(1,) * actual.ndim)
    # E|X - X'| over pairs of different paths, from the order statistics.
    spread = 2 * (rank_weight * ordered).sum(axis=0) / (n * (n - 1))
    return float(np.nanmean(np.abs(paths - actual).mean(axis=0) - spread / 2))
