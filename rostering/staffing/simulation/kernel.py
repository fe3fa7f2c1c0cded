"""Replications of the control room, event by event.

Time runs through the arrivals of both queues, the ends of calls and the starts of intervals. A waiting caller who
gives up changes nothing but the line, so no event is spent on it: whoever looks for a call drops those who have
left. Arrays are passed one by one: a tuple of arrays costs three times the time.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.simulation.randomness import exponential, lognormal, mixed, uniform
from rostering.staffing.simulation.room_state import (
    ABSENT,
    ACTIVITY,
    AFTER,
    BUSY,
    OFF,
    ON_101,
    ON_999,
    empty_room,
    end_call,
    join_idle,
    leave_idle,
    longest_idle,
    next_end,
    start_call,
)
from rostering.staffing.simulation.waiting_lines import (
    CALLS_AN_INTERVAL,
    OFFERED,
    all_abandon,
    answer,
    first_waiting,
    join_line,
)

HANDLING_S, ON_CALLS_S, OVERRUN_S = 0, 1, 2  # sums of a replication
SIGMA, PATIENCE_S, THRESHOLD_S = 0, 1, 2  # columns of queues; sigma is that of the logarithm of handling times
ARRIVAL, PATIENCE, HANDLING, ABSENCE, N_STREAMS = 0, 2, 4, 6, 7  # streams; the first three have one for each queue
NOT_DUE = -1.0


class Plan(NamedTuple):
    """What all replications share."""

    interval_s: float
    aht_s: Floats  # (2, intervals)
    queues: Floats  # (2, 3): SIGMA, PATIENCE_S, THRESHOLD_S
    change_at: Ints  # (intervals + 1,): bounds of each interval's rows in changes
    changes: Ints  # (changes, 2): duty, new activity
    on_calls: Ints  # (duties,): intervals on calls
    absence_rate: float
    seed: int


@njit(cache=True, nogil=True)
def simulate_replications(
    first: int, calls: Ints, plan: Plan, tallies: Floats, times: Floats, by_interval: Ints
) -> None:  # pragma: no cover - compiled
    """Simulate the replications ``first``, ``first`` + 1, ... whose calls are (replications, 2, intervals).

    ``tallies`` (replications, 2, N_SUMS), ``times`` (replications, 3) and ``by_interval`` are added to.
    """
    interval_s, n_duties = plan.interval_s, plan.on_calls.size
    most = 1
    for r in range(calls.shape[0]):
        most = max(most, calls[r, 0].sum(), calls[r, 1].sum())
    lines = np.empty((2, most, 3))
    handlers, heap = np.empty((n_duties + 2, 4), dtype=np.int64), np.empty((n_duties + 1, 2))
    keys = np.empty(N_STREAMS, dtype=np.uint64)
    for r in range(calls.shape[0]):
        replication = mixed(mixed(np.uint64(plan.seed), 1), first + r)
        for stream in range(N_STREAMS):
            keys[stream] = mixed(replication, stream)
        empty_room(handlers, heap)
        for duty in range(n_duties):
            if uniform(keys[ABSENCE], duty) < plan.absence_rate:
                handlers[duty, ACTIVITY] = ABSENT
            else:
                times[r, ON_CALLS_S] += plan.on_calls[duty] * interval_s
        simulate_span(calls[r], interval_s, plan.aht_s, plan.queues, plan.change_at, plan.changes, keys, lines,
                      handlers, heap, tallies[r], times[r], by_interval)  # fmt: skip


@njit(cache=True)
def simulate_span(
    calls: Ints,
    interval_s: float,
    aht_s: Floats,
    queues: Floats,
    change_at: Ints,
    changes: Ints,
    keys: NDArray[np.uint64],
    lines: Floats,
    handlers: Ints,
    heap: Floats,
    tally: Floats,
    times: Floats,
    by_interval: Ints,
) -> None:  # pragma: no cover - compiled
    """One replication; after the last interval its staff goes on until nobody waits."""
    n_intervals = calls.shape[1]
    ends = np.zeros((2, 2), dtype=np.int64)
    due_s = np.full(handlers.shape[0], NOT_DUE)  # when a handler still on a call should have left
    come = np.zeros(2, dtype=np.int64)  # calls of this interval that have come
    part = np.zeros(2)  # share of the interval that had passed when the last of them came
    next_s = np.full(2, np.inf)
    interval = -1
    now = 0.0
    while True:
        queue = 0 if next_s[0] <= next_s[1] else 1
        ends_s = next_end(heap)
        starts_s = (interval + 1) * interval_s if interval + 1 < n_intervals else np.inf
        duty = -1
        if starts_s <= next_s[queue] and starts_s <= ends_s and starts_s < np.inf:
            interval, now = interval + 1, starts_s
            for each in range(2):
                come[each], part[each] = 0, 0.0
                tally[each, OFFERED] += calls[each, interval]
                next_s[each] = next_arrival(each, interval, interval_s, calls, keys, come, part)
            change_activities(now, changes[change_at[interval] : change_at[interval + 1]], handlers, due_s, times)
            for desk in (ON_101, ON_999):  # who came on takes what waits, the 101 desk first: it serves nothing else
                duty = longest_idle(desk, handlers)
                while duty >= 0 and first_waiting(desk, now, lines, ends, tally, by_interval) >= 0:
                    leave_idle(duty, handlers)
                    take_next(duty, now, interval_s, aht_s, queues, keys, lines, ends, handlers, heap, tally, times,
                              by_interval)  # fmt: skip
                    duty = longest_idle(desk, handlers)
            continue
        if next_s[queue] <= ends_s and next_s[queue] < np.inf:
            now = next_s[queue]
            call = interval * CALLS_AN_INTERVAL + come[queue]
            until_s = now + queues[queue, PATIENCE_S] * exponential(keys[PATIENCE + queue], call)
            join_line(queue, call, now, until_s, lines, ends)
            come[queue] += 1
            next_s[queue] = next_arrival(queue, interval, interval_s, calls, keys, come, part)
            duty = longest_idle(ON_999 if queue == 0 else ON_101, handlers)
            if duty < 0 and queue == 1:
                duty = longest_idle(ON_999, handlers)
            if duty >= 0:
                leave_idle(duty, handlers)
        elif ends_s < np.inf:
            now = ends_s
            duty = end_call(handlers, heap)
            if handlers[duty, ACTIVITY] == OFF:
                times[OVERRUN_S] += now - due_s[duty]
                due_s[duty] = NOT_DUE
                duty = -1
        else:
            break
        if duty >= 0:
            take_next(duty, now, interval_s, aht_s, queues, keys, lines, ends, handlers, heap, tally, times,
                      by_interval)  # fmt: skip
    all_abandon(now, lines, ends, tally, by_interval)


@njit(cache=True)
def next_arrival(
    queue: int, interval: int, interval_s: float, calls: Ints, keys: NDArray[np.uint64], come: Ints, part: Floats
) -> float:  # pragma: no cover - compiled
    """Time of an interval's next call [s]: the least of the uniform times of those still to come, infinity without."""
    left = calls[queue, interval] - come[queue]
    if left == 0:
        return np.inf
    u = uniform(keys[ARRIVAL + queue], interval * CALLS_AN_INTERVAL + come[queue])
    part[queue] = 1.0 - (1.0 - part[queue]) * u ** (1.0 / left)
    return float((interval + part[queue]) * interval_s)


