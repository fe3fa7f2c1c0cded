"""Replications of the control room, event by event.

Time runs through the arrivals of both queues, the ends of calls and the starts of intervals. A waiting caller who
gives up changes nothing but the line, so no event is spent on it: whoever looks for a call drops those who have left.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.randomness import exponential, lognormal, mixed, uniform
from rostering.staffing.room_state import (
    NOT_DUE,
    OFF,
    ON_101,
    ON_999,
    Room,
    empty_room,
    end_call,
    join_idle,
    leave_idle,
    longest_idle,
    new_room,
    start_call,
)

OFFERED, ANSWERED, WITHIN, FROM_10_TO_60_S, OVER_60_S, ABANDONED, N_COUNTS = 0, 1, 2, 3, 4, 5, 6
ANSWERED_WAIT_S, ABANDONED_WAIT_S = 0, 1
HANDLING_S, ON_CALLS_S, OVERRUN_S = 0, 1, 2
ARRIVAL, PATIENCE, HANDLING, ABSENCE, N_STREAMS = 0, 2, 4, 6, 7  # streams; the first three have one for each queue
CALLS_AN_INTERVAL = 1 << 20  # a call's key is its interval x this + its number within the interval


class Plan(NamedTuple):
    """What all replications share."""

    interval_s: float
    aht_s: Floats  # (2, intervals)
    sigma: Floats  # (2,): standard deviation of the logarithm of handling times
    patience_s: Floats  # (2,)
    threshold_s: Floats  # (2,)
    change_at: Ints  # (intervals + 1,): bounds of each interval's changes of activity in the two below
    change_duty: Ints
    change_to: Ints
    on_calls: Ints  # (duties,): intervals on calls
    absence_rate: float
    seed: int


class Tally(NamedTuple):
    """What the replications write."""

    counts: Ints  # (replications, 2, N_COUNTS)
    waits_s: Floats  # (replications, 2, 2)
    times_s: Floats  # (replications, 3)
    by_interval: Ints  # (3, 2, intervals): within the threshold, abandoned, milliseconds waited: sums know no order


@njit(cache=True, nogil=True)
def simulate_replications(first: int, calls: Ints, plan: Plan, tally: Tally) -> None:  # pragma: no cover - compiled
    """Simulate the replications ``first``, ``first`` + 1, ... whose calls are (replications, 2, intervals)."""
    most = 1
    for r in range(calls.shape[0]):
        most = max(most, calls[r, 0].sum(), calls[r, 1].sum())
    room = new_room(plan.on_calls.size, most)
    keys = np.empty(N_STREAMS, dtype=np.uint64)
    for r in range(calls.shape[0]):
        replication = mixed(mixed(np.uint64(plan.seed), 1), first + r)
        for stream in range(N_STREAMS):
            keys[stream] = mixed(replication, stream)
        empty_room(room)
        for duty in range(plan.on_calls.size):
            room.absent[duty] = uniform(keys[ABSENCE], duty) < plan.absence_rate
            if not room.absent[duty]:
                tally.times_s[r, ON_CALLS_S] += plan.on_calls[duty] * plan.interval_s
        simulate_span(r, calls[r], plan, room, keys, tally)


@njit(cache=True)
def simulate_span(
    r: int, calls: Ints, plan: Plan, room: Room, keys: NDArray[np.uint64], tally: Tally
) -> None:  # pragma: no cover - compiled
    """One replication; after the last interval its staff goes on until nobody waits."""
    n_intervals = calls.shape[1]
    come = np.zeros(2, dtype=np.int64)  # calls of this interval that have come
    part = np.zeros(2)  # share of the interval that had passed when the last of them came
    next_s = np.full(2, np.inf)
    interval = -1
    now = 0.0
    while True:
        queue = 0 if next_s[0] <= next_s[1] else 1
        ends_s = room.ends_s[0] if room.in_progress[0] > 0 else np.inf
        starts_s = (interval + 1) * plan.interval_s if interval + 1 < n_intervals else np.inf
        if starts_s <= next_s[queue] and starts_s <= ends_s and starts_s < np.inf:
            interval, now = interval + 1, starts_s
            for each in range(2):
                come[each], part[each] = 0, 0.0
                tally.counts[r, each, OFFERED] += calls[each, interval]
                next_s[each] = next_arrival(keys, plan, interval, calls, each, come, part)
            change_activities(r, interval, now, plan, room, tally)
            serve_idle(r, now, plan, room, keys, tally)
        elif next_s[queue] <= ends_s and next_s[queue] < np.inf:
            now = next_s[queue]
            arrive(queue, interval * CALLS_AN_INTERVAL + come[queue], now, plan, room, keys)
            come[queue] += 1
            next_s[queue] = next_arrival(keys, plan, interval, calls, queue, come, part)
            duty = longest_idle(room, ON_999 if queue == 0 else ON_101)
            if duty < 0 and queue == 1:
                duty = longest_idle(room, ON_999)
            if duty >= 0:
                leave_idle(room, duty)
                take_next(r, duty, now, plan, room, keys, tally)
        elif ends_s < np.inf:
            now = ends_s
            duty = end_call(room)
            if room.activity[duty] == OFF:
                tally.times_s[r, OVERRUN_S] += now - room.due_s[duty]
                room.due_s[duty] = NOT_DUE
            else:
                take_next(r, duty, now, plan, room, keys, tally)
        else:
            break
    for queue in range(2):  # nobody is left who could answer
        while room.head[queue] < room.tail[queue]:
            drop(r, queue, min(room.line_until[queue, room.head[queue]], now), room, tally)


@njit(cache=True, forceinline=True)
def next_arrival(
    keys: NDArray[np.uint64], plan: Plan, interval: int, calls: Ints, queue: int, come: Ints, part: Floats
) -> float:  # pragma: no cover - compiled
    """Time of an interval's next call [s]: the least of the uniform times of those still to come, infinity without."""
    left = calls[queue, interval] - come[queue]
    if left == 0:
        return np.inf
    u = uniform(keys[ARRIVAL + queue], interval * CALLS_AN_INTERVAL + come[queue])
    part[queue] = 1.0 - (1.0 - part[queue]) * u ** (1.0 / left)
    return float((interval + part[queue]) * plan.interval_s)


