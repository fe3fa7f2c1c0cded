"""Laws of patience fitted to calls one by one: exponential and Weibull with those who leave at once apart."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import betaincinv, digamma, ndtri

from rostering.staffing.checks import Floats, require_count, require_not_negative
from rostering.staffing.history.survival import SurvivalCurve, checked_waits, kaplan_meier

FEWEST_ABANDONED = 30  # fewer say too little about the shape of a law
AT_ONCE_S = 1.0  # who hangs up within this has not begun to wait
_SHAPES = (0.05, 20.0)  # searched; Weibull laws outside stand still or are a step


class Law(StrEnum):
    """Distribution of patience."""

    EXPONENTIAL = "exponential"
    WEIBULL = "weibull"


@dataclass(frozen=True, slots=True)
class PatienceLaw:
    """A fitted law of the patience of callers who begin to wait, with intervals."""

    law: Law
    patience_s: float  # mean patience [s]
    lower_s: float
    upper_s: float
    shape: float  # 1 for the exponential law
    shape_lower: float
    shape_upper: float
    level: float  # nominal probability of the intervals
    log_likelihood: float
    distance: float  # largest distance of the law's survival from Kaplan and Meier's, of those who begin to wait
    calls: int  # that waited longer than at_once_s
    abandoned: int  # of them

    @property
    def scale_s(self) -> float:
        """Scale of the law [s]: 63% of patience lies below it."""
        return self.patience_s / math.gamma(1.0 + 1.0 / self.shape)

    def survival(self, time_s: float) -> float:
        """Share of callers who would wait longer than ``time_s`` [s]."""
        return math.exp(-((time_s / self.scale_s) ** self.shape))


@dataclass(frozen=True, slots=True)
class Balking:
    """Share of callers who hang up at once, of those who would have to wait; exact binomial interval."""

    share: float
    lower: float
    upper: float
    level: float
    at_once_s: float  # what counts as at once [s]
    left_at_once: int
    would_wait: int  # those, and all who waited longer


@dataclass(frozen=True, slots=True, eq=False)
class CallerPatience:
    """What calls one by one say of the patience of a queue."""

    survival: SurvivalCurve  # of all callers, those who left at once among them
    laws: tuple[PatienceLaw, ...]  # the one that fits better first
    balking: Balking

    @property
    def best(self) -> PatienceLaw:
        return self.laws[0]


def caller_patience(
    wait_s: ArrayLike, abandoned: ArrayLike, *, at_once_s: float = AT_ONCE_S, level: float = 0.90
) -> CallerPatience:
    """Patience of a queue's callers from the waits of all of them.

    Balking counts the callers who gave up within ``at_once_s`` against them and all who waited longer; callers
    answered within it never had to wait and say nothing. Laws are fitted to those who waited longer, as laws of the
    whole time that they would wait (truncated on the left at ``at_once_s``). The law with the lower Akaike criterion
    comes first.

    Parameters
    ----------
    wait_s : (calls,), time until the answer or until the caller gave up [s], >= 0
    abandoned : (calls,), whether the caller gave up
    at_once_s : who gives up within this has not begun to wait [s], >= 0
    level : nominal probability of intervals, above 0 and below 1

    Raises
    ------
    ValueError : an argument is out of range, the shapes differ, or fewer than 30 callers gave up after waiting

    References
    ----------
    .. [1] Brown, Gans, Mandelbaum et al. (2005), Statistical analysis of a telephone call center. JASA 100(469).
    """
    require_not_negative(at_once_s=at_once_s)
    waits, gave_up = checked_waits(wait_s, abandoned)
    survival = kaplan_meier(waits, gave_up, level=level)
    longer = waits > at_once_s
    n_gave_up = int((longer & gave_up).sum())
    if n_gave_up < FEWEST_ABANDONED:
        raise ValueError(
            f"{n_gave_up} callers gave up after waiting longer than {at_once_s} s: at least {FEWEST_ABANDONED} are "
            "needed for a law of patience"
        )
    balking = balking_share(int((~longer & gave_up).sum()), int(longer.sum()), at_once_s=at_once_s, level=level)
    waited, left = waits[longer], gave_up[longer]
    curve = kaplan_meier(waited - at_once_s, left, level=level)
    laws = [fit_law(law, waited, left, beyond_s=at_once_s, level=level, curve=curve) for law in Law]
    laws.sort(key=lambda fitted: (fitted.law is Law.WEIBULL) - fitted.log_likelihood)
    return CallerPatience(survival, tuple(laws), balking)


def balking_share(left_at_once: int, waited: int, *, at_once_s: float, level: float = 0.90) -> Balking:
    """Share who left at once of those who would have had to wait, with the interval of Clopper and Pearson (1934).

    Raises
    ------
    ValueError : nobody would have had to wait
    """
    n = left_at_once + waited
    if n == 0:
        raise ValueError("nobody had to wait: balking cannot be estimated")
    tail = (1.0 - level) / 2.0
    lower = 0.0 if left_at_once == 0 else float(betaincinv(left_at_once, waited + 1, tail))
    upper = 1.0 if waited == 0 else float(betaincinv(left_at_once + 1, waited, 1.0 - tail))
    return Balking(left_at_once / n, lower, upper, level, at_once_s, left_at_once, n)


def balking_from_totals(
    offered: int, answered_within: int, abandoned_short: int, *, level: float = 0.90
) -> tuple[float, float]:
    """Bounds of the balking share where only totals are known: calls offered, answered within the queue's threshold,
    and short abandons, taken for callers who left at once.

    How many would have had to wait is not recorded: at least those not answered within the threshold, at most all
    calls offered. The bounds are the lower one of the exact interval against all, and the upper one against the fewest.

    Raises
    ------
    ValueError : the counts contradict each other; they are named
    """
    require_count(1, offered=offered)
    require_count(0, answered_within=answered_within, abandoned_short=abandoned_short)
    if answered_within + abandoned_short > offered:
        raise ValueError(
            f"answered_within {answered_within} + abandoned_short {abandoned_short} exceed offered {offered}"
        )
    fewest = offered - answered_within - abandoned_short
    against_all = balking_share(abandoned_short, offered - abandoned_short, at_once_s=0.0, level=level)
    if fewest + abandoned_short == 0:
        return 0.0, 1.0  # nobody is known to have waited
    return against_all.lower, balking_share(abandoned_short, fewest, at_once_s=0.0, level=level).upper


def fit_law(
    law: Law,
    waits: Floats,
    gave_up: NDArray[np.bool_],
    *,
    beyond_s: float = 0.0,
    level: float = 0.90,
    curve: SurvivalCurve | None = None,
) -> PatienceLaw:
    """Maximum likelihood of a law of patience with answered callers censored.

    With the cumulative hazard H(t) = (t / scale)^shape and d callers who gave up, the best scale for a shape is
    scale^shape = sum(t^shape - beyond^shape) / d; the shape is the root of the derivative of what remains. Intervals
    are those of the observed information of the logarithms.

    Parameters
    ----------
    waits, gave_up : (calls,), of callers who waited longer than ``beyond_s`` [s]; at least one gave up
    beyond_s : truncation on the left [s], >= 0
    curve : Kaplan-Meier of ``waits - beyond_s``; computed where absent

    References
    ----------
    .. [1] Lawless (2003), Statistical Models and Methods for Lifetime Data, section 5.2.
    """
    d = int(gave_up.sum())
    if d == 0:
        raise ValueError("nobody gave up: no law of patience can be fitted")
    unit_s = float(waits.mean())  # keeps powers within range
    t, events, c = waits / unit_s, waits[gave_up] / unit_s, beyond_s / unit_s
    log_t, log_events, log_c = np.log(t), float(np.log(events).sum()), math.log(c) if c > 0 else 0.0

    def sums(shape: float) -> tuple[float, float, float]:
        """Sum of t^shape - c^shape and its first two derivatives by the shape."""
        power, cut = t**shape, c**shape if c > 0 else 0.0
        return (
            float((power - cut).sum()),
            float((power * log_t - cut * log_c).sum()),
            float((power * log_t**2 - cut * log_c**2).sum()),
        )

    def slope(shape: float) -> float:
        total, first, _ = sums(shape)
        return d / shape + log_events - d * first / total

    shape = 1.0 if law is Law.EXPONENTIAL else _root(slope)
    total, first, second = sums(shape)
    log_likelihood = d * math.log(shape) + (shape - 1.0) * log_events - d * math.log(total / d) - d
    z = float(ndtri((1.0 + level) / 2.0))
    scale = (total / d) ** (1.0 / shape)
    mean = scale * math.gamma(1.0 + 1.0 / shape)
    if law is Law.EXPONENTIAL:
        sd_shape, sd_mean = 0.0, 1.0 / math.sqrt(d)
    else:
        sd_shape, sd_mean = _log_deviations(shape, d, total, first, second)
    curve = kaplan_meier(waits - beyond_s, gave_up) if curve is None else curve
    log_survival = (beyond_s / unit_s / scale) ** shape - ((curve.times_s + beyond_s) / unit_s / scale) ** shape
    return PatienceLaw(
        law=law,
        patience_s=mean * unit_s,
        lower_s=mean * unit_s * math.exp(-z * sd_mean),
        upper_s=mean * unit_s * math.exp(z * sd_mean),
        shape=shape,
        shape_lower=shape * math.exp(-z * sd_shape),
        shape_upper=shape * math.exp(z * sd_shape),
        level=level,
        log_likelihood=log_likelihood - d * math.log(unit_s),
        distance=float(np.abs(np.exp(log_survival) - curve.survival).max(initial=0.0)),
        calls=waits.size,
        abandoned=d,
    )


def _root(slope: Callable[[float], float]) -> float:
    """Shape at which the profile likelihood is highest; its derivative falls all along."""
    low, high = _SHAPES
    if slope(low) <= 0.0:
        return low
    if slope(high) >= 0.0:
        return high
    return float(brentq(slope, low, high, xtol=1e-9))


def _log_deviations(shape: float, d: int, total: float, first: float, second: float) -> tuple[float, float]:
    """Standard deviations of log shape and of log mean from the observed information of (shape, log scale^shape).

    The log-likelihood is d log shape - d theta + (shape - 1) sum(log t) - exp(-theta) S(shape), theta the logarithm
    of scale^shape.
    """
    level = d / total  # exp(-theta) at the optimum
    information = np.array([[d / shape**2 + level * second, -level * first], [-level * first, float(d)]])
    covariance = np.linalg.inv(information)
    theta = math.log(total / d)
    # log mean = theta / shape + log gamma(1 + 1 / shape)
    by_shape = -theta / shape**2 - float(digamma(1.0 + 1.0 / shape)) / shape**2
    gradient = np.array([by_shape, 1.0 / shape])
    return math.sqrt(covariance[0, 0]) / shape, math.sqrt(gradient @ covariance @ gradient)
