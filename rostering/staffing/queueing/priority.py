"""Two queues in one control room: 999 has priority over 101, callers of both may give up.

Two rates of handling meet at the 999 desk. The chain gives a busy handler there one rate for each number of busy 101
seats, that of the mix of calls then held, found as a fixed point. The tests hold the result against the exact chain
that keeps both rates: at 340 s and 600 s it is within about 0.25 points of the service level and 0.15 of
abandonment, up to a ratio of 5 within 0.6 of both.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from rostering.staffing.checks import Floats, require_count
from rostering.staffing.queueing.priority_chain import MAX_WORK, reach_of_queues, solve_one_pool, solve_two_pools
from rostering.staffing.queueing.waiting import answered_within, poisson_weights

# Places in the vector of measures that the compiled functions return.
P_WAIT, P_ABANDON, MEAN_WAIT_S, SERVICE_LEVEL = slice(0, 2), slice(2, 4), slice(4, 6), slice(6, 8)
OCCUPANCY, N_MEASURES = 8, 9
MAX_STEPS = 50  # of the search for the rates of the 999 desk


@dataclass(frozen=True, slots=True, eq=False)
class TwoClassPerformance:
    """Steady state of the room; arrays are (2,), 999 first, and every share is of the calls offered to that queue."""

    p_wait: Floats  # share of offered calls that wait at all
    p_abandon: Floats  # share of offered calls that are abandoned
    mean_wait_s: Floats  # mean wait of all offered calls, answered or abandoned [s]
    service_level: Floats  # share of offered calls answered within the queue's threshold
    occupancy: float  # handling time / time available on calls, both pools


def two_class_performance(
    offered_per_s: ArrayLike,
    aht_s: ArrayLike,
    patience_s: ArrayLike,
    seats_999: int,
    seats_101: int = 0,
    *,
    threshold_s: tuple[float, float] = (10.0, 60.0),
) -> TwoClassPerformance:
    """Steady-state performance of 999 and 101 in one room, 999 with non-preemptive priority, both with abandonment.

    Handlers of the 999 seats answer 999 first and 101 when no 999 call waits; those of the 101 seats answer 101
    only. A 101 call goes to an idle 101 seat first. Each queue is first come, first served.

    Parameters
    ----------
    offered_per_s : arrival rates of offered calls, 999 and 101, (2,) [1/s], >= 0
    aht_s : mean handling times, talk plus wrap-up, (2,) [s], > 0
    patience_s : mean patience, exponential, (2,) [s], > 0; infinity: nobody gives up
    seats_999 : handlers on the 999 desk, >= 1
    seats_101 : handlers on the 101 desk, >= 0
    threshold_s : answer thresholds of the service levels, 999 and 101 [s], >= 0

    Raises
    ------
    ValueError : an argument is out of range; callers never give up and the load exceeds the seats, so that there is
        no steady state; the room is so overloaded that the chain would grow past its bound; or the rates of the 999
        desk are not found within ``MAX_STEPS``

    References
    ----------
    .. [1] Gans, Koole and Mandelbaum (2003), Telephone call centers. MSOM 5(2), section 5 (skills and priorities).
    .. [2] Latouche and Ramaswami (1999), Introduction to Matrix Analytic Methods, chapter 12.
    """
    per_s, aht, patience = (np.asarray(values, dtype=np.float64) for values in (offered_per_s, aht_s, patience_s))
    for name, values in (("offered_per_s", per_s), ("aht_s", aht), ("patience_s", patience)):
        if values.shape != (2,):
            raise ValueError(f"{name} must have the shape (2,), 999 first, got {values.shape}")
        too_low = values < 0 if name == "offered_per_s" else ~(values > 0)
        if too_low.any() or (name != "patience_s" and not np.isfinite(values).all()):
            expected = "finite, at least 0" if name == "offered_per_s" else "above 0"
            raise ValueError(f"{name} must be {expected}, got {values.tolist()}")
    require_count(1, seats_999=seats_999)
    require_count(0, seats_101=seats_101)
    thresholds = np.array(threshold_s, dtype=np.float64)
    if not (np.isfinite(thresholds).all() and (thresholds >= 0).all()):
        raise ValueError(f"threshold_s must be at least 0 s, got {threshold_s}")
    pools = seats_101 if per_s[1] > 0.0 else 0  # without 101 calls the 101 seats change nothing
    measures = room_measures(
        per_s, aht, 1.0 / patience, seats_999, seats_101, thresholds, 1e-10, 1e-9, 0, True, np.zeros(pools + 1)
    )
    if math.isnan(measures[OCCUPANCY]):
        load = per_s * aht
        raise ValueError(
            f"no steady state within reach, or its rates not found in {MAX_STEPS} steps: loads of {load[0]:.1f} (999) "
            f"and {load[1]:.1f} erlangs (101) on {seats_999} seats for both queues and {seats_101} for 101 only; "
            f"give more seats or a shorter patience than {patience.tolist()} s"
        )
    return TwoClassPerformance(
        p_wait=measures[P_WAIT],
        p_abandon=measures[P_ABANDON],
        mean_wait_s=measures[MEAN_WAIT_S],
        service_level=measures[SERVICE_LEVEL],
        occupancy=float(measures[OCCUPANCY]),
    )


@njit(cache=True)
def room_measures(
    per_s: Floats,
    aht_s: Floats,
    gives_up: Floats,
    d: int,
    s: int,
    threshold_s: Floats,
    tail: float,
    tolerance: float,
    most_999: int,
    with_101_level: bool,
    mu_d: Floats,
) -> Floats:  # pragma: no cover - compiled
    """Measures of the room, (N_MEASURES,); NaN throughout where there is no steady state within ``MAX_WORK``, or where
    the rates of the 999 desk are not found within ``MAX_STEPS``.

    ``tail`` is the weight of the states left out, ``tolerance`` the relative step at which the rates of the 999
    desk count as found, ``most_999`` the length of the 999 line that is followed at most (0: as long as it gets).
    The 101 service level is NaN unless asked for. ``mu_d``, the rates of a busy 999-desk handler, is where their
    search starts (zeros: a guess) and is left where it ends: (1,) without 101 seats or calls, else (s + 1,).
    """
    if per_s.sum() <= 0.0:
        return idle_measures()
    if most_999 == 0 and gives_up[0] == 0.0 and per_s[0] * aht_s[0] >= d:
        return np.full(N_MEASURES, np.nan)
    mu = 1.0 / aht_s
    pools = mu_d.size - 1
    if mu_d[0] == 0.0:
        mu_d[:] = 1.0 / first_guess(per_s, aht_s, pools)
    measures = np.full(N_MEASURES, np.nan)
    first = d
    weight = 1.0
    while first > 0 and weight > tail:  # the 999 desk is at least as busy as 999 alone would keep it
        weight *= min(1.0, first / (min(aht_s[0], aht_s[1]) * max(per_s[0], 1e-300)))
        first -= 1
    found = mu_d.copy()
    off, off_before = np.zeros(pools + 1), np.zeros(pools + 1)
    part = 1.0 / (1.0 + 0.5 * max(0.0, aht_s[1] / aht_s[0] - 1.0))  # of the way to ``found`` that a step goes
    converged = False
    for step in range(MAX_STEPS):
        q1, q2 = reach_of_queues(per_s, gives_up, d, pools, mu_d[pools], mu[1], tail, most_999)
        work = float(q1 + 1) ** 3 * (q2 + 1) + float(d + q1 + 1 - first) ** 3 * (pools + 1)
        if q1 < 0 or work > MAX_WORK:
            if step == 0:  # a start that is too slow: the fastest rates that can be
                mu_d[:] = mu.max()
            else:  # the step went too far: half of it back
                part *= 0.5
                mu_d *= np.exp(-part * off_before)
            continue
        if pools == 0:
            p, level_p, level_busy = solve_one_pool(per_s, gives_up, d, mu_d[0], q1, q2)
        else:
            p, level_p, level_busy = solve_two_pools(per_s, gives_up, d, pools, mu_d, mu[1], q1, q2, first)
        fill_measures(measures, p, per_s, gives_up, q1, q2)
        busy_s = pools * (level_p[pools] + level_p[pools + 1])
        for y in range(pools):
            busy_s += y * level_p[y]
        measures[OCCUPANCY] = (level_busy.sum() + busy_s) / (d + s)
        flow_101 = max(0.0, per_s[1] * (1.0 - measures[3]) - busy_s * mu[1])
        found[:] = rates_by_level(flow_101, per_s[1], mu, level_busy)
        off[:] = np.log(found / mu_d)
        weight_busy = level_busy[: pools + 1] / max(level_busy.sum(), 1e-300)
        weight_busy[pools] = 1.0 - weight_busy[:pools].sum()  # with the states in which 101 calls wait
        if (np.abs(off) * weight_busy).sum() <= tolerance:
            converged = True
            break
        if off_before.any():
            part = next_part(part, off, off_before, weight_busy)
        off_before[:] = off
        mu_d *= np.exp(part * off)
    if not converged:
        return np.full(N_MEASURES, np.nan)
    answers_999 = d * mu_d[pools]
    answers_idle = d * (mu_d[:pools] * level_busy[:pools]).sum() / level_busy[:pools].sum() if pools else answers_999
    answered = answered_within(q1 + 1, answers_999, gives_up[0], threshold_s[0])
    answered_idle = answered_within(q1 + 1, answers_idle, gives_up[0], threshold_s[0]) if pools else answered
    measures[6] = 1.0 - measures[0] + (p[: q2 + 1] * answered).sum() + (p[q2 + 1] * answered_idle).sum()
    if with_101_level:
        reached = reached_101(per_s[0], gives_up, answers_999, pools * mu[1], threshold_s[1], q1, q2)
        measures[7] = 1.0 - measures[1] + (reached * p[: q2 + 1]).sum()
    return measures


@njit(cache=True)
def next_part(part: float, off: Floats, off_before: Floats, weight: Floats) -> float:  # pragma: no cover - compiled
    """Part of the way to the rates found that the next step goes: Aitken's relaxation [1]_, kept within 0.05..4.

    Where 101 calls take longer than 999 calls, faster handlers answer more 101 calls and so find themselves slower:
    a full step overshoots, and above a ratio of handling times of about 2.4 full steps alternate for ever.

    References
    ----------
    .. [1] Irons and Tuck (1969), A version of the Aitken accelerator for computer iteration. IJNME 1(3).
    """
    change = off - off_before
    size = (weight * change * change).sum()
    if size <= 0.0:
        return part
    return float(min(4.0, max(0.05, -part * (weight * off_before * change).sum() / size)))


@njit(cache=True)
def idle_measures() -> Floats:  # pragma: no cover - compiled
    """Measures of a room without calls: nobody waits, and whoever called would be answered in time."""
    measures = np.zeros(N_MEASURES)
    measures[6:8] = 1.0
    return measures


@njit(cache=True)
def first_guess(per_s: Floats, aht_s: Floats, s: int) -> float:  # pragma: no cover - compiled
    """AHT of the calls that reach the 999 desk if 101 overflows from its own seats as Erlang B says [s]."""
    loss = 1.0
    for k in range(1, s + 1):
        loss = per_s[1] * aht_s[1] * loss / (k + per_s[1] * aht_s[1] * loss)
    flow = per_s[0] + loss * per_s[1]
    return float((per_s[0] * aht_s[0] + loss * per_s[1] * aht_s[1]) / flow) if flow > 0.0 else float(aht_s[0])


@njit(cache=True)
def rates_by_level(
    flow_101: float, per_s_101: float, mu: Floats, level_busy: Floats
) -> Floats:  # pragma: no cover - compiled
    """Handling rates of a busy 999-desk handler by the busy 101 seats y = 0..s, (s + 1,) [1/s].

    ``h[y]``, the mean number of 101 calls at the 999 desk while y 101 seats are busy, obeys an exact balance: they
    end at their own rate, follow y up and down, and enter (``flow_101``) only where all 101 seats are busy. There a
    handler's chance to hold a 101 call is taken as the same whether or not 101 calls wait, which closes the
    tridiagonal equations.
    """
    s = level_busy.size - 2
    # Forward elimination of h[y] = share[y] * h[y + 1].
    share = np.zeros(s + 1)
    for y in range(s):
        below = per_s_101 * share[y - 1] if y > 0 else 0.0
        share[y] = (y + 1) * mu[1] / (per_s_101 + y * mu[1] + mu[1] - below)
    full = level_busy[s] + level_busy[s + 1]
    held = np.zeros(s + 1)
    if full > 0.0:
        part = level_busy[s] / full  # of the time with all 101 seats busy, busy-handler weighted, none waits
        falls = s * mu[1] * part
        returns = per_s_101 * share[s - 1] * part if s > 0 else 0.0
        held[s] = flow_101 / (mu[1] + falls - returns)
    at_s = held[s] * level_busy[s] / full if full > 0.0 else 0.0
    above = at_s
    rates = np.empty(s + 1)
    chance = min(1.0, held[s] / full) if full > 0.0 else 0.0
    rates[s] = (1.0 - chance) * mu[0] + chance * mu[1]
    for y in range(s - 1, -1, -1):
        above *= share[y]
        chance = min(1.0, above / level_busy[y]) if level_busy[y] > 0.0 else 0.0
        rates[y] = (1.0 - chance) * mu[0] + chance * mu[1]
    return rates


@njit(cache=True)
def fill_measures(
    measures: Floats, p: Floats, per_s: Floats, gives_up: Floats, q1: int, q2: int
) -> None:  # pragma: no cover - compiled
    """Shares that wait and give up, and mean waits by Little's law, from the states in which someone may wait."""
    waiting_999 = 0.0
    waiting_101 = 0.0
    for m in range(q1 + 1):
        waiting_999 += m * p[:, m].sum()
    for q in range(q2 + 1):
        waiting_101 += q * p[q].sum()
    measures[0] = p.sum()
    measures[1] = p[: q2 + 1].sum()
    measures[2] = gives_up[0] * waiting_999 / per_s[0] if per_s[0] > 0.0 else 0.0
    measures[3] = gives_up[1] * waiting_101 / per_s[1] if per_s[1] > 0.0 else 0.0
    measures[4] = waiting_999 / per_s[0] if per_s[0] > 0.0 else 0.0
    measures[5] = waiting_101 / per_s[1] if per_s[1] > 0.0 else 0.0


