"""Block elimination of the room's states with 101 calls waiting, and of those with an idle 101-only handler.

State: ``x`` calls of the 999 desk's side (its busy handlers, plus 999 calls waiting once all ``d`` are busy) and
``y`` calls of the 101 side (101-only handlers busy, plus 101 calls waiting once all ``s`` are busy and at most the
reserve is idle at the 999 desk). Because a 101 call goes to an idle 101-only handler first, y > s happens only where
x >= b = d - reserve: two numbers tell the whole state. Levels are ``y``; a level reaches only its neighbours, so levels
are eliminated one by one (Latouche and Ramaswami 1999, Introduction to Matrix Analytic Methods, chapter 12:
level-dependent processes). ``up[k]`` and ``departs[k]`` are the rates of x from b + k upwards and downwards.
"""

import math

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats


@njit(cache=True, fastmath=True)
def invert(a: Floats, factor: float, into: Floats) -> None:  # pragma: no cover - compiled
    """Fill ``into`` with ``factor`` x the inverse of a diagonally dominant matrix, which is overwritten.

    By Gauss-Jordan steps, which need no pivots then; two rows at a time, which halves what is read and written.
    """
    n = a.shape[0]
    one, two = np.zeros(n), np.zeros(n)
    for k in range(0, n, 2):
        after = k + 1 if k + 1 < n else k
        p, q, r, s = a[k, k], a[k, after], a[after, k], a[after, after]
        if after == k:
            q, r, s = 0.0, 0.0, 1.0
        size = 1.0 / (p * s - q * r)
        a[k, k], a[k, after], a[after, k], a[after, after] = 1.0, 0.0, 0.0, 1.0
        for j in range(n):
            one[j] = (s * a[k, j] - q * a[after, j]) * size
            two[j] = (p * a[after, j] - r * a[k, j]) * size
        for i in range(n):
            first, second = a[i, k], a[i, after] if after > k else 0.0
            a[i, k], a[i, after] = 0.0, 0.0
            row = a[i]
            for j in range(n):
                row[j] -= first * one[j] + second * two[j]
        for j in range(n):
            a[after, j] = two[j]
            a[k, j] = one[j]
    for i in range(n):
        for j in range(n):
            into[i, j] = factor * a[i, j]


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
def waiting_levels(
    up: Floats, departs: Floats, joins_101: float, gives_up_101: float, side: float, q2: int
) -> Floats:  # pragma: no cover - compiled
    """R matrices (q2 + 1, n, n) of the levels with 101 waiting: p[level] = p[level - 1] @ R[level].

    ``side`` is the rate at which the 101-only handlers finish; at x = b, k = 0, the 999 desk takes waiting 101 calls.
    """
    n = up.size
    ratio = np.zeros((q2 + 1, n, n))
    for level in range(q2, 0, -1):
        block = np.zeros((n, n))
        if level < q2:
            add_return(block, ratio[level + 1], side + (level + 1) * gives_up_101, departs[0])
        leaves = side + level * gives_up_101 + (joins_101 if level < q2 else 0.0)
        for k in range(n):
            block[k, k] -= leaves + departs[k] + up[k]
            if k < n - 1:
                block[k, k + 1] += up[k]
            if k > 0:
                block[k, k - 1] += departs[k]
        invert(block, -joins_101, ratio[level])
    return ratio


@njit(cache=True)
def add_return(block: Floats, ratio: Floats, leaves: float, taken: float) -> None:  # pragma: no cover - compiled
    """Add, to the last states, what comes back from the level above: R @ (leaves x identity + ``taken`` at x = b)."""
    n = ratio.shape[0]
    first = block.shape[0] - n
    for i in range(n):
        for j in range(n):
            block[first + i, first + j] += ratio[i, j] * leaves
        block[first + i, first] += ratio[i, 0] * taken


@njit(cache=True)
def one_pool_waiting(
    up: Floats, departs: Floats, joins_101: float, gives_up_101: float, q2: int
) -> Floats:  # pragma: no cover - compiled
    """P(x = b + k, 101 calls waiting) in one pool, given that 101 must wait: (q2 + 1, n)."""
    n = up.size
    ratio = waiting_levels(up, departs, joins_101, gives_up_101, 0.0, q2)
    block = np.zeros((n, n))
    for k in range(n):  # from b - 1 the room always comes back to b
        block[k, k] -= up[k] + joins_101 + (departs[k] if k > 0 else 0.0)
        if k < n - 1:
            block[k, k + 1] += up[k]
        if k > 0:
            block[k, k - 1] += departs[k]
    add_return(block, ratio[1], gives_up_101, departs[0])
    p = np.zeros((q2 + 1, n))
    p[0] = null_vector(block)
    for level in range(1, q2 + 1):
        multiply(p[level - 1], ratio[level], 1.0, p[level])
    p /= p.sum()
    return p


