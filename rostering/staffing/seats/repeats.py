"""Calls that exist because earlier ones were given up: redials of both queues, and 101 callers who dial 999 instead.

Offered calls = first attempts + redials + spill. A caller who gives up dials again after an exponential delay, so
that part of an interval's repeats arrives in later intervals:

    o101 = f101 + redial101 * back(ab101 * o101)
    o999 = f999 + redial999 * back(ab999 * o999) + spill * back(ab101 * o101)

where ``back`` moves calls given up at even times of an interval to the times at which they return, and what was given
up before the first interval is taken to have gone on as in it. The delay counts from the arrival of the call given
up: its wait, minutes at most, is part of it.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from rostering.staffing.assumptions import RoomAssumptions
from rostering.staffing.checks import Floats


def first_attempts(
    offered: ArrayLike, abandonment: ArrayLike | None, assumptions: RoomAssumptions, interval_s: int
) -> Floats:
    """Calls dialled for the first time, (..., 2, intervals), behind offered calls of which some were given up.

    Parameters
    ----------
    offered : offered calls of each interval, (..., 2, intervals), 999 first; leading axes are sample paths
    abandonment : share of them that was given up, (2, intervals); None: nobody gave up
    assumptions : redial and spill shares with their delays
    interval_s : width of an interval [s]

    Never below 0: where past spill explains more than all 999 calls, no first attempt is left.
    """
    calls = np.asarray(offered, dtype=np.float64)
    if abandonment is None:
        return calls.copy()
    gave_up = calls * np.asarray(abandonment, dtype=np.float64)
    emergency, other = assumptions.queues
    first = calls.copy()
    first[..., 1, :] -= other.redial * returning(gave_up[..., 1, :], other.redial_delay_s, interval_s)
    first[..., 0, :] -= emergency.redial * returning(gave_up[..., 0, :], emergency.redial_delay_s, interval_s)
    first[..., 0, :] -= assumptions.spill * returning(gave_up[..., 1, :], assumptions.spill_delay_s, interval_s)
    return np.maximum(first, 0.0)


def with_repeats(first: ArrayLike, abandonment: ArrayLike, assumptions: RoomAssumptions, interval_s: int) -> Floats:
    """Offered calls, (2, intervals), of first attempts of which a share is given up: ``first_attempts`` undone.

    Parameters
    ----------
    first : first attempts of each interval, (2, intervals), 999 first
    abandonment : share of offered calls given up, (2, intervals)
    assumptions, interval_s : as for ``first_attempts``
    """
    calls = np.array(first, dtype=np.float64)
    gives_up = np.asarray(abandonment, dtype=np.float64)
    emergency, other = assumptions.queues
    _add_redials(calls[1], gives_up[1], other.redial, other.redial_delay_s, interval_s)
    calls[0] += assumptions.spill * returning(gives_up[1] * calls[1], assumptions.spill_delay_s, interval_s)
    _add_redials(calls[0], gives_up[0], emergency.redial, emergency.redial_delay_s, interval_s)
    return calls


def returning(gave_up: Floats, delay_s: float, interval_s: int) -> Floats:
    """Calls of each interval, (..., intervals), that return an exponential delay after they were given up.

    Those about to return, P, obey P' = rate of giving up - P / delay; they start as many as the first interval's rate
    keeps.
    """
    at_once, kept = _delayed(delay_s, interval_s)
    back = np.empty_like(gave_up)
    pending = gave_up[..., 0] * delay_s / interval_s
    for i in range(gave_up.shape[-1]):
        back[..., i] = gave_up[..., i] * at_once + pending * (1.0 - kept)
        pending = pending * kept + gave_up[..., i] * (1.0 - at_once)
    return back


def _add_redials(calls: Floats, gives_up: Floats, redial: float, delay_s: float, interval_s: int) -> None:
    """Add to the calls of one queue, (intervals,), those who dial it again, in place."""
    at_once, kept = _delayed(delay_s, interval_s)
    pending = gives_up[0] * calls[0] / (1.0 - redial * gives_up[0]) * delay_s / interval_s
    for i in range(calls.size):
        calls[i] = (calls[i] + redial * pending * (1.0 - kept)) / (1.0 - redial * gives_up[i] * at_once)
        pending = pending * kept + gives_up[i] * calls[i] * (1.0 - at_once)


def _delayed(delay_s: float, interval_s: int) -> tuple[float, float]:
    """Share that returns in the interval in which it gave up, and share of those pending that an interval leaves."""
    kept = math.exp(-interval_s / delay_s)
    return 1.0 - delay_s / interval_s * (1.0 - kept), kept
