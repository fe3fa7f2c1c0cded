"""Two pools: handlers of the 999 desk, who answer both queues, and others for 101 only; with a reserve for 999.

Two rates of handling meet at the 999 desk. The chain gives a busy handler there one rate for each number of busy 101
seats, that of the mix of calls then held, found as a fixed point.
"""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats
from rostering.staffing.queueing.chain import two_pool_states, within_101
from rostering.staffing.queueing.measures import (
    ABANDON_101,
    LEVEL_101,
    N_MEASURES,
    OCCUPANCY,
    fill_shares,
    fill_waits_999,
)
from rostering.staffing.queueing.pool import MAX_STEPS

MAX_WORK = 1e9  # multiplications of one solution: half a second
MAX_LINE = 20_000  # waiting calls of a queue that are followed; more is no steady state within reach


@njit(cache=True)
def two_pool_measures(
    per_s: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    s: int,
    reserve: int,
    clocks: Floats,
    threshold_101_s: float,
    tail: float,
    tolerance: float,
    rates: Floats,
) -> Floats:  # pragma: no cover - compiled
    """Measures of the room, (N_MEASURES,), as ``pool_measures``; NaN throughout also where the chain would take more
    than ``MAX_WORK``. The 101 service level is NaN where its threshold is.

    ``rates`` (s + 1,), those of a busy handler of the 999 desk by the busy 101 seats, is where their search starts
    (zeros: a guess) and is left where it ends.
    """
    measures = np.full(N_MEASURES, np.nan)
    if gives_up[0] + balking[0] == 0.0 and per_s[0] * aht_s[0] >= d:
        return measures
    if rates[0] == 0.0:
        rates[:] = 1.0 / _first_guess(per_s, aht_s, s)
    first = d - reserve
    weight = 1.0
    while first > 0 and weight > tail:  # the 999 desk is at least as busy as 999 alone would keep it
        weight *= min(1.0, first / (min(aht_s[0], aht_s[1]) * max(per_s[0], 1e-300)))
        first -= 1
    at_b = d - reserve - first
    off, off_before = np.zeros(s + 1), np.zeros(s + 1)
    part = 1.0 / (1.0 + 0.5 * max(0.0, aht_s[1] / aht_s[0] - 1.0))  # of the way to the rates found that a step goes
    for step in range(MAX_STEPS):
        q1, q2 = reach_of_queues(per_s, gives_up, balking, d, s, reserve, rates[s], 1.0 / aht_s[1], tail)
        work = float(q1 + reserve + 1) ** 3 * (q2 + 1) + float(d + q1 + 1 - first) ** 3 * (s + 1)
        if q1 < 0 or work > MAX_WORK:
            if step == 0:  # a start that is too slow: the fastest rates that can be
                rates[:] = 1.0 / aht_s.min()
            else:  # the step went too far: half of it back
                part *= 0.5
                rates *= np.exp(-part * off_before)
            continue
        up, departs = _side_rates(per_s, gives_up, balking, d, first, q1, rates)
        p, waiting = two_pool_states(
            up, departs, per_s[1], per_s[1] * (1.0 - balking[1]), gives_up[1], s, 1.0 / aht_s[1], at_b, q2
        )
        level_busy = _fill(measures, p, waiting, per_s, gives_up, balking, d, s, first, at_b)
        busy_101_s = measures[OCCUPANCY] * (d + s) - level_busy.sum()
        flow_101 = max(0.0, per_s[1] * (1.0 - measures[ABANDON_101]) - busy_101_s / aht_s[1])
        off[:] = np.log(_rates_by_level(flow_101, per_s[1], aht_s, level_busy) / rates)
        weights = level_busy[: s + 1] / max(level_busy.sum(), 1e-300)
        weights[s] = 1.0 - weights[:s].sum()  # with the states in which 101 calls wait
        if (np.abs(off) * weights).sum() <= tolerance:
            line = np.zeros(q1 + 1)
            for m in range(q1 + 1):
                line[m] = p[:, d - first + m].sum() + waiting[:, reserve + m].sum()
            full = p[:, d - first :].sum(axis=1)
            full[s] += waiting[:, reserve:].sum()
            finishing = d * (full * rates).sum() / full.sum() if full.sum() > 0.0 else d * rates[s]
            fill_waits_999(measures, line, finishing, gives_up[0], 1.0 - balking[0], clocks)
            measures[LEVEL_101] = np.nan
            if threshold_101_s >= 0.0:
                within = within_101(up[at_b:], departs[s, at_b:], gives_up[1], s / aht_s[1], threshold_101_s, q2)
                joins = (within * waiting).sum() + (within[0] * p[s, at_b:]).sum()
                measures[LEVEL_101] = 1.0 - measures[1] + (1.0 - balking[1]) * joins
            return measures
        if off_before.any():
            part = _next_part(part, off, off_before, weights)
        off_before[:] = off
        rates *= np.exp(part * off)
    return np.full(N_MEASURES, np.nan)


