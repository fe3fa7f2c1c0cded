"""Effective availability told by recorded service, day by day, and what it predicts of other days.

Shares are compared as angles z = asin(sqrt(share)), on which chance has nearly the same spread whatever the share. For
each day the simulated room gives the mean of z and its covariance from one replication to the next at each
availability of a grid. A day's availability is normal around a mean, with a spread from day to day, both unknown and
equally likely a priori on their grids; the days' recorded shares say how likely each pair is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from scipy.special import ndtr

from rostering.staffing.checks import Floats, Ints, frozen_copy

GRID = np.array([0.5, 0.6, 0.68, 0.75, 0.81, 0.87, 0.93, 1.0])  # availability, as simulated
_FINE = np.linspace(0.5, 1.0, 101)  # as weighed
_MEANS = np.linspace(0.5, 1.0, 101)
_SPREADS = np.array([0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.15])


@dataclass(frozen=True, slots=True, eq=False)
class DayCurves:
    """Service of days against availability; arrays are read-only.

    mean : (days, len(GRID), measures), mean of z over replications
    covariance : (days, len(GRID), measures, measures), of z between replications
    replications : behind each mean
    """

    mean: Floats
    covariance: Floats
    replications: int

    def __post_init__(self) -> None:
        for name in ("mean", "covariance"):
            object.__setattr__(self, name, frozen_copy(getattr(self, name), np.float64))
        if self.covariance.shape != (*self.mean.shape, self.mean.shape[-1]) or self.mean.shape[1] != GRID.size:
            raise ValueError(f"covariance {self.covariance.shape} and mean {self.mean.shape} do not fit the grid")

    def of(self, days: Ints | NDArray[np.bool_]) -> "DayCurves":
        return DayCurves(self.mean[days], self.covariance[days], self.replications)

    def fine(self) -> tuple[Floats, Floats]:
        """Mean (days, fine, measures) and covariance (days, fine, measures, measures) of a day's z, with the error of
        the simulated mean itself."""
        mean = CubicSpline(GRID, self.mean, axis=1)(_FINE)
        # A variance of few replications is uncertain by a third: each is averaged with its neighbours on the grid.
        padded = np.concatenate([self.covariance[:, :1], self.covariance, self.covariance[:, -1:]], axis=1)
        smooth = (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3.0
        at = np.searchsorted(GRID, _FINE, side="right").clip(1, GRID.size - 1)
        share = ((_FINE - GRID[at - 1]) / (GRID[at] - GRID[at - 1]))[None, :, None, None]
        between = (1.0 - share) * smooth[:, at - 1] + share * smooth[:, at]
        tiny = 1e-8 * np.eye(mean.shape[-1])  # a day without spread would otherwise have an infinite density
        return mean, between * (1.0 + 1.0 / self.replications) + tiny


@dataclass(frozen=True, slots=True, eq=False)
class AvailabilityEstimate:
    """What days have told of the availability."""

    mean: float  # of a day, posterior mean
    lower: float
    upper: float
    spread: float  # standard deviation from day to day, posterior mean
    level: float
    days: int
    is_at_edge: bool  # whether the grid of availabilities ends before the estimate does
    weights: Floats  # (fine,), predictive distribution of another day's availability on the fine grid


def angles(part: ArrayLike, whole: ArrayLike) -> Floats:
    """asin(sqrt(part / whole)); NaN where whole is 0."""
    parts, wholes = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    share = np.divide(
        parts, wholes, out=np.full(np.broadcast_shapes(parts.shape, wholes.shape), np.nan), where=wholes > 0
    )
    return np.asarray(np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0))), dtype=np.float64)


def estimate_availability(curves: DayCurves, z: Floats, *, level: float = 0.90) -> AvailabilityEstimate:
    """Mean availability and its spread from day to day, from the recorded z (days, measures).

    Raises
    ------
    ValueError : there is no day, or the shapes differ
    """
    if z.shape != (curves.mean.shape[0], curves.mean.shape[2]) or z.shape[0] == 0:
        raise ValueError(f"z must have the shape {curves.mean.shape[::2]} with at least one day, got {z.shape}")
    of_day = _priors()
    likelihood = _likelihoods(curves, z)
    peak = likelihood.max(axis=1, keepdims=True)
    by_pair = of_day @ np.exp(likelihood - peak).T  # (means, spreads, days)
    log_posterior = np.log(np.maximum(by_pair, 1e-300)).sum(axis=-1)
    posterior = np.exp(log_posterior - log_posterior.max())
    posterior /= posterior.sum()
    of_mean = posterior.sum(axis=1)
    below = np.cumsum(of_mean)
    tail = (1.0 - level) / 2.0
    lower, upper = (float(_MEANS[int(np.searchsorted(below, p))]) for p in (tail, 1.0 - tail))
    return AvailabilityEstimate(
        mean=float(of_mean @ _MEANS),
        lower=lower,
        upper=upper,
        spread=float(posterior.sum(axis=0) @ _SPREADS),
        level=level,
        days=int(z.shape[0]),
        is_at_edge=bool(of_mean[0] + of_mean[-1] > 0.05),
        weights=np.einsum("ms,msa->a", posterior, of_day),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Prediction intervals of days as shares, and where the recorded value lies; arrays are (days, measures)."""

    lower: Floats
    median: Floats
    upper: Floats
    rank: Floats  # predictive probability of a value at most the recorded one; NaN where nothing was recorded


