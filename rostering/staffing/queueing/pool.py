"""One pool of dual-skilled handlers: 999 with priority, 101 behind it, a reserve for 999; in closed form.

States are the numbers ``x`` of calls on the 999 side: busy handlers, plus 999 calls waiting once all ``d`` are busy.
101 calls wait where x >= b = d - reserve. There 999 alone moves x: a birth-death process whose excursions above b
do not depend on the waiting 101 calls, each of which meanwhile gives up at a rate of its own. The number of waiting
101 calls seen at x = b then has a generating function whose Poisson-Charlier coefficients obey a recursion of first
order. Its regular solution gives, with ``g`` the rate of giving up, a the arrivals of 101 and B the handlers' rate at
x = b,

    P(x = b) / P(x = b, no 101 call waits) = sum over j >= 0 of prod over i = 1..j of a N(i g) / (B + i g N(i g)),

where N(s) - 1 is the rate of 999 calls at b times (1 - Laplace transform of an excursion) / s, a continued fraction.
Without 999 calls N is 1 and the sum is that of Erlang A. All else follows from balance and Little's law.

Busy handlers finish at a rate of their own in each x, that of the mix of calls held there: the number of 101 calls
held in each x obeys linear balance equations if which calls are held is taken as independent from handler to handler.
"""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats
from rostering.staffing.queueing.measures import N_MEASURES, OCCUPANCY, fill_shares, fill_waits_999, idle_measures

MAX_STEPS = 60  # of the search for the rates
MAX_LINE = 20_000  # waiting calls of a queue that are followed; more is no steady state within reach
LINE = 64  # 999 calls waiting that are followed at first
LANES = 8  # terms of the sum taken at once, which the compiler turns into vector instructions
NEVER = 1e-9  # callers who never give up are followed as if they did after thirty years [1/s]
MAX_TERM = 1e150  # terms are scaled down beyond it


@njit(cache=True)
def pool_measures(
    per_s: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    reserve: int,
    clocks: Floats,
    tail: float,
    tolerance: float,
) -> Floats:  # pragma: no cover - compiled
    """Measures of the room, (N_MEASURES,); NaN throughout where there is no steady state within ``MAX_LINE``, or where
    the rates are not found within ``MAX_STEPS``. The 101 service level is NaN.

    ``per_s``, ``aht_s``, ``gives_up`` [1/s] and ``balking`` are (2,), 999 first; ``clocks`` as ``fill_waits_999``.
    ``tail`` is the weight of the states left out, ``tolerance`` the mean relative step at which the rates count as
    found.
    """
    if per_s.sum() <= 0.0:
        return idle_measures(clocks)
    measures = np.full(N_MEASURES, np.nan)
    lost = gives_up + balking
    if (lost[0] == 0.0 and per_s[0] * aht_s[0] >= d) or (lost.sum() == 0.0 and (per_s * aht_s).sum() >= d):
        return measures
    lowest = lowest_state(per_s, aht_s, d, reserve, tail)
    line = LINE
    rates = np.full(d + line + 1 - lowest, per_s.sum() / (per_s * aht_s).sum())
    work = np.zeros((6, rates.size))
    part = 1.0 / (1.0 + 0.5 * max(0.0, aht_s[1] / aht_s[0] - 1.0))  # of the way to the rates found that a step goes
    for step in range(MAX_STEPS):
        n, empty, is_cut, is_endless = fill_states(
            work[0], rates, work[1], per_s, gives_up, balking, d, reserve, lowest, tail
        )
        fill_held(work, rates, n, empty, per_s, aht_s, gives_up, balking, d, reserve, lowest)
        off, part = step_rates(rates, work, n, part, step == 0, aht_s, d, lowest)
        if off <= tolerance:
            if is_endless:
                break
            if not is_cut:
                p = work[0, :n]
                fill_measures(measures, p, rates, empty, per_s, gives_up, balking, d, reserve, lowest, clocks)
                break
            line *= 4
            if line > MAX_LINE:
                break
            longer = np.full(d + line + 1 - lowest, rates[n - 1])
            longer[:n] = rates[:n]
            rates = longer
            work = np.zeros((6, rates.size))
    return measures


@njit(cache=True)
def lowest_state(per_s: Floats, aht_s: Floats, d: int, reserve: int, tail: float) -> int:  # pragma: no cover - compiled
    """Fewest busy handlers worth following: fewer have a weight under a thousandth of ``tail``."""
    offered_load = (per_s * aht_s).sum()
    x = d - reserve
    weight = 1.0
    total = 1.0
    while x > 0 and (weight > 1e-3 * tail * total or x > offered_load):
        weight *= x / offered_load
        total += weight
        x -= 1
        if total > MAX_TERM:
            weight /= total
            total = 1.0
    return x