@njit(cache=True)
def reached_101(
    per_s_999: float, gives_up: Floats, answers_999: float, answers_101: float, threshold_s: float, q1: int, q2: int
) -> Floats:  # pragma: no cover - compiled
    """P(answered within the threshold) of a 101 caller with ``place`` ahead and ``m`` 999 calls waiting; (q2 + 1,
    q1 + 1).

    By uniformisation: a 101 seat frees, a 999-desk handler frees (for 101 only when no 999 call waits), someone
    gives up.
    """
    pace = per_s_999 + answers_999 + answers_101 + (q1 + 1) * gives_up[0] + (q2 + 1) * gives_up[1]
    weights = poisson_weights(pace * threshold_s)
    old = np.zeros((q2 + 1, q1 + 1))
    new = np.zeros((q2 + 1, q1 + 1))
    total = np.zeros((q2 + 1, q1 + 1))
    for k in range(1, weights.size):
        for place in range(q2 + 1):
            for m in range(q1 + 1):
                moves = answers_101 + (answers_999 if m == 0 else 0.0)
                rate = moves + place * gives_up[1]
                gain = rate * (1.0 if place == 0 else old[place - 1, m])
                if m < q1:
                    gain += per_s_999 * old[place, m + 1]
                    rate += per_s_999
                if m > 0:
                    gain += (answers_999 + m * gives_up[0]) * old[place, m - 1]
                    rate += answers_999 + m * gives_up[0]
                new[place, m] = (gain + (pace - rate - gives_up[1]) * old[place, m]) / pace
        old, new = new, old
        for place in range(q2 + 1):
            for m in range(q1 + 1):
                total[place, m] += weights[k] * old[place, m]
    return total
