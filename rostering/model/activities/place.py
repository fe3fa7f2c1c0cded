"""Activities on duties whose times stand, placed where they hurt least: a start, a bound, the best between them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rostering.model.activities.duties import (
    FinalDuty,
    Learning,
    final_duties,
    learning_of,
    learning_starts,
    row_of,
)
from rostering.model.activities.model import Budget, Facts, relaxed_places, solve_places
from rostering.model.activities.places import (
    Places,
    activity_of,
    free_starts,
    heads_of,
    learning_quarters,
    places_before,
)
from rostering.model.activities.service import service_of
from rostering.model.arrays import Ints
from rostering.model.desk_plan import DutyPlan, assign_desks, written
from rostering.model.need import need_arrays
from rostering.problem import RosterProblem
from rostering.roster import Roster, SolveBudget

_TOGETHER = 12  # handlers whose learning is placed anew together
_DETERMINISTIC_S = 4.0  # CP-SAT's deterministic time of one solve, and of all that place learning anew


@dataclass(frozen=True, slots=True)
class ActivityPlan:
    """Activities of a roster's duties.

    roster : the same duties with their activities
    service : service cost of heads on calls, roles left out, and ``bound``: no other activities on these duties are
        below it
    unplaced : learning that no duty has room for, by handler [quarter-hours]
    heads : everybody on calls by skill class, (3, intervals)
    """

    roster: Roster
    service: int
    bound: int
    unplaced: tuple[tuple[str, int], ...]
    heads: Ints = field(compare=False)


def activity_plan(
    problem: RosterProblem, roster: Roster, budget: SolveBudget, present: Ints | None = None
) -> ActivityPlan:
    """The duties of ``roster`` with meals, short breaks, training, learning, briefings and desks where they hurt least.

    Starts and ends stand. The service tier is never above that of ``roster``, if that has all that is due.

    present : heads on calls besides those of ``roster`` by skill class, (3, intervals); None: those that the problem
        tells
    """
    work = _Work(problem, roster, budget, present)
    best, bound = work.solved()
    plans = [
        DutyPlan(duty.handler.ref, duty.start, duty.skill_class, activity_of(duty, best, number))
        for number, duty in enumerate(work.facts.duties)
        if duty.skill_class is not None
    ]
    heads = heads_of(work.facts.duties, best, work.facts.present)
    assign_desks(work.facts.service.need, heads, plans)
    standing = [duty.source for duty in work.facts.duties if duty.skill_class is None]
    made = sorted([*written(problem, plans).duties, *standing], key=lambda duty: (duty.start, duty.handler))
    return ActivityPlan(Roster(tuple(made)), work.facts.value(best)[0], bound, work.unplaced, heads)


class _Work:
    """Facts of one plan, and what it may use."""

    def __init__(self, problem: RosterProblem, roster: Roster, budget: SolveBudget, present: Ints | None) -> None:
        self.until = time.monotonic() + budget.seconds
        duties = final_duties(problem, roster.duties)
        due = learning_of(problem, duties)
        self.start, learning = completed(duties, due, places_before(duties))
        there = need_arrays(problem).present[:3] if present is None else present
        self.facts = Facts(duties, learning, service_of(problem), there)
        self.budget = budget
        held = {who.handler: sum(who.sessions) for who in learning}
        self.unplaced = tuple(
            (who.handler, left) for who in due if (left := sum(who.sessions) - held.get(who.handler, 0))
        )

    def solved(self) -> tuple[Places, int]:
        """The best places found and the bound of their service cost."""
        if not self.facts.learning:
            found = solve_places(self.facts, self.start, (), self._share(1.0))
            return self._better(self.start, found.places), found.bound
        best, guided = self.start, self.start
        loose = relaxed_places(self.facts, best, self._share(0.4).seconds)
        if loose.places is not None:
            hints = Places.nothing(len(best.breaks), loose.places.learning)
            led, held = completed(self.facts.duties, self.facts.learning, hints)
            guided = led if held == self.facts.learning else best
        best = self._better(best, solve_places(self.facts, guided, (), self._share(0.6)).places)
        return self._improved(best, loose.bound), loose.bound

    def _improved(self, best: Places, bound: int) -> Places:
        """Learning of a few handlers at a time placed anew with all breaks, until nobody whose turn it is gains."""
        left = _DETERMINISTIC_S
        tried: set[str] = set()
        while left > 0 and self.facts.value(best)[0] > bound and time.monotonic() < self.until:
            free = [ref for ref in self._dearest(best) if ref not in tried][:_TOGETHER]
            if not free:
                break
            found = solve_places(self.facts, best, set(free), self._share(0.5))
            left -= found.deterministic
            better = self._better(best, found.places)
            # Whoever had a turn has it again once anything has changed.
            tried = {*free} if better is not best else tried | set(free)
            best = better
        return best

    def _dearest(self, places: Places) -> list[str]:
        """Handlers for whom being off calls costs anything in duties with learning, the dearest first."""
        facts, heads = self.facts, heads_of(self.facts.duties, places, self.facts.present)
        now = facts.service.costs(heads)
        more = [now - facts.service.costs(heads + (np.arange(len(heads)) == row)[:, None]) for row in range(len(heads))]
        spared: dict[str, int] = {}
        for who in facts.learning:
            off = 0
            for number in who.duties:
                if places.learning[number]:
                    duty, kinds = facts.duties[number], activity_of(facts.duties[number], places, number)
                    quarters = [duty.start + k for k, kind in enumerate(kinds) if kind is not None]
                    off += sum(int(more[row_of(duty)][t]) for t in quarters if 0 <= t < heads.shape[1])
            spared[who.handler] = off
        return sorted((ref for ref, off in spared.items() if off), key=lambda ref: (-spared[ref], ref))

    def _share(self, share: float) -> Budget:
        """A share of the time that is left."""
        return Budget(share * max(self.until - time.monotonic(), 0.0), _DETERMINISTIC_S, self.budget.seed)

    def _better(self, old: Places, new: Places | None) -> Places:
        return old if new is None or self.facts.value(new) >= self.facts.value(old) else new


def completed(duties: Sequence[FinalDuty], due: Sequence[Learning], places: Places) -> tuple[Places, list[Learning]]:
    """``places`` made complete, and the learning that this has room for.

    Learning stays if it is due and leaves each break a place, else it moves to the nearest start that does; breaks
    stay where they can, else they go to the middle of what is left of their window.
    """
    learning: list[list[tuple[int, int]]] = [[] for _ in duties]
    held = []
    for who in due:
        sessions = []
        wishes = [(number, start, length) for number in who.duties for start, length in places.learning[number]]
        for length in who.sessions:
            wish = next((wish for wish in wishes if wish[2] == length), None)
            if wish is not None:
                wishes.remove(wish)
            if (room := _room(duties, who, learning, length, wish)) is not None:
                learning[room[0]].append((room[1], length))
                sessions.append(length)
        if sessions:
            held.append(Learning(who.handler, tuple(sessions), who.duties))
    breaks = []
    for duty, at, spans in zip(duties, places.breaks, learning, strict=True):
        taken = learning_quarters(spans)
        one = []
        for start, window in zip(at, duty.windows, strict=True):
            starts = free_starts(window, taken)
            one.append(start if start in starts else starts[len(starts) // 2] if starts else None)
        breaks.append((one[0], one[1], one[2]))
    return Places(tuple(breaks), tuple(tuple(sorted(spans)) for spans in learning)), held


def _room(
    duties: Sequence[FinalDuty],
    who: Learning,
    learning: Sequence[Sequence[tuple[int, int]]],
    length: int,
    wish: tuple[int, int, int] | None,
) -> tuple[int, int] | None:
    """Duty and start of a session: the wished duty or else the one with least learning, at the start nearest to wish
    or end that leaves every break a place and a quarter-hour to other sessions."""
    order = sorted(who.duties, key=lambda n: (wish is not None and n != wish[0], len(learning[n]), n))
    for number in order:
        duty, others = duties[number], learning_quarters(learning[number])
        aim = wish[1] if wish is not None and wish[0] == number else duty.end
        for start in sorted(learning_starts(duty, length), key=lambda start: (abs(start - aim), start)):
            own = frozenset(range(start, start + length))
            beside = others.isdisjoint(range(start - 1, start + length + 1))
            if beside and all(not w.starts or free_starts(w, others | own) for w in duty.windows):
                return number, start
    return None
