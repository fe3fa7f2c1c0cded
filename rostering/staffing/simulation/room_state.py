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

# Indices are unsigned where it matters: signed ones are checked for counting from the end.
_0, _1 = np.uint64(0), np.uint64(1)


@merged
def empty_room(counters: Ints, handlers: Ints, ends_s: Floats) -> None:  # pragma: no cover - compiled
    """Everybody off duty, no call in progress, nobody waiting."""
    counters[:] = 0
    handlers[:] = 0
    handlers[:, DESK] = OFF
    handlers[:, WORK] = IDLE
    handlers[:, AFTER] = -1
    for ring in range(handlers.shape[0] - 4, handlers.shape[0]):
        handlers[ring, AFTER] = handlers[ring, BEFORE] = ring
    ends_s[:] = np.inf


@merged
def push_end(
    duty: int, end_s: float, counters: Ints, ends_s: Floats, ends: Ints
) -> None:  # pragma: no cover - compiled
    """Put the end of a handler's call on the heap."""
    i = np.uint64(counters[N_ENDS])
    counters[N_ENDS] += 1
    while i > _0:
        above = (i - _1) >> _1
        if ends_s[above] <= end_s:
            break
        ends_s[i], ends[i] = ends_s[above], ends[above]
        i = above
    ends_s[i], ends[i] = end_s, duty


@merged
def pop_end(counters: Ints, ends_s: Floats, ends: Ints) -> int:  # pragma: no cover - compiled
    """Take the earliest end off the heap, behind whose last there is always infinity; returns whose call it was."""
    duty = int(ends[0])
    counters[N_ENDS] -= 1
    size = np.uint64(counters[N_ENDS])
    last_s, last = ends_s[size], ends[size]
    ends_s[size] = np.inf
    if size == _0:
        return duty
    i, child = _0, _1
    while child < size:
        # No branch: which child is earlier cannot be foretold.
        child += np.uint64(ends_s[child + _1] < ends_s[child])
        if ends_s[child] >= last_s:
            break
        ends_s[i], ends[i] = ends_s[child], ends[child]
        i, child = child, child + child + _1
    ends_s[i], ends[i] = last_s, last
    return duty


@helper
def join_idle(duty: int, counters: Ints, handlers: Ints) -> None:  # pragma: no cover - compiled
    """Put a handler at the end of the idle list of the own desk: the longest idle stands first."""
    desk = handlers[np.uint64(duty), DESK]
    ring = handlers.shape[0] - 5 + desk
    last = handlers[np.uint64(ring), BEFORE]
    handlers[np.uint64(last), AFTER], handlers[np.uint64(duty), BEFORE] = duty, last
    handlers[np.uint64(duty), AFTER], handlers[np.uint64(ring), BEFORE] = ring, duty
    counters[IDLE_999] += desk == CALLS_999


@helper
def leave_idle(duty: int, counters: Ints, handlers: Ints) -> None:  # pragma: no cover - compiled
    """Take a handler out of the idle list of the own desk."""
    row = np.uint64(duty)
    after, before = handlers[row, AFTER], handlers[row, BEFORE]
    handlers[np.uint64(before), AFTER], handlers[np.uint64(after), BEFORE] = after, before
    handlers[row, AFTER] = -1
    counters[IDLE_999] -= handlers[row, DESK] == CALLS_999


@helper
def longest_idle(desk: int, handlers: Ints) -> int:  # pragma: no cover - compiled
    """Longest idle handler of a desk, -1 if nobody is idle there."""
    ring = handlers.shape[0] - 5 + desk
    first = handlers[np.uint64(ring), AFTER]
    return int(first) if first != ring else -1
