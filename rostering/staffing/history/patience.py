"""How long callers would wait: an estimate from counts and waiting times that treats answered callers as censored."""

import math
from dataclasses import dataclass

from scipy.stats import chi2

from rostering.staffing.checks import require_count, require_not_negative


@dataclass(frozen=True, slots=True)
class PatienceEstimate:
    """Mean patience of exponential callers with its interval."""

    patience_s: float  # infinity where nobody gave up [s]
    lower_s: float
    upper_s: float  # infinity where nobody gave up
    level: float  # nominal probability of the interval


def estimate_patience(
    answered_wait_s: float, abandoned_wait_s: float, abandoned: int, *, level: float = 0.90
) -> PatienceEstimate:
    """Mean patience from the waits of all callers: total waiting time / abandonments.

    Who is answered after a minute would have waited at least a minute: leaving those waits out, or taking the mean
    wait of those who gave up, makes callers seem several times less patient than they are. The estimate is the
    maximum likelihood one for exponential patience; the interval is the exact one for a Poisson number of
    abandonments.

    Parameters
    ----------
    answered_wait_s : summed waits of answered calls [s], >= 0
    abandoned_wait_s : summed waits of abandoned calls [s], >= 0
    abandoned : number of abandoned calls, >= 0
    level : nominal probability of the interval, above 0 and below 1

    Raises
    ------
    ValueError : an argument is out of range, nobody waited, or calls were abandoned without any waiting time

    References
    ----------
    .. [1] Brown, Gans, Mandelbaum et al. (2005), Statistical analysis of a telephone call center. JASA 100(469),
        section 5.
    """
    require_not_negative(answered_wait_s=answered_wait_s, abandoned_wait_s=abandoned_wait_s)
    require_count(0, abandoned=abandoned)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be above 0 and below 1, got {level}")
    total_s = answered_wait_s + abandoned_wait_s
    if total_s == 0.0:
        raise ValueError(
            f"no waiting time with {abandoned} abandonments: patience cannot be estimated from calls that never waited"
        )
    lower_s = 2.0 * total_s / float(chi2.ppf((1.0 + level) / 2.0, 2 * abandoned + 2))
    if abandoned == 0:
        return PatienceEstimate(math.inf, lower_s, math.inf, level)
    upper_s = 2.0 * total_s / float(chi2.ppf((1.0 - level) / 2.0, 2 * abandoned))
    return PatienceEstimate(total_s / abandoned, lower_s, upper_s, level)
