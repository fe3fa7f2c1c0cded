"""One queue, one skill: Erlang B, Erlang C and Erlang A in the steady state.

The number of calls present is a birth-death process; its distribution is normalised outward from its mode by ratios
of neighbours, which neither overflows nor loses digits at thousands of handlers.
"""

import math
from dataclasses import dataclass

import numpy as np

from rostering.staffing.checks import Floats, require_count, require_not_negative, require_patience, require_positive
from rostering.staffing.queueing.waiting import answered_within


@dataclass(frozen=True, slots=True)
class QueuePerformance:
    """Steady-state performance of one queue; every share is of the calls offered."""

    p_wait: float  # share of offered calls that wait at all
    p_abandon: float  # share of offered calls that are abandoned
    service_level: float  # share of offered calls answered within the threshold
    mean_wait_s: float  # mean wait of all offered calls, answered or abandoned [s]
    occupancy: float  # handling time / time available on calls


def erlang_b(offered_load: float, handlers: int) -> float:
    """Share of calls that find every handler busy when nobody may wait (Erlang's loss formula).

    Parameters
    ----------
    offered_load : arrival rate x AHT [erlangs], >= 0
    handlers : handlers on calls, >= 0

    Raises
    ------
    ValueError : an argument is out of range

    References
    ----------
    .. [1] Jagerman (1974), Some properties of the Erlang loss function. Bell System Technical Journal 53.
    """
    require_not_negative(offered_load=offered_load)
    require_count(0, handlers=handlers)
    if offered_load == 0.0:
        return 1.0 if handlers == 0 else 0.0
    # 1/B is a sum of positive terms n!/(n-k)!/a^k: no cancellation.
    with np.errstate(over="ignore"):  # past 1e308 the loss is 0
        inverse = 1.0 + float(np.cumprod(np.arange(handlers, 0, -1) / offered_load).sum())
    return 1.0 / inverse if math.isfinite(inverse) else 0.0


def erlang_c(offered_per_s: float, aht_s: float, handlers: int, *, threshold_s: float = 10.0) -> QueuePerformance:
    """Steady-state performance of the M/M/n queue (Erlang C): nobody gives up.

    A load at or above the number of handlers has no steady state; the limit is returned: every call waits without
    end.

    Parameters
    ----------
    offered_per_s : arrival rate of offered calls [1/s], > 0
    aht_s : mean handling time, talk plus wrap-up [s], > 0
    handlers : handlers on calls, after shrinkage, >= 1
    threshold_s : answer threshold of the service level [s], >= 0

    Raises
    ------
    ValueError : an argument is out of range

    References
    ----------
    .. [1] Koole (2013), Call Center Optimization, chapter 4.
    """
    require_positive(offered_per_s=offered_per_s, aht_s=aht_s)
    require_count(1, handlers=handlers)
    require_not_negative(threshold_s=threshold_s)
    offered_load = offered_per_s * aht_s
    if offered_load >= handlers:
        return QueuePerformance(1.0, 0.0, 0.0, math.inf, 1.0)
    loss = erlang_b(offered_load, handlers)
    p_wait = loss / (1.0 - offered_load / handlers * (1.0 - loss))
    spare_per_s = (handlers - offered_load) / aht_s
    return QueuePerformance(
        p_wait=p_wait,
        p_abandon=0.0,
        service_level=1.0 - p_wait * math.exp(-spare_per_s * threshold_s),
        mean_wait_s=p_wait / spare_per_s,
        occupancy=offered_load / handlers,
    )


def erlang_a(
    offered_per_s: float, aht_s: float, patience_s: float, handlers: int, *, threshold_s: float = 10.0
) -> QueuePerformance:
    """Steady-state performance of the M/M/n+M queue (Erlang A): callers give up after an exponential patience.

    Parameters
    ----------
    offered_per_s : arrival rate of offered calls [1/s], > 0
    aht_s : mean handling time, talk plus wrap-up [s], > 0
    patience_s : mean patience, exponential [s], > 0; infinity gives Erlang C
    handlers : handlers on calls, after shrinkage, >= 1
    threshold_s : answer threshold of the service level [s], >= 0

    Raises
    ------
    ValueError : an argument is out of range

    References
    ----------
    .. [1] Mandelbaum and Zeltyn (2007), Service engineering in action: the Palm/Erlang-A queue.
    """
    require_positive(offered_per_s=offered_per_s, aht_s=aht_s)
    require_patience(patience_s=patience_s)
    require_count(1, handlers=handlers)
    require_not_negative(threshold_s=threshold_s)
    if math.isinf(patience_s):
        return erlang_c(offered_per_s, aht_s, handlers, threshold_s=threshold_s)
    first, p = _calls_present(offered_per_s, aht_s, patience_s, handlers)
    ahead = np.arange(first, first + p.size) - handlers  # calls waiting, where not negative
    p_waiting = p[ahead >= 0]
    mean_waiting = float(ahead[ahead >= 0] @ p_waiting)
    p_abandon = mean_waiting / patience_s / offered_per_s
    p_wait = float(p_waiting.sum())
    answered = answered_within(int(ahead[-1]) + 1, handlers / aht_s, 1.0 / patience_s, threshold_s)
    return QueuePerformance(
        p_wait=p_wait,
        p_abandon=p_abandon,
        service_level=float(p[ahead < 0].sum()) + float(answered[ahead[ahead >= 0]] @ p_waiting),
        mean_wait_s=mean_waiting / offered_per_s,
        occupancy=float(np.minimum(np.arange(first, first + p.size), handlers) @ p) / handlers,
    )


def _calls_present(offered_per_s: float, aht_s: float, patience_s: float, handlers: int) -> tuple[int, Floats]:
    """First state kept, and the probabilities (states,) of that many calls present and upwards."""

    def departures(calls: Floats) -> Floats:
        busy = np.minimum(calls, handlers)
        return busy / aht_s + (calls - busy) / patience_s

    # Departures rise with the calls present, so the mode is where they pass the arrivals.
    offered_load = offered_per_s * aht_s
    if offered_load <= handlers:
        mode = int(offered_load)
    else:
        mode = handlers + int((offered_per_s - handlers / aht_s) * patience_s)
    spread = math.sqrt(max(offered_load, offered_per_s * patience_s, mode, 1.0))
    reach = int(12 * spread) + 60
    up = np.arange(mode + 1, max(mode, handlers) + reach, dtype=np.float64)
    down = np.arange(mode, max(0, mode - reach), -1, dtype=np.float64)
    above = np.cumprod(offered_per_s / departures(up))
    below = np.cumprod(departures(down) / offered_per_s)
    weight = np.concatenate([below[::-1], [1.0], above])
    return mode - below.size, weight / weight.sum()
