"""What forecasts are scored by. Own code on purpose: what measures the product shares nothing with it.

Randomised PIT appears with its randomness integrated out: an actual whose PIT is uniform on a..b counts for the share
of a..b that lies inside the central interval, which is the expectation of the randomised figure and has less noise.

References
----------
.. [1] Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation.
.. [2] Czado, Gneiting and Held (2009), Predictive model assessment for count data.
.. [3] Hyndman and Koehler (2006), Another look at measures of forecast accuracy: MASE.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
KERNEL_S = 3600  # half width of the floor's kernel: three slots to either side at 15 minutes, none from an hour on
_POISSON = 1e-9  # the dispersion at which a negative binomial is one
_N_GROUPS = 5


def wape(actual: Array, predicted: Array) -> float:
    """Sum of absolute errors over the sum of actuals, known intervals only (NaN is missing); NaN without calls."""
    known = ~np.isnan(actual)
    total = actual[known].sum()
    return float(np.abs(predicted - actual)[known].sum() / total) if total > 0 else float("nan")


def bias(actual: Array, predicted: Array) -> float:
    """Sum of (predicted - actual) over the sum of actuals, known intervals only."""
    known = ~np.isnan(actual)
    total = actual[known].sum()
    return float((predicted - actual)[known].sum() / total) if total > 0 else float("nan")


def day_sums(actual: Array, values: Array, day: NDArray[np.int64]) -> Array:
    """Sums of ``values`` (..., intervals) by ``day`` (intervals,) from 0, (..., days), over known actuals alone."""
    firsts = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
    return np.asarray(np.add.reduceat(np.where(np.isnan(actual), 0.0, values), firsts, axis=-1))


def known_days(actual: Array, day: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(days,): whether a day has any known interval."""
    return day_sums(actual, np.ones(actual.shape), day) > 0


def week_means(actual: Array, weekday: NDArray[np.int64], slot: NDArray[np.int64], interval_s: int) -> Array:
    """Smoothed weekday x slot means of a span (7, slots), NaN where it has no known interval [calls per interval].

    A triangular kernel of half width `KERNEL_S` runs along the week, Sunday's midnight joined to Monday's; each slot
    weighs as often as it is known, so that closed hours and gaps weigh nothing and never count as zeros.
    """
    n_slots = 86_400 // interval_s
    known = ~np.isnan(actual)
    at = weekday[known] * n_slots + slot[known]
    calls = np.bincount(at, actual[known], minlength=7 * n_slots)
    times = np.bincount(at, minlength=7 * n_slots).astype(float)
    reach = (KERNEL_S - 1) // interval_s
    smooth_calls, smooth_times = np.zeros((2, 7 * n_slots))
    for step in range(-reach, reach + 1):
        weight = 1 - abs(step) * interval_s / KERNEL_S
        smooth_calls += weight * np.roll(calls, step)
        smooth_times += weight * np.roll(times, step)
    means = np.where(times > 0, smooth_calls / np.maximum(smooth_times, 1e-12), np.nan)
    return np.asarray(means.reshape(7, n_slots))


def poisson_floor(mean: Array) -> float:
    """WAPE of a perfect forecast of Poisson counts: sum of E|X - m| over the sum of m, with
    E|X - m| = 2 m P(X = floor(m)) (De Moivre); NaN means count nowhere."""
    known = mean[~np.isnan(mean)]
    total = known.sum()
    return float((2 * known * stats.poisson.pmf(np.floor(known), known)).sum() / total) if total > 0 else float("nan")


def floor(actual: Array, weekday: NDArray[np.int64], slot: NDArray[np.int64], interval_s: int) -> float:
    """Poisson floor of a span whose true mean is its own `week_means`, over its known intervals."""
    mean = week_means(actual, weekday, slot, interval_s)[weekday, slot]
    return poisson_floor(mean[~np.isnan(actual)])


def mase(history: Array, actual: Array, predicted: Array, *, season: int = 7) -> float:
    """Mean absolute error over the in-sample mean absolute error of the seasonal naive forecast [3]_."""
    scale = np.nanmean(np.abs(history[season:] - history[:-season]))
    return float(np.nanmean(np.abs(predicted - actual)) / scale)


def path_pit(actual: Array, paths: NDArray[np.int64] | NDArray[np.int32] | Array) -> tuple[Array, Array]:
    """Bounds a, b of each known actual's PIT within its sample ``paths`` (paths, intervals).

    Each path counts 1 / (paths + 1), so that the law is exact for finitely many paths [2]_.
    """
    known = ~np.isnan(actual)
    below = (paths[:, known] < actual[known]).sum(axis=0)
    equal = (paths[:, known] == actual[known]).sum(axis=0)
    return below / (len(paths) + 1), (below + equal + 1) / (len(paths) + 1)