@njit(cache=True)
def change_activities(
    now: float, changes: Ints, handlers: Ints, due_s: Floats, times: Floats
) -> None:  # pragma: no cover - compiled
    """An interval's changes of activity; who is on a call finishes it first, and is due from now if to be off."""
    for change in range(changes.shape[0]):
        duty, activity = changes[change]
        if handlers[duty, ACTIVITY] == ABSENT:
            continue
        if handlers[duty, AFTER] >= 0:
            leave_idle(duty, handlers)
        handlers[duty, ACTIVITY] = activity
        if not handlers[duty, BUSY]:
            if activity != OFF:
                join_idle(duty, handlers)
        elif activity == OFF:
            due_s[duty] = now
        elif due_s[duty] >= 0.0:  # the break ended before the call did
            times[OVERRUN_S] += now - due_s[duty]
            due_s[duty] = NOT_DUE


@njit(cache=True)
def take_next(
    duty: int,
    now: float,
    interval_s: float,
    aht_s: Floats,
    queues: Floats,
    keys: NDArray[np.uint64],
    lines: Floats,
    ends: Ints,
    handlers: Ints,
    heap: Floats,
    tally: Floats,
    times: Floats,
    by_interval: Ints,
) -> None:  # pragma: no cover - compiled
    """A free handler answers the first caller that the desk serves, or turns idle."""
    queue = first_waiting(handlers[duty, ACTIVITY], now, lines, ends, tally, by_interval)
    if queue < 0:
        join_idle(duty, handlers)
        return
    call = answer(queue, now, queues[queue, THRESHOLD_S], lines, ends, tally, by_interval)
    interval = call // CALLS_AN_INTERVAL
    handling_s = aht_s[queue, interval] * lognormal(keys[HANDLING + queue], call, queues[queue, SIGMA])
    span_s = aht_s.shape[1] * interval_s
    times[HANDLING_S] += min(now + handling_s, span_s) - min(now, span_s)
    start_call(duty, now + handling_s, handlers, heap)
