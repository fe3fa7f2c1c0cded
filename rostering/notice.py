"""What a change of a published roster needs: notice, agreement, a reason; what it leaves owed. No solver."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from rostering.findings import local_date, minutes
from rostering.problem import Handler, Mode, RosterProblem
from rostering.roster import Duty
from rostering.rules import RuleId, RuleSet
from rostering.tour import Kind, Tour, TourDuty, tours_of

OVERRIDABLE: Final = frozenset({RuleId.DAILY_REST})  # hard rules that a recorded reason may set aside: W1 by W2


class Needs(StrEnum):
    """What makes a change stand."""

    NOTHING = "nothing"  # an offer covers it; what is owed is told
    AGREEMENT = "agreement"
    AGREEMENT_OR_EXIGENCY = "agreement_or_exigency"
    REASON = "reason"  # a recorded one, and compensatory rest
    EARLIER = "earlier"  # nothing can mend it but an earlier or a longer publication


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to be seen and answered before a change is published.

    handler : None: the roster as a whole
    owed_min : rest or time off that the change leaves owed [min]
    owed_by : when that is to be given; None: nothing says so
    """

    rule: RuleId
    handler: str | None
    day: date
    needs: Needs
    message: str
    owed_min: int = 0
    owed_by: date | None = None


def notice_flags(
    problem: RosterProblem, before: Iterable[Duty], after: Iterable[Duty], now: datetime
) -> tuple[Flag, ...]:
    """What the changes from ``before`` to ``after`` need, told at ``now``; days on leave are nobody's change, nor are
    those of frozen duties.

    A rest day or a working day that moves is rule P2's, a start or finish rule P3's. A move within the handler's
    consent needs nothing; an offer covers what it allows, at the price of rule P4.
    """
    told = replace(problem, mode=Mode.REPAIR, published=tuple(before))
    today = local_date(problem, now)
    flags: list[Flag] = []
    for tour in tours_of(told, after):
        planned = {one.date: one for one in tour.rostered}
        frozen = {one.date for one in tour.duties if one.is_frozen}
        for day in sorted({*planned, *tour.days.published} - frozen):
            if not tour.handler.on_leave(day):
                flag = _of_day(problem, tour, day, planned.get(day), now, today)
                flags += [flag] if flag is not None else []
    return tuple(flags)


def _of_day(
    problem: RosterProblem, tour: Tour, day: date, one: TourDuty | None, now: datetime, today: date
) -> Flag | None:
    """What one person's day needs, if anything."""
    was = tour.days.published.get(day)
    if one is not None and one.kind in (Kind.OVERTIME, Kind.REST_DAY, Kind.TOIL):
        return _offered(problem.rules, tour.handler, one, now)
    if one is None or was is None:
        what = "works on a rest day" if was is None else "has a published duty taken away"
        return _day_moved(problem.rules, tour.handler, day, what, today)
    months = problem.rules[RuleId.CONSENT]["notice_months"]
    if one.kind is Kind.ORDINARY or (needs := times_need(problem.rules, day, today)) is None:
        return None
    start, finish = minutes(was[0], one.duty.start), minutes(was[1], one.duty.end)
    told = (
        f"start moves {start} min and finish {finish} min on {day}, {(day - today).days} days ahead, expected "
        f"{months} months of notice or a consent"
    )
    return Flag(RuleId.CONSENT, tour.handler.ref, day, needs, told)


def _day_moved(rules: RuleSet, handler: Handler, day: date, what: str, today: date) -> Flag | None:
    if (needs := day_needs(rules, day, today)) is None:
        return None
    months = rules[RuleId.FIXED_DAYS]["notice_months"]
    told = f"{what} on {day}, {(day - today).days} days ahead, expected {months} months of notice"
    return Flag(RuleId.FIXED_DAYS, handler.ref, day, needs, told)


def day_needs(rules: RuleSet, day: date, today: date) -> Needs | None:
    """Rule P2, of a rest day or working day that moves: with its notice nothing, nearer by agreement, in the last
    months by agreement or exigency."""
    rule = rules[RuleId.FIXED_DAYS]
    if add_months(today, rule["notice_months"]) <= day:
        return None
    by_agreement = add_months(today, rule["exigency_months"]) <= day
    return Needs.AGREEMENT if by_agreement else Needs.AGREEMENT_OR_EXIGENCY


def times_need(rules: RuleSet, day: date, today: date) -> Needs | None:
    """Rule P3, of a start or finish that moves: with its notice nothing, nearer by agreement or exigency."""
    is_told = add_months(today, rules[RuleId.CONSENT]["notice_months"]) <= day
    return None if is_told else Needs.AGREEMENT_OR_EXIGENCY


def _offered(rules: RuleSet, handler: Handler, one: TourDuty, now: datetime) -> Flag:
    """Rule P4: what an accepted offer leaves owed; under its days of notice pay and time off both."""
    days, kind = rules[RuleId.OVERTIME]["notice_days"], one.kind
    is_short = kind is not Kind.OVERTIME and minutes(now, one.duty.start) < days * 1440
    owed = one.length_min if kind is Kind.TOIL or is_short else 0
    paid = "paid" if kind is not Kind.TOIL or is_short else "not paid"
    told = f"{kind.replace('_', ' ')} on {one.date} as offered: {paid}, {owed} min of time off owed"
    return Flag(RuleId.OVERTIME, handler.ref, one.date, Needs.NOTHING, told, owed_min=owed)


def rest_flags(problem: RosterProblem, duties: Iterable[Duty]) -> tuple[Flag, ...]:
    """Rests before ``duties`` that are shorter than rule W1's: each needs a recorded reason, and what is missing is
    owed as rest within the days of rule W2. Working Time Regulations 1998 reg. 10, 21 to 24."""
    least, within = problem.rules[RuleId.DAILY_REST]["rest_min"], problem.rules[RuleId.COMPENSATORY_REST]["within_days"]
    flags = []
    for tour in tours_of(problem, duties):
        free_from = max((end for _, end in tour.history), default=None)
        for one in tour.duties:
            start = one.duty.start
            if free_from is not None and 0 <= (gap := minutes(free_from, start)) < least and not one.is_frozen:
                told = f"{gap} min of rest before the duty of {start.isoformat()}, expected {least}: {least - gap} owed"
                owed_by = one.date + timedelta(days=within)
                flags.append(
                    Flag(RuleId.DAILY_REST, tour.handler.ref, one.date, Needs.REASON, told, least - gap, owed_by)
                )
            free_from = one.duty.end if free_from is None else max(free_from, one.duty.end)
    return tuple(flags)


def publication_flags(rules: RuleSet, first: date, last: date, published: date) -> tuple[Flag, ...]:
    """Whether a roster of the dates ``first`` to ``last`` is published early enough and shows enough (rule O1)."""
    rule, flags = rules[RuleId.PUBLICATION], []
    ahead, covers = (first - published).days, (last - first).days + 1
    if ahead < rule["ahead_days"]:
        told = f"published {ahead} days before it begins on {first}, expected {rule['ahead_days']}"
        flags.append(Flag(RuleId.PUBLICATION, None, first, Needs.EARLIER, told))
    if covers < rule["covers_days"]:
        told = f"shows {covers} days from {first}, expected {rule['covers_days']}"
        flags.append(Flag(RuleId.PUBLICATION, None, first, Needs.EARLIER, told))
    return tuple(flags)


def add_months(day: date, months: int) -> date:
    """The same day so many calendar months later, the month's last where it has no such day."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
