"""Changes of calls and callers: how many, of which kind, how long they take, how they behave."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np

from rostering.staffing.assumptions import CallbackPolicy
from rostering.staffing.checks import require_positive
from rostering.staffing.scenarios.levers import WHOLE, Case, Span, Uncertain, known, queues_of, scaled_rates
from rostering.staffing.scenarios.plan import Plan


@dataclass(frozen=True, slots=True)
class DemandChange:
    """First attempts of a queue (or both) times ``factor``: growth, failure demand that goes, a campaign."""

    factor: Uncertain
    queue: str | None = None
    where: Span = WHOLE

    def __post_init__(self) -> None:
        queues_of(self.queue)

    @property
    def subjects(self) -> frozenset[Hashable]:
        return frozenset(queues_of(self.queue))

    @property
    def is_uncertain(self) -> bool:
        return not self.factor.is_known

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002 - each change is asked alike
        return scaled_rates(plan, self.queue, self.where, self.factor.at(case))


@dataclass(frozen=True, slots=True)
class CategoryChange:
    """A category's calls times ``factor``, as by Right Care Right Person: the rest of its queue stays.

    ``share`` is the category's of the queue's first attempts. Its low case is the smaller effect.
    """

    category: str
    queue: str
    share: Uncertain
    factor: Uncertain
    where: Span = WHOLE

    def __post_init__(self) -> None:
        queues_of(self.queue)
        if self.share.high > 1:
            raise ValueError(f"category {self.category!r}: share is {self.share.high}, expected at most 1")

    @property
    def subjects(self) -> frozenset[Hashable]:
        return frozenset({(self.queue, self.category)})

    @property
    def is_uncertain(self) -> bool:
        return not (self.share.is_known and self.factor.is_known)

    def queue_change(self, case: Case) -> float:
        """Relative change of the queue: share x (factor - 1). A range of a cut is from its smallest to its largest."""
        corners = sorted(
            (s * (f - 1) for s in (self.share.low, self.share.high) for f in (self.factor.low, self.factor.high)),
            key=abs,
        )
        likely = self.share.likely * (self.factor.likely - 1)
        return {Case.LOW: corners[0], Case.LIKELY: likely, Case.HIGH: corners[-1]}[case]

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        return scaled_rates(plan, self.queue, self.where, 1 + self.queue_change(case))


@dataclass(frozen=True, slots=True)
class ChannelShift:
    """A share of a queue's first attempts becomes digital contacts: fewer calls, and work for the digital desk.

    ``contact_s`` is a contact's work in all [s], ``concurrency`` how many one person handles at a time.
    """

    queue: str
    share: Uncertain
    contact_s: float = 600.0
    concurrency: float = 1.0
    where: Span = WHOLE

    def __post_init__(self) -> None:
        queues_of(self.queue)
        require_positive(contact_s=self.contact_s, concurrency=self.concurrency)
        if self.share.high > 1:
            raise ValueError(f"channel shift of {self.queue}: share is {self.share.high}, expected at most 1")

    @property
    def subjects(self) -> frozenset[Hashable]:
        return frozenset(queues_of(self.queue))

    @property
    def is_uncertain(self) -> bool:
        return not self.share.is_known

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        share = self.share.at(case)
        span = self.where.within(plan.intervals)
        moved = plan.rates[:, queues_of(self.queue)[0], span].mean(axis=0) * share
        assert plan.digital_h is not None
        digital_h = plan.digital_h.copy()
        digital_h[span] += moved * self.contact_s / self.concurrency / 3600
        return replace(scaled_rates(plan, self.queue, self.where, 1 - share), digital_h=digital_h)


@dataclass(frozen=True, slots=True)
class Surge:
    """An incident: first attempts times ``multiplier`` while it lasts; on top of what other changes do to demand."""

    multiplier: float
    where: Span
    queue: str | None = None

    def __post_init__(self) -> None:
        queues_of(self.queue)
        require_positive(multiplier=self.multiplier)

    @property
    def subjects(self) -> frozenset[Hashable]:
        return frozenset(queues_of(self.queue))

    is_uncertain = False

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        return scaled_rates(plan, self.queue, self.where, self.multiplier)


@dataclass(frozen=True, slots=True)
class HandlingTimeChange:
    """Mean handling times of a queue (or both) times ``factor``."""

    factor: Uncertain
    queue: str | None = None
    where: Span = WHOLE

    def __post_init__(self) -> None:
        queues_of(self.queue)
        require_positive(factor=self.factor.low)

    @property
    def subjects(self) -> frozenset[Hashable]:
        return frozenset(queues_of(self.queue))

    @property
    def is_uncertain(self) -> bool:
        return not self.factor.is_known

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        aht_s = plan.room.aht_s.copy()
        for row in queues_of(self.queue):
            aht_s[row, self.where.within(plan.intervals)] *= self.factor.at(case)
        return replace(plan, room=replace(plan.room, aht_s=aht_s))


@dataclass(frozen=True, slots=True)
class PatienceChange:
    """Mean patience of a queue's callers times ``factor``."""

    factor: Uncertain
    queue: str | None = None
    where = WHOLE

    def __post_init__(self) -> None:
        queues_of(self.queue)
        require_positive(factor=self.factor.low)

    @property
    def subjects(self) -> frozenset[Hashable]:
        return frozenset(queues_of(self.queue))

    @property
    def is_uncertain(self) -> bool:
        return not self.factor.is_known

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        queues = list(plan.room.assumptions.queues)
        for row in queues_of(self.queue):
            queues[row] = replace(queues[row], patience_s=queues[row].patience_s * self.factor.at(case))
        return plan.with_assumptions(replace(plan.room.assumptions, emergency=queues[0], non_emergency=queues[1]))


