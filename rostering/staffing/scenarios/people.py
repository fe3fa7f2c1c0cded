"""Changes of the room's side: people, skills, seats, the switchboard, absence, targets, another roster."""

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rostering.staffing.assumptions import Desk, Switchboard
from rostering.staffing.checks import Floats, Ints, require_count, require_share
from rostering.staffing.scenarios.levers import WHOLE, Case, Span
from rostering.staffing.scenarios.plan import Plan
from rostering.staffing.seats.targets import ServiceTargets

_HEADCOUNT, _SKILL_MIX = 1, 2  # streams of the seed, so that each change draws for itself


@dataclass(frozen=True, slots=True, eq=False)
class RowsReplaced:
    """Another roster, pattern or seat profile in place of the plan's; shapes as in `Plan`."""

    desks: NDArray[np.int8]
    handlers: Ints
    paid_h: Floats
    skilled_999: NDArray[np.bool_]
    is_roster: bool
    where = WHOLE
    subjects = frozenset({"rows"})
    is_uncertain = False

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002 - each change is asked alike
        nobody = np.zeros(plan.paid_h.size, dtype=bool)
        changed = plan.with_rows(nobody, self.desks, self.handlers, self.paid_h, self.skilled_999)
        return replace(changed, is_roster=self.is_roster)


@dataclass(frozen=True, slots=True)
class Headcount:
    """So many handlers more (> 0), each working the duties of one of the roster's handlers drawn by lot, or fewer.

    ``skill`` draws among those who hold 999 ("999"), those who do not ("101"), or all (None).
    """

    change: int
    skill: str | None = None
    where = WHOLE
    is_uncertain = False

    def __post_init__(self) -> None:
        _require_change("headcount", self.change)
        if self.skill not in (None, "999", "101"):
            raise ValueError(f"skill is {self.skill!r}: expected 999, 101 or none for all")

    @property
    def subjects(self) -> frozenset[Hashable]:
        return frozenset({self.skill} if self.skill else {"999", "101"})

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        _require_roster("headcount", plan)
        assert plan.room.handlers is not None
        able = (
            np.ones(plan.paid_h.size, dtype=bool) if self.skill is None else plan.skilled_999 == (self.skill == "999")
        )
        people = np.unique(plan.room.handlers[able])
        rng = np.random.default_rng([seed, _HEADCOUNT, len(self.subjects), self.skill == "999"])
        if self.change < 0:
            if -self.change > people.size:
                raise ValueError(f"headcount {self.change}: expected at most the {people.size} handlers there are")
            leaving = rng.permutation(people)[: -self.change]
            kept = ~np.isin(plan.room.handlers, leaving)
            none = np.zeros(0, dtype=np.int64)
            return plan.with_rows(kept, plan.room.desks[:0], none, none.astype(float), none.astype(bool))
        if people.size == 0:
            raise ValueError(f"headcount +{self.change}: there is no such handler whose duties they could work")
        models = np.resize(rng.permutation(people), self.change)
        first = int(plan.room.handlers.max()) + 1
        rows = [np.flatnonzero(plan.room.handlers == model) for model in models]
        all_rows = np.concatenate(rows)
        return plan.with_rows(
            np.ones(plan.paid_h.size, dtype=bool),
            plan.room.desks[all_rows],
            np.concatenate([np.full(r.size, first + i) for i, r in enumerate(rows)]),
            plan.paid_h[all_rows],
            plan.skilled_999[all_rows],
        )


@dataclass(frozen=True, slots=True)
class SkillMix:
    """So many 101 handlers learn 999 (> 0) and answer it while on calls, or so many give it up.

    Of a roster handlers are drawn by lot; in a seat profile so many seats change desks in each interval.
    """

    change: int
    where = WHOLE
    subjects = frozenset({"skill mix"})
    is_uncertain = False

    def __post_init__(self) -> None:
        _require_change("skill mix", self.change)

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        old, new = (Desk.CALLS_101, Desk.CALLS_999) if self.change > 0 else (Desk.CALLS_999, Desk.CALLS_101)
        desks, skilled = plan.room.desks.copy(), plan.skilled_999.copy()
        if plan.is_roster:
            assert plan.room.handlers is not None
            people = np.unique(plan.room.handlers[plan.skilled_999 == (self.change < 0)])
            if abs(self.change) > people.size:
                raise ValueError(
                    f"skill mix {self.change:+d}: expected at most the {people.size} handlers "
                    f"{'without' if self.change > 0 else 'with'} skill 999"
                )
            drawn = np.random.default_rng([seed, _SKILL_MIX]).permutation(people)[: abs(self.change)]
            moved = np.isin(plan.room.handlers, drawn)
            desks[moved] = np.where(desks[moved] == old, new, desks[moved])
            skilled[moved] = self.change > 0
        else:
            at_old = desks == old
            desks[at_old & (np.cumsum(at_old, axis=0) <= abs(self.change))] = new
        return replace(plan, room=replace(plan.room, desks=desks), skilled_999=skilled)


