"""A pattern or a flexible-working application: the same weeks rostered without it and with it, at equal effort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.assessments.compared import Alternative, Found, alternative_told, compared, limit_of
from app.assessments.neighbours import applications_near, patterns_near
from app.assessments.people import Side, broken_of
from app.assessments.proposal import as_applied, cycle_of, on_pattern, pattern_of, pays_min
from app.assessments.run import Inputs, Weeks
from app.assessments.schemas import FlexibleProposal, PatternProposal
from app.assessments.sides import as_patterned, costed_as, moved, problem_of
from app.people.schemas import HandlerIn
from app.rosters.compute import priced
from app.runs.child import Report
from rostering.check import check
from rostering.coverage import recount_cover
from rostering.model.resolve import heads_without, joined, resolved
from rostering.model.resume import Resumed, resumed
from rostering.pattern.assess import assess_pattern
from rostering.pattern.problem import WEEK_INTERVALS, Pattern, PatternProblem, PatternShift
from rostering.pattern.report import PatternReport
from rostering.problem import RosterProblem
from rostering.roster import Duty, Roster, SolveBudget, TierName
from rostering.rules import RuleId

_SECONDS = 45.0  # caps a search; its effort decides
_MANY = 0.1  # share of people changed from which both sides are rostered from scratch
_FROM_SCRATCH = 2  # times the effort then
_TRIED = 3  # alternatives that are simulated


@dataclass(frozen=True, slots=True)
class _Proposed:
    """Everybody as proposed; whose pattern or contract differs; notes on who is left out."""

    handlers: tuple[HandlerIn, ...]
    changed: frozenset[str]
    notes: tuple[str, ...]


def sides(inputs: Inputs, of: Weeks, report: Report) -> Found:
    """Both sides rostered; where the proposal leaves somebody without a legal plan, both as the patterns say."""
    report(0.0, "what each head short costs in calls")
    costs = of.costs or priced(inputs.rosters)
    wanted = _proposed(of)
    # A session has its date; of another pattern it would be another one. Neither side has those of people who change.
    now = [h.model_copy(update={"training": []}) if h.ref in wanted.changed else h for h in of.handlers]
    base_problem = costed_as(problem_of(of.week, now), costs)
    problem = costed_as(problem_of(of.week, wanted.handlers, wanted.changed), costs)
    cycle, broken = _cycle_rules(of, wanted)
    changed = {handler.ref: handler for handler in wanted.handlers if handler not in of.handlers}
    common: dict[str, Any] = {
        "subjects": _subjects(of, changed),
        "priced": costs,
        "cycle": cycle,
        "before": {h.ref: h.model_dump(mode="json") for h in of.handlers if h.ref in changed},
        "after": {ref: handler.model_dump(mode="json") for ref, handler in changed.items()},
    }
    report(0.15, "rostering without it and with it, at the same effort")
    made = _rostered(inputs, of, base_problem, problem, len(wanted.changed) / max(len(of.handlers), 1), report)
    if isinstance(made, tuple):
        base, stands, new = made
        extra = [one for one in broken_of(new) if one not in broken_of(base)]
        notes = (*wanted.notes, *inputs.rosters.notes)
        return Found(base, new, stands, broken=(*broken, *extra), basis="rostered", notes=notes, **common)
    notes = (*wanted.notes, "no legal roster with it, so that both sides are as the patterns say, meals in turn: "
             + "; ".join(f"handler {one.handler}: {one.message}" for one in made.conflicts))  # fmt: skip
    conflicts = tuple({"rule": str(rule), "handler": one.handler, "when": None, "message": one.message}
                      for one in made.conflicts if one.handler in changed for rule in one.rules)  # fmt: skip
    base, new = (_nominal(part, as_patterned(of.week, people)) for part, people in
                 ((base_problem, of.handlers), (problem, wanted.handlers)))  # fmt: skip
    return Found(base, new, None, broken=(*broken, *conflicts), basis="as the patterns say", notes=notes, **common)


def _subjects(of: Weeks, changed: Mapping[str, HandlerIn]) -> frozenset[str]:
    return frozenset({of.asked.handler}) if isinstance(of.asked, FlexibleProposal) else frozenset(changed)


def _rostered(
    inputs: Inputs, of: Weeks, base: RosterProblem, changed: RosterProblem, share_changed: float, report: Report
) -> tuple[Side, Side | None, Side] | Resumed:
    """Both sides from the same start with the same effort and seed, and the proposal with everybody else as they
    stand; instead what has no legal plan."""
    asked = of.asked
    budget = SolveBudget(_SECONDS, asked.seed, workers=1, effort=inputs.effort)
    if share_changed > _MANY:
        budget = replace(budget, effort=_FROM_SCRATCH * inputs.effort)
        start = None
    else:
        first = resumed(base, of.standing, budget if of.standing is None else None, report.cancelled)
        if first.roster is None:
            return first
        start = first.roster.duties
    stands = None if start is None else resumed(changed, start, None)
    if stands is not None and stands.roster is None:
        return stands
    report(0.35, "rostering without it")
    before = resumed(base, start, budget, report.cancelled)
    report(0.5, "rostering with it")
    after = resumed(changed, start, budget, report.cancelled)
    for one in (before, after):
        if one.roster is None:
            return one
    return _side(base, before), None if stands is None else _side(changed, stands), _side(changed, after)


def _side(problem: RosterProblem, made: Resumed) -> Side:
    assert made.roster is not None
    assert made.checked is not None
    return Side(problem, made.roster.duties, made.checked)


def _nominal(problem: RosterProblem, duties: Sequence[Duty]) -> Side:
    roster = _at_desks(problem, duties)
    return Side(problem, roster.duties, check(problem, roster))


def _at_desks(problem: RosterProblem, duties: Sequence[Duty]) -> Roster:
    """The patterns' duties, each quarter-hour at the desk that needs it."""
    known = {handler.ref for handler in problem.handlers}
    return joined(problem, Roster(tuple(duty for duty in duties if duty.handler in known)), "", ())


