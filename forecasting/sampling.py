"""Sample paths of offered calls: Poisson counts around a mean bent by day and interval factors."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from forecasting.dispersion import DayFactor


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What makes paths differ: a day factor per queue, its correlation between queues, interval variances.

    ``factors`` (queues,); ``correlation`` (queues, queues); ``interval_variance`` (queues,).
    """

    factors: tuple[DayFactor, ...]
    correlation: NDArray[np.float64]
    interval_variance: NDArray[np.float64]


def rate_cv(day: NDArray[np.int64], spread: Spread) -> NDArray[np.float64]:
    """Coefficient of variation (queues, intervals) of the rate; ``day`` (intervals,) counts days ahead from 0."""
    by_day = np.array([factor.variance for factor in spread.factors])[:, day]
    product: NDArray[np.float64] = (1 + by_day) * (1 + spread.interval_variance[:, None]) - 1
    return np.sqrt(product)


def sample_paths(
    mean: NDArray[np.float64], day: NDArray[np.int64], spread: Spread, *, n_paths: int, seed: int
) -> NDArray[np.int32]:
    """Paths (paths, queues, intervals) of Poisson calls with rate ``mean`` x day factor x interval factor.

    Day factors are gamma with mean 1, joined by a Gaussian copula across queues and, in part, across days;
    interval factors are independent gammas. Each source of chance has a child stream of ``seed``, and each queue one of
    its own, so that what is changed of one queue ahead leaves the paths of the others as they were.
    """
    day_seed, *other_seeds = np.random.SeedSequence(seed).spawn(3)
    factors = _day_factors(spread, int(day[-1]) + 1, n_paths, np.random.default_rng(day_seed))
    interval_streams, count_streams = (
        [np.random.default_rng(child) for child in source.spawn(mean.shape[0])] for source in other_seeds
    )
    paths = np.empty((n_paths, *mean.shape), dtype=np.int32)
    for queue, variance in enumerate(spread.interval_variance):
        rate = mean[queue] * factors[:, queue, :][:, day]
        if variance > 0:
            rate *= interval_streams[queue].standard_gamma(1 / variance, rate.shape) * variance
        paths[:, queue] = count_streams[queue].poisson(rate)
    return paths


def _day_factors(spread: Spread, n_days: int, n_paths: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Gamma factors (paths, queues, days) with mean 1."""
    n_queues = len(spread.factors)
    root = np.linalg.cholesky(spread.correlation)
    shared = root @ rng.standard_normal((n_paths, n_queues, 1))
    own = root @ rng.standard_normal((n_paths, n_queues, n_days))
    factors = np.ones((n_paths, n_queues, n_days))
    for queue, factor in enumerate(spread.factors):
        persistence = factor.persistence
        normal = np.sqrt(persistence) * shared[:, queue] + np.sqrt(1 - persistence) * own[:, queue]
        probability = stats.norm.cdf(normal)
        for days in _equal_runs(factor.variance[:n_days]):
            variance = float(factor.variance[days][0])
            if variance > 0:
                factors[:, queue, days] = stats.gamma.ppf(probability[:, days], 1 / variance, scale=variance)
    return factors


def _equal_runs(values: NDArray[np.float64]) -> list[slice]:
    edges = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), values.size]
    return [slice(first, last) for first, last in pairwise(edges) if last > first]
