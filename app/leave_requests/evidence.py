"""What a request for leave takes from cover and allowance, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import utc_now
from app.errors import Conflict, invalid
from app.forces import service as forces
from app.leave_requests import repository
from app.leave_requests.schemas import DayEvidence, LeaveEvidence
from app.people import service as people
from app.people.schemas import holds
from app.rosters.cover import Cover, covers
from app.rosters.pattern import nominal_duties, on_leave
from app.tables import LeaveRequestRow
from app.year.told import as_told
from rostering.roster import Duty
from rostering.rules import paid_min

_DAY = timedelta(days=1)


def evidence_of(session: Session, force_id: UUID, ref: str, first: date, last: date, own: UUID | None) -> LeaveEvidence:
    """Cover and allowance as they stand now; `own` is the request itself, which is nobody else's.

    Raises `Invalid` for an unknown handler or days without any duty, `Conflict` where one is on leave already.
    """
    settings = forces.current_settings(session, force_id).settings
    rules = forces.rule_set(settings)
    everybody = as_told(session, force_id, people.all_of(session, force_id), first - 8 * _DAY, last + 9 * _DAY)
    who = next((handler for handler in everybody if handler.ref == ref), None)
    if who is None:
        raise invalid("handler", ref, "a handler of the force")
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    if taken := [day for day in days if on_leave(who, day)]:
        raise Conflict(f"handler {ref} is on leave already on {taken[0]}: ask for the other days alone")
    known = covers(session, force_id, first, last, everybody, settings.zone, rules)
    asking = [row for row in repository.open_requests(session, force_id) if row.id != own and row.ref != ref]
    own_meals = who.contract_on(first).meals_paid
    meals_paid = settings.meals_paid if own_meals is None else own_meals

    def minutes(duty: Duty | None) -> int:
        if duty is None:
            return 0
        return paid_min(rules, (duty.end - duty.start) // timedelta(minutes=1), meals_paid=meals_paid)

    told = []
    for day in days:
        duty = known[day].duties.get((ref, day))
        off = [one for one in everybody if one.ref != ref and on_leave(one, day)]
        others = sum(bool(nominal_duties(one, day, 1, settings.zone)) for one in off)
        told.append(_day(day, known[day], duty, minutes(duty), others, sum(_holds(row, day) for row in asking)))
    if not any(day.minutes for day in told):
        raise invalid("first, last", f"{first} to {last}", f"a day on which handler {ref} has a duty")
    return _summed(told, _allowance(session, force_id, ref))


def _day(day: date, cover: Cover, duty: Duty | None, minutes: int, off: int, asking: int) -> DayEvidence:
    before = None if duty is None else cover.short_without(duty)
    after = None if duty is None else cover.short_without(duty, [duty])
    has = before is not None and after is not None and before.size
    return DayEvidence(
        date=day,
        basis=cover.basis,
        start=None if duty is None else duty.start,
        end=None if duty is None else duty.end,
        minutes=minutes,
        short_before_h=float(before.sum()) / 4 if has and before is not None else None,
        short_after_h=float(after.sum()) / 4 if has and after is not None else None,
        worst_before=int(before.max()) if has and before is not None else None,
        worst_after=int(after.max()) if has and after is not None else None,
        others_off=off,
        others_asking=asking,
    )


def _allowance(session: Session, force_id: UUID, ref: str) -> int | None:
    """The newest recorded balance of leave, less what was approved since its date [min]; None: none is recorded."""
    balance = people.newest_balances(session, force_id, [ref]).get((ref, "leave"))
    if balance is None:
        return None
    since: list[int] = [
        row.decided_on["minutes"]
        for row in repository.approved(session, force_id)
        if row.ref == ref and row.decided_on is not None and row.decided_at is not None
        and row.decided_at.date() > balance.as_of
    ]  # fmt: skip
    return balance.minutes - sum(since)


def _holds(row: LeaveRequestRow, day: date) -> bool:
    return holds(row.first, row.last, day)


def _summed(days: Sequence[DayEvidence], allowance_min: int | None) -> LeaveEvidence:
    minutes = sum(day.minutes for day in days)
    known = [day for day in days if day.short_before_h is not None and day.short_after_h is not None]
    after = None if allowance_min is None else allowance_min - minutes
    return LeaveEvidence(
        at=utc_now(),
        minutes=minutes,
        allowance_before_min=allowance_min,
        allowance_after_min=after,
        within_allowance=None if after is None else after >= 0,
        short_more_h=sum((d.short_after_h or 0) - (d.short_before_h or 0) for d in known) if known else None,
        leaves_short=any((d.short_after_h or 0) > (d.short_before_h or 0) for d in known) if known else None,
        days=list(days),
    )
