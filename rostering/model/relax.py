"""The cheapest single relaxations that help an interval, and what each agreement or consent costs: gains re-solved."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rostering.explain import IntervalExplanation, PersonThere, Presence, explain_interval
from rostering.explain_reach import bases
from rostering.findings import minutes
from rostering.model.resolve import Alone, heads_without, joined, resolved
from rostering.problem import Band, Consent, Handler, Mode, Offer, OfferKind, RosterProblem, Skill, SkillValidity
from rostering.roster import Activity, Roster, TierName
from rostering.rules import RuleId

_QUARTER = timedelta(minutes=15)
_MOST_OVERTIME_MIN = 120
_HOUR_MIN = 60
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EACH = 6  # people tried for each kind of relaxation


class Kind(StrEnum):
    """What is relaxed."""

    CONSENT = "consent"
    OVERTIME = "overtime"
    REST_DAY = "rest_day"
    AGREEMENT = "agreement"
    MEAL = "meal"
    SKILL = "skill"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One thing allowed that is not today, and what it brings if this handler's period is planned anew.

    gain : by tier, what the roster costs less than with the handler's best plan without it; below 0: more
    gain_there : of the interval's own service cost
    problem, roster : with it; the roster differs from today's in this handler's duties and in desks
    """

    kind: Kind
    handler: str
    date: date
    message: str
    gain: Mapping[TierName, int]
    gain_there: int
    problem: RosterProblem
    roster: Roster


@dataclass(frozen=True, slots=True)
class AgreementCost:
    """What an agreement, or consent that is not an hour wider, costs: the fall of each tier were it so."""

    kind: Kind
    handler: str
    message: str
    cost: Mapping[TierName, int]


@dataclass(frozen=True, slots=True)
class _Idea:
    """A relaxation to be tried: ``size`` orders those of a kind, the smallest first."""

    kind: Kind
    size: int
    date: date
    message: str
    handler: Handler
    problem: RosterProblem


def relaxations(
    problem: RosterProblem, roster: Roster, interval: int, *, most: int = 6, seconds: float = 20.0
) -> tuple[Relaxation, ...]:
    """Single relaxations that lower the service tier and help ``interval``, the greatest gain first.

    Each is tried on the people nearest to the interval, while ``seconds`` last: the person's period is planned anew
    under the relaxed problem, everybody else standing.
    """
    until = time.monotonic() + seconds
    told = explain_interval(problem, roster, interval)
    found: list[Relaxation] = []
    bases_of: dict[str, Alone | None] = {}
    for idea in _ideas(problem, told):
        if time.monotonic() >= until:
            break
        ref = idea.handler.ref
        others = heads_without(problem, roster, ref)
        if ref not in bases_of:
            old = next(handler for handler in problem.handlers if handler.ref == ref)
            bases_of[ref] = resolved(problem, old, others)
        before, after = bases_of[ref], resolved(idea.problem, idea.handler, others)
        if before is None or after is None:
            continue
        gain, there = after.worth(before), int(before.service[interval] - after.service[interval])
        if gain[TierName.SERVICE] > 0 and there > 0:
            made = joined(idea.problem, roster, ref, after.duties)
            found.append(Relaxation(idea.kind, ref, idea.date, idea.message, gain, there, idea.problem, made))
    found.sort(key=lambda one: tuple(-one.gain[tier] for tier in TierName))
    return tuple(found[:most])


def _ideas(problem: RosterProblem, told: IntervalExplanation) -> list[_Idea]:
    """A few of each kind, in turn."""
    by_ref = {handler.ref: handler for handler in problem.handlers}
    ideas = [
        idea
        for person in told.people
        for propose in (_consent, _overtime, _rest_day, _agreement, _meal, _skill)
        for idea in propose(problem, by_ref[person.handler], person, told)
    ]
    ideas.sort(key=lambda idea: (idea.size, idea.handler.ref))
    of_kind = [[idea for idea in ideas if idea.kind is kind][:_EACH] for kind in Kind]
    return [few[n] for n in range(_EACH) for few in of_kind if n < len(few)]


