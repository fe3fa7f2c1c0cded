"""The two waiting lines of a simulated room, and the tally of what becomes of the calls in them.

``lines`` (2, calls, 3) holds the callers of each queue in the order of arrival; ``ends`` (2, 2) bounds those who
may still wait. ``tally`` (2, N_SUMS) sums over a replication, ``by_interval`` (3, 2, intervals) over replications
by the interval of arrival, in whole numbers, whose sums know no order.
"""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.simulation.room_state import ON_999

ARRIVAL_S, UNTIL_S, CALL = 0, 1, 2  # columns of lines: arrival, when the caller gives up, key of the call
HEAD, TAIL = 0, 1  # columns of ends
OFFERED, ANSWERED, WITHIN, FROM_10_TO_60_S, OVER_60_S, ABANDONED, ANSWERED_WAIT_S, ABANDONED_WAIT_S, N_SUMS = range(9)
INTERVAL_WITHIN, INTERVAL_ABANDONED, INTERVAL_WAIT_MS = 0, 1, 2
CALLS_AN_INTERVAL = 1 << 20  # a call's key is its interval x this + its number within the interval


@njit(cache=True)
def join_line(
    queue: int, call: int, now: float, until_s: float, lines: Floats, ends: Ints
) -> None:  # pragma: no cover - compiled
    """A call arrives."""
    place = ends[queue, TAIL]
    lines[queue, place, ARRIVAL_S], lines[queue, place, UNTIL_S], lines[queue, place, CALL] = now, until_s, call
    ends[queue, TAIL] += 1


@njit(cache=True)
def first_waiting(
    desk: int, now: float, lines: Floats, ends: Ints, tally: Floats, by_interval: Ints
) -> int:  # pragma: no cover - compiled
    """Queue that a desk serves now, after dropping those who have given up; -1 if nobody waits."""
    for queue in range(0 if desk == ON_999 else 1, 2):
        while ends[queue, HEAD] < ends[queue, TAIL]:
            until_s = lines[queue, ends[queue, HEAD], UNTIL_S]
            if until_s >= now:
                return queue
            abandon(queue, until_s, lines, ends, tally, by_interval)
    return -1


@njit(cache=True)
def abandon(
    queue: int, gone_s: float, lines: Floats, ends: Ints, tally: Floats, by_interval: Ints
) -> None:  # pragma: no cover - compiled
    """Count the first caller of a line as abandoned."""
    place = ends[queue, HEAD]
    ends[queue, HEAD] += 1
    waited_s = gone_s - lines[queue, place, ARRIVAL_S]
    interval = int(lines[queue, place, CALL]) // CALLS_AN_INTERVAL
    tally[queue, ABANDONED] += 1.0
    tally[queue, ABANDONED_WAIT_S] += waited_s
    by_interval[INTERVAL_ABANDONED, queue, interval] += 1
    by_interval[INTERVAL_WAIT_MS, queue, interval] += int(waited_s * 1000.0 + 0.5)


@njit(cache=True)
def answer(
    queue: int, now: float, threshold_s: float, lines: Floats, ends: Ints, tally: Floats, by_interval: Ints
) -> int:  # pragma: no cover - compiled
    """Count the first caller of a line as answered; returns the key of the call."""
    place = ends[queue, HEAD]
    ends[queue, HEAD] += 1
    call = int(lines[queue, place, CALL])
    interval = call // CALLS_AN_INTERVAL
    waited_s = now - lines[queue, place, ARRIVAL_S]
    tally[queue, ANSWERED] += 1.0
    tally[queue, ANSWERED_WAIT_S] += waited_s
    by_interval[INTERVAL_WAIT_MS, queue, interval] += int(waited_s * 1000.0 + 0.5)
    if waited_s <= threshold_s:
        tally[queue, WITHIN] += 1.0
        by_interval[INTERVAL_WITHIN, queue, interval] += 1
    if waited_s > 60.0:
        tally[queue, OVER_60_S] += 1.0
    elif waited_s > 10.0:
        tally[queue, FROM_10_TO_60_S] += 1.0
    return call


@njit(cache=True)
def all_abandon(now: float, lines: Floats, ends: Ints, tally: Floats, by_interval: Ints) -> None:  # pragma: no cover
    """Nobody is left who could answer: all who wait give up, now at the latest if they never would."""
    for queue in range(2):
        while ends[queue, HEAD] < ends[queue, TAIL]:
            place = ends[queue, HEAD]
            gone_s = lines[queue, place, UNTIL_S]
            abandon(queue, gone_s if gone_s < np.inf else now, lines, ends, tally, by_interval)
