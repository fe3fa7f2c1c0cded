"""The chain behind the two-class priority model, solved by block elimination.

State: ``x`` calls of the 999 desk's side (its busy handlers, plus 999 calls waiting once all ``d`` are busy) and
``y`` calls of the 101 side (101-only handlers busy, plus 101 calls waiting once all ``s`` and all ``d`` are busy).
Because 101 goes to an idle 101-only handler first and may wait only when everybody is busy, ``y > s`` happens only
where ``x >= d``: two numbers tell the whole state. Levels are ``y``, phases are ``x``; a level reaches only its
neighbours, so levels are eliminated one by one (Latouche and Ramaswami 1999, Introduction to Matrix Analytic
Methods, chapter 12: level-dependent processes).
"""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats

MAX_WORK = 4e9  # multiplications of one solution: about two seconds


@njit(cache=True, fastmath=True)
def invert(matrix: Floats) -> Floats:  # pragma: no cover - compiled
    """Inverse of a diagonally dominant matrix by Gauss-Jordan steps, which need no pivots then."""
    n = matrix.shape[0]
    if n > 96:
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    a = matrix.copy()
    for k in range(n):
        pivot = 1.0 / a[k, k]
        a[k, k] = 1.0
        for j in range(n):
            a[k, j] *= pivot
        for i in range(n):
            if i != k:
                factor = a[i, k]
                a[i, k] = 0.0
                for j in range(n):
                    a[i, j] -= factor * a[k, j]
    return a