@njit(cache=True)
def two_pool_states(
    side_up: Floats,
    side_departs: Floats,
    per_s_101: float,
    joins_101: float,
    gives_up_101: float,
    s: int,
    rate_s: float,
    at_b: int,
    q2: int,
) -> tuple[Floats, Floats]:  # pragma: no cover - compiled
    """Stationary distribution with both pools.

    ``side_up`` (n,) and ``side_departs`` (s + 1, n) are the rates of x = first..first + n - 1 at each number of busy
    101-only handlers, ``rate_s`` the rate of one of those, ``at_b`` the place of b. Returns the probabilities of
    (y = 0..s, x), (s + 1, n), with no 101 call waiting, and of (1..q2 101 calls waiting, x = b...), (q2 + 1, n -
    at_b), whose row 0 is empty.
    """
    n = side_up.size
    side = s * rate_s
    ratio = waiting_levels(side_up[at_b:], side_departs[s, at_b:], joins_101, gives_up_101, side, q2)
    lowest = s
    weight = 1.0
    while lowest > 0 and weight > 1e-9:  # the 101 pool alone is a birth-death process up to s
        weight *= lowest * rate_s / per_s_101
        lowest -= 1
    rises = np.zeros((s, n, n))
    for y in range(lowest, s):  # P(the level above is entered in a state)
        block = np.zeros((n, n))
        _add_side(block, side_up, side_departs[y])
        falls = y * rate_s if y > lowest else 0.0
        _add_scaled(block, rises[y - 1], falls)
        for i in range(n):
            block[i, i] -= per_s_101 + falls
        invert(block, -per_s_101, rises[y])
    block = np.zeros((n, n))
    _add_side(block, side_up, side_departs[s])
    _add_scaled(block, rises[s - 1], side)
    for i in range(n):
        block[i, i] -= side + (per_s_101 if i < at_b else joins_101)
        if i < at_b:
            block[i, i + 1] += per_s_101
    add_return(block, ratio[1], side + gives_up_101, side_departs[s, at_b])
    p = np.zeros((s + 1, n))
    waiting = np.zeros((q2 + 1, n - at_b))
    p[s] = null_vector(block)
    multiply(p[s, at_b:], ratio[1], 1.0, waiting[1])
    for level in range(2, q2 + 1):
        multiply(waiting[level - 1], ratio[level], 1.0, waiting[level])
    for y in range(s - 1, lowest - 1, -1):
        multiply(p[y + 1], rises[y], (y + 1) * rate_s / per_s_101, p[y])
    total = p.sum() + waiting.sum()
    p /= total
    waiting /= total
    return p, waiting


@njit(cache=True)
def _add_side(block: Floats, up: Floats, departs: Floats) -> None:  # pragma: no cover - compiled
    """Add the generator of x while 101 calls do not touch it."""
    n = up.size
    for i in range(n):
        if i < n - 1:
            block[i, i] -= up[i]
            block[i, i + 1] += up[i]
        if i > 0:
            block[i, i] -= departs[i]
            block[i, i - 1] += departs[i]


@njit(cache=True)
def _add_scaled(block: Floats, other: Floats, factor: float) -> None:  # pragma: no cover - compiled
    """Add ``factor`` times another matrix."""
    for i in range(block.shape[0]):
        for j in range(block.shape[0]):
            block[i, j] += factor * other[i, j]


@njit(cache=True)
def multiply(row: Floats, matrix: Floats, factor: float, into: Floats) -> None:  # pragma: no cover - compiled
    """Fill ``into`` with ``factor`` x row x matrix."""
    into[:] = 0.0
    for i in range(row.size):
        for j in range(into.size):
            into[j] += factor * row[i] * matrix[i, j]


@njit(cache=True)
def within_101(
    up: Floats, departs: Floats, gives_up_101: float, side: float, threshold_s: float, q2: int
) -> Floats:  # pragma: no cover - compiled
    """P(answered within the threshold) of a 101 caller with ``place`` ahead at x = b + k; (q2 + 1, n).

    By uniformisation: a 101-only handler frees, a 999-desk handler frees (for 101 only at x = b), someone gives up.
    """
    n = up.size
    pace = side + (q2 + 1) * gives_up_101
    for k in range(n):
        pace = max(pace, up[k] + departs[k] + side + (q2 + 1) * gives_up_101)
    weights = poisson_weights(pace * threshold_s)
    old = np.zeros((q2 + 1, n))
    new = np.zeros((q2 + 1, n))
    total = np.zeros((q2 + 1, n))
    for event in range(1, weights.size):
        for place in range(q2 + 1):
            for k in range(n):
                moves = side + (departs[0] if k == 0 else 0.0)
                rate = moves + place * gives_up_101
                gain = rate * (1.0 if place == 0 else old[place - 1, k])
                if place == 0:
                    gain = moves
                if k < n - 1:
                    gain += up[k] * old[place, k + 1]
                    rate += up[k]
                if k > 0:
                    gain += departs[k] * old[place, k - 1]
                    rate += departs[k]
                new[place, k] = (gain + (pace - rate - gives_up_101) * old[place, k]) / pace
        old, new = new, old
        total += weights[event] * old
    return total


@njit(cache=True)
def poisson_weights(mean: float) -> Floats:  # pragma: no cover - compiled
    """Poisson probabilities 0..K with a tail under 1e-15 beyond K; shape (K + 1,)."""
    n_terms = int(mean + 9.0 * np.sqrt(mean) + 25.0)
    weights = np.zeros(n_terms)
    weights[0] = 1.0
    if mean > 0.0:
        log_mean = np.log(mean)
        for k in range(n_terms):
            weights[k] = np.exp(k * log_mean - mean - math.lgamma(k + 1.0))
    return weights