@njit(cache=True)
def reach_of_queues(
    per_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    s: int,
    reserve: int,
    rate_d: float,
    rate_s: float,
    tail: float,
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Most waiting 999 and 101 calls worth following: past them the weight falls under ``tail``; -1 where it never
    does."""
    reach = np.zeros(2, dtype=np.int64)
    joins = per_s * (1.0 - balking)
    spare = max(0.0, (d - reserve) * rate_d - per_s[0])
    for queue in range(2):
        # What serves 101 in the 999 pool comes in bursts between 999 queues: counted at 70% where callers give up.
        served = d * rate_d if queue == 0 else s * rate_s + (0.7 if gives_up[1] > 0.0 else 1.0) * spare
        weight = 1.0
        while weight > tail:
            reach[queue] += 1
            if reach[queue] > MAX_LINE:
                return -1, -1
            weight *= joins[queue] / max(served + reach[queue] * gives_up[queue], 1e-300)
    return reach[0], int(1.3 * reach[1]) + 5


@njit(cache=True)
def _side_rates(
    per_s: Floats, gives_up: Floats, balking: Floats, d: int, first: int, q1: int, rates: Floats
) -> tuple[Floats, Floats]:  # pragma: no cover - compiled
    """Rates of x = first..d + q1 upwards (n,), and downwards at each number of busy 101 seats (s + 1, n)."""
    n = d + q1 + 1 - first
    up = np.zeros(n)
    departs = np.zeros((rates.size, n))
    for i in range(n):
        x = first + i
        up[i] = per_s[0] if x < d else per_s[0] * (1.0 - balking[0])
        for y in range(rates.size):
            departs[y, i] = min(x, d) * rates[y] + max(x - d, 0) * gives_up[0]
    up[n - 1] = 0.0
    return up, departs


@njit(cache=True)
def _fill(
    measures: Floats,
    p: Floats,
    waiting: Floats,
    per_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    s: int,
    first: int,
    at_b: int,
) -> Floats:  # pragma: no cover - compiled
    """Shares, waits and occupancy from the states; the mean busy handlers of the 999 desk by the busy 101 seats, and
    where 101 calls wait, (s + 2,)."""
    n = p.shape[1]
    busy = np.zeros(s + 2)
    must_wait, queues = np.zeros(2), np.zeros(2)
    for i in range(n):
        x = first + i
        at_x = p[:, i].sum()
        for y in range(s + 1):
            busy[y] += min(x, d) * p[y, i]
        if i >= at_b:
            late = waiting[:, i - at_b].sum()
            at_x += late
            busy[s + 1] += min(x, d) * late
            must_wait[1] += p[s, i] + late
        if x >= d:
            must_wait[0] += at_x
            queues[0] += (x - d) * at_x
    for level in range(waiting.shape[0]):
        queues[1] += level * waiting[level].sum()
    fill_shares(measures, must_wait, queues, per_s, gives_up, balking)
    busy_101 = s * waiting.sum()
    for y in range(s + 1):
        busy_101 += y * p[y].sum()
    measures[OCCUPANCY] = (busy.sum() + busy_101) / (d + s)
    return busy


@njit(cache=True)
def _next_part(part: float, off: Floats, off_before: Floats, weight: Floats) -> float:  # pragma: no cover - compiled
    """Part of the way that the next step goes: Aitken's relaxation, as in ``pool.step_rates``."""
    change = off - off_before
    size = (weight * change * change).sum()
    if size <= 0.0:
        return part
    return float(min(4.0, max(0.05, -part * (weight * off_before * change).sum() / size)))


@njit(cache=True)
def _first_guess(per_s: Floats, aht_s: Floats, s: int) -> float:  # pragma: no cover - compiled
    """AHT of the calls that reach the 999 desk if 101 overflows from its own seats as Erlang B says [s]."""
    loss = 1.0
    for k in range(1, s + 1):
        loss = per_s[1] * aht_s[1] * loss / (k + per_s[1] * aht_s[1] * loss)
    flow = per_s[0] + loss * per_s[1]
    return float((per_s[0] * aht_s[0] + loss * per_s[1] * aht_s[1]) / flow) if flow > 0.0 else float(aht_s[0])


@njit(cache=True)
def _rates_by_level(
    flow_101: float, per_s_101: float, aht_s: Floats, level_busy: Floats
) -> Floats:  # pragma: no cover - compiled
    """Handling rates of a busy 999-desk handler by the busy 101 seats y = 0..s, (s + 1,) [1/s].

    ``h[y]``, the mean number of 101 calls at the 999 desk while y 101 seats are busy, obeys an exact balance: they
    end at their own rate, follow y up and down, and enter (``flow_101``) only where all 101 seats are busy. There a
    handler's chance to hold a 101 call is taken as the same whether or not 101 calls wait, which closes the
    tridiagonal equations.
    """
    s = level_busy.size - 2
    rate_999, rate_101 = 1.0 / aht_s[0], 1.0 / aht_s[1]
    # Forward elimination of h[y] = share[y] * h[y + 1].
    share = np.zeros(s + 1)
    for y in range(s):
        below = per_s_101 * share[y - 1] if y > 0 else 0.0
        share[y] = (y + 1) * rate_101 / (per_s_101 + y * rate_101 + rate_101 - below)
    full = level_busy[s] + level_busy[s + 1]
    held = 0.0
    if full > 0.0:
        part = level_busy[s] / full  # of the time with all 101 seats busy, busy-handler weighted, none waits
        falls = s * rate_101 * part
        returns = per_s_101 * share[s - 1] * part if s > 0 else 0.0
        held = flow_101 / (rate_101 + falls - returns)
    above = held * level_busy[s] / full if full > 0.0 else 0.0
    rates = np.empty(s + 1)
    chance = min(1.0, held / full) if full > 0.0 else 0.0
    rates[s] = rate_999 + chance * (rate_101 - rate_999)
    for y in range(s - 1, -1, -1):
        above *= share[y]
        chance = min(1.0, above / level_busy[y]) if level_busy[y] > 0.0 else 0.0
        rates[y] = rate_999 + chance * (rate_101 - rate_999)
    return rates