@njit(cache=True, forceinline=True)
def arrive(
    queue: int, call: int, now: float, plan: Plan, room: Room, keys: NDArray[np.uint64]
) -> None:  # pragma: no cover - compiled
    """A call joins its line."""
    patience_s = plan.patience_s[queue]
    if patience_s < np.inf:
        patience_s = exponential(keys[PATIENCE + queue], call, patience_s)
    place = room.tail[queue]
    room.line_arrival[queue, place], room.line_until[queue, place] = now, now + patience_s
    room.line_call[queue, place] = call
    room.tail[queue] += 1


@njit(cache=True, forceinline=True)
def change_activities(
    r: int, interval: int, now: float, plan: Plan, room: Room, tally: Tally
) -> None:  # pragma: no cover - compiled
    """An interval's changes of activity; who is on a call finishes it first, and is due from now if to be off."""
    for change in range(plan.change_at[interval], plan.change_at[interval + 1]):
        duty = plan.change_duty[change]
        if room.absent[duty]:
            continue
        if room.after[duty] >= 0:
            leave_idle(room, duty)
        room.activity[duty] = plan.change_to[change]
        if not room.busy[duty]:
            if room.activity[duty] != OFF:
                join_idle(room, duty)
        elif room.activity[duty] == OFF:
            room.due_s[duty] = now
        elif room.due_s[duty] >= 0.0:  # the break ended before the call did
            tally.times_s[r, OVERRUN_S] += now - room.due_s[duty]
            room.due_s[duty] = NOT_DUE


@njit(cache=True, forceinline=True)
def serve_idle(
    r: int, now: float, plan: Plan, room: Room, keys: NDArray[np.uint64], tally: Tally
) -> None:  # pragma: no cover - compiled
    """Those who came on take what waits, the 101 desk first: it can serve nothing else."""
    for desk in (ON_101, ON_999):
        duty = longest_idle(room, desk)
        while duty >= 0 and first_waiting(r, desk, now, room, tally) >= 0:
            leave_idle(room, duty)
            take_next(r, duty, now, plan, room, keys, tally)
            duty = longest_idle(room, desk)


@njit(cache=True, forceinline=True)
def first_waiting(r: int, desk: int, now: float, room: Room, tally: Tally) -> int:  # pragma: no cover - compiled
    """Queue that a desk serves now, after dropping those who have left; -1 if nobody waits."""
    for queue in range(0 if desk == ON_999 else 1, 2):
        while room.head[queue] < room.tail[queue]:
            until_s = room.line_until[queue, room.head[queue]]
            if until_s >= now:
                return queue
            drop(r, queue, until_s, room, tally)
    return -1


@njit(cache=True, forceinline=True)
def drop(r: int, queue: int, gone_s: float, room: Room, tally: Tally) -> None:  # pragma: no cover - compiled
    """Count the first caller of a line as abandoned."""
    place = room.head[queue]
    room.head[queue] += 1
    waited_s = gone_s - room.line_arrival[queue, place]
    interval = room.line_call[queue, place] // CALLS_AN_INTERVAL
    tally.counts[r, queue, ABANDONED] += 1
    tally.waits_s[r, queue, ABANDONED_WAIT_S] += waited_s
    tally.by_interval[1, queue, interval] += 1
    tally.by_interval[2, queue, interval] += int(waited_s * 1000.0 + 0.5)


@njit(cache=True, forceinline=True)
def take_next(
    r: int, duty: int, now: float, plan: Plan, room: Room, keys: NDArray[np.uint64], tally: Tally
) -> None:  # pragma: no cover - compiled
    """A free handler answers the first caller that the desk serves, or turns idle."""
    queue = first_waiting(r, room.activity[duty], now, room, tally)
    if queue < 0:
        join_idle(room, duty)
        return
    place = room.head[queue]
    room.head[queue] += 1
    call = room.line_call[queue, place]
    interval = call // CALLS_AN_INTERVAL
    waited_s = now - room.line_arrival[queue, place]
    tally.counts[r, queue, ANSWERED] += 1
    tally.waits_s[r, queue, ANSWERED_WAIT_S] += waited_s
    tally.by_interval[2, queue, interval] += int(waited_s * 1000.0 + 0.5)
    if waited_s <= plan.threshold_s[queue]:
        tally.counts[r, queue, WITHIN] += 1
        tally.by_interval[0, queue, interval] += 1
    if waited_s > 60.0:
        tally.counts[r, queue, OVER_60_S] += 1
    elif waited_s > 10.0:
        tally.counts[r, queue, FROM_10_TO_60_S] += 1
    handling_s = lognormal(keys[HANDLING + queue], call, plan.aht_s[queue, interval], plan.sigma[queue])
    span_s = plan.aht_s.shape[1] * plan.interval_s
    tally.times_s[r, HANDLING_S] += min(now + handling_s, span_s) - min(now, span_s)
    start_call(room, duty, now + handling_s)
