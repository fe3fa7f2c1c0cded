"""What a solve has used of its budget, who is told, and what ended it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rostering.roster import EndedBy, Progress, SolveBudget, TierName

Report = Callable[[Progress], None]
Cancelled = Callable[[], bool]
_STEP = 0.01  # of the time between two reports of one phase


@dataclass
class Watch:
    """Clock, listener and cancellation of one solve."""

    budget: SolveBudget
    report: Report = lambda _: None
    cancelled: Cancelled = lambda: False
    began: float = field(default_factory=time.monotonic)
    _told: tuple[str, float] = ("", -1.0)
    _share: float = 0.0

    @property
    def share(self) -> float:
        """Share of the seconds that is used, 1 or more: none is left."""
        return (time.monotonic() - self.began) / self.budget.seconds

    def left_s(self, until: float = 1.0) -> float:
        """Seconds left up to a share of the time [s], 0 or more."""
        return max((until - self.share) * self.budget.seconds, 0.0)

    def ended(self, until: float = 1.0) -> EndedBy | None:
        """Whether somebody cancelled, or the time up to a share is over."""
        if self.cancelled():
            return EndedBy.CANCEL
        return EndedBy.SECONDS if self.share >= until else None

    def tell(self, phase: str, objective: float | None, bound: float | None, tier: TierName = TierName.SERVICE) -> None:
        """Report a phase; the same one only every hundredth of the time. Shares never fall."""
        share = min(max(self.share, self._share), 1.0)
        if phase == self._told[0] and share < self._told[1] + _STEP:
            return
        self._told, self._share = (phase, share), share
        self.report(Progress(phase, objective, bound, 1.0 if phase == "done" else share, tier))
