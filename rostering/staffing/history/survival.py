"""Patience without assuming a law: the Kaplan-Meier estimate of how many callers would still be waiting."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from rostering.staffing.checks import Floats, frozen_copy


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """Share of callers who would wait longer than a time, as a step function with its band; arrays are read-only.

    times_s : (steps,), the waits at which somebody gave up, rising [s]
    survival, lower, upper : (steps,), share that waits longer than the time, and its pointwise band
    level : nominal probability of the band at one time
    longest_s : longest wait seen [s]; beyond it the data say nothing
    """

    times_s: Floats
    survival: Floats
    lower: Floats
    upper: Floats
    level: float
    longest_s: float

    def __post_init__(self) -> None:
        for name in ("times_s", "survival", "lower", "upper"):
            object.__setattr__(self, name, frozen_copy(getattr(self, name), np.float64))

    def at(self, time_s: float) -> tuple[float, float, float]:
        """Survival at a time with lower and upper bound; NaN beyond the longest wait seen."""
        if time_s > self.longest_s:
            return float("nan"), float("nan"), float("nan")
        step = int(np.searchsorted(self.times_s, time_s, side="right")) - 1
        if step < 0:
            return 1.0, 1.0, 1.0
        return float(self.survival[step]), float(self.lower[step]), float(self.upper[step])


def checked_waits(wait_s: ArrayLike, abandoned: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """Waits and who gave up, checked.

    Raises
    ------
    ValueError : shapes differ, there is no call, or a wait is negative or not finite; the first one is named
    """
    waits, gave_up = np.asarray(wait_s, dtype=np.float64), np.asarray(abandoned, dtype=bool)
    if waits.ndim != 1 or waits.shape != gave_up.shape or waits.size == 0:
        raise ValueError(
            f"wait_s and abandoned must be one value a call, got the shapes {waits.shape} and {gave_up.shape}"
        )
    wrong = ~np.isfinite(waits) | (waits < 0)
    if wrong.any():
        call = int(np.argmax(wrong))
        raise ValueError(f"wait_s of call {call} is {waits[call]}, expected a finite number of at least 0")
    return waits, gave_up


def kaplan_meier(wait_s: ArrayLike, abandoned: ArrayLike, *, level: float = 0.90) -> SurvivalCurve:
    """Survival of patience from the waits of all callers; an answered caller would have waited at least as long.

    The band is Greenwood's on the scale of log(-log(survival)), so that it stays within 0..1. Where a wait of an
    answered caller equals one that was given up, the answered one counts as still waiting then.

    Parameters
    ----------
    wait_s : (calls,), time until the answer or until the caller gave up [s], >= 0
    abandoned : (calls,), whether the caller gave up
    level : nominal probability of the band, above 0 and below 1

    Raises
    ------
    ValueError : an argument is out of range or the shapes differ

    References
    ----------
    .. [1] Kaplan and Meier (1958), Nonparametric estimation from incomplete observations. JASA 53.
    .. [2] Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, section 1.4.
    """
    waits, gave_up = checked_waits(wait_s, abandoned)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be above 0 and below 1, got {level}")
    longest_s = float(waits.max())
    times_s, events = np.unique(waits[gave_up], return_counts=True)
    if times_s.size == 0:
        return SurvivalCurve(times_s, times_s, times_s, times_s, level, longest_s)
    at_risk = waits.size - np.searchsorted(np.sort(waits), times_s, side="left")
    survival: Floats = np.cumprod(1.0 - events / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (at_risk * (at_risk - events)))
        spread = float(ndtri((1.0 + level) / 2.0)) * np.sqrt(greenwood) / np.abs(np.log(survival))
        lower: Floats = survival ** np.exp(spread)
        upper: Floats = survival ** np.exp(-spread)
    none_left = (
        survival <= 0.0
    )  # the longest wait was given up: nothing bounds the share from above but the step before
    lower[none_left] = 0.0
    upper[none_left] = upper[~none_left][-1] if (~none_left).any() else 1.0
    return SurvivalCurve(times_s, survival, lower, upper, level, longest_s)