def _proposed(of: Weeks) -> _Proposed:
    asked, rules, paid = of.asked, of.week.rules, of.week.settings.meals_paid
    if isinstance(asked, FlexibleProposal):
        new = tuple(as_applied(h, asked, rules, meals_paid=paid) if h.ref == asked.handler else h for h in of.handlers)
        return _Proposed(new, moved(of.handlers, new), _told_of(of, new))
    members = [handler for handler in of.handlers if asked.team in (None, handler.team)]
    pays, slack = pays_min(pattern_of(asked.proposed), rules, meals_paid=paid), _slack_min(of)
    fitting = [handler for handler in members if abs(handler.contract.weekly_min - pays) <= slack]
    kept = [handler.ref for handler in members if handler not in fitting] if fitting else []
    by_ref = {handler.ref: handler for handler in on_pattern(fitting or members, asked)}
    new = tuple(by_ref.get(handler.ref, handler) for handler in of.handlers)
    notes = [f"the pattern pays {pays / 60:.1f} h a week: handlers of other contracts keep theirs: {', '.join(kept)}"]
    return _Proposed(new, moved(of.handlers, new), tuple(notes if kept else ()))


def _slack_min(of: Weeks) -> int:
    return of.week.rules[RuleId.CONTRACT]["tolerance_min_per_week"]


def _told_of(of: Weeks, new: Sequence[HandlerIn]) -> tuple[str, ...]:
    """What the application comes to in duties and hours."""
    notes = []
    for before, after in zip(of.handlers, new, strict=True):
        if before != after:
            duties = [sum(day is not None for day in cycle_of(one).days) / len(cycle_of(one).weeks)
                      for one in (before, after)]  # fmt: skip
            hours = [one.contract.weekly_min / 60 for one in (before, after)]
            notes.append(
                f"handler {after.ref}: {duties[0]:.2f} duties and {hours[0]:.1f} h a week become {duties[1]:.2f} and "
                f"{hours[1]:.1f} h; taken to have always been so"
            )
            if after.contracts:
                notes.append(f"handler {after.ref}: dated contracts stay as they are and count on their dates")
    return tuple(notes)


def _cycle_rules(of: Weeks, wanted: _Proposed) -> tuple[dict[str, Any] | None, tuple[dict[str, Any], ...]]:
    """The judge's counts of the proposed cycle, and the rules that it breaks."""
    first = next((handler for handler in wanted.handlers if handler.ref in wanted.changed), None)
    if first is None:
        return None, ()
    pattern = pattern_of(of.asked.proposed) if isinstance(of.asked, PatternProposal) else cycle_of(first)
    found = judged(of, pattern, first.contract.weekly_min)
    names = ("n_weeks", "n_duties", "weekly_paid_min", "nights", "free_weekends", "weekend_duties", "longest_run",
             "longest_night_run", "shortest_rest_min", "night_average_min")  # fmt: skip
    broken = tuple(
        {"rule": str(rule.rule), "handler": None, "when": None, "message": f"in the cycle: {rule.message}",
         "week": rule.week, "day": rule.day}
        for rule in found.broken
    )  # fmt: skip
    return {name: getattr(found, name) for name in names} | {"strains": dict(found.strains)}, broken