def _changed(problem: RosterProblem, handler: Handler) -> RosterProblem:
    """The problem with ``handler`` in place of who has the same reference."""
    handlers = tuple(handler if old.ref == handler.ref else old for old in problem.handlers)
    return replace(problem, handlers=handlers)


def _base_of(problem: RosterProblem, who: Handler, moment: datetime) -> tuple[date, datetime, datetime] | None:
    day = moment.astimezone(ZoneInfo(problem.timezone)).date()
    return next(((day, start, end) for start, end in bases(problem, who, day)), None)


def _consent(problem: RosterProblem, who: Handler, there: PersonThere, told: IntervalExplanation) -> Iterator[_Idea]:
    """Consent to the move that the nearest duty asks, where nothing else stands in its way."""
    del told
    if there.duty is None or set(there.rules) - {RuleId.LENGTHS} != {RuleId.CONSENT}:
        return
    if (base := _base_of(problem, who, there.duty[0])) is None:
        return
    day, start, finish = base[0], minutes(base[1], there.duty[0]), minutes(base[2], there.duty[1])
    now = who.consent.moves_min(day)
    wanted = (max(now[0], -start), max(now[1], start), max(now[2], -finish), max(now[3], finish))
    size = max(b - a for a, b in zip(now, wanted, strict=True))
    new = replace(who, consent=who.consent.widened(day, wanted))
    message = f"{who.ref} consents to {size} min more, so that start moves {start:+} min and finish {finish:+} on {day}"
    if new.consent.moves_min(day) == wanted:
        yield _Idea(Kind.CONSENT, size, day, message, new, _changed(problem, new))


def _overtime(problem: RosterProblem, who: Handler, there: PersonThere, told: IntervalExplanation) -> Iterator[_Idea]:
    """Overtime of up to two hours before or after the duty that is nearest."""
    if there.presence not in (Presence.BARRED, Presence.MOVABLE) or problem.mode is Mode.FREE:
        return
    today = told.start.astimezone(ZoneInfo(problem.timezone)).date()
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        if who.on_leave(day) or (base := list(bases(problem, who, day))[-1:]) == []:
            continue
        start, end = base[0]
        late, early = minutes(end, told.start + _QUARTER), minutes(told.start, start)
        for size, first in ((late, end), (early, start - timedelta(minutes=early))):
            if 0 < size <= _MOST_OVERTIME_MIN:
                offer = Offer(OfferKind.OVERTIME, day, first, first + timedelta(minutes=size), size)
                new = replace(who, offers=(*who.offers, offer))
                message = (
                    f"{who.ref} is offered {size} min of overtime {'after' if late > 0 else 'before'} {day}'s duty"
                )
                yield _Idea(Kind.OVERTIME, size, day, message, new, _changed(problem, new))


def _rest_day(problem: RosterProblem, who: Handler, there: PersonThere, told: IntervalExplanation) -> Iterator[_Idea]:
    """A duty on a rest day, where the pattern alone keeps somebody away."""
    del told
    if there.duty is None or not {RuleId.FIXED_DAYS} <= set(there.rules) <= {RuleId.FIXED_DAYS, RuleId.CONTRACT}:
        return
    start, end = there.duty
    day = start.astimezone(ZoneInfo(problem.timezone)).date()
    offer = Offer(OfferKind.REST_DAY, day, start, end, minutes(start, end))
    new = replace(who, offers=(*who.offers, offer))
    yield _Idea(Kind.REST_DAY, 0, day, f"{who.ref} is offered a duty on {day}, a rest day", new, _changed(problem, new))


def _agreement(problem: RosterProblem, who: Handler, there: PersonThere, told: IntervalExplanation) -> Iterator[_Idea]:
    """The agreement of that weekday set aside, where it alone stands in the way."""
    del told
    if there.duty is None or set(there.rules) != {RuleId.AGREEMENT}:
        return
    day = there.duty[0].astimezone(ZoneInfo(problem.timezone)).date()
    kept = tuple(agreement for agreement in who.agreements if day.weekday() not in agreement.weekdays)
    new = replace(who, agreements=kept)
    message = f"{who.ref}'s agreement for {day:%A}s is set aside"
    yield _Idea(Kind.AGREEMENT, 0, day, message, new, _changed(problem, new))