@dataclass(frozen=True, slots=True)
class Seats:
    """So many seats more (> 0) or fewer at a desk, throughout a span."""

    desk: Desk
    change: int
    where: Span = WHOLE
    is_uncertain = False

    def __post_init__(self) -> None:
        _require_change("seats", self.change)
        if self.desk is Desk.OFF:
            raise ValueError("seats: no desk is named, expected one that takes calls")

    @property
    def subjects(self) -> frozenset[Hashable]:
        return frozenset({self.desk})

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        span = self.where.within(plan.intervals)
        if self.change > 0:
            posts = np.zeros((self.change, plan.intervals), dtype=np.int8)
            posts[:, span] = self.desk
            return plan.with_posts(posts)
        desks = plan.room.desks.copy()
        there = np.zeros(desks.shape, dtype=bool)
        there[:, span] = desks[:, span] == self.desk
        fewest = int(there[:, span].sum(axis=0).min())
        if -self.change > fewest:
            raise ValueError(
                f"{self.change} seats at {self.desk.words}: expected at most the {fewest} that are always there to go"
            )
        # The last rows go first: of a profile those are the seats that are needed least often.
        gone = there & (np.cumsum(there[::-1], axis=0)[::-1] <= -self.change)
        desks[gone] = Desk.OFF
        return replace(
            plan, room=replace(plan.room, desks=desks), paid_h=plan.paid_h - gone.sum(axis=1) * plan.interval_h
        )


@dataclass(frozen=True, slots=True)
class SwitchboardChange:
    """A switchboard with so many seats round the clock before the 101 queue, or (None) none."""

    switchboard: Switchboard | None
    seats: int = 0
    where = WHOLE
    subjects = frozenset({"switchboard"})
    is_uncertain = False

    def __post_init__(self) -> None:
        if self.switchboard is None and self.seats:
            raise ValueError(f"switchboard off with {self.seats} seats: expected none")
        if self.switchboard is not None:
            require_count(1, seats=self.seats)

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        was = plan.room.desks == Desk.SWITCHBOARD
        off = replace(
            plan,
            room=replace(plan.room, desks=np.where(was, np.int8(Desk.OFF), plan.room.desks)),
            paid_h=plan.paid_h - was.sum(axis=1) * plan.interval_h,
        )
        changed = off.with_assumptions(replace(off.room.assumptions, switchboard=self.switchboard))
        if self.switchboard is None:
            return changed
        return changed.with_posts(np.full((self.seats, plan.intervals), Desk.SWITCHBOARD, dtype=np.int8))


@dataclass(frozen=True, slots=True)
class AbsenceChange:
    """Another chance that a duty is not worked."""

    absence_rate: float
    where = WHOLE
    subjects = frozenset({"absence"})
    is_uncertain = False

    def __post_init__(self) -> None:
        require_share(absence_rate=self.absence_rate)

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        return plan.with_assumptions(replace(plan.room.assumptions, absence_rate=self.absence_rate))


@dataclass(frozen=True, slots=True)
class TargetsChange:
    """Other targets, and the 999 threshold that goes with them [s]; the room stays, `restore` says what they need."""

    targets: ServiceTargets
    threshold_999_s: float | None = None
    where = WHOLE
    subjects = frozenset({"targets"})
    is_uncertain = False

    def applied(self, plan: Plan, case: Case, seed: int) -> Plan:  # noqa: ARG002
        threshold_s = plan.definitions.threshold_999_s if self.threshold_999_s is None else self.threshold_999_s
        definitions = replace(plan.definitions, threshold_999_s=threshold_s)
        return replace(plan, targets=self.targets, definitions=definitions)


def _require_change(name: str, change: int) -> None:
    if change != int(change) or change == 0 or abs(change) > 5000:
        raise ValueError(f"{name} is {change}: expected a whole number other than 0, of at most 5000 either way")


def _require_roster(name: str, plan: Plan) -> None:
    if not plan.is_roster:
        raise ValueError(f"{name}: the plan is a profile of seats, which nobody works yet; change its seats, or "
                         "start from a roster")  # fmt: skip