@njit(cache=True)
def reach_of_queues(
    per_s: Floats, gives_up: Floats, d: int, s: int, mu_d: float, mu_s: float, tail: float, most_999: int
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Most waiting 999 and 101 calls worth following: past them the weight falls under ``tail``; -1 where it never
    does.

    With ``most_999`` above 0, no more 999 calls than that are followed: the line is full then, and further calls
    are lost.
    """
    reach = np.zeros(2, dtype=np.int64)
    spare = max(0.0, d * mu_d - per_s[0])
    for queue in range(2):
        # What serves 101 in the 999 pool comes in bursts between 999 queues: counted at 70% where callers give up.
        served = d * mu_d if queue == 0 else s * mu_s + (0.7 if gives_up[1] > 0.0 else 1.0) * spare
        weight = 1.0
        while weight > tail:
            if queue == 0 and reach[0] == most_999 > 0:
                break
            reach[queue] += 1
            if reach[queue] > 20_000:
                return -1, -1
            weight *= per_s[queue] / max(served + reach[queue] * gives_up[queue], 1e-300)
    return reach[0], int(1.3 * reach[1]) + 5


@njit(cache=True)
def waiting_levels(
    per_s: Floats, gives_up: Floats, d: int, s: int, mu_d: float, mu_s: float, q1: int, q2: int
) -> Floats:  # pragma: no cover - compiled
    """R matrices (q2 + 1, q1 + 1, q1 + 1) of the levels with 101 waiting: p[level] = p[level - 1] @ R[level]."""
    n = q1 + 1
    ratio = np.zeros((q2 + 1, n, n))
    for level in range(q2, 0, -1):
        leaves = s * mu_s + level * gives_up[1]
        block = np.zeros((n, n))
        if level < q2:
            add_return(block, ratio[level + 1], s * mu_s + (level + 1) * gives_up[1], d * mu_d, 0)
        for m in range(n):
            departs = d * mu_d + m * gives_up[0]  # at m = 0 the handler takes a waiting 101 call: one level down
            arrives = per_s[0] if m < q1 else 0.0
            block[m, m] -= leaves + departs + arrives + (per_s[1] if level < q2 else 0.0)
            if m < q1:
                block[m, m + 1] += arrives
            if m > 0:
                block[m, m - 1] += departs
        ratio[level] = invert(-block) * per_s[1]
    return ratio


@njit(cache=True)
def add_return(
    block: Floats, ratio: Floats, leaves: float, taken: float, first: int
) -> None:  # pragma: no cover - compiled
    """Add what comes back from the level above: R @ (leaves x identity + ``taken`` where no 999 call waits)."""
    n = ratio.shape[0]
    for i in range(n):
        for j in range(n):
            block[first + i, first + j] += ratio[i, j] * leaves
        block[first + i, first] += ratio[i, 0] * taken


@njit(cache=True)
def null_vector(block: Floats) -> Floats:  # pragma: no cover - compiled
    """Stationary weights of a censored generator by state reduction without subtractions (Grassmann et al. 1985)."""
    n = block.shape[0]
    a = block.copy()
    for k in range(n - 1, 0, -1):
        out = 0.0
        for j in range(k):
            out += a[k, j]
        for i in range(k):
            share = a[i, k] / out
            a[i, k] = share
            for j in range(k):
                a[i, j] += share * a[k, j]
    p = np.zeros(n)
    p[0] = 1.0
    for k in range(1, n):
        for i in range(k):
            p[k] += p[i] * a[i, k]
        if p[k] > 1e200:
            p[: k + 1] /= p[k]
    weights: Floats = p / p.sum()
    return weights


@njit(cache=True)
def side_generator(
    per_s: Floats, gives_up: Floats, d: int, mu_d: float, q1: int, first: int
) -> Floats:  # pragma: no cover - compiled
    """Generator of ``x`` = first..d + q1 while a 101-only handler is idle, so that 101 calls do not touch this side."""
    n = d + q1 + 1 - first
    t = np.zeros((n, n))
    for i in range(n):
        x = first + i
        if i < n - 1:
            t[i, i + 1] = per_s[0]
            t[i, i] -= per_s[0]
        if i > 0:
            t[i, i - 1] = min(x, d) * mu_d + max(x - d, 0) * gives_up[0]
            t[i, i] -= t[i, i - 1]
    return t


@njit(cache=True)
def solve_one_pool(
    per_s: Floats, gives_up: Floats, d: int, mu_d: float, q1: int, q2: int
) -> tuple[Floats, Floats, Floats]:  # pragma: no cover - compiled
    """Dual-skilled handlers only, as ``solve_two_pools`` without 101-only handlers."""
    ratio = waiting_levels(per_s, gives_up, d, 0, mu_d, 0.0, q1, q2)
    block = side_generator(per_s, gives_up, d, mu_d, q1, d)  # censored: from d - 1 the room always comes back to d
    for m in range(q1 + 1):
        block[m, m] -= per_s[1]
    if q2 > 0:
        add_return(block, ratio[1], gives_up[1], d * mu_d, 0)
    p = np.zeros((q2 + 2, q1 + 1))
    p[0] = null_vector(block)
    for level in range(1, q2 + 1):
        p[level] = p[level - 1] @ ratio[level]
    idle = 0.0
    idle_busy = 0.0
    weight = p[0, 0]
    for x in range(d - 1, -1, -1):
        weight *= (x + 1) * mu_d / (per_s[0] + per_s[1])
        idle += weight
        idle_busy += x * weight
        if weight < 1e-300:
            break
    total = p.sum() + idle
    level_p = np.array([p[0].sum() + idle, p[1:].sum()]) / total
    level_busy = np.array([d * p[0].sum() + idle_busy, d * p[1:].sum()]) / total
    return p / total, level_p, level_busy


@njit(cache=True)
def lower_levels(
    side: list[Floats], per_s_101: float, mu_s: float, lowest: int, s: int
) -> Floats:  # pragma: no cover - compiled
    """P(the level above is entered in a phase) from the levels with a 101 handler idle, (s, phases, phases)."""
    n = side[0].shape[0]
    up = np.zeros((s, n, n))
    for y in range(lowest, s):
        block = -side[y]
        for i in range(n):
            block[i, i] += per_s_101
        if y > lowest:
            block -= (y * mu_s) * up[y - 1]
            for i in range(n):
                block[i, i] += y * mu_s
        up[y] = invert(block) * per_s_101
    return up


@njit(cache=True)
def solve_two_pools(
    per_s: Floats, gives_up: Floats, d: int, s: int, mu_d: Floats, mu_s: float, q1: int, q2: int, first: int
) -> tuple[Floats, Floats, Floats]:  # pragma: no cover - compiled
    """Stationary distribution with both pools; ``mu_d[y]`` is the rate of a busy 999-desk handler at level y, (s +
    1,).

    Returns P(every 999-desk handler busy, ...) as (q2 + 2, q1 + 1): rows are the waiting 101 calls, and the last
    row has the states in which a 101-only handler is idle, columns the waiting 999 calls; then the probability and
    the mean number of busy 999-desk handlers of the levels y = 0..s and of all above, (s + 2,) each. ``x`` below
    ``first`` is left out.
    """
    ratio = waiting_levels(per_s, gives_up, d, s, mu_d[s], mu_s, q1, q2)
    side = [side_generator(per_s, gives_up, d, mu_d[y], q1, first) for y in range(s + 1)]
    n = side[0].shape[0]
    top = d - first
    lowest = s
    weight = 1.0
    while lowest > 0 and weight > 1e-9:  # the 101 pool alone is a birth-death process up to s
        weight *= lowest * mu_s / per_s[1]
        lowest -= 1
    up = lower_levels(side, per_s[1], mu_s, lowest, s)
    block = side[s] + (s * mu_s) * up[s - 1]
    for i in range(n):
        block[i, i] -= s * mu_s + per_s[1]
        if i < top:
            block[i, i + 1] += per_s[1]
    if q2 > 0:
        add_return(block, ratio[1], s * mu_s + gives_up[1], d * mu_d[s], top)
    x_busy = np.minimum(np.arange(first, first + n), d).astype(np.float64)
    level_p = np.zeros(s + 2)
    level_busy = np.zeros(s + 2)
    weights = null_vector(block)
    p = np.zeros((q2 + 2, q1 + 1))
    p[0] = weights[top:]
    for level in range(1, q2 + 1):
        p[level] = p[level - 1] @ ratio[level]
    level_p[s + 1] = p[1:].sum()
    level_busy[s + 1] = d * level_p[s + 1]
    for y in range(s, lowest - 1, -1):
        if y < s:
            weights = (weights @ up[y]) * ((y + 1) * mu_s / per_s[1])
            p[q2 + 1] += weights[top:]
        level_p[y] = weights.sum()
        level_busy[y] = (weights * x_busy).sum()
    total = level_p.sum()
    return p / total, level_p / total, level_busy / total
