"""Chances of being answered in time for a caller who finds others waiting: first come, first served within a queue."""

import math

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats


@njit(cache=True)
def poisson_weights(mean: float) -> Floats:  # pragma: no cover - compiled
    """Poisson probabilities 0..K with a tail under 1e-15 beyond K; shape (K + 1,)."""
    n_terms = int(mean + 9.0 * math.sqrt(mean) + 25.0)
    weights = np.empty(n_terms)
    log_mean = math.log(mean) if mean > 0.0 else 0.0
    for k in range(n_terms):
        if mean == 0.0:
            weights[k] = 1.0 if k == 0 else 0.0
        else:
            weights[k] = math.exp(k * log_mean - mean - math.lgamma(k + 1.0))
    return weights


@njit(cache=True)
def answered_within(
    states: int, answers_per_s: float, gives_up_per_s: float, threshold_s: float
) -> Floats:  # pragma: no cover - compiled
    """P(answered within the threshold) of a caller with 0, 1, ... ``states`` - 1 callers ahead; shape (states,).

    All handlers are busy and together finish ``answers_per_s`` calls [1/s]; each waiting caller gives up at the rate
    ``gives_up_per_s`` [1/s]. The place in the queue is a pure death process, solved by uniformisation.
    """
    pace = answers_per_s + states * gives_up_per_s
    weights = poisson_weights(pace * threshold_s)
    reached = np.zeros(states)  # P(answered within k events)
    total = np.zeros(states)
    for k in range(1, weights.size):
        for place in range(states - 1, -1, -1):
            moves = answers_per_s + place * gives_up_per_s
            ahead_gone = 1.0 if place == 0 else reached[place - 1]
            stays = pace - moves - gives_up_per_s
            reached[place] = (moves * ahead_gone + stays * reached[place]) / pace
        for place in range(states):
            total[place] += weights[k] * reached[place]
    return total
