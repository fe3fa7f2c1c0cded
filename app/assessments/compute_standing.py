"""A day's leave or a swap: a roster that stands without it and with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.assessments.compared import Alternative, Found, alternative_told, compared, limit_of
from app.assessments.neighbours import days_near
from app.assessments.people import Side, broken_of
from app.assessments.run import Inputs, Standing
from app.assessments.schemas import LeaveProposal, SwapProposal
from app.assessments.sides import costed_as
from app.errors import Invalid
from app.rosters.amend import swapped
from app.rosters.compute import priced
from app.rosters.edit_schemas import SwapIn
from app.runs.child import Report
from rostering.check import check
from rostering.coverage import recount_cover
from rostering.layout import quarters_of
from rostering.model.resume import resumed
from rostering.problem import Leave, RosterProblem
from rostering.roster import Activity, Duty, Roster, SolveBudget, TierName
from rostering.rules import RuleId

_SECONDS = 45.0  # caps the search; its effort decides
_TRIED = 3  # alternatives that are simulated
_DAYS = 2  # other days of leave that are repaired around
_CHECKED = 40  # colleagues whose rules are checked


def sides(inputs: Inputs, of: Standing, report: Report) -> Found:
    """The roster as it stands, and as changed."""
    report(0.0, "what each head short costs in calls")
    if of.with_leave is not None:
        return _leave(inputs, of, of.with_leave, _costed(inputs, of, inputs.rosters.problem), report)
    assert isinstance(of.asked, SwapProposal)
    problem = _costed(inputs, of, of.problem)
    base = Side(problem, of.duties, check(problem, Roster(of.duties)))
    told: tuple[dict[str, Any], ...] = ()
    try:
        changed = _swapped(base, of.asked.swap)
    except Invalid as error:
        changed = _exchanged(base, of.asked.swap)
        told = ({"rule": str(RuleId.SINGLE_DUTY), "handler": None, "when": None, "message": error.detail},)
    broken = (*told, *(one for one in broken_of(changed) if one not in broken_of(base)))
    return Found(
        base,
        changed,
        None,
        subjects={of.asked.swap.give.handler, of.asked.swap.to},
        broken=broken,
        basis="the roster that stands",
        priced=problem,
        notes=("nobody else's duties move",),
    )


def _costed(inputs: Inputs, of: Standing, problem: RosterProblem) -> RosterProblem:
    """The problem with what heads short cost: as the roster has it, if that still holds."""
    return costed_as(problem, of.costs or priced(inputs.rosters))


def _swapped(base: Side, swap: SwapIn) -> Side:
    draft = swapped(base.problem, base.duties, swap)
    duties = tuple(draft.duties)
    return Side(draft.problem, duties, check(draft.problem, Roster(duties)))


def _exchanged(base: Side, swap: SwapIn) -> Side:
    """The duties in each other's names, though nobody could work them so."""
    zone, duties = ZoneInfo(base.problem.timezone), []
    for duty in base.duties:
        here = (duty.handler, duty.start.astimezone(zone).date())
        if here == (swap.give.handler, swap.give.date):
            duties.append(replace(duty, handler=swap.to))
        elif here == (swap.to, swap.take):
            duties.append(replace(duty, handler=swap.give.handler))
        else:
            duties.append(duty)
    roster = Roster(tuple(sorted(duties, key=lambda duty: (duty.start, duty.handler))))
    return Side(base.problem, roster.duties, check(base.problem, roster))


def _leave(inputs: Inputs, of: Standing, wanted: RosterProblem, costs: RosterProblem, report: Report) -> Found:
    """Without the duty as everybody else stands, and repaired at the usual price of a change."""
    asked = of.asked
    assert isinstance(asked, LeaveProposal)
    base = _as_it_stands(costs, of.duties)
    problem = costed_as(wanted, costs)
    stands = _as_it_stands(problem, _without(costs, of.duties, asked.handler, asked.date))
    report(0.3, "repairing the roster around the leave")
    budget = SolveBudget(_SECONDS, asked.seed, workers=1, effort=inputs.effort)
    made = resumed(problem, of.duties, budget, report.cancelled)
    repaired = (
        stands if made.roster is None or made.checked is None else Side(problem, made.roster.duties, made.checked)
    )
    broken = tuple(one for one in broken_of(repaired) if one not in broken_of(base))
    conflicts = tuple(
        {"rule": str(rule), "handler": one.handler, "when": None, "message": one.message}
        for one in made.conflicts for rule in one.rules
    )  # fmt: skip
    return Found(
        base,
        repaired,
        stands,
        subjects={asked.handler},
        broken=(*broken, *conflicts),
        basis="the roster that stands, repaired",
        priced=costs,
        notes=("the day counts towards the contract, as leave does",),
    )


def _as_it_stands(problem: RosterProblem, duties: Sequence[Duty]) -> Side:
    frozen = {(duty.handler, duty.start) for duty in problem.frozen_duties}
    known = {handler.ref for handler in problem.handlers}
    kept = tuple(d for d in duties if (d.handler, d.start) not in frozen and d.handler in known)
    return Side(problem, kept, check(problem, Roster(kept)))


