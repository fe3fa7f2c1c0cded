"""Two pools: handlers of the 999 desk, who answer both queues, and others for 101 only; with a reserve for 999.

Two rates of handling meet at the 999 desk. The chain gives a busy handler there one rate for each number x of calls on
the 999 side and each number y of busy 101 seats, that of the mix of calls then held, found as a fixed point. The mean
number of 101 calls held obeys linear balance equations if which calls are held is taken as independent from handler to
handler, as in one pool: for each x, apart for y < s and y = s. Over y < s it is spread as it is over all x together,
where the balance is exact.
"""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats
from rostering.staffing.queueing.chain import two_pool_states
from rostering.staffing.queueing.measures import (
    N_MEASURES,
    OCCUPANCY,
    fill_shares,
    fill_waits_999,
)
from rostering.staffing.queueing.pool import MAX_LINE, MAX_STEPS

MAX_WORK = 1e9  # multiplications of one solution: half a second
MEMORY = 256  # states around x = d whose mix is kept from one room to the next


@njit(cache=True)
def new_memory() -> Floats:  # pragma: no cover - compiled
    """A ``memory`` that remembers nothing."""
    return np.full((2, MEMORY), -1.0)


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
    tail: float,
    tolerance: float,
    memory: Floats,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:  # pragma: no cover - compiled
    """Measures of the room, (N_MEASURES,), as ``pool_measures``; NaN throughout also where the chain would take more
    than ``MAX_WORK``. Beside them the states as ``two_pool_states`` and the rates of x upwards and downwards.

    ``memory`` (2, MEMORY), shares of 101 calls among those held by x - d, for y < s and y = s, is where the search for
    the rates starts (negative: a guess) and is left where it ends.
    """
    nothing = np.full(N_MEASURES, np.nan)
    none = np.zeros((0, 0))
    if gives_up[0] + balking[0] == 0.0 and per_s[0] * aht_s[0] >= d:
        return nothing, none, none, nothing, none
    first = d - reserve
    weight = 1.0
    while first > 0 and weight > tail:  # the 999 desk is at least as busy as 999 alone would keep it
        weight *= min(1.0, first / (min(aht_s[0], aht_s[1]) * max(per_s[0], 1e-300)))
        first -= 1
    at_b = d - reserve - first
    guess = _first_share(per_s, aht_s, s)
    ends = 1.0 / aht_s
    # Behind a long line of 999 calls nearly all that is held is 999.
    mixed = ends[0] + guess * (ends[1] - ends[0])
    rate = 0.5 * (mixed + ends[0]) if mixed > ends[0] else max(mixed, 0.5 * (ends[0] + per_s[0] / d))
    q1, q2 = reach_of_queues(per_s, gives_up, balking, d, s, reserve, rate, ends[1], tail)
    n = d + q1 + 1 - first
    if q1 < 0 or float(q1 + reserve + 1) ** 3 * (q2 + 1) + float(n) ** 3 * (s + 1) > MAX_WORK:
        return nothing, none, none, nothing, none
    up = np.empty(n)
    for i in range(n):
        up[i] = per_s[0] if first + i < d else per_s[0] * (1.0 - balking[0])
    up[n - 1] = 0.0
    shares = np.empty((2, n))
    for i in range(n):
        at = min(max(first + i - d + MEMORY // 2, 0), MEMORY - 1)
        for region in range(2):
            shares[region, i] = guess if memory[region, at] < 0.0 else memory[region, at]
    levels = np.ones((s + 1, n))  # share of 101 calls held at x and y, over that of x and all y < s
    spread = _spread_101(per_s[1], ends[1], s)
    departs = np.empty((s + 1, n))
    off_before = np.zeros((2, n))
    part = 1.0 / (1.0 + 0.5 * max(0.0, aht_s[1] / aht_s[0] - 1.0))  # of the way to the shares found that a step goes
    for step in range(MAX_STEPS):
        _fill_departs(departs, shares, levels, gives_up, ends, d, first)
        p, waiting = two_pool_states(
            up, departs, per_s[1], per_s[1] * (1.0 - balking[1]), gives_up[1], s, ends[1], at_b, q2
        )
        found, levels = _held_101(p, waiting, up, departs, per_s[1], gives_up, ends[1], d, s, first, at_b, spread)
        off, part = _step_shares(shares, found, off_before, part, step == 0)
        if off <= tolerance:
            for i in range(n):
                at = first + i - d + MEMORY // 2
                if 0 <= at < MEMORY:
                    memory[:, at] = shares[:, i]
            measures = _measures(p, waiting, departs, per_s, gives_up, balking, d, s, reserve, first, clocks)
            return measures, p, waiting, up, departs
    return nothing, none, none, nothing, none


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
    return reach[0], int(1.1 * reach[1]) + 3


@njit(cache=True)
def _first_share(per_s: Floats, aht_s: Floats, s: int) -> float:  # pragma: no cover - compiled
    """Share of 101 among the calls held at the 999 desk if 101 overflows from its own seats as Erlang B says."""
    loss = 1.0
    for k in range(1, s + 1):
        loss = per_s[1] * aht_s[1] * loss / (k + per_s[1] * aht_s[1] * loss)
    load_101 = loss * per_s[1] * aht_s[1]
    load = per_s[0] * aht_s[0] + load_101
    return float(load_101 / load) if load > 0.0 else 0.0


@njit(cache=True)
def _spread_101(per_s_101: float, ends_101: float, s: int) -> Floats:  # pragma: no cover - compiled
    """How the 101 calls held at the 999 desk while y < s spread over y = 0..s - 1, to the sum 1.

    Whatever x does, h[y] of them are held while y 101 seats are busy: they follow y up and down and end, and enter only
    at y = s.
    """
    held = np.zeros(s)
    share = 0.0  # h[y - 1] / h[y]
    for y in range(s):
        share = (y + 1) * ends_101 / (per_s_101 + y * ends_101 + ends_101 - per_s_101 * share)
        held[y] = share
    above = 1.0
    for y in range(s - 1, -1, -1):
        above *= held[y]
        held[y] = above
    held /= held.sum()
    return held


@njit(cache=True)
def _fill_departs(
    departs: Floats, shares: Floats, levels: Floats, gives_up: Floats, ends: Floats, d: int, first: int
) -> None:  # pragma: no cover - compiled
    """Fill the rates of x downwards at each number of busy 101 seats, (s + 1, n)."""
    s = departs.shape[0] - 1
    for i in range(departs.shape[1]):
        x = first + i
        for y in range(s + 1):
            share = shares[1, i] if y == s else min(1.0, levels[y, i] * shares[0, i])
            departs[y, i] = min(x, d) * (ends[0] + share * (ends[1] - ends[0])) + max(x - d, 0) * gives_up[0]


@njit(cache=True)
def _held_101(
    p: Floats,
    waiting: Floats,
    up: Floats,
    departs: Floats,
    per_s_101: float,
    gives_up: Floats,
    ends_101: float,
    d: int,
    s: int,
    first: int,
    at_b: int,
    spread: Floats,
) -> tuple[Floats, Floats]:  # pragma: no cover - compiled
    """Mean number of 101 calls held and of busy handlers in each x, for y < s and y = s, (2, 2, n); and the share held
    at each y over that of all y < s, (s + 1, n).

    The equations are those of ``pool.fill_held`` for the two regions: from y = s the room falls to y < s when a 101
    seat frees while no 101 call waits, and comes back at the rate ``returns``. Unknowns are eliminated pair by pair.
    """
    n = up.size
    held = np.zeros((2, 2, n))
    rise = np.zeros((n, 2, 2))
    right = np.zeros((n, 2))
    p_open, p_full, down = np.zeros(n), np.zeros(n), np.zeros((2, n))
    busy_open = np.zeros(s)
    for i in range(n):
        busy, line = min(first + i, d), max(first + i - d, 0)
        total = 0.0
        for y in range(s):
            p_open[i] += p[y, i]
            busy_open[y] += busy * p[y, i]
            total += p[y, i] * departs[y, i]
        p_full[i] = p[s, i] + (waiting[:, i - at_b].sum() if i >= at_b else 0.0)
        ending = (total / p_open[i] if p_open[i] > 0.0 else departs[0, i]) - line * gives_up[0]
        for region in range(2):
            if region == 1:
                ending = departs[s, i] - line * gives_up[0]
            down[region, i] = ending * max(busy - 1, 0) / max(busy, 1) + line * gives_up[0]
            held[region, 1, i] = busy * (p_full[i] if region == 1 else p_open[i])
    returns = per_s_101 * spread[s - 1]
    before = np.zeros((2, 2))
    for i in range(n):
        none_waits = p[s, i] / p_full[i] if i >= at_b and p_full[i] > 0.0 else 1.0
        falls = s * ends_101 * none_waits
        up_full = up[i] + (per_s_101 if i < at_b else 0.0)
        down_open, down_full = (down[0, i], down[1, i]) if i > 0 else (0.0, 0.0)
        if i == at_b:
            down_full *= none_waits
            right[i, 1] = departs[s, i] * waiting[:, 0].sum()
        if 0 < i <= at_b:
            right[i, 1] += per_s_101 * p[s, i - 1]
        up_open_before = up[i - 1] if i > 0 else 0.0
        up_full_before = up_open_before + (per_s_101 if 0 < i <= at_b else 0.0)
        # What flows in from below is known as a part of what is held here (``before``) and a constant.
        a00 = up[i] + down_open + ends_101 + returns - up_open_before * before[0, 0]
        a01 = -falls - up_open_before * before[0, 1]
        a10 = -returns - up_full_before * before[1, 0]
        a11 = up_full + down_full + ends_101 + falls - up_full_before * before[1, 1]
        if i > 0:
            right[i, 0] += up_open_before * right[i - 1, 0]
            right[i, 1] += up_full_before * right[i - 1, 1]
        size = a00 * a11 - a01 * a10
        r0, r1 = right[i, 0], right[i, 1]
        right[i, 0] = (a11 * r0 - a01 * r1) / size
        right[i, 1] = (a00 * r1 - a10 * r0) / size
        if i < n - 1:
            next_open, next_full = down[0, i + 1], down[1, i + 1]
            if i + 1 == at_b:
                next_full *= p[s, at_b] / p_full[at_b] if p_full[at_b] > 0.0 else 1.0
            rise[i, 0, 0], rise[i, 0, 1] = a11 * next_open / size, -a01 * next_full / size
            rise[i, 1, 0], rise[i, 1, 1] = -a10 * next_open / size, a00 * next_full / size
            before = rise[i]
    held[0, 0, n - 1], held[1, 0, n - 1] = right[n - 1, 0], right[n - 1, 1]
    for i in range(n - 2, -1, -1):
        for region in range(2):
            held[region, 0, i] = right[i, region] + (
                rise[i, region, 0] * held[0, 0, i + 1] + rise[i, region, 1] * held[1, 0, i + 1]
            )
    if first == 0:
        held[:, 0, 0] = 0.0
    levels = np.ones((s + 1, n))
    for y in range(s):
        spread_busy = spread[y] / busy_open[y] if busy_open[y] > 0.0 else 0.0
        levels[y] = spread_busy
    for i in range(n):
        mean = 0.0
        for y in range(s):
            mean += p[y, i] * levels[y, i]
        for y in range(s):
            levels[y, i] *= p_open[i] / mean if mean > 0.0 else 0.0
    return held, levels


@njit(cache=True)
def _step_shares(
    shares: Floats, found: Floats, off_before: Floats, part: float, is_first: bool
) -> tuple[float, float]:  # pragma: no cover - compiled
    """Move the shares towards those found; how far off they were, and the part of the way taken, by Aitken's relaxation
    as in ``pool.step_rates``."""
    total, distance, product, size = 0.0, 0.0, 0.0, 0.0
    off = np.zeros(shares.shape)
    for region in range(2):
        for i in range(shares.shape[1]):
            held, busy = found[region, 0, i], found[region, 1, i]
            off[region, i] = (min(1.0, held / busy) if busy > 0.0 else 0.0) - shares[region, i]
            change = off[region, i] - off_before[region, i]
            total += busy
            distance += busy * abs(off[region, i])
            product += busy * off_before[region, i] * change
            size += busy * change * change
    if not is_first and size > 0.0:
        part = min(4.0, max(0.05, -part * product / size))
    for region in range(2):
        for i in range(shares.shape[1]):
            shares[region, i] = min(1.0, max(0.0, shares[region, i] + part * off[region, i]))
            off_before[region, i] = off[region, i]
    return distance / max(total, 1e-300), part


@njit(cache=True)
def _measures(
    p: Floats,
    waiting: Floats,
    departs: Floats,
    per_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    s: int,
    reserve: int,
    first: int,
    clocks: Floats,
) -> Floats:  # pragma: no cover - compiled
    """Shares, waits, levels and occupancy from the states."""
    measures = np.full(N_MEASURES, np.nan)
    at_b, full = d - reserve - first, d - first
    must_wait, queues = np.zeros(2), np.zeros(2)
    line = np.zeros(p.shape[1] - full)
    busy, finishing = 0.0, 0.0
    for i in range(p.shape[1]):
        late = waiting[:, i - at_b].sum() if i >= at_b else 0.0
        at_x = p[:, i].sum() + late
        busy += min(first + i, d) * at_x + s * late
        for y in range(s + 1):
            busy += y * p[y, i]
        if i >= at_b:
            must_wait[1] += p[s, i] + late
        if i >= full:
            line[i - full] = at_x
            must_wait[0] += at_x
            queues[0] += (i - full) * at_x
            answers = late * departs[s, i]
            for y in range(s + 1):
                answers += p[y, i] * departs[y, i]
            finishing += answers - at_x * (i - full) * gives_up[0]
    for level in range(waiting.shape[0]):
        queues[1] += level * waiting[level].sum()
    fill_shares(measures, must_wait, queues, per_s, gives_up, balking)
    measures[OCCUPANCY] = busy / (d + s)
    finishing = finishing / must_wait[0] if must_wait[0] > 0.0 else departs[s, full]
    fill_waits_999(measures, line, finishing, gives_up[0], 1.0 - balking[0], clocks)
    return measures
