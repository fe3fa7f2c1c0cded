"""The state of a simulated control room, in plain arrays: waiting lines, idle lists, the heap of calls in progress."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rostering.staffing.checks import Floats, Ints

OFF, ON_999, ON_101 = 0, 1, 2
NOT_DUE = -1.0


class Room(NamedTuple):
    """Arrays of one replication; ``duties`` is the number of rostered duties."""

    activity: Ints  # (duties,): OFF, ON_999 or ON_101
    busy: NDArray[np.bool_]  # (duties,)
    absent: NDArray[np.bool_]  # (duties,)
    due_s: Floats  # (duties,): when a handler still on a call should have left; NOT_DUE otherwise
    after: Ints  # (duties + 2,): idle lists as rings; the last two places are the heads of the 999 and the 101 desk
    before: Ints  # (duties + 2,)
    ends_s: Floats  # (duties + 1,): heap of the ends of calls in progress
    ends_duty: Ints  # (duties + 1,)
    in_progress: Ints  # (1,): size of the heap
    line_arrival: Floats  # (2, calls): waiting lines; a caller's place stays, ``head`` and ``tail`` move on
    line_until: Floats  # (2, calls): when the caller gives up
    line_call: Ints  # (2, calls): interval and number within it
    head: Ints  # (2,)
    tail: Ints  # (2,)


@njit(cache=True, forceinline=True)
def new_room(n_duties: int, most_calls: int) -> Room:  # pragma: no cover - compiled
    """Room with space for a number of duties and of calls per queue."""
    return Room(
        np.zeros(n_duties, dtype=np.int64),
        np.zeros(n_duties, dtype=np.bool_),
        np.zeros(n_duties, dtype=np.bool_),
        np.full(n_duties, NOT_DUE),
        np.full(n_duties + 2, -1),
        np.full(n_duties + 2, -1),
        np.zeros(n_duties + 1),
        np.zeros(n_duties + 1, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
        np.zeros((2, most_calls)),
        np.zeros((2, most_calls)),
        np.zeros((2, most_calls), dtype=np.int64),
        np.zeros(2, dtype=np.int64),
        np.zeros(2, dtype=np.int64),
    )


@njit(cache=True, forceinline=True)
def empty_room(room: Room) -> None:  # pragma: no cover - compiled
    """Everybody off duty, nobody waiting."""
    room.activity[:] = OFF
    room.busy[:] = False
    room.due_s[:] = NOT_DUE
    room.after[:] = -1
    room.in_progress[0] = 0
    for queue in range(2):
        ring = room.activity.size + queue
        room.after[ring] = room.before[ring] = ring
        room.head[queue] = room.tail[queue] = 0


@njit(cache=True, forceinline=True)
def start_call(room: Room, duty: int, end_s: float) -> None:  # pragma: no cover - compiled
    """Put the end of a handler's call on the heap."""
    room.busy[duty] = True
    i = room.in_progress[0]
    room.in_progress[0] += 1
    while i > 0 and room.ends_s[(i - 1) >> 1] > end_s:
        room.ends_s[i], room.ends_duty[i] = room.ends_s[(i - 1) >> 1], room.ends_duty[(i - 1) >> 1]
        i = (i - 1) >> 1
    room.ends_s[i], room.ends_duty[i] = end_s, duty


@njit(cache=True, forceinline=True)
def end_call(room: Room) -> int:  # pragma: no cover - compiled
    """Take the earliest end off the heap; returns whose call it was."""
    duty = room.ends_duty[0]
    room.busy[duty] = False
    room.in_progress[0] -= 1
    size = room.in_progress[0]
    last_s, last = room.ends_s[size], room.ends_duty[size]
    i = 0
    while 2 * i + 1 < size:
        child = 2 * i + 1
        if child + 1 < size and room.ends_s[child + 1] < room.ends_s[child]:
            child += 1
        if room.ends_s[child] >= last_s:
            break
        room.ends_s[i], room.ends_duty[i] = room.ends_s[child], room.ends_duty[child]
        i = child
    room.ends_s[i], room.ends_duty[i] = last_s, last
    return int(duty)


@njit(cache=True, forceinline=True)
def join_idle(room: Room, duty: int) -> None:  # pragma: no cover - compiled
    """Put a handler at the end of the idle list of the own desk: the longest idle stands first."""
    ring = room.activity.size + room.activity[duty] - 1
    last = room.before[ring]
    room.after[last], room.before[duty] = duty, last
    room.after[duty], room.before[ring] = ring, duty


@njit(cache=True, forceinline=True)
def leave_idle(room: Room, duty: int) -> None:  # pragma: no cover - compiled
    """Take a handler out of an idle list."""
    room.after[room.before[duty]], room.before[room.after[duty]] = room.after[duty], room.before[duty]
    room.after[duty] = -1


@njit(cache=True, forceinline=True)
def longest_idle(room: Room, desk: int) -> int:  # pragma: no cover - compiled
    """Longest idle handler of a desk, -1 if nobody is idle there."""
    ring = room.activity.size + desk - 1
    return int(room.after[ring]) if room.after[ring] != ring else -1
