"""Rooms and calls that the tests of the simulation share."""

import math

import numpy as np

from rostering.staffing import ControlRoom, QueueAssumptions, RoomAssumptions, seat_rows
from rostering.staffing.assumptions import CallbackPolicy, Desk, Switchboard

PATIENT = QueueAssumptions(math.inf, handling_cv=1e-9)  # and calls of fixed length
SURE = RoomAssumptions(PATIENT, PATIENT)


def alike(callers, **options):
    """Both queues with the same callers."""
    return RoomAssumptions(callers, callers, **options)


def seats_room(seats_999, seats_101, aht_s, assumptions, **options):
    """A room of seat profiles with handling times that do not change."""
    return rows_room(seat_rows(seats_999, seats_101), aht_s, assumptions, **options)


def rows_room(rows, aht_s, assumptions, **options):
    """A room of duties given by their desks."""
    rows = np.asarray(rows, dtype=np.int8)
    return ControlRoom(900, rows, np.tile(np.array(aht_s)[:, None], (1, rows.shape[1])), assumptions, **options)


def steady_room(seats_999, seats_101, aht_s, assumptions, hours=60, **options):
    n = hours * 4
    return seats_room(np.full(n, seats_999), np.full(n, seats_101), aht_s, assumptions, **options)


def rates(per_h, intervals, replications):
    """Expected calls that do not change, (replications, 2, intervals)."""
    return np.broadcast_to(np.array(per_h, dtype=float)[:, None] / 4, (replications, 2, intervals))


def counts_of(replications, intervals, **calls):
    """So many calls: ``q1_i0=3`` is three of queue 1 (101) in interval 0."""
    array = np.zeros((replications, 2, intervals), dtype=np.int64)
    for name, number in calls.items():
        queue, interval = name.split("_")
        array[:, int(queue[1:]), int(interval[1:])] = number
    return array


def busy_room(*, switchboard=False, hours=24):
    """Everything that a room can have, on changing desks."""
    n = hours * 4
    step = np.arange(n)
    rows = seat_rows(9 - step // 7 % 3, 4 + step // 5 % 3)
    others = np.full((5, n), Desk.LENDING)
    others[2:] = Desk.SWITCHBOARD
    others[4, n // 2 :] = Desk.OFF
    assumptions = RoomAssumptions(
        QueueAssumptions(400.0, balking=0.05, redial=0.4),
        QueueAssumptions(200.0, 0.8, patience_shape=1.3, balking=0.1, redial=0.3, redial_delay_s=200.0),
        spill=0.2,
        callbacks=CallbackPolicy(offer_after_s=20.0, accepts=0.5, reached=0.6),
        switchboard=Switchboard() if switchboard else None,
        absence_rate=0.05,
        availability=0.9,
    )
    return rows_room(np.vstack([rows, others]), (340.0, 600.0), assumptions, reserve=np.full(n, 1))
