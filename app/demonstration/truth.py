"""The hidden truth of the synthetic force: how its callers and its control room really behave.

Everything here is made up. None of it is in the force's settings, in its history or in what the models read: they must
find out from the recorded counts. It differs on purpose from what the models assume (patience is not exponential,
handlers step away for half an hour at a time, availability drifts), so that what they learn is put to a test.
"""

from __future__ import annotations

from typing import Final

from app.demonstration.calls import HANDLING_CV
from rostering.staffing.assumptions import QueueAssumptions, RoomAssumptions

CALLERS: Final = RoomAssumptions(
    emergency=QueueAssumptions(
        patience_s=380.0, handling_cv=HANDLING_CV, patience_shape=1.3, redial=0.6, redial_delay_s=60.0
    ),
    non_emergency=QueueAssumptions(
        patience_s=260.0, handling_cv=HANDLING_CV, patience_shape=1.2, balking=0.02, redial=0.25, redial_delay_s=600.0
    ),
    spill=0.06,
    spill_delay_s=300.0,
)
# What redials and spill add to the first attempts at the usual service: first attempts are the fewer for it, so that
# the calls offered have the level that the forecast's demonstration knows.
ADDED_BY_REPEATS: Final = (0.013, 0.005)

AVAILABILITY: Final = 0.88  # share of the half-hours logged on in which a handler is in fact there for calls
AVAILABILITY_DRIFT: Final = 0.012  # height of its slow wave over the year
AVAILABILITY_DAY_SD: Final = 0.025  # from one day to the next
ABSENCE_RATE: Final = 0.04  # shifts of the plan that nobody works: their handlers never log on

SAFETY: Final = 1.15  # handlers planned beyond the expected load, in square roots of it
SHARE_101_ALONE: Final = 0.3  # of the handlers planned, who have no 999 skill
FEWEST_LOGGED_ON: Final = 3
SHIFT_HOURS: Final = (7, 15, 23)  # local starts of shifts: absence lasts from one to the next
