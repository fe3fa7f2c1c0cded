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

    def words(self) -> tuple[str, ...]:
        """The definitions as sentences, to be printed beside every figure that rests on them."""
        of = "offered, abandoned ones among them" if self.service_level_of is Denominator.OFFERED else "answered"
        clock = "A wait starts when the call joins its queue and ends when a handler answers"
        clock += f", {self.ring_s:g} s of ringing included." if self.ring_s > 0.0 else "; ringing takes no time."
        sentences = [
            f"Service level: share of the calls {of}, that were answered within {self.threshold_999_s:g} s (999) or "
            f"{self.threshold_101_s:g} s (101).",
            clock,
            _transfer_words(self.transfer),
        ]
        left_out = []
        if self.short_abandon_s > 0.0 and self.short_abandons is Counting.EXCLUDED:
            left_out.append(f"calls given up within {self.short_abandon_s:g} s")
        if self.message_s > 0.0 and self.message_leavers is Counting.EXCLUDED:
            left_out.append(f"101 callers who leave during the message of {self.message_s:g} s")
        if left_out:
            sentences.append(f"Abandonment: share of the calls offered that are given up; {' and '.join(left_out)} "
                             "count neither as offered nor as abandoned.")  # fmt: skip
        else:
            sentences.append("Abandonment: share of the calls offered that are given up, however soon.")
        accepted = {
            CallbackCounting.ANSWERED: "counts as answered",
            CallbackCounting.ABANDONED: "counts as abandoned",
            CallbackCounting.EXCLUDED: "leaves the figures",
        }[self.callbacks]
        sentences.append(f"A 101 caller who accepts a call back {accepted}.")
        return tuple(sentences)


def _transfer_words(transfer: TransferDelay) -> str:
    if transfer.mean_s == 0.0:
        return "The published clock of 999 is the force's: no transfer time is assumed."
    return (
        f"The published clock of 999 adds the transfer from the operator, {transfer.mean_s:g} s on average, which no "
        "number of handlers can buy back."
    )
