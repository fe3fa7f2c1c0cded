"""The level of a mean that wanders: a local level model of weekly means whose variances are not known either.

A week's true mean is the level times a week effect; the level moves by a random step from week to week. How much of
each there is, is not known: every pair of a grid is filtered and weighed by its likelihood and a weak prior, so that
short histories keep an honest uncertainty and long ones speak for themselves [1]_.

References
----------
.. [1] Durbin and Koopman (2012), Time series analysis by state space methods, chapter 2 (local level model).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Standard deviations of a weekly step and of a week's own effect, as shares of the level.
_STEPS = np.arange(0, 0.085, 0.01)
_EFFECTS = np.arange(0, 0.125, 0.01)
# Teams and systems whose means change by more than this from week to week are rare: a half-Cauchy prior.
_PRIOR_SCALE = 0.04
_MIN_NOISE = 1e-6  # variance of a week's mean that seconds to a tenth of a percent leave


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Posterior of the level: its ``mean``, in the unit of the data, and, relative to it, the variance ``now`` of the
    last week's level plus a week effect, and the variance ``per_week`` that each week ahead adds."""

    mean: float
    now: float
    per_week: float

    def cv(self, weeks: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coefficient of variation (n,) of the mean of a week that is ``weeks`` (n,) after the last one seen."""
        return np.sqrt(self.now + self.per_week * weeks)


def recent_level(mean: NDArray[np.float64], noise: NDArray[np.float64], seen: NDArray[np.bool_]) -> Level:
    """Level of the last week.

    Parameters
    ----------
    mean : (weeks,), observed mean of each week, newest first, >= 0
    noise : (weeks,), its variance by chance alone
    seen : (weeks,), which weeks have data; at least one
    """
    scale = float(np.average(mean[seen], weights=1 / (noise[seen] + _MIN_NOISE)))
    if scale <= 0:
        return Level(0.0, 0.0, 0.0)
    step, effect = (grid.ravel() ** 2 for grid in np.meshgrid(_STEPS, _EFFECTS, indexing="ij"))
    prior = 1 / ((1 + step / _PRIOR_SCALE**2) * (1 + effect / _PRIOR_SCALE**2))
    level, variance, log_weight = np.ones(step.size), np.ones(step.size), np.log(prior)
    for observed, chance, is_seen in zip(
        mean[::-1] / scale, noise[::-1] / scale**2 + _MIN_NOISE, seen[::-1], strict=True
    ):
        variance = variance + step
        if not is_seen:
            continue
        spread = variance + effect + chance
        error = observed - level
        log_weight -= 0.5 * (np.log(spread) + error**2 / spread)
        level, variance = level + variance / spread * error, variance * (1 - variance / spread)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    centre = float(weight @ level)
    # Law of total variance: within each pair of the grid, and between their levels.
    now = float(weight @ (variance + effect + (level - centre) ** 2))
    return Level(scale * centre, now / centre**2, float(weight @ step) / centre**2)
