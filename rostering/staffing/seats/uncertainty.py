"""What a requirement is computed from: rates under uncertainty, and the load that lags behind the rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv, ndtr, roots_hermitenorm

from rostering.staffing.checks import Floats, Ints, require_count

N_NODES = 5  # averages within 0.1 points of 401 quantiles; fifteen plain quantiles miss by up to 0.3
N_QUANTILES = 99  # of a day's rate where no sampled rates are given


@dataclass(frozen=True, slots=True, eq=False)
class LoadNodes:
    """Points of the uncertain load. Both queues are taken at the same quantile: a busy day is busy for both."""

    load: Floats  # (2, intervals, nodes), factor on the offered load, mean 1; the last node is that of the chance
    calls: Floats  # (2, intervals, nodes), factor on the calls at that load, mean 1
    weights: Floats  # (nodes,), sum 1; the chance node's is 0


def load_nodes(rate_cv: Floats, other_cv: Floats, confidence: float, n_nodes: int = N_NODES) -> LoadNodes:
    """Nodes of the load when the rate and something else (mean handling time, handlers) are uncertain.

    The load's factor has the squared coefficient of variation (1 + rate_cv^2) (1 + other_cv^2) - 1. Given the load,
    calls are taken at their conditional mean, that of two lognormal factors: the load's to the power of the rate's
    share of the log variance. A handling time that is longer than expected acts on the room as its load does.

    Parameters
    ----------
    rate_cv, other_cv : coefficients of variation, (2, intervals), >= 0
    confidence : quantile of the last node, 0..1
    n_nodes : quantiles that averages use, 1..15
    """
    z, weights = roots_hermitenorm(n_nodes)
    levels = np.append(ndtr(z), confidence)
    weights = np.append(weights / weights.sum(), 0.0)
    rate, other = np.log1p(rate_cv**2), np.log1p(other_cv**2)
    cv = np.sqrt(np.expm1(rate + other))
    load = _gamma_quantiles(cv, levels)
    load /= (load @ weights)[..., None]
    share = np.divide(rate, rate + other, out=np.ones_like(rate), where=rate + other > 0.0)
    calls = load ** share[..., None]
    return LoadNodes(load, calls / (calls @ weights)[..., None], weights)


def rate_factors(rate_cv: Floats, n_nodes: int = N_NODES) -> tuple[Floats, Floats]:
    """Factors on the mean rates of both queues, and their weights.

    The true rate is the mean times a gamma factor of mean 1 and coefficient of variation ``rate_cv``. Both queues'
    factors are taken at the same quantiles (comonotone): a busy day is busy for 999 and 101, the careful assumption
    when they share handlers. The quantiles are those of Gauss-Hermite nodes, which need few points for smooth
    functions of the rate.

    Parameters
    ----------
    rate_cv : coefficient of variation of the rate, (2, intervals), >= 0; 0 is a certain rate
    n_nodes : quantiles used, 1..15: further out the normal tail leaves double precision

    Returns
    -------
    factors (2, intervals, nodes), each with weighted mean 1, and weights (nodes,) that sum to 1
    """
    nodes = load_nodes(rate_cv, np.zeros_like(rate_cv), 0.5, n_nodes)
    return np.ascontiguousarray(nodes.load[..., :-1]), nodes.weights[:-1]


def _gamma_quantiles(cv: Floats, levels: Floats) -> Floats:
    """Quantiles (..., levels) of gamma factors of mean 1 with these coefficients of variation (...)."""
    factors = np.ones((*cv.shape, levels.size))
    values, place = np.unique(cv, return_inverse=True)
    at = np.ones((values.size, levels.size))
    for row, value in enumerate(values):
        if value > 1e-6:
            at[row] = gammaincinv(value**-2.0, levels) * value**2.0
    factors[...] = at[place.reshape(cv.shape)]
    return factors


def quantile_rates(mean_calls: Floats, rate_cv: Floats) -> Floats:
    """Rates (``N_QUANTILES``, 2, intervals) that stand for the uncertainty where no sampled rates are given: equally
    likely quantiles, the same for both queues and all intervals."""
    levels = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES
    factors = _gamma_quantiles(rate_cv, levels)
    factors /= factors.mean(axis=-1, keepdims=True)
    return np.ascontiguousarray(np.moveaxis(mean_calls[..., None] * factors, -1, 0))


def rates_behind(paths: ArrayLike, mean: Floats, day_cv: Floats, rate_cv: Floats, days: Ints, seed: int) -> Floats:
    """True rates (paths, 2, intervals) [calls an interval] behind sample paths of counts.

    A path's calls of a day over the mean day's are its day factor times Poisson noise. The noise is taken out by
    shrinking the ratio to 1 until its variance is the day factor's own, which leaves the order of the paths and the
    correlation of the queues. What ``rate_cv`` has over the day's variation is drawn as independent gamma factors of
    the intervals.

    Parameters
    ----------
    paths : sampled offered calls, (paths, 2, intervals), whole numbers
    mean : expected offered calls, (2, intervals)
    day_cv, rate_cv : coefficients of variation of the day factor alone and of the whole rate, (2, intervals)
    days : number of the local day of each interval, (intervals,)
    seed : of the interval factors
    """
    counts = np.asarray(paths)
    require_count(0, seed=seed)
    if counts.ndim != 3 or counts.shape[1:] != mean.shape or not mean.shape == day_cv.shape == rate_cv.shape:
        raise ValueError(
            f"paths must have the shape (paths, *{mean.shape}) and the coefficients {mean.shape}, got {counts.shape}, "
            f"{day_cv.shape}, {rate_cv.shape}"
        )
    first = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    by_day = np.add.reduceat(counts, first, axis=-1, dtype=np.float64)
    mean_day = np.add.reduceat(mean, first, axis=-1)
    ratio = np.divide(by_day, mean_day, out=np.ones_like(by_day), where=mean_day > 0.0)
    variance = np.add.reduceat(mean * day_cv**2, first, axis=-1)
    variance = np.divide(variance, mean_day, out=np.zeros_like(mean_day), where=mean_day > 0.0)
    centred = ratio - ratio.mean(axis=0)
    spread = centred.std(axis=0)
    kept = np.divide(np.sqrt(variance), spread, out=np.zeros_like(spread), where=spread > 0.0)
    day_factor = np.maximum(1.0 + np.minimum(kept, 1.0) * centred, 0.05)
    rest = np.maximum((1.0 + rate_cv**2) / (1.0 + day_cv**2) - 1.0, 0.0)
    shape = 1.0 / np.maximum(rest, 1e-9)
    own = np.random.default_rng(seed).gamma(shape, 1.0 / shape, counts.shape)
    day = np.searchsorted(first, np.arange(mean.shape[1]), side="right") - 1
    rates: Floats = mean * day_factor[..., day] * np.where(rest > 1e-9, own, 1.0)
    return rates


def lagged_per_s(mean_calls: Floats, aht_s: Floats, interval_s: int) -> Floats:
    """Arrival rates (2, intervals) [1/s] that in steady state would carry each interval's mean load: modified
    offered load.

    Calls in progress lag behind arrivals by about one AHT, two thirds of a quarter-hour for 101: too much to ignore
    on the morning rise. The load of a room with endless seats obeys m' = rate - m / AHT, solved exactly for rates
    that are constant within an interval; it starts at the first interval's own load.

    References
    ----------
    .. [1] Jennings, Mandelbaum, Massey and Whitt (1996), Server staffing to meet time-varying demand.
    """
    per_s = mean_calls / interval_s
    load = per_s * aht_s
    decay = np.exp(-interval_s / aht_s)
    # Of the distance between the load at the start and the steady load, what remains on average over the interval.
    lag = aht_s / interval_s * (1.0 - decay)
    lagged = np.empty_like(per_s)
    at_start = load[:, 0]
    for i in range(load.shape[1]):
        lagged[:, i] = (load[:, i] + (at_start - load[:, i]) * lag[:, i]) / aht_s[:, i]
        at_start = load[:, i] + (at_start - load[:, i]) * decay[:, i]
    return lagged