def pit_coverage(lower: Array, upper: Array, level: float) -> float:
    """Expected share of randomised PITs, each uniform on ``lower``..``upper``, in the central interval of ``level``."""
    inside = np.minimum(upper, 0.5 + level / 2) - np.maximum(lower, 0.5 - level / 2)
    width = upper - lower
    is_inside = np.abs(lower - 0.5) <= level / 2
    share = np.where(width > 1e-12, np.maximum(inside, 0) / np.maximum(width, 1e-12), is_inside)
    return float(share.mean()) if share.size else float("nan")


def path_crps(actual: Array, paths: NDArray[np.int64] | NDArray[np.int32] | Array) -> float:
    """Mean continuous ranked probability score [calls] of sample ``paths`` (paths, intervals), at least two [1]_."""
    known = ~np.isnan(actual)
    ordered = np.sort(paths[:, known], axis=0).astype(np.float64)
    n = len(ordered)
    rank_weight = 2.0 * np.arange(1, n + 1) - n - 1
    spread = 2 * (rank_weight @ ordered) / (n * (n - 1))  # E|X - X'| of different paths
    return float((np.abs(ordered - actual[known]).mean(axis=0) - spread / 2).mean())


class NegativeBinomial:
    """Counts of given means (n,) and variance mean + dispersion x mean^2: a peer as a distribution."""

    def __init__(self, mean: Array, dispersion: float) -> None:
        self.mean = np.maximum(mean, 1e-9)
        self.dispersion = max(dispersion, _POISSON)
        self._size = 1 / self.dispersion
        self._p = self._size / (self._size + self.mean)

    def pit(self, actual: Array) -> tuple[Array, Array]:
        """Bounds of each actual's PIT."""
        return self._cdf(actual - 1), self._cdf(actual)

    def crps(self, actual: Array) -> Array:
        """CRPS of each actual [calls]: E|X - y| in closed form, E|X - X'| by summing 2 F (1 - F) on a grid of means."""
        # x f(x; size, p) = mean f(x - 1; size + 1, p) turns the partial mean into a distribution function.
        partial_mean = self.mean * stats.nbinom.cdf(actual - 2, self._size + 1, self._p)
        distance = 2 * (actual * self._cdf(actual - 1) - partial_mean) + self.mean - actual
        grid = np.unique(np.geomspace(self.mean.min(), self.mean.max(), 60))
        spread = np.interp(self.mean, grid, [self._half_gini(mean) for mean in grid])
        return np.asarray(distance - spread)

    def _cdf(self, count: Array) -> Array:
        return np.asarray(stats.nbinom.cdf(count, self._size, self._p))

    def _half_gini(self, mean: float) -> float:
        far = mean + 15 * np.sqrt(mean + self.dispersion * mean**2) + 30 * (1 + self.dispersion * mean)
        # Beyond a few thousand counts neighbours differ by nothing: coarser steps, weighted by their width.
        counts = np.unique(np.linspace(0, np.ceil(far), min(int(far) + 2, 4000)).astype(np.int64))
        below = stats.nbinom.cdf(counts, self._size, self._size / (self._size + mean))
        return float((below * (1 - below) * np.diff(counts, append=counts[-1] + 1)).sum())


def calibrated(actual: Array, mean: Array, level: float = 0.8) -> tuple[Array, Array, Array]:
    """PIT bounds and CRPS (n,) of a peer's means of known actuals, made to cover ``level`` as the product must.

    The means are cut into fifths by size, and each gets the negative binomial whose randomised-PIT coverage is exact on
    the scored span itself, which no forecaster could choose: generous to the peer. One dispersion for all would let a
    peer that misses quiet nights spread its busy days too wide.
    """
    group = np.searchsorted(np.quantile(mean, np.arange(1, _N_GROUPS) / _N_GROUPS), mean, side="right")
    lower, upper, crps = np.empty((3, mean.size))
    for one in np.unique(group):
        part = group == one
        fitted = NegativeBinomial(mean[part], _dispersion(actual[part], mean[part], level))
        lower[part], upper[part] = fitted.pit(actual[part])
        crps[part] = fitted.crps(actual[part])
    return lower, upper, crps


def _dispersion(actual: Array, mean: Array, level: float) -> float:
    """The least dispersion that covers ``level``; Poisson where that covers more, the best where none covers it."""

    def coverage(dispersion: float) -> float:
        return pit_coverage(*NegativeBinomial(mean, dispersion).pit(actual), level)

    grid = np.concatenate([[_POISSON], np.geomspace(1e-4, 1e2, 25)])
    covered = np.array([coverage(dispersion) for dispersion in grid])
    if covered.max() < level:
        return float(grid[covered.argmax()])
    first = int(np.argmax(covered >= level))
    if first == 0:
        return _POISSON
    low, high = grid[first - 1], grid[first]
    for _ in range(25):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if coverage(middle) < level else (low, middle)
    return float(high)
