"""Duties that go on longer, or begin earlier, into the time in which heads are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rostering.findings import local_date, minutes
from rostering.layout import CALLS, quarters_of, written
from rostering.problem import Offer, OfferKind
from rostering.roster import Activity, Duty
from rostering.rules import RuleId, meal_min
from rostering.same_day.absence import QUARTER, ceil_quarter, handler_of
from rostering.same_day.inside import sits_at
from rostering.same_day.move import Judge, Move, MoveKind, nominal_of, paid_of
from rostering.same_day.scene import ROWS, Scene, Worth
from rostering.tour import is_consented, length_limits

_STEP = 2  # quarter-hours by which an extension is tried longer


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A duty with ``before`` or ``after`` more quarter-hours, and what they are worth."""

    duty: Duty
    before: int
    after: int
    value: int


def extensions(scene: Scene, worth: Worth, judge: Judge, most: int) -> list[tuple[int, Move]]:
    """The best legal extension of each of at most ``most`` duties, and a shorter one beside it, with what each is
    worth, best first. One that breaks nothing but the daily rest counts as legal here: a reason may set that aside."""
    by_duty: dict[tuple[str, datetime], list[_Wanted]] = {}
    for one in _wanted(scene, worth):
        by_duty.setdefault((one.duty.handler, one.duty.start), []).append(one)
    best_first = sorted(by_duty.values(), key=lambda some: (-max(one.value for one in some), some[0].duty.handler))
    found: list[tuple[int, Move]] = []
    n_duties = 0
    for some in best_first:
        if n_duties == most:
            break
        legal = _legal(scene, judge, some)
        n_duties += bool(legal)
        found += legal
    return sorted(found, key=lambda one: (-one[0], one[1].subject))


def _legal(scene: Scene, judge: Judge, some: list[_Wanted]) -> list[tuple[int, Move]]:
    """The best of a duty's extensions that the rules allow, and the best of at most half its length."""
    found: list[tuple[int, Move]] = []
    longest = 10**6
    for one in sorted(some, key=lambda one: (-one.value, one.before + one.after)):
        length = one.before + one.after
        if 2 * length > longest and found:
            continue
        move = _move(scene, one)
        if move is not None and all(v.rule is RuleId.DAILY_REST for v in judge.broken([move])):
            found.append((one.value, move))
            longest = length
            if len(found) == 2:
                break
    return found


def _wanted(scene: Scene, worth: Worth) -> Iterator[_Wanted]:
    """Every extension that brings heads to an interval that is short of them."""
    most = scene.limits.most_extension_min // 15
    soonest = ceil_quarter(scene.now + timedelta(minutes=scene.limits.lead_min))
    for duty in scene.duties:
        row, n = ROWS[sits_at(scene, duty)], worth.cost.size
        if scene.now < duty.end < scene.end:
            at, value = scene.place(duty.end), 0
            for quarter in range(min(most, (scene.end - duty.end) // QUARTER)):
                value += int(worth.gain[row, at + quarter]) if 0 <= at + quarter < n else 0
                if value > 0 and (quarter + 1) % _STEP == 0:
                    yield _Wanted(duty, 0, quarter + 1, value)
        if scene.start < duty.start <= scene.end and duty.start > soonest:
            at, value = scene.place(duty.start), 0
            for quarter in range(min(most, (duty.start - max(soonest, scene.start)) // QUARTER)):
                value += int(worth.gain[row, at - quarter - 1]) if 0 <= at - quarter - 1 < n else 0
                if value > 0 and (quarter + 1) % _STEP == 0:
                    yield _Wanted(duty, quarter + 1, 0, value)


def _move(scene: Scene, one: _Wanted) -> Move | None:
    """The extension as a change of the duty; None where its meal cannot be as long as the rule wants it."""
    duty, problem = one.duty, scene.problem
    new = relaid(scene, duty, one.before, one.after)
    if new is None:
        return None
    handler, day = handler_of(problem, duty.handler), local_date(problem, duty.start)
    added = 15 * (one.before + one.after)
    nominal = nominal_of(problem, duty)
    base = (duty.start, duty.end) if nominal is None else (nominal.start, nominal.end)
    low, high = length_limits(problem, base)
    consented = low <= minutes(new.start, new.end) <= high and is_consented(handler, day, new, base)
    offered = any(
        offer.kind is OfferKind.OVERTIME and offer.date == day and offer.most_min >= added
        and offer.earliest <= new.start and new.end <= offer.latest
        for offer in handler.offers
    )  # fmt: skip
    asked = None if consented or offered else Offer(OfferKind.OVERTIME, day, new.start, new.end, added)
    start, end = (duty.end, new.end) if one.after else (new.start, duty.start)
    return Move(
        kind=MoveKind.EXTEND,
        subject=duty.handler,
        before=duty,
        after=new,
        start=start,
        end=end,
        row=ROWS[sits_at(scene, duty)],
        offer=asked,
        is_agreed=asked is None,
        terms=None if consented else OfferKind.OVERTIME,
        paid_min=paid_of(problem, new) - paid_of(problem, duty),
    )


def relaid(scene: Scene, duty: Duty, before: int, after: int) -> Duty | None:
    """The duty with so many quarter-hours more at either end, all else where it was; a longer meal where the new length
    wants one, in the part that may still change. None where there is no room for it."""
    problem, quarters = scene.problem, quarters_of(duty)
    desk = sits_at(scene, duty)
    if before:
        briefing = problem.briefing_min // 15
        quarters = [desk if quarter is Activity.BRIEFING else quarter for quarter in quarters]
        quarters = [desk] * before + quarters
        quarters[:briefing] = [Activity.BRIEFING] * briefing
    quarters += [desk] * after
    start = duty.start - before * QUARTER
    due = meal_min(problem.rules, 15 * len(quarters)) // 15
    meal = [place for place, quarter in enumerate(quarters) if quarter is Activity.MEAL]
    free_from = max((scene.now - start) // QUARTER, 0)
    while meal and len(meal) < due:
        later, sooner = meal[-1] + 1, meal[0] - 1
        if later < len(quarters) and quarters[later] in CALLS and later >= free_from:
            meal.append(later)
        elif sooner >= free_from and quarters[sooner] in CALLS:
            meal.insert(0, sooner)
        else:
            return None
        for place in meal:
            quarters[place] = Activity.MEAL
    return written(duty.handler, start, quarters)