def _without(problem: RosterProblem, duties: Sequence[Duty], ref: str, day: date) -> list[Duty]:
    zone = ZoneInfo(problem.timezone)
    return [duty for duty in duties if duty.handler != ref or duty.start.astimezone(zone).date() != day]


def nearest(inputs: Inputs, of: Standing, found: Found) -> Alternative | None:
    """Another day, repaired around, or another colleague, that keeps every rule and whose harm is acceptable."""
    limit, tried = found.base.tiers["service"] + limit_of(inputs, found), 0
    is_leave = isinstance(of.asked, LeaveProposal)
    for words, distance, proposal, stands in _other_days(of, found) if is_leave else _other_colleagues(of, found):
        side = _repaired(inputs, of, stands) if is_leave else stands
        if side is None or recount_cover(side.problem, Roster(side.duties)).total(TierName.SERVICE) > limit:
            continue
        tried += 1
        told = compared(inputs, replace(found, changed=side, stands=stands))
        if not told.is_harmful:
            return Alternative(alternative_told(words, distance, proposal, told.figures), {})
        if tried >= _TRIED:
            break
    return None


def _repaired(inputs: Inputs, of: Standing, stands: Side) -> Side | None:
    """The roster repaired around another day of leave."""
    budget = SolveBudget(_SECONDS, of.asked.seed, workers=1, effort=inputs.effort)
    made = resumed(stands.problem, of.duties, budget)
    return Side(stands.problem, made.roster.duties, made.checked) if made.roster and made.checked else None


_Offer = tuple[str, int, dict[str, object], Side]


def _other_days(of: Standing, found: Found) -> Iterator[_Offer]:
    """The same person's other days of duty within a week that have not begun and cost callers less than the one asked
    for while everybody else stands: a few of them, the nearest first."""
    asked = of.asked
    assert isinstance(asked, LeaveProposal)
    base, zone = found.base, ZoneInfo(found.base.problem.timezone)
    worked = {duty.start.astimezone(zone).date(): duty for duty in base.duties if duty.handler == asked.handler}
    most, given = None if found.stands is None else found.stands.tiers["service"], 0
    for step in days_near():
        day = asked.date + step
        if day not in worked or given >= _DAYS:
            continue
        left = tuple(_without(base.problem, base.duties, asked.handler, day))
        if most is not None and recount_cover(base.problem, Roster(left)).total(TierName.SERVICE) >= most:
            continue
        given += 1
        away = _on_leave(base.problem, worked[day], day)
        proposal = asked.model_copy(update={"date": day}).model_dump(mode="json")
        words = f"{day} instead of {asked.date}"
        yield words, abs(step // timedelta(days=1)), proposal, Side(away, left, check(away, Roster(left)))


def _on_leave(problem: RosterProblem, duty: Duty, day: date) -> RosterProblem:
    """The handler of a duty away on its day; what they would have learned is made up for another time."""
    learned = 15 * quarters_of(duty).count(Activity.LEARNING)
    people = tuple(
        replace(who, leave=(*who.leave, Leave(day, day)), learning_min=max(who.learning_min - learned, 0))
        if who.ref == duty.handler
        else who
        for who in problem.handlers
    )
    return replace(problem, handlers=people)


def _other_colleagues(of: Standing, found: Found) -> Iterator[_Offer]:
    """Others who could take the duty, and give theirs of the same date where one is taken; who has fewest duties comes
    first. Those whose rules it breaks are left out."""
    asked = of.asked
    assert isinstance(asked, SwapProposal)
    base, swap = found.base, asked.swap
    duties = {handler.ref: 0 for handler in base.problem.handlers}
    for duty in base.duties:
        duties[duty.handler] = duties.get(duty.handler, 0) + 1
    others = sorted(set(duties) - {swap.give.handler, swap.to}, key=lambda ref: (duties[ref], ref))
    for ref in others[:_CHECKED]:
        other = swap.model_copy(update={"to": ref})
        try:
            pair = _swapped(_of_two(base, {ref, swap.give.handler}), other)
            if not pair.checked.is_legal:
                continue
            side = _swapped(base, other)
        except (Invalid, ValueError):  # no such duty of theirs: nothing to swap
            continue
        proposal = asked.model_copy(update={"swap": other}).model_dump(mode="json")
        yield f"with {ref} instead of {swap.to}", 1, proposal, side


def _of_two(base: Side, refs: set[str]) -> Side:
    """The two alone: their rules do not depend on others."""
    people = tuple(who for who in base.problem.handlers if who.ref in refs)
    frozen = tuple(duty for duty in base.problem.frozen_duties if duty.handler in refs)
    pinned = tuple(duty for duty in base.problem.pinned if duty.handler in refs)
    published = tuple(duty for duty in base.problem.published if duty.handler in refs)
    problem = replace(base.problem, handlers=people, frozen_duties=frozen, pinned=pinned, published=published)
    return Side(problem, tuple(duty for duty in base.duties if duty.handler in refs), base.checked)
