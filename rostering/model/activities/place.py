"""Activities on duties whose times stand, placed where they hurt least: a start, a bound, the best between them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rostering.model.activities.duties import FinalDuty, Learning, final_duties, learning_of, learning_starts
from rostering.model.activities.model import Budget, solve_places
from rostering.model.activities.places import (
    Places,
    activity_of,
    free_starts,
    heads_of,
    learning_quarters,
    places_before,
)
from rostering.model.activities.service import Service, service_of
from rostering.model.arrays import Ints, need_arrays
from rostering.model.desk_plan import DutyPlan, assign_desks, written
from rostering.problem import RosterProblem
from rostering.roster import Roster, SolveBudget

_TOGETHER = 12  # handlers whose learning is placed anew together
_DETERMINISTIC_S = 20.0  # CP-SAT's deterministic time of one solve where effort is not given


@dataclass(frozen=True, slots=True)
class ActivityPlan:
    """Activities of a roster's duties.

    roster : the same duties with their activities
    service : service cost of heads on calls, roles left out, and ``bound``: no other activities on these duties are
        below it
    unplaced : learning that no duty has room for, by handler [quarter-hours]
    """

    roster: Roster
    service: int
    bound: int
    unplaced: tuple[tuple[str, int], ...]


def place_activities(problem: RosterProblem, roster: Roster, budget: SolveBudget) -> Roster:
    """The duties of ``roster`` with meals, short breaks, training, learning, briefings and desks where they hurt least.

    Starts and ends stand. The service tier is never above that of ``roster``, if that has all that is due.
    """
    return activity_plan(problem, roster, budget).roster


def activity_plan(problem: RosterProblem, roster: Roster, budget: SolveBudget) -> ActivityPlan:
    """As ``place_activities``, with the service cost reached and its proven bound."""
    until = time.monotonic() + budget.seconds
    work = _Work(problem, roster, budget, until)
    best, bound = work.solved()
    plans = [
        DutyPlan(duty.handler.ref, duty.start, duty.skill_class, activity_of(duty, best, number))
        for number, duty in enumerate(work.duties)
        if duty.skill_class is not None
    ]
    assign_desks(work.service.need, heads_of(work.duties, best, work.present), plans)
    standing = [duty.source for duty in work.duties if duty.skill_class is None]
    made = sorted([*written(problem, plans).duties, *standing], key=lambda duty: (duty.start, duty.handler))
    return ActivityPlan(Roster(tuple(made)), work.value(best)[0], bound, work.unplaced)


class _Work:
    """Facts of one plan: duties, learning, tables, the start."""

    def __init__(self, problem: RosterProblem, roster: Roster, budget: SolveBudget, until: float) -> None:
        self.duties = final_duties(problem, roster.duties)
        self.service, self.present = service_of(problem), need_arrays(problem).present
        self.budget, self.until = budget, until
        due = learning_of(problem, self.duties)
        self.start, self.learning = completed(self.duties, due, places_before(self.duties))
        held = {who.handler: sum(who.sessions) for who in self.learning}
        self.unplaced = tuple(
            (who.handler, left) for who in due if (left := sum(who.sessions) - held.get(who.handler, 0))
        )

    def value(self, places: Places) -> tuple[int, int]:
        """Service cost, and seats short in total."""
        return self.service.value(heads_of(self.duties, places, self.present))

    def solved(self) -> tuple[Places, int]:
        """The best places found and the bound of their service cost."""
        everybody = {who.handler for who in self.learning}
        best = self.start
        found = solve_places(*self._facts(best), everybody, self._share(0.4), loose=True)
        bound = found.bound
        if not everybody:
            return self._better(best, found.places), bound
        if found.places is not None:
            guided, placed = completed(self.duties, self.learning, _without_breaks(found.places))
            if placed == self.learning:
                best = self._better(best, solve_places(*self._facts(guided), (), self._share(0.5)).places)
        return self._improved(best, bound), bound

    def _improved(self, best: Places, bound: int) -> Places:
        """Learning of a few handlers at a time placed anew with all breaks, everybody's turn twice."""
        rng = np.random.default_rng((self.budget.seed, 2))
        turns = 2 if self.budget.effort is None else self.budget.effort
        for _ in range(turns):
            order = [self.learning[n].handler for n in rng.permutation(len(self.learning))]
            for first in range(0, len(order), _TOGETHER):
                if self.value(best)[0] <= bound or time.monotonic() >= self.until:
                    return best
                free = set(order[first : first + _TOGETHER])
                best = self._better(best, solve_places(*self._facts(best), free, self._share(0.5)).places)
        return best

    def _facts(self, before: Places) -> tuple[list[FinalDuty], list[Learning], Service, Ints, Places]:
        return self.duties, self.learning, self.service, self.present, before

    def _share(self, share: float) -> Budget:
        """A share of the time that is left."""
        return Budget(share * max(self.until - time.monotonic(), 0.0), _DETERMINISTIC_S, self.budget.seed)

    def _better(self, old: Places, new: Places | None) -> Places:
        return old if new is None or self.value(new) >= self.value(old) else new


def _without_breaks(places: Places) -> Places:
    return Places.nothing(len(places.breaks), places.learning)


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