def predict(curves: DayCurves, estimate: AvailabilityEstimate, z: Floats, *, level: float = 0.90) -> Predicted:
    """What other days would be like: over their availability, its uncertainty and the chance within the day."""
    mean, covariance = curves.fine()
    sd = np.sqrt(np.diagonal(covariance, axis1=2, axis2=3))

    def below(at: Floats) -> Floats:
        """Probability of a z of at most `at` (days, measures)."""
        return np.asarray(np.einsum("a,dam->dm", estimate.weights, ndtr((at[:, None, :] - mean) / sd)))

    tail = (1.0 - level) / 2.0
    low, mid, high = (_quantile(below, p, curves.mean[:, 0].shape) for p in (tail, 0.5, 1.0 - tail))
    rank = np.where(np.isfinite(z), below(np.nan_to_num(z)), np.nan)
    return Predicted(np.sin(low) ** 2, np.sin(mid) ** 2, np.sin(high) ** 2, rank)


def _quantile(below: Callable[[Floats], Floats], p: float, shape: tuple[int, ...]) -> Floats:
    """z within 0..pi/2 at which a rising function passes p, by bisection to 1e-5."""
    low, high = np.zeros(shape), np.full(shape, np.pi / 2)
    for _ in range(18):
        middle = (low + high) / 2
        is_above = below(middle) >= p
        high, low = np.where(is_above, middle, high), np.where(is_above, low, middle)
    return np.asarray((low + high) / 2, dtype=np.float64)


def _priors() -> Floats:
    """Distribution of a day's availability for each mean and spread, (means, spreads, fine)."""
    distance = (_FINE[None, None, :] - _MEANS[:, None, None]) / _SPREADS[None, :, None]
    density = np.exp(-0.5 * distance**2)
    return np.asarray(density / density.sum(axis=-1, keepdims=True), dtype=np.float64)


def _likelihoods(curves: DayCurves, z: Floats) -> Floats:
    """Log density of each day's recorded z at each availability, (days, fine); measures without a value are passed
    over."""
    mean, covariance = curves.fine()
    gap = z[:, None, :] - mean
    is_there = np.isfinite(gap)
    gap = np.where(is_there, gap, 0.0)
    # A measure that is absent gets an endless variance: it weighs nothing, the same at every availability.
    absent = (~is_there)[..., None] * np.eye(z.shape[1]) * 1e12
    covariance = covariance + absent
    solved = np.linalg.solve(covariance, gap[..., None])[..., 0]
    return np.asarray(-0.5 * ((gap * solved).sum(axis=-1) + np.linalg.slogdet(covariance)[1]))