@dataclass(frozen=True, slots=True)
class RepeatsChange:
    """Shares of those who gave up who dial again; None leaves one as it is."""

    redial_999: Uncertain | None = None
    redial_101: Uncertain | None = None
    spill: Uncertain | None = None
    where = WHOLE

    def __post_init__(self) -> None:
        if not self.subjects:
            raise ValueError("a change of redial and spill names neither: give redial_999, redial_101 or spill")

    @property
    def subjects(self) -> frozenset[Hashable]:
        return frozenset(n for n in ("redial_999", "redial_101", "spill") if getattr(self, n) is not None)

    @property
    def is_uncertain(self) -> bool:
        return any(not value.is_known for value in (self.redial_999, self.redial_101, self.spill) if value is not None)

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        old = plan.room.assumptions
        redial = [
            (given or known(queue.redial)).at(case)
            for given, queue in zip((self.redial_999, self.redial_101), old.queues, strict=True)
        ]
        return plan.with_assumptions(
            replace(
                old,
                emergency=replace(old.emergency, redial=redial[0]),
                non_emergency=replace(old.non_emergency, redial=redial[1]),
                spill=(self.spill or known(old.spill)).at(case),
            )
        )


@dataclass(frozen=True, slots=True)
class CallbackChange:
    """Another callback policy, or none."""

    policy: CallbackPolicy | None
    where = WHOLE
    subjects = frozenset({"callbacks"})
    is_uncertain = False

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        return plan.with_assumptions(replace(plan.room.assumptions, callbacks=self.policy))


def require_categories_fit(changes: list[CategoryChange], intervals: int) -> None:
    """Raise ValueError where categories that are cut together make up more than their queue."""
    for row, queue in enumerate(("999", "101")):
        share = np.zeros(intervals)
        for change in changes:
            if queues_of(change.queue)[0] == row:
                share[change.where.within(intervals)] += change.share.likely
        if (share > 1 + 1e-9).any():
            names = ", ".join(change.category for change in changes if change.queue == queue)
            raise ValueError(f"categories {names} make up {share.max():.2f} of queue {queue}: expected at most 1")
