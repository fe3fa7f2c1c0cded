"""The fewest seats of a span that meet its targets: added where a seat gains most, taken back where it loses least.

Lacks (paths, intervals, columns, targets) say what each interval adds to a target's lack at a sampled rate with its
lowest number of seats, one more, and so on; a span meets its targets on a path where the sums over its intervals are at
most 0.
"""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats, Ints

ROUNDING = 1e-9


@njit(cache=True)
def cheapest(
    lack: Floats, start: Ints, columns: Ints, offset: Floats, tolerated: int
) -> Ints:  # pragma: no cover - compiled
    """Columns (intervals,) with which at most ``tolerated`` paths miss a target; more than the last column is never
    taken, so that a span that cannot meet its targets ends there.

    Parameters
    ----------
    lack : (paths, intervals, columns, targets)
    start : columns to begin with, (intervals,); the result may lie below it
    columns : number of columns of each interval that may be used, (intervals,)
    offset : what a span lacks besides, (targets,)
    tolerated : paths that may miss
    """
    at = start.copy()
    sums = span_sums(lack, at, offset)
    while misses(sums).sum() > tolerated:
        t = best_addition(lack, at, columns, sums, tolerated)
        if t < 0:
            break
        sums += lack[:, t, at[t] + 1] - lack[:, t, at[t]]
        at[t] += 1
    while misses(sums).sum() <= tolerated:
        t = best_removal(lack, at, sums, tolerated)
        if t < 0:
            break
        sums += lack[:, t, at[t] - 1] - lack[:, t, at[t]]
        at[t] -= 1
    return at


@njit(cache=True)
def span_sums(lack: Floats, at: Ints, offset: Floats) -> Floats:  # pragma: no cover - compiled
    """Lacks of the span on each path, (paths, targets)."""
    sums = np.empty((lack.shape[0], lack.shape[3]))
    sums[:] = offset
    for t in range(at.size):
        sums += lack[:, t, at[t]]
    return sums


@njit(cache=True)
def misses(sums: Floats) -> Ints:  # pragma: no cover - compiled
    """Whether a path misses a target, (paths,) as 0 or 1."""
    out = np.zeros(sums.shape[0], dtype=np.int64)
    for p in range(sums.shape[0]):
        for j in range(sums.shape[1]):
            if sums[p, j] > ROUNDING:
                out[p] = 1
    return out


@njit(cache=True)
def best_addition(
    lack: Floats, at: Ints, columns: Ints, sums: Floats, tolerated: int
) -> int:  # pragma: no cover - compiled
    """Interval whose next seat takes most off the lacks of the paths that are nearest to meeting the targets and must;
    -1 where no seat can be added."""
    missing = misses(sums)
    paths = np.flatnonzero(missing)
    if tolerated > 0:  # those that miss by least, as many as have to be won
        size = np.zeros(paths.size)
        for k in range(paths.size):
            size[k] = np.maximum(sums[paths[k]], 0.0).max()
        paths = paths[np.argsort(size)[: paths.size - tolerated]]
    best, most = -1, -1.0
    for t in range(at.size):
        if at[t] + 1 >= columns[t]:
            continue
        gain = 0.0
        for p in paths:
            for j in range(sums.shape[1]):
                if sums[p, j] > ROUNDING:
                    less = lack[p, t, at[t], j] - lack[p, t, at[t] + 1, j]
                    gain += min(less, sums[p, j]) / sums[p, j]
        if gain > most:
            best, most = t, gain
    return best


@njit(cache=True)
def best_removal(lack: Floats, at: Ints, sums: Floats, tolerated: int) -> int:  # pragma: no cover - compiled
    """Interval that can give a seat back while no more paths miss than tolerated, and loses least by it; -1: none."""
    best, least = -1, np.inf
    for t in range(at.size):
        if at[t] == 0:
            continue
        change = lack[:, t, at[t] - 1] - lack[:, t, at[t]]
        if misses(sums + change).sum() > tolerated:
            continue
        loss = change.sum()
        if loss < least:
            best, least = t, loss
    return best
