"""One queue, one skill: Erlang B, Erlang C and Erlang A in the steady state.

The number of calls present is a birth-death process; its distribution is normalised outward from its mode by ratios
of neighbours, which neither overflows nor loses digits at thousands of handlers. Products of thousands of ratios are
taken in extended precision where the machine has it: without, results keep some twelve digits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.checks import require_count, require_not_negative, require_patience, require_positive

Long: TypeAlias = NDArray[np.longdouble]
MAX_STATES = 4_000_000  # numbers of calls present that are followed at most


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
    return float(1 / _inverse_loss(np.longdouble(offered_load), handlers))


def _inverse_loss(offered_load: np.longdouble, handlers: int) -> np.longdouble:
    """1 / Erlang B: the sum of n!/(n-k)!/a^k over k = 0..n, all positive, infinite past the largest number.

    Under an overload the terms fall, and far ones are left out; else they rise until n - k is the load.
    """
    last = max(0, min(handlers, int(offered_load)) - _reach(float(offered_load), 0.0, float(offered_load)))
    if handlers - last > MAX_STATES:
        raise ValueError(f"{handlers} handlers for {float(offered_load):g} erlangs are past what is followed")
    with np.errstate(over="ignore"):
        terms = np.cumprod(np.arange(handlers, last, -1, dtype=np.longdouble) / offered_load)
        return np.longdouble(terms.sum() + 1)


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
    offered_load = np.longdouble(offered_per_s) * np.longdouble(aht_s)
    if offered_load >= handlers:
        return QueuePerformance(1.0, 0.0, 0.0, math.inf, 1.0)
    inverse = _inverse_loss(offered_load, handlers)
    spare = handlers - offered_load
    p_wait = handlers / (inverse * spare + offered_load)
    at_once = spare * (1 - 1 / inverse) / (spare + offered_load / inverse)  # 1 - p_wait, without losing digits
    spare_per_s = spare / np.longdouble(aht_s)
    return QueuePerformance(
        p_wait=float(p_wait),
        p_abandon=0.0,
        service_level=float(at_once - p_wait * np.expm1(-spare_per_s * np.longdouble(threshold_s))),
        mean_wait_s=float(p_wait / spare_per_s),
        occupancy=float(offered_load / handlers),
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
    per_s, aht, gives_up = np.longdouble(offered_per_s), np.longdouble(aht_s), 1 / np.longdouble(patience_s)
    first, p = _calls_present(per_s, aht, gives_up, handlers)
    present = np.arange(first, first + p.size)
    is_full = present >= handlers
    line, p_line = (present - handlers)[is_full], p[is_full]  # calls waiting, and their probabilities
    mean_waiting = line @ p_line
    answered = _answered_within(line, handlers / aht, gives_up, np.longdouble(threshold_s))
    return QueuePerformance(
        p_wait=float(p_line.sum()),
        p_abandon=float(mean_waiting * gives_up / per_s),
        service_level=float(p[~is_full].sum() + answered @ p_line),
        mean_wait_s=float(mean_waiting / per_s),
        occupancy=float(np.minimum(present, handlers) @ p / handlers),
    )


def _calls_present(
    per_s: np.longdouble, aht_s: np.longdouble, gives_up: np.longdouble, handlers: int
) -> tuple[int, Long]:
    """First state kept, and the probabilities (states,) of that many calls present and upwards."""
    # Departures rise with the calls present, so the mode is where they pass the arrivals.
    offered_load, answers_per_s = per_s * aht_s, handlers / aht_s
    mode = int(offered_load) if offered_load <= handlers else handlers + int((per_s - answers_per_s) / gives_up)
    spare_per_s = max(0.0, float(answers_per_s - per_s))
    last = max(mode, handlers) + _reach(float(per_s), spare_per_s, float(per_s / gives_up))
    first = max(0, min(mode, handlers) - _reach(float(per_s), 0.0, float(offered_load)))
    return first, _outward(mode, first, last, lambda calls: per_s / _departures(calls, aht_s, gives_up, handlers))


def _departures(calls: Long, aht_s: np.longdouble, gives_up: np.longdouble, handlers: int) -> Long:
    """Rate at which one of so many calls ends, answered or not [1/s]."""
    busy = np.minimum(calls, handlers)
    departures: Long = busy / aht_s + (calls - busy) * gives_up
    return departures


def _answered_within(
    line: NDArray[np.int64], answers_per_s: np.longdouble, gives_up: np.longdouble, threshold_s: np.longdouble
) -> Long:
    """P(answered within the threshold) of a caller who finds m others waiting, for the neighbouring m of ``line``.

    The time T until m + 1 handlers have freed, or callers ahead given up, has exp(-g T) distributed as Beta(c / g, m +
    1), c the rate of answers and g that of giving up. Not having given up by then multiplies by exp(-g T): the chance
    is c / (c + (m + 1) g) times that of more than m events of a negative binomial distribution.
    """
    moved_s = -np.expm1(-gives_up * threshold_s) / gives_up
    share = answers_per_s / (answers_per_s + (line + 1) * gives_up)
    mean = float((answers_per_s + gives_up) * np.expm1(gives_up * threshold_s) / gives_up)
    spread = math.sqrt(max(mean, 1.0) * math.exp(min(50.0, float(gives_up * threshold_s))))
    if not mean - 40.0 * spread - 100.0 < line[-1]:  # also where the mean is past every number: all are answered
        return np.ones(line.size, dtype=np.longdouble) * share
    mode = int(answers_per_s * moved_s / max(np.longdouble(1e-300), 1 - moved_s * gives_up))
    reach = int(40.0 * spread) + 200
    first, last = max(0, min(mode, int(line[0])) - reach), max(mode, int(line[-1])) + reach
    events = _outward(mode, first, last, lambda count: (answers_per_s + count * gives_up) / count * moved_s)
    more = np.cumsum(events[::-1])[::-1]  # more[k]: at least first + k events
    return share * more[line + 1 - first]


def _outward(mode: int, first: int, last: int, ratio: Callable[[Long], Long]) -> Long:
    """Probabilities of first..last from ``ratio`` of each number's weight to that of the number below, from the mode
    outward.

    Raises
    ------
    ValueError : more than ``MAX_STATES`` would be followed
    """
    if last - first > MAX_STATES:
        raise ValueError(
            f"{last - first} numbers of calls would have to be followed, at most {MAX_STATES} are: check the units, or "
            "give infinity for a patience so long"
        )
    up = np.arange(mode + 1, last + 1, dtype=np.longdouble)
    down = np.arange(mode, first, -1, dtype=np.longdouble)
    with np.errstate(over="ignore", under="ignore"):
        above, below = np.cumprod(ratio(up)), np.cumprod(1 / ratio(down))
        weight = np.concatenate([below[::-1], np.ones(1, dtype=np.longdouble), above])
        return np.asarray(weight / weight.sum(), dtype=np.longdouble)


def _reach(per_s: float, spare_per_s: float, load: float) -> int:
    """States past which the weight has fallen by e^60 if the ratio of neighbours falls like 1 / (1 + spare / rate + k /
    load) at the k-th."""
    gaussian = math.sqrt(240.0 * load) + 120.0
    geometric = 60.0 / math.log1p(spare_per_s / per_s) if spare_per_s > 0.0 else math.inf
    return int(min(gaussian, geometric)) + 10