@njit(cache=True)
def fill_states(
    p: Floats,
    rates: Floats,
    departs: Floats,
    per_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    reserve: int,
    lowest: int,
    tail: float,
) -> tuple[int, float, bool, bool]:  # pragma: no cover - compiled
    """Fill ``p``, the probabilities of x = lowest, lowest + 1, ...; their number, P(x = b and no 101 call waits),
    whether more 999 calls would have to be followed than there is room for, and whether the 101 queue has no end."""
    b = d - reserve
    at_b = b - lowest
    n = at_b + 1
    joins_999 = per_s[0] * (1.0 - balking[0])
    p[at_b] = 1.0
    total = 1.0
    is_cut = True
    while n < rates.size:
        x = lowest + n
        arrives = per_s[0] if x - 1 < d else joins_999
        departs[n] = min(x, d) * rates[n] + max(x - d, 0) * gives_up[0]
        p[n] = p[n - 1] * arrives / departs[n]
        total += p[n]
        n += 1
        if x >= d and p[n - 1] <= tail * total and arrives < departs[n - 1]:
            is_cut = False
            break
        if total > MAX_TERM:
            for i in range(at_b, n):
                p[i] /= MAX_TERM
            total /= MAX_TERM
    departs[at_b] = b * rates[at_b]
    last_999 = min(d - lowest, n - 1)  # states up to here are entered by every 999 call, further ones by those who wait
    scale, empty, is_endless = waiting_sum(
        departs[at_b:n], last_999 - at_b, per_s[0], joins_999, per_s[1] * (1.0 - balking[1]), max(gives_up[1], NEVER)
    )
    empty *= p[at_b]
    for i in range(at_b, n):
        p[i] *= scale
    total *= scale
    weight = empty
    for i in range(at_b - 1, -1, -1):
        weight *= (lowest + i + 1) * rates[i + 1] / (per_s[0] + per_s[1])
        p[i] = weight
        total += weight
        if total > MAX_TERM:
            weight /= MAX_TERM
            total /= MAX_TERM
            empty /= MAX_TERM
            k = i
            while k < n and p[k] > 0.0:  # a room so ample that what lies above has hardly any weight
                p[k] /= MAX_TERM
                k += 1
    for i in range(n):
        p[i] /= total
    return n, empty / total, is_cut, is_endless


@njit(cache=True)
def waiting_sum(
    departs: Floats, last: int, per_s_999: float, joins_999: float, joins_101: float, gives_up: float
) -> tuple[float, float, bool]:  # pragma: no cover - compiled
    """Weights of x = b in all and of x = b with no 101 call waiting, to one scale; and whether the sum has no end.

    ``departs[k]`` is the rate from b + k to b + k - 1, ``per_s_999`` the rate upwards to b + k for k <= ``last``,
    ``joins_999`` that beyond.
    """
    total = 1.0
    term = 1.0
    first = 1.0
    seen = np.empty(LANES)
    slope = np.empty(LANES)
    for start in range(1, MAX_LINE, LANES):
        for lane in range(LANES):
            seen[lane] = 1.0
            slope[lane] = (start + lane) * gives_up
        for k in range(departs.size - 1, 0, -1):
            upward, down = (per_s_999 if k <= last else joins_999), departs[k]
            for lane in range(LANES):
                seen[lane] = 1.0 + upward * seen[lane] / (down + slope[lane] * seen[lane])
        for lane in range(LANES):
            ratio = joins_101 * seen[lane] / (departs[0] + slope[lane] * seen[lane])
            term *= ratio
            total += term
            if ratio < 1.0 and term * ratio < 1e-13 * (1.0 - ratio) * total:
                return total, first, False
        if gives_up <= NEVER and ratio >= 1.0:
            break
        if total > MAX_TERM:
            total, term, first = total / MAX_TERM, term / MAX_TERM, first / MAX_TERM
    return total, first, True


