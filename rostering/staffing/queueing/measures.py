"""What is measured of a room in the steady state: places in the vector that the compiled functions return."""

import math

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats

# Pairs are 999 first. Every share is of the calls offered to its queue; whoever hangs up at once counts as abandoned.
P_WAIT, P_ABANDON, MEAN_WAIT_S, SERVICE_LEVEL = slice(0, 2), slice(2, 4), slice(4, 6), slice(6, 8)
OCCUPANCY = 8
PUBLISHED_LEVEL = 9  # service level of 999 by the published clock
ANSWERED_WAIT_S = slice(10, 12)  # waits of those answered / all offered: / (1 - p_abandon) is the mean answer time [s]
N_MEASURES = 12
LEVEL_999, LEVEL_101 = 6, 7
ABANDON_999, ABANDON_101 = 2, 3
ANSWERED_WAIT_999 = 10


def force_clock(threshold_s: float) -> Floats:
    """``clocks`` (3, 1) of one threshold on both clocks: no delay before the force's switch."""
    return np.array([[threshold_s], [1.0], [1.0]])


@njit(cache=True)
def idle_measures(clocks: Floats) -> Floats:  # pragma: no cover - compiled
    """Measures of a room without calls: nobody waits, and whoever called would be answered at once."""
    measures = np.zeros(N_MEASURES)
    measures[LEVEL_101] = 1.0
    for k in range(clocks.shape[1]):
        if clocks[0, k] >= 0.0:
            measures[LEVEL_999] += clocks[1, k]
            measures[PUBLISHED_LEVEL] += clocks[2, k]
    return measures


@njit(cache=True)
def fill_shares(
    measures: Floats, must_wait: Floats, waiting: Floats, per_s: Floats, gives_up: Floats, balking: Floats
) -> None:  # pragma: no cover - compiled
    """Fill what the chance of having to wait and the mean number waiting say by Little's law, (2,) each.

    The wait of answered 101 calls takes the wait of those who must wait, if nobody gave up, as exponential: then the
    answered and the abandoned wait as long.
    """
    for queue in range(2):
        measures[queue] = must_wait[queue]
        lost = balking[queue] * must_wait[queue]
        wait_s = 0.0
        if per_s[queue] > 0.0:
            wait_s = waiting[queue] / per_s[queue]
            lost += gives_up[queue] * wait_s
        measures[2 + queue] = min(1.0, lost)
        measures[4 + queue] = wait_s
        joins = must_wait[queue] * (1.0 - balking[queue])
        measures[10 + queue] = wait_s * max(0.0, 1.0 - gives_up[queue] * wait_s / joins) if joins > 0.0 else 0.0


@njit(cache=True)
def fill_waits_999(
    measures: Floats, p_line: Floats, answers_per_s: float, gives_up_per_s: float, stays: float, clocks: Floats
) -> None:  # pragma: no cover - compiled
    """Service levels of 999 by both clocks, and the waits of those answered, from the line that a caller finds.

    ``p_line[m]`` is P(every handler is busy and m 999 calls wait), ``answers_per_s`` the rate at which the busy
    handlers finish, ``stays`` the share of those who must wait who join the line. ``clocks`` (3, K) has thresholds
    [s] and the weight of each in the force's and in the published clock; a threshold below 0 is met by nobody.

    A caller behind m others moves up at the rates c + m g, ..., c + g, c: exp(-g T) of the time T that takes is
    Beta(c / g, m + 1) distributed. Being answered within t before giving up has the probability
    c / (c + (m + 1) g) I(1 - exp(-g t); m + 1, c / g + 1), with I the regularised incomplete beta function, whose
    terms in m follow from each other. The total is scaled to what the line loses, which Little's law gives exactly.
    """
    c, g = answers_per_s, gives_up_per_s
    waiting = 0.0
    lost = 0.0
    answered = 0.0
    wait_s = 0.0
    gone_s = 0.0  # sum of 1 / (c + k g) over k = 1..m + 1
    for m in range(p_line.size):
        gone_s += 1.0 / (c + (m + 1) * g)
        share = c / (c + (m + 1) * g)
        waiting += p_line[m]
        lost += (1.0 - share) * p_line[m]
        answered += share * p_line[m]
        wait_s += share * gone_s * p_line[m]
    at_once = 1.0 - measures[0]
    scale = stays
    if answered > 0.0 and measures[0] > 0.0:
        scale = max(0.0, 1.0 - measures[ABANDON_999] - at_once) / answered
    measures[ANSWERED_WAIT_999] = wait_s * scale
    measures[LEVEL_999] = 0.0
    measures[PUBLISHED_LEVEL] = 0.0
    for k in range(clocks.shape[1]):
        threshold_s = clocks[0, k]
        if threshold_s < 0.0:
            continue
        level = at_once + scale * _within(p_line, c, g, threshold_s)
        measures[LEVEL_999] += clocks[1, k] * level
        measures[PUBLISHED_LEVEL] += clocks[2, k] * level


@njit(cache=True)
def _within(p_line: Floats, c: float, g: float, threshold_s: float) -> float:  # pragma: no cover - compiled
    """P(waits and is answered within the threshold) if everybody who must wait joins the line."""
    moved_s = -math.expm1(-g * threshold_s) / g if g > 0.0 else threshold_s
    term = math.exp(-(c + g) * threshold_s)
    reached = 1.0 - term
    total = 0.0
    for m in range(p_line.size):
        if m > 0:
            term *= (c + m * g) / m * moved_s
            reached -= term
        total += p_line[m] * c / (c + (m + 1) * g) * max(0.0, reached)
    return total
