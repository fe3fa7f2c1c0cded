"""Means over the sampled rates from a part of them: a path's load explains most of how its service differs.

A forecast is its sample paths, so what is estimated is the mean over all of them; how the service differs between them
is the future's spread, not an error.
"""

from dataclasses import dataclass

import numpy as np

from rostering.staffing.checks import Floats
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.simulation.result import SimulationResult
from rostering.staffing.simulation.simulate import simulate

Z95 = 1.959964  # normal quantile of two-sided 95%
_MOST_SPANS = 14  # that have a control of their own


def simulated(plan: Plan, replications: int, *, seed: int, threads: int = 1, first: int = 0) -> SimulationResult:
    """So many replications of the plan from the one numbered ``first``; each takes the next path of the rates, and
    the first again after the last, with other random numbers."""
    paths = np.arange(first, first + replications) % plan.rates.shape[0]
    rates = np.ascontiguousarray(plan.rates[paths])
    return simulate(
        plan.room,
        rates,
        definitions=plan.definitions,
        seed=seed,
        threads=threads,
        first_replication=first,
        days=plan.days,
    )


@dataclass(frozen=True, slots=True, eq=False)
class PathMean:
    """The linear estimator of a mean over all paths from replications: ordinary least squares on the paths' loads.

    basis : (replications, controls + 1), orthonormal columns that span the constant and the controls
    weights : (replications,), sum 1: the estimate is the weighted sum of the replications

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, chapter 7: regression estimators.
    """

    basis: Floats
    weights: Floats

    def mean_and_half(self, samples: Floats) -> tuple[Floats, Floats]:
        """Mean over all paths and half-width of its 95% confidence interval, (spans,) each, of (replications, spans).

        Where some replications had nothing to measure, plainly over those that had.
        """
        n, k = self.basis.shape
        mean = self.weights @ samples
        rest = (samples**2).sum(axis=0) - ((self.basis.T @ samples) ** 2).sum(axis=0)
        half = Z95 * np.sqrt(np.maximum(rest, 0.0) / (n - k) * (self.weights @ self.weights))
        for span in np.flatnonzero(np.isnan(mean)):
            there = samples[np.isfinite(samples[:, span]), span]
            mean[span] = there.mean() if there.size else np.nan
            half[span] = Z95 * there.std(ddof=1) / there.size**0.5 if there.size > 1 else np.nan
        return mean, half


def path_mean(plan: Plan, replications: int) -> PathMean:
    """The estimator for the replications of ``simulated``, from the first on.

    Controls are the loads of the local days (of weeks where days are many) and the square of the whole load, each with
    its mean over all paths. A single path has none. Few replications take the whole load alone, or nothing.
    """
    paths = plan.rates.shape[0]
    ones = np.ones((replications, 1))
    if paths == 1 or replications < 20:
        return PathMean(ones / replications**0.5, ones[:, 0] / replications)
    load = (plan.rates * plan.room.aht_s).sum(axis=1)  # (paths, intervals)
    whole = load.sum(axis=1, keepdims=True)
    whole = whole / whole.mean()
    controls = [whole, (whole - 1) ** 2]
    starts = np.flatnonzero(np.diff(plan.days, prepend=plan.days[0] - 1))
    if starts.size > _MOST_SPANS:
        starts = starts[:: max(7, -(-starts.size // _MOST_SPANS))]
    if replications >= 4 * starts.size and starts.size > 1:
        by_span = np.add.reduceat(load, starts, axis=1)[:, 1:]  # the first is what the others leave of the whole
        controls.append(by_span / by_span.mean(axis=0).clip(min=1e-12))
    of_paths = np.concatenate(controls, axis=1)
    centred = (of_paths - of_paths.mean(axis=0))[np.arange(replications) % paths]
    design = np.concatenate([ones, centred], axis=1)
    basis, triangle = np.linalg.qr(design)
    if np.linalg.cond(triangle) > 1e9:  # paths that hardly differ: their load explains nothing
        return PathMean(ones / replications**0.5, ones[:, 0] / replications)
    # The intercept: first row of (X'X)^-1 X' = R^-1 Q'.
    weights = np.linalg.solve(triangle, basis.T)[0]
    return PathMean(basis, weights)
