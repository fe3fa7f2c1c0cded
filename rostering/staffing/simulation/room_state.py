"""Handlers with their idle lists, and the heap of calls in progress; arrays as in `layout`."""

import numpy as np

from rostering.staffing.checks import Floats, Ints
from rostering.staffing.simulation.compiled import helper, merged
from rostering.staffing.simulation.layout import (
    AFTER,
    BEFORE,
    CALLS_999,
    DESK,
    IDLE,
    IDLE_999,
    N_ENDS,
    OFF,
    WORK,
)

END_S, DUTY = 0, 1  # columns of ends


@merged
def empty_room(counters: Ints, handlers: Ints, ends: Floats) -> None:  # pragma: no cover - compiled
    """Everybody off duty, no call in progress, nobody waiting."""
    counters[:] = 0
    handlers[:] = 0
    handlers[:, DESK] = OFF
    handlers[:, WORK] = IDLE
    handlers[:, AFTER] = -1
    for ring in range(handlers.shape[0] - 4, handlers.shape[0]):
        handlers[ring, AFTER] = handlers[ring, BEFORE] = ring
    ends[0, END_S] = np.inf


@merged
def push_end(duty: int, end_s: float, counters: Ints, ends: Floats) -> None:  # pragma: no cover - compiled
    """Put the end of a handler's call on the heap."""
    i = counters[N_ENDS]
    counters[N_ENDS] = i + 1
    while i > 0 and ends[(i - 1) >> 1, END_S] > end_s:
        ends[i, END_S], ends[i, DUTY] = ends[(i - 1) >> 1, END_S], ends[(i - 1) >> 1, DUTY]
        i = (i - 1) >> 1
    ends[i, END_S], ends[i, DUTY] = end_s, duty


@merged
def pop_end(counters: Ints, ends: Floats) -> int:  # pragma: no cover - compiled
    """Take the earliest end off the heap, whose top is infinity when empty; returns whose call it was."""
    duty = int(ends[0, DUTY])
    size = counters[N_ENDS] - 1
    counters[N_ENDS] = size
    last_s, last = ends[size, END_S], ends[size, DUTY]
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and ends[child + 1, END_S] < ends[child, END_S]:
            child += 1
        if ends[child, END_S] >= last_s:
            break
        ends[i, END_S], ends[i, DUTY] = ends[child, END_S], ends[child, DUTY]
        i = child
    ends[i, END_S], ends[i, DUTY] = last_s, last
    if size == 0:
        ends[0, END_S] = np.inf
    return duty


@helper
def join_idle(duty: int, counters: Ints, handlers: Ints) -> None:  # pragma: no cover - compiled
    """Put a handler at the end of the idle list of the own desk: the longest idle stands first."""
    desk = handlers[duty, DESK]
    ring = handlers.shape[0] - 5 + desk
    last = handlers[ring, BEFORE]
    handlers[last, AFTER], handlers[duty, BEFORE] = duty, last
    handlers[duty, AFTER], handlers[ring, BEFORE] = ring, duty
    counters[IDLE_999] += desk == CALLS_999


@helper
def leave_idle(duty: int, counters: Ints, handlers: Ints) -> None:  # pragma: no cover - compiled
    """Take a handler out of the idle list of the own desk."""
    after, before = handlers[duty, AFTER], handlers[duty, BEFORE]
    handlers[before, AFTER], handlers[after, BEFORE] = after, before
    handlers[duty, AFTER] = -1
    counters[IDLE_999] -= handlers[duty, DESK] == CALLS_999


@helper
def longest_idle(desk: int, handlers: Ints) -> int:  # pragma: no cover - compiled
    """Longest idle handler of a desk, -1 if nobody is idle there."""
    ring = handlers.shape[0] - 5 + desk
    first = handlers[ring, AFTER]
    return int(first) if first != ring else -1