def judged(of: Weeks, pattern: Pattern, weekly_min: int) -> PatternReport:
    """The pattern against every rule of a cycle; its cover is judged by the rosters, not here."""
    problem = PatternProblem(
        needed=np.zeros(WEEK_INTERVALS, dtype=np.int64),
        n_weeks=len(pattern.weeks),
        team_size=1,
        shifts=(PatternShift(0, 480),),
        max_shifts=max(len(pattern.shifts), 1),
        weekly_min=weekly_min,
        meals_paid=of.week.settings.meals_paid,
        rules=of.week.rules,
    )
    return assess_pattern(problem, pattern)


def nearest(inputs: Inputs, of: Weeks, found: Found) -> Alternative | None:
    """The nearest proposal that keeps every rule and whose rise of the service tier is acceptable; its effect."""
    if isinstance(of.asked, FlexibleProposal):
        return _nearest_application(inputs, of, of.asked, found)
    return _nearest_pattern(inputs, of, of.asked, found)


def _nearest_application(inputs: Inputs, of: Weeks, asked: FlexibleProposal, found: Found) -> Alternative | None:
    """Each application near by is planned for this one person beside everybody else as they stand."""
    old = next(handler for handler in of.handlers if handler.ref == asked.handler)
    base, tried = found.base, 0
    if found.basis != "rostered":
        return None
    roster = Roster(base.duties)
    who = next(handler for handler in base.problem.handlers if handler.ref == old.ref)
    before = resolved(base.problem, who, heads_without(base.problem, roster, old.ref))
    if before is None:
        return None
    for near in applications_near(asked, old.contract.weekly_min):
        new = as_applied(old, near.asked, of.week.rules, meals_paid=of.week.settings.meals_paid)
        if judged(of, cycle_of(new), new.contract.weekly_min).broken:
            continue
        problem = _with_person(of, found, old, new)
        who = next(handler for handler in problem.handlers if handler.ref == old.ref)
        after = resolved(problem, who, heads_without(problem, roster, old.ref))
        if after is None or after.tiers[0] - before.tiers[0] > limit_of(inputs, found):
            continue
        made = joined(problem, roster, old.ref, after.duties)
        side = Side(problem, made.duties, check(problem, made))
        tried += 1
        told = compared(inputs, replace(found, changed=side, stands=side))
        if not told.is_harmful and not broken_of(side):
            proposal = near.asked.model_dump(mode="json")
            told_of = alternative_told(near.told, near.distance, proposal, told.figures)
            return Alternative(told_of, {new.ref: new.model_dump(mode="json")})
        if tried >= _TRIED:
            break
    return None


def _with_person(of: Weeks, found: Found, old: HandlerIn, new: HandlerIn) -> RosterProblem:
    """The base's problem with one person as they would be."""
    changed = moved([old], [new])
    alone, base = problem_of(of.week, [new], changed), found.base.problem
    if alone.cover.n_intervals > base.cover.n_intervals:  # a duty that ends later than any: the cover reaches further
        everybody = [new if handler.ref == new.ref else handler for handler in of.handlers]
        return costed_as(problem_of(of.week, everybody, changed), found.priced)
    people = tuple(alone.handlers[0] if handler.ref == new.ref else handler for handler in base.handlers)
    frozen = (*(duty for duty in base.frozen_duties if duty.handler != new.ref), *alone.frozen_duties)
    return replace(base, handlers=people, frozen_duties=frozen)


def _nearest_pattern(inputs: Inputs, of: Weeks, asked: PatternProposal, found: Found) -> Alternative | None:
    """Patterns near by, as they say: legal, and with a cover that is hardly worse than the present one's."""
    problem = found.base.problem
    before = _nominal(problem, as_patterned(of.week, of.handlers))
    limit = before.tiers["service"] + limit_of(inputs, found)
    refs, tried = set(found.after), 0
    for near in patterns_near(asked):
        pattern = pattern_of(near.asked.proposed)
        members = [handler for handler in of.handlers if handler.ref in refs]
        if any(judged(of, pattern, handler.contract.weekly_min).broken for handler in members[:1]):
            continue
        by_ref = {handler.ref: handler for handler in on_pattern(members, near.asked)}
        people = [by_ref.get(handler.ref, handler) for handler in of.handlers]
        duties = tuple(as_patterned(of.week, people))
        if recount_cover(problem, _at_desks(problem, duties)).total(TierName.SERVICE) > limit:
            continue
        whole = costed_as(problem_of(of.week, people, moved(of.handlers, people)), found.priced)
        tried += 1
        told = compared(inputs, replace(found, base=before, changed=_nominal(whole, duties), stands=None))
        if told.is_harmful:
            if tried >= _TRIED:
                break
            continue
        told_of = alternative_told(near.told, near.distance, near.asked.model_dump(mode="json"), told.figures)
        return Alternative(told_of, {ref: one.model_dump(mode="json") for ref, one in by_ref.items()})
    return None
