"""What a requirement must reach, what it assumes of the callers, and the requirement itself."""

from dataclasses import dataclass
from datetime import datetime

from rostering.staffing.checks import (
    Floats,
    Ints,
    frozen_copy,
    require_not_negative,
    require_share,
)


@dataclass(frozen=True, slots=True)
class ServiceTargets:
    """Targets of an interval: ``service_level`` of the 999 calls offered answered within ``threshold_s``, and at most
    ``abandonment`` of the 101 calls offered abandoned. A service level of 0 or an abandonment of 1 asks for nothing."""

    threshold_s: float = 10.0  # [s]; counted from the moment the call joins the queue
    service_level: float = 0.90  # share of offered 999 calls, abandoned ones count as not answered
    abandonment: float = 0.10  # share of offered 101 calls

    def __post_init__(self) -> None:
        require_not_negative(threshold_s=self.threshold_s)
        require_share(service_level=self.service_level, abandonment=self.abandonment)
        if self.service_level > 0.9999:
            raise ValueError(
                f"service_level is {self.service_level}: no number of handlers promises every call, give at most 0.9999"
            )
        if self.abandonment < 0.0001:
            raise ValueError(
                f"abandonment is {self.abandonment}: no number of handlers rules it out, give at least 0.0001"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Requirement:
    """Handlers needed per interval and desk; arrays are (intervals,) or (2, intervals) with 999 first, read-only."""

    start: datetime  # first interval, with time zone
    interval_s: int  # width of an interval [s]
    seats_999: Ints  # on calls: must hold skill 999, answer 999 first and 101 when no 999 call waits
    seats_101: Ints  # on calls: further seats for 101 only; dual-skilled handlers may hold them
    rostered_999: Ints  # after shrinkage
    rostered_101: Ints  # after shrinkage
    service_level_999: Floats  # predicted share of offered 999 calls answered within the threshold
    abandonment_101: Floats  # predicted share of offered 101 calls abandoned
    occupancy: Floats  # predicted handling time / time available on calls
    mean_wait_s: Floats  # predicted mean wait of all offered calls, (2, intervals) [s]

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None:
            raise ValueError(f"start must carry a time zone, got {self.start}")
        if self.interval_s < 1:
            raise ValueError(f"interval_s must be at least 1 s, got {self.interval_s}")
        for name in ("seats_999", "seats_101", "rostered_999", "rostered_101"):
            object.__setattr__(self, name, frozen_copy(getattr(self, name), int))
        for name in ("service_level_999", "abandonment_101", "occupancy", "mean_wait_s"):
            object.__setattr__(self, name, frozen_copy(getattr(self, name), float))
        intervals = self.seats_999.size
        for name in ("seats_101", "rostered_999", "rostered_101", "service_level_999", "abandonment_101", "occupancy"):
            if getattr(self, name).shape != (intervals,):
                raise ValueError(f"{name} must have the shape ({intervals},), got {getattr(self, name).shape}")
        if self.mean_wait_s.shape != (2, intervals):
            raise ValueError(f"mean_wait_s must have the shape (2, {intervals}), got {self.mean_wait_s.shape}")
