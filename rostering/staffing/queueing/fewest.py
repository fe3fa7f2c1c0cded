"""The fewest handlers of each interval by Erlang C, one queue with one skill: what rooms were staffed by before."""

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from rostering.staffing.checks import Floats, Ints, require_not_negative

MAX_LOAD = 1e9  # erlangs of one interval; the search takes some square roots of it


def erlang_c_handlers(
    offered_per_s: ArrayLike, aht_s: ArrayLike, service_level: float, *, threshold_s: float = 10.0
) -> Ints:
    """Fewest handlers of each interval with which ``service_level`` of the calls are answered within the threshold.

    Parameters
    ----------
    offered_per_s : arrival rates of offered calls, any shape [1/s], >= 0; without calls no handler is needed
    aht_s : mean handling times, of the same shape or one for all [s], > 0
    service_level : share of offered calls, 0 <= service_level < 1
    threshold_s : answer threshold [s], >= 0

    Raises
    ------
    ValueError : an argument is out of range, or a load exceeds ``MAX_LOAD``

    References
    ----------
    .. [1] Koole (2013), Call Center Optimization, chapter 4.
    """
    per_s, aht = np.asarray(offered_per_s, dtype=np.float64), np.asarray(aht_s, dtype=np.float64)
    if per_s.shape != aht.shape:
        per_s, aht = np.broadcast_arrays(per_s, aht)
    require_not_negative(threshold_s=threshold_s)
    if not 0.0 <= service_level < 1.0:
        raise ValueError(f"service_level must be at least 0 and below 1, got {service_level}")
    flat_per_s, flat_aht = np.ravel(per_s), np.ravel(aht)
    handlers = _fewest(flat_per_s, flat_aht, float(service_level), float(threshold_s))
    if handlers.size and handlers[-1] < 0:
        worst = -1 - handlers[-1]
        raise ValueError(
            f"interval {worst}: offered_per_s {flat_per_s[worst]} must be at least 0, aht_s {flat_aht[worst]} above 0, "
            f"and the load at most {MAX_LOAD:g} erlangs"
        )
    return handlers.reshape(per_s.shape)


@njit(cache=True)
def _fewest(
    offered_per_s: Floats, aht_s: Floats, service_level: float, threshold_s: float
) -> Ints:  # pragma: no cover - compiled
    """Handlers of each interval, from the first number above the load upwards; the last is -1 - i where interval i is
    not to be computed.

    With I(n) = 1 / Erlang B, I(n + 1) = 1 + (n + 1) / load x I(n), and P(wait) = n / (I(n) (n - load) + load).
    """
    found = np.zeros(offered_per_s.size, dtype=np.int64)
    late = 1.0 - service_level
    last_aht_s, step = 0.0, 1.0
    for i in range(offered_per_s.size):
        load = offered_per_s[i] * aht_s[i]
        if not (0.0 <= load <= MAX_LOAD and offered_per_s[i] >= 0.0 and aht_s[i] > 0.0):
            found[-1] = -1 - i
            return found
        if load == 0.0:
            continue
        if aht_s[i] != last_aht_s:
            last_aht_s = aht_s[i]
            step = math.exp(-threshold_s / last_aht_s)  # what one more handler makes of P(a wait exceeds the threshold)
        n = int(load) + 1
        per_erlang = 1.0 / load
        inverse = 1.0
        term = 1.0
        for k in range(n, 0, -1):
            term *= k * per_erlang
            inverse += term
            if k % 32 == 0 and term < 1e-17 * inverse:
                break
        exceeds = math.exp(-(n - load) * threshold_s / last_aht_s)
        while n * exceeds > late * (inverse * (n - load) + load):
            n += 1
            inverse = 1.0 + n * per_erlang * inverse
            exceeds *= step
        found[i] = n
    return found
