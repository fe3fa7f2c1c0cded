"""How calls are counted: a force's choice, stated in words beside every figure."""

from dataclasses import dataclass
from enum import StrEnum

from rostering.staffing.checks import require_not_negative


class Denominator(StrEnum):
    """What a service level is a share of."""

    OFFERED = "offered"
    ANSWERED = "answered"


class Counting(StrEnum):
    """Whether a kind of call counts as abandoned, or leaves the figures altogether."""

    ABANDONED = "abandoned"
    EXCLUDED = "excluded"


class CallbackCounting(StrEnum):
    """How a 101 caller who accepted a call back counts."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class TransferDelay:
    """Time between the operator's answer and the force's switch: in the published 999 clock, not in the force's.

    Lognormal; a mean of 0 s is no delay.
    """

    mean_s: float = 0.0
    cv: float = 0.5  # standard deviation / mean

    def __post_init__(self) -> None:
        require_not_negative(mean_s=self.mean_s, cv=self.cv)


@dataclass(frozen=True, slots=True)
class Definitions:
    """What is counted, and from when.

    The force's clock starts when the call joins the queue and ends when a handler picks up, ring time included; the
    published clock of 999 adds the transfer. A threshold at or below the ring time is met by nobody.
    """

    threshold_999_s: float = 10.0
    threshold_101_s: float = 60.0
    ring_s: float = 0.0  # from a handler's phone ringing to the answer [s]
    transfer: TransferDelay = TransferDelay()
    service_level_of: Denominator = Denominator.OFFERED
    short_abandon_s: float = 0.0  # a call given up within this is a short abandon [s]
    short_abandons: Counting = Counting.ABANDONED
    message_s: float = 0.0  # length of the message that a waiting 101 caller hears first [s]
    message_leavers: Counting = Counting.ABANDONED  # 101 callers who give up while it plays
    callbacks: CallbackCounting = CallbackCounting.ANSWERED

    def __post_init__(self) -> None:
        require_not_negative(
            threshold_999_s=self.threshold_999_s,
            threshold_101_s=self.threshold_101_s,
            ring_s=self.ring_s,
            short_abandon_s=self.short_abandon_s,
            message_s=self.message_s,
        )