@njit(cache=True)
def fill_held(
    work: Floats,
    rates: Floats,
    n: int,
    empty: float,
    per_s: Floats,
    aht_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    reserve: int,
    lowest: int,
) -> None:  # pragma: no cover - compiled
    """Fill ``work[1]``, the mean number of 101 calls held in each x (times its probability ``work[0]``).

    A held 101 call leaves x with any arrival, with the end of any other call of x, or with its own end. At b it stays
    while 101 calls wait: then each call that ends makes room for a waiting 101 call.
    """
    p, held, out, up, down = work[0], work[1], work[2], work[3], work[4]
    at_b = d - reserve - lowest
    joins_999 = per_s[0] * (1.0 - balking[0])
    ends_101 = 1.0 / aht_s[1]
    waits = 1.0 - empty / p[at_b] if p[at_b] > 0.0 else 1.0  # chance that a 101 call waits, at b
    for i in range(n):
        x = lowest + i
        others = max(min(x, d) - 1, 0) * rates[i] + max(x - d, 0) * gives_up[0]
        if i < at_b:
            up[i], down[i] = per_s.sum(), others
            held[i] = per_s[1] * p[i - 1] if i > 0 else 0.0
        else:
            up[i] = 0.0 if i == n - 1 else (per_s[0] if x < d else joins_999)
            down[i] = others
            held[i] = 0.0
        if i == at_b:
            held[i] = (d - reserve) * rates[i] * (p[i] - empty) + (per_s[1] * p[i - 1] if i > 0 else 0.0)
            down[i] *= 1.0 - waits
        if i == 0:  # no lower state is followed
            down[i] = 0.0
        out[i] = up[i] + down[i] + ends_101
        if i > 0:
            step = up[i - 1] / out[i - 1]
            out[i] -= step * down[i]
            held[i] += step * held[i - 1]
    held[n - 1] /= out[n - 1]
    for i in range(n - 2, -1, -1):
        held[i] = (held[i] + down[i + 1] * held[i + 1]) / out[i]
    if lowest == 0:
        held[0] = 0.0


@njit(cache=True)
def step_rates(
    rates: Floats, work: Floats, n: int, part: float, is_first: bool, aht_s: Floats, d: int, lowest: int
) -> tuple[float, float]:  # pragma: no cover - compiled
    """Move the rates towards those of the mix held; how far off they were, and the part of the way taken.

    The part is Aitken's relaxation [1]_, kept within 0.05..4. Where 101 calls take longer than 999 calls, faster
    handlers answer more 101 calls and so find themselves slower: full steps overshoot and may alternate for ever.

    References
    ----------
    .. [1] Irons and Tuck (1969), A version of the Aitken accelerator for computer iteration. IJNME 1(3).
    """
    p, held, off, off_before = work[0], work[1], work[2], work[5]
    rate_999, rate_101 = 1.0 / aht_s[0], 1.0 / aht_s[1]
    total, distance, product, size = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        busy = min(lowest + i, d) * p[i]
        share = min(1.0, held[i] / busy) if busy > 0.0 else 0.0
        off[i] = rate_999 + share * (rate_101 - rate_999) - rates[i]
        change = off[i] - off_before[i]
        total += busy * rates[i]
        distance += busy * abs(off[i])
        product += busy * off_before[i] * change
        size += busy * change * change
    if not is_first and size > 0.0:
        part = min(4.0, max(0.05, -part * product / size))
    for i in range(n):
        rates[i] = min(max(rates[i] + part * off[i], min(rate_999, rate_101)), max(rate_999, rate_101))
        off_before[i] = off[i]
    rates[n:] = rates[n - 1]
    return distance / max(total, 1e-300), part


@njit(cache=True)
def fill_measures(
    measures: Floats,
    p: Floats,
    rates: Floats,
    empty: float,
    per_s: Floats,
    gives_up: Floats,
    balking: Floats,
    d: int,
    reserve: int,
    lowest: int,
    clocks: Floats,
) -> None:  # pragma: no cover - compiled
    """Shares that wait and give up, waits by Little's law, and occupancy, from the states and the rates of handlers."""
    at_b = d - reserve - lowest
    full = d - lowest
    busy = 0.0
    line_999 = 0.0
    finishing = 0.0  # rate at which the busy handlers finish while 999 calls must wait
    for i in range(p.size):
        x = lowest + i
        busy += min(x, d) * p[i]
        if x >= d:
            line_999 += (x - d) * p[i]
            finishing += d * rates[i] * p[i]
    must_wait = np.array([p[full:].sum(), p[at_b:].sum()])
    taken = (d - reserve) * rates[at_b] * (p[at_b] - empty)  # rate at which waiting 101 calls are answered
    joins_101 = per_s[1] * (1.0 - balking[1]) * must_wait[1]
    # With callers who never give up followed as if they did after years, Little's law still says how many wait.
    waiting = np.array([line_999, max(0.0, joins_101 - taken) / max(gives_up[1], NEVER)])
    fill_shares(measures, must_wait, waiting, per_s, gives_up, balking)
    measures[OCCUPANCY] = busy / d
    finishing = finishing / measures[0] if measures[0] > 0.0 else d * rates[full]
    fill_waits_999(measures, p[full:], finishing, gives_up[0], 1.0 - balking[0], clocks)
