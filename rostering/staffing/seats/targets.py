"""What a requirement must reach, the rules of its seats, and the requirement itself."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from rostering.staffing.checks import Floats, Ints, frozen_copy, require_count, require_positive, require_share


class Scope(StrEnum):
    """The span over which the targets hold, each call counting once."""

    INTERVAL = "interval"
    DAY = "day"  # of local time
    WEEK = "week"  # all intervals asked for, at most seven days at a time


class Clock(StrEnum):
    """The clock by which 999 is answered within its threshold."""

    FORCE = "force"  # queue and ring, which staffing can change
    PUBLISHED = "published"  # with the transfer before the force's switch


@dataclass(frozen=True, slots=True)
class ServiceTargets:
    """Targets of both queues; thresholds and denominators are those of `Definitions`.

    A service level of 0 or an abandonment of 1 asks for nothing.
    """

    service_level: float = 0.90  # least share of 999 calls answered within the threshold
    abandonment: float = 0.10  # most of the 101 calls that may be abandoned, a share
    mean_answer_999_s: float | None = None  # most of the mean wait of answered 999 calls [s]; Scotland's is 10 s
    scope: Scope = Scope.INTERVAL
    floor_service_level: float = 0.0  # 999: at a longer scope, no interval is planned below this
    floor_abandonment: float = 1.0  # 101: no interval is planned above this
    confidence: float = 0.8  # chance with which a span meets its targets, of the chance target
    by_chance: bool = False  # roster to the chance target instead of the expected value
    clock: Clock = Clock.FORCE

    def __post_init__(self) -> None:
        require_share(
            service_level=self.service_level,
            abandonment=self.abandonment,
            floor_service_level=self.floor_service_level,
            floor_abandonment=self.floor_abandonment,
        )
        for name in ("service_level", "floor_service_level"):
            if getattr(self, name) > 0.9999:
                raise ValueError(
                    f"{name} is {getattr(self, name)}: no number of handlers promises every call, give at most 0.9999"
                )
        for name in ("abandonment", "floor_abandonment"):
            if getattr(self, name) < 0.0001:
                raise ValueError(
                    f"{name} is {getattr(self, name)}: no number of handlers rules it out, give at least 0.0001"
                )
        if not 0.0 < self.confidence < 1.0:
            raise ValueError(f"confidence must be above 0 and below 1, got {self.confidence}")
        if self.mean_answer_999_s is not None:
            require_positive(mean_answer_999_s=self.mean_answer_999_s)


@dataclass(frozen=True, slots=True)
class SeatRules:
    """What seats must obey besides targets."""

    min_seats_999: int = 2  # never fewer seats at the 999 desk
    shrinkage: ArrayLike = 0.0  # share of rostered time that is lost, 0..1 below 1, one number or (intervals,)
    lending: ArrayLike | None = None  # posts that answer 999 when nobody at its desk is idle, (intervals,)
    split: bool = True  # as many seats as possible for 101 alone
    switchboard_abandonment: float = 0.05  # most of those who dial 101 whom the switchboard may lose, a share

    def __post_init__(self) -> None:
        require_count(1, min_seats_999=self.min_seats_999)
        require_positive(switchboard_abandonment=self.switchboard_abandonment)
        require_share(switchboard_abandonment=self.switchboard_abandonment)
        shrinkage = np.asarray(self.shrinkage, dtype=np.float64)
        wrong = ~((shrinkage >= 0.0) & (shrinkage < 1.0))
        if wrong.any():
            raise ValueError(f"shrinkage must be at least 0 and below 1, got {shrinkage[wrong].ravel()[0]}")
        if self.lending is not None:
            lending = np.asarray(self.lending)
            if lending.ndim != 1 or (lending < 0).any() or (lending != np.floor(lending)).any():
                raise ValueError("lending must be (intervals,) whole numbers of at least 0")

    def shrinkage_of(self, intervals: int) -> Floats:
        """Shrinkage of each interval, (intervals,). Raises ValueError where it was given for another number."""
        return _for_intervals("shrinkage", self.shrinkage, intervals)

    def lending_of(self, intervals: int) -> Ints:
        """Posts that lend, (intervals,). Raises ValueError where they were given for another number."""
        lending = _for_intervals("lending", 0.0 if self.lending is None else self.lending, intervals)
        return lending.astype(np.int64)


def _for_intervals(name: str, values: ArrayLike, intervals: int) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim > 0 and array.shape != (intervals,):
        raise ValueError(f"{name} must be one number or ({intervals},), got the shape {array.shape}")
    return np.broadcast_to(array, (intervals,)).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """What simulation found of the computed seats, and of the seats it was corrected to.

    Service is over the whole span: a ratio of sums over all replications, each call counting once.
    """

    rounds: int  # simulations made until the seats stood
    replications: int  # of the last one
    seats_added_h: float  # net, of the total [handler-hours]
    intervals_changed: int
    service_level_999_before: float
    service_level_999: float
    service_level_999_se: float  # standard error
    abandonment_101_before: float
    abandonment_101: float
    abandonment_101_se: float
    # Worst simulated service minus target of a day or week, of the target that binds; at the scope of an interval
    # simulated minus predicted service over all intervals [percentage points].
    error_points: float
    error_se_points: float  # its standard error
    holds: bool  # no day or week off by more than 0.25 points and noise; no interval below its target by more than that
    by_interval: Floats = field(repr=False)  # simulated 999 service level and 101 abandonment, (2, intervals)


_COUNTS = ("seats_999", "seats_101", "rostered_999", "rostered_101", "seats_minimum", "seats_chance", "reserve",
           "switchboard_seats")  # fmt: skip
_FIGURES = ("service_level_999", "service_level_999_published", "abandonment_101", "occupancy")
_PER_QUEUE = ("mean_wait_s", "mean_answer_s", "offered_calls", "first_attempts")


@dataclass(frozen=True, slots=True, eq=False)
class Requirement:
    """Handlers needed per interval and desk; arrays are (intervals,) or (2, intervals) with 999 first, read-only."""

    start: datetime  # first interval, with time zone
    interval_s: int  # width of an interval [s]
    seats_999: Ints  # on calls: must hold skill 999, answer 999 first and 101 when no 999 call waits; the minimum
    seats_101: Ints  # on calls: the most seats for 101 only; dual-skilled handlers may hold them
    rostered_999: Ints  # after shrinkage
    rostered_101: Ints  # after shrinkage
    seats_minimum: Ints  # of both desks: what the floor alone needs
    seats_chance: Ints  # of both desks: what the chance target needs
    reserve: Ints  # idle 999 seats that 101 calls must leave
    switchboard_seats: Ints  # 0 without a switchboard
    service_level_999: Floats  # predicted, by the force's clock
    service_level_999_published: Floats  # predicted, with the transfer before the force's switch
    abandonment_101: Floats  # predicted share of offered 101 calls abandoned
    occupancy: Floats  # predicted handling time / time available on calls
    mean_wait_s: Floats  # predicted mean wait of all offered calls, (2, intervals) [s]
    mean_answer_s: Floats  # predicted mean wait of answered calls, ring time included, (2, intervals) [s]
    offered_calls: Floats  # expected at the predicted service, redials and spill included, (2, intervals)
    first_attempts: Floats  # expected calls dialled for the first time, (2, intervals)
    correction: Correction | None = None  # None: not simulated

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None:
            raise ValueError(f"start must carry a time zone, got {self.start}")
        if self.interval_s < 1:
            raise ValueError(f"interval_s must be at least 1 s, got {self.interval_s}")
        intervals = np.asarray(self.seats_999).size
        for names, kind, shape in (
            (_COUNTS, int, (intervals,)),
            (_FIGURES, float, (intervals,)),
            (_PER_QUEUE, float, (2, intervals)),
        ):
            for name in names:
                values = frozen_copy(getattr(self, name), kind)
                if values.shape != shape:
                    raise ValueError(f"{name} must have the shape {shape}, got {values.shape}")
                object.__setattr__(self, name, values)

    @property
    def seats(self) -> Ints:
        """Seats of both desks, (intervals,)."""
        return self.seats_999 + self.seats_101
