"""Loads the compiled simulation into the process that children are forked from: anew it costs each child a second."""

from __future__ import annotations

import numpy as np

from rostering.staffing import ControlRoom, Definitions, QueueAssumptions, RoomAssumptions, ServiceTargets, seat_rows
from rostering.staffing.scenarios.compare import compare
from rostering.staffing.scenarios.plan import Plan

_INTERVALS = 96


def warm_up() -> None:
    """Compare a tiny room with itself, in this thread alone: a process with more could not be forked safely."""
    seats = np.full(_INTERVALS, 2)
    room = ControlRoom(
        interval_s=900,
        desks=seat_rows(seats, seats),
        aht_s=np.full((2, _INTERVALS), 300.0),
        assumptions=RoomAssumptions(QueueAssumptions(600.0), QueueAssumptions(300.0)),
    )
    plan = Plan(
        room=room,
        rates=np.linspace(0.9, 1.1, 24)[:, None, None] * np.ones((2, _INTERVALS)),
        days=np.full(_INTERVALS, 738_983),
        definitions=Definitions(),
        targets=ServiceTargets(),
        paid_h=np.full(4, 24.0),
        skilled_999=np.ones(4, dtype=bool),
        pay_per_h=1.0,
        is_roster=False,
    )
    compare(plan, plan, replications=24)
