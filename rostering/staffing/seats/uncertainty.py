"""What a requirement is computed from: rates under uncertainty, and the load that lags behind the rate."""

import numpy as np
from scipy.special import ndtr, roots_hermitenorm
from scipy.stats import gamma

from rostering.staffing.checks import Floats

N_NODES = 5  # averages within 0.1 points of 401 quantiles; fifteen plain quantiles miss by up to 0.3


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
    z, weights = roots_hermitenorm(n_nodes)
    weights = weights / weights.sum()
    factors = np.ones((*rate_cv.shape, n_nodes))
    for cv in np.unique(rate_cv[rate_cv > 0.0]):
        shape = cv**-2.0
        at_nodes = gamma.ppf(ndtr(z), shape, scale=1.0 / shape)
        factors[rate_cv == cv] = at_nodes / (at_nodes @ weights)
    return factors, weights


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
