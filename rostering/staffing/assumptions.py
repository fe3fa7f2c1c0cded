"""What is assumed of callers and of the room: one value that formulas, simulation and scenarios share."""

from dataclasses import dataclass
from enum import IntEnum

from rostering.staffing.checks import (
    require_count,
    require_not_negative,
    require_patience,
    require_positive,
    require_share,
)


class Desk(IntEnum):
    """Where somebody sits in an interval, as far as calls are concerned."""

    OFF = 0  # not on calls: break, training, a fixed post
    CALLS_999 = 1  # answers 999 first, 101 when no 999 call waits
    CALLS_101 = 2  # answers 101 only
    LENDING = 3  # an interruptible desk's own work; answers 999 when nobody on the 999 desk is idle
    SWITCHBOARD = 4  # answers what dials 101, before the 101 queue

    @property
    def words(self) -> str:
        """What planners call it."""
        return ("no desk", "the 999 desk", "the 101 desk", "an interruptible desk", "the switchboard")[self]


@dataclass(frozen=True, slots=True)
class QueueAssumptions:
    """Callers and calls of one queue."""

    patience_s: float  # mean patience of those who join the queue [s]; infinity: nobody gives up
    handling_cv: float = 1.0  # standard deviation of handling times / their mean; formulas take 1
    patience_shape: float = 1.0  # of the Weibull distribution of patience; 1 is exponential
    balking: float = 0.0  # share of callers who hang up at once where they would have to wait
    redial: float = 0.0  # share of those who gave up who dial the same queue again
    redial_delay_s: float = 300.0  # mean time until they do, exponential [s]

    def __post_init__(self) -> None:
        require_patience(patience_s=self.patience_s)
        require_positive(
            patience_shape=self.patience_shape, handling_cv=self.handling_cv, redial_delay_s=self.redial_delay_s
        )
        require_share(balking=self.balking, redial=self.redial)
        if self.redial == 1.0:
            raise ValueError("redial is 1.0: callers who never stop dialling have no steady state, give less than 1")


@dataclass(frozen=True, slots=True)
class CallbackPolicy:
    """Waiting 101 callers are offered a call back and keep their place in the queue."""

    offer_after_s: float = 60.0  # wait after which it is offered [s]; 0: on joining
    accepts: float = 0.125  # share of those offered who accept; Humberside, 12 months: 12.5% asked for one
    reached: float = 0.9  # chance that one attempt reaches the caller
    attempts: int = 3  # Cumbria: two further attempts
    retry_after_s: float = 900.0  # until the next attempt [s]
    attempt_s: float = 45.0  # a handler's time for an attempt that reaches nobody [s]

    def __post_init__(self) -> None:
        require_not_negative(offer_after_s=self.offer_after_s, retry_after_s=self.retry_after_s)
        require_positive(attempt_s=self.attempt_s)
        require_share(accepts=self.accepts, reached=self.reached)
        require_count(1, attempts=self.attempts)


@dataclass(frozen=True, slots=True)
class Switchboard:
    """A front stage that everybody who dials 101 meets; what it does not resolve joins the 101 queue."""

    aht_s: float = 60.0  # mean handling time [s]
    handling_cv: float = 1.0
    patience_s: float = 300.0  # mean patience of those who wait for it, exponential [s]
    resolves: float = 0.5  # share of answered calls that go no further; Avon and Somerset: about two thirds of 101

    def __post_init__(self) -> None:
        require_positive(aht_s=self.aht_s, handling_cv=self.handling_cv)
        require_patience(patience_s=self.patience_s)
        require_share(resolves=self.resolves)


@dataclass(frozen=True, slots=True)
class RoomAssumptions:
    """Callers of both queues, what ties the queues together, and what the day takes from the roster."""

    emergency: QueueAssumptions
    non_emergency: QueueAssumptions
    spill: float = 0.0  # share of those who gave up on 101 who dial 999 instead
    spill_delay_s: float = 300.0  # mean time until they do, exponential [s]
    callbacks: CallbackPolicy | None = None
    switchboard: Switchboard | None = None
    absence_rate: float = 0.0  # chance that a duty is not worked at all
    availability: float = 1.0  # share of the time logged on for calls in which a handler can in fact take one

    def __post_init__(self) -> None:
        require_share(spill=self.spill, absence_rate=self.absence_rate, availability=self.availability)
        require_positive(spill_delay_s=self.spill_delay_s, availability=self.availability)
        if self.spill + self.non_emergency.redial > 1.0:
            raise ValueError(
                f"spill {self.spill} and redial of 101 {self.non_emergency.redial} exceed 1 together: a caller who "
                "gave up dials one of them again, or neither"
            )

    @property
    def queues(self) -> tuple[QueueAssumptions, QueueAssumptions]:
        """999 first."""
        return self.emergency, self.non_emergency
