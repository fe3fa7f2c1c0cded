"""Five people fall sick on Friday and Saturday of a published roster: the repair's problem, and what it recovers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from rostering.check import check
from rostering.findings import local_date
from rostering.problem import Handler, Leave, Mode, Offer, OfferKind, RosterProblem, Skill
from rostering.roster import Roster, TierName
from rostering.rules import RuleId

N_SICK = 5
_THURSDAY, _FRIDAY, _SATURDAY = 3, 4, 5
_DAY, _TWO_HOURS = timedelta(days=1), timedelta(hours=2)
_OVERTIME, _REST_DAYS = 0.3, 0.25  # share of people who offer two hours more, or a day of rest


def absent(problem: RosterProblem, roster: Roster, seed: int) -> tuple[str, ...]:
    """Five of the people who work on Friday and on Saturday of the first week."""
    days = _sick_days(problem)
    worked = {day: {duty.handler for duty in roster.duties if local_date(problem, duty.start) == day} for day in days}
    both = sorted(worked[days[0]] & worked[days[1]])
    return tuple(np.random.default_rng(seed).choice(both, min(N_SICK, len(both)), replace=False).tolist())


def _sick_days(problem: RosterProblem) -> tuple[date, date]:
    return problem.week_start + _FRIDAY * _DAY, problem.week_start + _SATURDAY * _DAY


def publish_and_fall_sick(problem: RosterProblem, published: Roster, sick: tuple[str, ...]) -> RosterProblem:
    """The repair's problem on Thursday at 18:00: what has begun by then is frozen, some people offer overtime and rest
    days of Friday and Saturday."""
    now = datetime.combine(problem.week_start + _THURSDAY * _DAY, time(18), ZoneInfo(problem.timezone))
    past = tuple(duty for duty in published.duties if duty.start < now)
    rng = np.random.default_rng(len(sick))
    people = [_fallen_sick(problem, who) if who.ref in sick else _offering(problem, who, published, rng)
              for who in problem.handlers]  # fmt: skip
    return replace(
        problem,
        mode=Mode.REPAIR,
        handlers=tuple(people),
        frozen_duties=(*problem.frozen_duties, *past),
        published=published.duties,
        told_at=now,
    )


def _fallen_sick(problem: RosterProblem, who: Handler) -> Handler:
    """Absent on both days; what was to be trained and learned then is made up for another time."""
    return replace(who, leave=(*who.leave, Leave(*_sick_days(problem))), learning_min=0)


def _offering(problem: RosterProblem, who: Handler, published: Roster, rng: np.random.Generator) -> Handler:
    zone, offers = ZoneInfo(problem.timezone), []
    for day in _sick_days(problem):
        own = [d for d in published.duties if d.handler == who.ref and local_date(problem, d.start) == day]
        for duty in own:
            if rng.random() < _OVERTIME:
                reach = duty.start - _TWO_HOURS, duty.end + _TWO_HOURS
                offers.append(Offer(OfferKind.OVERTIME, day, *reach, most_min=120))
        if not own and not who.on_leave(day) and rng.random() < _REST_DAYS:
            whole = (datetime.combine(day, time(6), zone), datetime.combine(day + _DAY, time(7), zone))
            offers.append(Offer(OfferKind.REST_DAY, day, *whole, most_min=600))
    return replace(who, offers=tuple(offers))


def recovery(before: RosterProblem, published: Roster, repair: RosterProblem, repaired: Roster) -> dict[str, Any]:
    """Service lost by the absence, and the share of it that the repair wins back; person-days that changed.

    Lost: of the published roster without the absent people's duties against the published roster, in the service tier
    and in seat-quarter-hours short.
    """
    gone = {(who.ref, day) for who in repair.handlers for day in _sick_days(repair) if who.on_leave(day)}
    left = Roster(tuple(d for d in published.duties if (d.handler, local_date(repair, d.start)) not in gone))
    frozen = {(d.handler, d.start) for d in repair.frozen_duties}
    whole = check(before, published)
    unrepaired = check(repair, Roster(tuple(d for d in left.duties if (d.handler, d.start) not in frozen)))
    report = check(repair, repaired)
    service = [found.cost[TierName.SERVICE] for found in (whole, unrepaired, report)]
    seats = [sum(int(found.coverage[s].short.sum()) for s in Skill) for found in (whole, unrepaired, report)]
    changes = [term for term in report.penalties if term.rule is RuleId.CHANGES]
    return {
        "recovered": _share(*service),
        "recovered_seats": _share(*seats),
        "service_before_without_repaired": service,
        "seats_short_before_without_repaired": seats,
        "changed_person_days": len({(term.subject, term.when) for term in changes}),
    }


def _share(before: int, without: int, repaired: int) -> float | None:
    lost = without - before
    return round((without - repaired) / lost, 4) if lost > 0 else None
