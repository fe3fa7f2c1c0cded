"""Measures of a room at rates of first attempts, from measures at rates of offered calls.

Abandonment brings calls back: the worse the service, the more offered calls become of a rate of first attempts. Each
evaluated rate of offered calls says which first attempts lie behind it; in between, measures are interpolated by
monotone cubics in the logarithm of the load of first attempts.

``ties`` are redial of 999, redial of 101, and spill, (3,).
"""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats
from rostering.staffing.queueing.measures import ABANDON_101, ABANDON_999


@njit(cache=True)
def at_first_attempts(
    raw: Floats, joined: Floats, first: Floats, aht_s: Floats, ties: Floats
) -> tuple[Floats, Floats]:  # pragma: no cover - compiled
    """Measures (m, nodes, measures) and offered rates (m, nodes, 2) [1/s] at rates ``first`` of first attempts.

    ``raw`` are measures at the offered rates ``joined``; ``aht_s`` (m, nodes, 2) belongs to both.
    """
    m, nodes, _ = raw.shape
    out = np.empty_like(raw)
    offered = np.empty_like(joined)
    for i in range(m):
        x, y, slopes = curves(raw[i], joined[i], aht_s[i], ties)
        for k in range(nodes):
            load = first[i, k, 0] * aht_s[i, k, 0] + first[i, k, 1] * aht_s[i, k, 1]
            interpolate(x, y, slopes, np.log(max(load, 1e-300)), out[i, k])
            add_repeats(first[i, k], out[i, k], ties, offered[i, k])
    return out, offered


@njit(cache=True)
def lacks_at_paths(
    each: Floats, joined: Floats, aht_s: Floats, ties: Floats, first: Floats, log_load: Floats, lack: Floats
) -> None:  # pragma: no cover - compiled
    """Lacks [1/s] at sampled rates of first attempts, into ``lack`` (paths, m, targets).

    ``each`` (m, nodes, 5) are the lacks of a 999 and of a 101 call, both abandonments at their places in ``measures``,
    and what a 999 call lacks of the third target; ``first`` (m, paths, 2) [1/s] have loads whose logarithms are
    ``log_load`` (m, paths).
    """
    m, paths = log_load.shape
    at, offered = np.empty(each.shape[2]), np.empty(2)
    for i in range(m):
        x, y, slopes = curves(each[i], joined[i], aht_s[i], ties)
        for p in range(paths):
            interpolate(x, y, slopes, log_load[i, p], at)
            add_repeats(first[i, p], at, ties, offered)
            lack[p, i, 0] = at[0] * offered[0]
            lack[p, i, 1] = at[1] * offered[1]
            lack[p, i, 2] = at[4] * offered[0]


@njit(cache=True)
def add_repeats(first: Floats, measures: Floats, ties: Floats, offered: Floats) -> None:  # pragma: no cover - compiled
    """Offered rates (2,) of first attempts of which the measures say how many give up, into ``offered``."""
    offered[1] = first[1] / (1.0 - ties[1] * measures[ABANDON_101])
    spilled = ties[2] * measures[ABANDON_101] * offered[1]
    offered[0] = (first[0] + spilled) / (1.0 - ties[0] * measures[ABANDON_999])


@njit(cache=True)
def curves(
    raw: Floats, joined: Floats, aht_s: Floats, ties: Floats
) -> tuple[Floats, Floats, Floats]:  # pragma: no cover - compiled
    """Logarithms (nodes,) of the loads of first attempts, rising, with measures and their slopes (nodes, measures)."""
    nodes = raw.shape[0]
    x = np.empty(nodes)
    for k in range(nodes):
        gave_up = raw[k, ABANDON_101] * joined[k, 1]
        dialled_999 = max(joined[k, 0] * (1.0 - ties[0] * raw[k, ABANDON_999]) - ties[2] * gave_up, 0.0)
        dialled_101 = joined[k, 1] - ties[1] * gave_up
        x[k] = np.log(max(dialled_999 * aht_s[k, 0] + dialled_101 * aht_s[k, 1], 1e-300))
    order = np.argsort(x)
    x = x[order]
    y = raw[order]
    slopes = np.zeros_like(y)
    for k in range(nodes):
        for j in range(y.shape[1]):
            slopes[k, j] = slope(x, y, k, j)
    return x, y, slopes


@njit(cache=True)
def interpolate(x: Floats, y: Floats, slopes: Floats, at: float, out: Floats) -> None:  # pragma: no cover - compiled
    """Piecewise cubic through y (nodes, measures) at rising x (nodes,), constant outside, into ``out`` (measures,)."""
    last = x.size - 1
    if at <= x[0] or at >= x[last]:
        out[:] = y[0] if at <= x[0] else y[last]
        return
    k = 0
    while x[k + 1] <= at:
        k += 1
    h = x[k + 1] - x[k]
    t = (at - x[k]) / h
    from_left, from_right = (1.0 + 2.0 * t) * (1.0 - t) ** 2, t * t * (3.0 - 2.0 * t)
    rise_left, rise_right = t * (1.0 - t) ** 2 * h, t * t * (t - 1.0) * h
    for j in range(y.shape[1]):
        out[j] = from_left * y[k, j] + from_right * y[k + 1, j] + rise_left * slopes[k, j]
        out[j] += rise_right * slopes[k + 1, j]


@njit(cache=True)
def slope(x: Floats, y: Floats, k: int, j: int) -> float:  # pragma: no cover - compiled
    """Slope at node k that keeps the curve monotone [1]_: the weighted harmonic mean of its neighbours', 0 at an
    extremum, the only neighbour's at the ends.

    References
    ----------
    .. [1] Fritsch and Butland (1984), A method for constructing local monotone piecewise cubic interpolants.
    """
    last = x.size - 1
    before = x[k] - x[k - 1] if k > 0 else 0.0
    after = x[k + 1] - x[k] if k < last else 0.0
    rise = (y[k, j] - y[k - 1, j]) / before if before > 0.0 else 0.0
    next_rise = (y[k + 1, j] - y[k, j]) / after if after > 0.0 else 0.0
    if before <= 0.0 or after <= 0.0:
        return float(rise + next_rise)
    if rise * next_rise <= 0.0:
        return 0.0
    w1, w2 = 2.0 * after + before, after + 2.0 * before
    return float((w1 + w2) / (w1 / rise + w2 / next_rise))
