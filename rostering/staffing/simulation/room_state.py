"""The state of a simulated control room in plain arrays: handlers with their idle lists, and the heap of calls in
progress.

``handlers`` (duties + 2, 4) holds a row for each duty and two more, the heads of the idle lists of the 999 and the
101 desk. ``heap`` (duties + 1, 2) holds the ends of calls in progress [s] with their duties; its last row counts
them.
"""

import numpy as np
from numba import njit

from rostering.staffing.checks import Floats, Ints

ABSENT, OFF, ON_999, ON_101 = -1, 0, 1, 2  # activities
ACTIVITY, BUSY, AFTER, BEFORE = 0, 1, 2, 3  # columns of handlers; an idle list is a ring, -1 stands for in none
END_S, DUTY = 0, 1  # columns of the heap


@njit(cache=True)
def empty_room(handlers: Ints, heap: Floats) -> None:  # pragma: no cover - compiled
    """Everybody off duty, no call in progress."""
    handlers[:, ACTIVITY] = OFF
    handlers[:, BUSY] = 0
    handlers[:, AFTER:] = -1
    for ring in range(handlers.shape[0] - 2, handlers.shape[0]):
        handlers[ring, AFTER] = handlers[ring, BEFORE] = ring
    heap[-1, 0] = 0.0


@njit(cache=True)
def next_end(heap: Floats) -> float:  # pragma: no cover - compiled
    """Earliest end of a call in progress [s], infinity without one."""
    return float(heap[0, END_S]) if heap[-1, 0] > 0.0 else np.inf


@njit(cache=True)
def start_call(duty: int, end_s: float, handlers: Ints, heap: Floats) -> None:  # pragma: no cover - compiled
    """Put the end of a handler's call on the heap."""
    handlers[duty, BUSY] = 1
    i = int(heap[-1, 0])
    heap[-1, 0] += 1.0
    while i > 0 and heap[(i - 1) >> 1, END_S] > end_s:
        heap[i, END_S], heap[i, DUTY] = heap[(i - 1) >> 1, END_S], heap[(i - 1) >> 1, DUTY]
        i = (i - 1) >> 1
    heap[i, END_S], heap[i, DUTY] = end_s, duty


@njit(cache=True)
def end_call(handlers: Ints, heap: Floats) -> int:  # pragma: no cover - compiled
    """Take the earliest end off the heap; returns whose call it was."""
    duty = int(heap[0, DUTY])
    handlers[duty, BUSY] = 0
    heap[-1, 0] -= 1.0
    size = int(heap[-1, 0])
    last_s, last = heap[size, END_S], heap[size, DUTY]
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and heap[child + 1, END_S] < heap[child, END_S]:
            child += 1
        if heap[child, END_S] >= last_s:
            break
        heap[i, END_S], heap[i, DUTY] = heap[child, END_S], heap[child, DUTY]
        i = child
    heap[i, END_S], heap[i, DUTY] = last_s, last
    return duty


@njit(cache=True)
def join_idle(duty: int, handlers: Ints) -> None:  # pragma: no cover - compiled
    """Put a handler at the end of the idle list of the own desk: the longest idle stands first."""
    ring = handlers.shape[0] - 3 + handlers[duty, ACTIVITY]
    last = handlers[ring, BEFORE]
    handlers[last, AFTER], handlers[duty, BEFORE] = duty, last
    handlers[duty, AFTER], handlers[ring, BEFORE] = ring, duty


@njit(cache=True)
def leave_idle(duty: int, handlers: Ints) -> None:  # pragma: no cover - compiled
    """Take a handler out of an idle list."""
    after, before = handlers[duty, AFTER], handlers[duty, BEFORE]
    handlers[before, AFTER], handlers[after, BEFORE] = after, before
    handlers[duty, AFTER] = -1


@njit(cache=True)
def longest_idle(desk: int, handlers: Ints) -> int:  # pragma: no cover - compiled
    """Longest idle handler of a desk, -1 if nobody is idle there."""
    ring = handlers.shape[0] - 3 + desk
    return int(handlers[ring, AFTER]) if handlers[ring, AFTER] != ring else -1
