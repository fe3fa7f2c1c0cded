"""Repair of a published roster: at several prices of a changed person-day, the best cover; the curve between them.

Service and stability pull against each other here, so that the tiers are not taken one after the other: at the price p
a change is made where it saves p of service at least. High prices come first, each search starts from the last roster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rostering.coverage import recount_cover
from rostering.findings import local_date
from rostering.model.accept import accepted, recounted
from rostering.model.annealing import Cooling, cooled, seat_value
from rostering.model.bound import Bounds, climbing
from rostering.model.explain import conflicts
from rostering.model.options import person_options
from rostering.model.standing import options_of, state_of
from rostering.model.state import Force, Reached, State, make_force, tiers_of
from rostering.model.watch import Cancelled, Watch
from rostering.problem import RosterProblem
from rostering.roster import EndedBy, RepairOption, Roster, SolveBudget, TierName
from rostering.rules import RuleId

PRICES = (60.0, 30.0, 15.0, 8.0, 4.0, 2.0)  # of a changed person-day, in seats short for a quarter-hour
USUAL = 4.0  # of them, the price of the roster that a solve returns: an hour of one seat short
_HEAT = 0.5  # at first, in seats short


@dataclass(frozen=True, slots=True, eq=False)
class Repaired:
    """A state of the curve: its price, tiers, and the person-days that differ from the published roster."""

    price: float
    state: State
    tiers: Reached
    n_changed: int


def repaired(force: Force, state: State, watch: Watch, until: float) -> tuple[list[Repaired], EndedBy]:
    """A state for each price, dearest first, from the published ``state``, and what ended the searches, the seconds
    where they ended one of them.

    until : share of the seconds at which the searches end
    """
    published = {slot: option for slot, (option, _) in options_of(force, force.problem.published).items()}
    found, ends, begin = [], [], watch.share
    per_day = max(force.problem.rules[RuleId.CHANGES]["per_day"], 1)
    for number, price in enumerate(PRICES):
        share = begin + (until - begin) * (number + 1) / len(PRICES)
        of_people = seat_value(force) * price / per_day
        priced = replace(force, weights=np.array([force.weights[0], of_people, min(1.0, of_people)]))
        cooling = Cooling(_HEAT, (watch.budget.seed, number), 1 / len(PRICES))
        state, end = cooled(priced, state.copy(), watch, share, _never_content, cooling)
        watch.tell("repair", tiers_of(force, state)[0], None)
        found.append(Repaired(price, state, tiers_of(force, state), changed_days(published, state)))
        ends.append(end)
        if end is EndedBy.CANCEL:
            break
    return found, EndedBy.SECONDS if EndedBy.SECONDS in ends[:-1] else ends[-1]


def _never_content(_: State, __: Reached) -> bool:
    return False


def changed_days(published: dict[int, int], state: State) -> int:
    """Slots that are worked otherwise than published, or worked though nothing was."""
    return int(sum(option != published.get(slot, -1) for slot, option in enumerate(state.choice)))


def usual(found: Sequence[Repaired]) -> Repaired:
    """The state of the usual price, or the nearest dearer one that was reached."""
    return min(found, key=lambda one: (one.price < USUAL, abs(one.price - USUAL)))


def within(found: Sequence[Repaired], most: int) -> Repaired | None:
    """The state of the lowest price, not below the usual one, with at most ``most`` person-days changed; or None."""
    few = [one for one in found if one.n_changed <= most and one.price >= USUAL]
    return min(few, key=lambda one: one.price, default=None)


def best_of_each(found: Sequence[Repaired]) -> list[Repaired]:
    """The states that no other has at least as good a service with as few changes, fewest changes first."""
    kept: list[Repaired] = []
    for one in sorted(found, key=lambda one: (one.n_changed, one.tiers)):
        if not kept or one.tiers[0] < kept[-1].tiers[0]:
            kept.append(one)
    return kept


def repair_options(
    problem: RosterProblem, budget: SolveBudget, cancelled: Cancelled | None = None
) -> tuple[RepairOption, ...]:
    """Rosters from few changes to good cover, each accepted and checked; none if somebody has no legal plan.

    problem : in repair mode, with the published roster and the absences
    """
    watch = Watch(budget, cancelled=cancelled or (lambda: False))
    people = [person_options(problem, handler) for handler in problem.handlers]
    if conflicts(problem, people, 0.0)[0]:
        return ()
    force = make_force(problem, people)
    before, without = lost_service(problem)
    state = state_of(force, problem.published)
    if state is None:
        return ()
    bounds, reached, passed = Bounds(force), [tiers_of(force, state)], []
    with climbing(bounds, reached, beside=budget.workers > 1):
        for one in best_of_each(repaired(force, state, watch, 0.6)[0]):
            reached[0] = one.tiers
            agreed = accepted(force, one.state, budget, watch.left_s() / len(PRICES))
            if not isinstance(agreed, str):
                passed.append((one.price, *agreed))
    options = []
    for price, roster, checked in passed:
        tiers = recounted(checked)
        bounds.complete(tiers)
        proven = bounds.best(0, tiers), bounds.best(1, tiers), bounds.best(2, tiers)
        changed = {(term.subject, term.when) for term in checked.penalties if term.rule is RuleId.CHANGES}
        share = (without - tiers[0]) / (without - before) if without > before else 1.0
        n_people = len({who for who, _ in changed})
        options.append(RepairOption(roster, tiers, proven, share, len(changed), n_people, price))
    return tuple(options)


def lost_service(problem: RosterProblem) -> tuple[int, int]:
    """Service tier of the published roster as a whole, and without the duties of those who are absent now."""
    frozen = {(duty.handler, duty.start) for duty in problem.frozen_duties}
    people = {handler.ref: handler for handler in problem.handlers}
    duties = [duty for duty in problem.published if (duty.handler, duty.start) not in frozen]
    there = [d for d in duties if d.handler in people and not people[d.handler].on_leave(local_date(problem, d.start))]
    whole, left = (recount_cover(problem, Roster(tuple(some))).total(TierName.SERVICE) for some in (duties, there))
    return whole, left
