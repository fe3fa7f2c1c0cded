"""What came out of a simulation: counts by replication, queue and interval, and the figures made from them."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.checks import Floats
from rostering.staffing.definitions import Definitions

Int32s = NDArray[np.int32]


class Count(IntEnum):
    """Rows of ``SimulationResult.counts``; calls belong to the interval in which they joined their queue."""

    FIRST_ATTEMPTS = 0  # dialled for the first time, before the switchboard and before redials and spill
    OFFERED = 1  # joined the queue: first attempts that the switchboard passed on, redials, spill
    ANSWERED = 2  # by a handler, callbacks that were completed not among them
    WITHIN = 3  # answered within the queue's threshold by the force's clock
    WITHIN_PUBLISHED = 4  # the same by the published clock
    FROM_10_TO_60_S = 5  # answered after 10 to 60 s, by the published clock
    OVER_60_S = 6  # answered after more than 60 s, by the published clock
    ABANDONED = 7  # gave up, short abandons, message leavers and those who balked among them
    ABANDONED_SHORT = 8  # gave up within the definitions' short_abandon_s
    ABANDONED_IN_MESSAGE = 9  # 101: gave up within message_s but not within short_abandon_s
    BALKED = 10  # hung up at once
    REDIALLED = 11  # gave up here and dialled the same queue again
    SPILLED = 12  # gave up on 101 and dialled 999
    CALLBACKS_OFFERED = 13
    CALLBACKS_ACCEPTED = 14
    CALLBACKS_COMPLETED = 15
    ANSWERED_WAIT_S = 16  # summed waits of answered calls, force's clock, whole seconds after summing over an interval
    ABANDONED_WAIT_S = 17  # summed waits of calls given up


class Staff(IntEnum):
    """Rows of ``SimulationResult.staff`` [s]; time belongs to the interval in which it passes."""

    ON_CALLS_S = 0  # rostered on calls (999, 101) and there
    BUSY_S = 1  # handling calls, overruns among them
    OVERRUN_BREAK_S = 2  # on a call past the start of a break or of other work
    OVERRUN_END_S = 3  # on a call past the end of the duty
    LENT_S = 4  # of interruptible desks, handling 999 calls
    SWITCHBOARD_BUSY_S = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric over replications."""

    mean: float
    mean_se: float  # standard error of the mean
    p05: float
    p95: float


@dataclass(frozen=True, slots=True, eq=False)
class SimulationResult:
    """Counts and seconds by replication and interval.

    counts : (replications, Count, 2, intervals), 999 first
    switchboard : (replications, 3, intervals): calls offered to it, answered by it, abandoned before it answered
    staff : (replications, Staff, intervals) [s]
    handlers : (handlers, 5), means over replications: 999 calls, 101 calls, busy [s], overrun into breaks [s],
        overrun past duty ends [s]
    waits : (replications, 2, bins), answered calls by wait, bin edges in ``wait_edges_s`` (bins + 1,)
    """

    definitions: Definitions
    interval_s: int
    counts: Int32s
    switchboard: Int32s
    staff: NDArray[np.float32]
    handlers: Floats
    waits: Int32s
    wait_edges_s: Floats