def _meal(problem: RosterProblem, who: Handler, there: PersonThere, told: IntervalExplanation) -> Iterator[_Idea]:
    """The meal of somebody who has it in the interval up to an hour nearer to an end of the duty."""
    if there.activity is not Activity.MEAL:
        return
    rule, day = problem.rules[RuleId.MEAL], told.start.astimezone(ZoneInfo(problem.timezone)).date()
    clear, percent = max(rule["clear_ends_min"] - _HOUR_MIN, _HOUR_MIN), max(rule["clear_percent"] - 15, 0)
    rules = problem.rules.replaced(RuleId.MEAL, clear_ends_min=clear, clear_percent=percent)
    message = f"{who.ref} may take the meal {clear} min from the duty's ends"
    yield _Idea(Kind.MEAL, 0, day, message, who, replace(problem, rules=rules))


def _skill(problem: RosterProblem, who: Handler, there: PersonThere, told: IntervalExplanation) -> Iterator[_Idea]:
    """The other queue's skill for somebody who answers one queue in the interval."""
    if there.presence is not Presence.ON_CALLS:
        return
    day = told.start.astimezone(ZoneInfo(problem.timezone)).date()
    missing = [skill for skill in Skill if not who.has_skill(skill, day)]
    if len(missing) == 1:
        dates = (day - timedelta(days=1), day)  # the duty may have started the day before
        new = replace(who, skills=(*who.skills, SkillValidity(missing[0], *dates)))
        yield _Idea(Kind.SKILL, 0, day, f"{who.ref} answers {missing[0]} as well on {day}", new, _changed(problem, new))


def agreement_costs(problem: RosterProblem, roster: Roster, *, seconds: float = 30.0) -> tuple[AgreementCost, ...]:
    """What each agreement costs, and what an hour more of consent or any band would spare; the dearest first.

    Each is lifted for one handler, whose period is planned anew beside everybody else's, while ``seconds`` last.
    """
    until = time.monotonic() + seconds
    found = []
    for who in problem.handlers:
        lifted = list(_lifted(problem, who))
        if not lifted or time.monotonic() >= until:
            continue
        others = heads_without(problem, roster, who.ref)
        before = resolved(problem, who, others)
        for kind, message, new in lifted:
            after = resolved(_changed(problem, new), new, others)
            if before is not None and after is not None:
                found.append(AgreementCost(kind, who.ref, message, after.worth(before)))
    return tuple(sorted(found, key=lambda one: tuple(-one.cost[tier] for tier in TierName)))


def _lifted(problem: RosterProblem, who: Handler) -> Iterator[tuple[Kind, str, Handler]]:
    for agreement in who.agreements:
        kept = tuple(other for other in who.agreements if other is not agreement)
        days = ", ".join(_WEEKDAYS[day] for day in agreement.weekdays)
        yield Kind.AGREEMENT, f"agreement for {days}", replace(who, agreements=kept)
    if problem.mode is Mode.FREE:
        if set(who.bands) != set(Band):
            yield Kind.CONSENT, f"bands {', '.join(who.bands)} alone", replace(who, bands=tuple(Band))
        return
    wider = replace(_wider(who.consent), others=tuple(map(_wider, who.consent.others)))
    yield Kind.CONSENT, "consent of an hour more each way", replace(who, consent=wider)


def _wider(now: Consent) -> Consent:
    """An hour more each way, on the same dates."""
    return Consent(
        now.start_earlier_min + _HOUR_MIN,
        now.start_later_min + _HOUR_MIN,
        now.finish_earlier_min + _HOUR_MIN,
        now.finish_later_min + _HOUR_MIN,
        now.first,
        now.last,
    )
