"""Roll-outs: what the patterns say of months ahead, told to people; what they were told stands without agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, NotFound, invalid
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.people import service as people
from app.people.schemas import HandlerIn, holds
from app.tables import RolledDaysRow, RollOutRow
from app.year import repository
from app.year.days import ToldDays, as_stored, pattern_days
from app.year.schemas import (
    BreakOut,
    DayOut,
    DaysAgreed,
    RolledHandler,
    RollOutChangeOut,
    RollOutIn,
    RollOutOut,
    RollOutReport,
    ToldDayOut,
    ToldDaysOut,
)
from app.year.told import told_days
from rostering.notice import add_months, day_needs
from rostering.roll_out import DayChange, DayDuty, breaks, rolled
from rostering.rules import RuleSet

_DAY = timedelta(days=1)
_KEPT_MONTHS = 24  # of days past, for views of the year before
_LISTED, _WARNINGS = 1000, 100


@dataclass(slots=True)
class _Rolled:
    """What a roll-out comes to."""

    rows: dict[str, ToldDays] = field(default_factory=dict)
    days: int = 0
    new: int = 0
    short_notice: int = 0
    changes: list[tuple[str, DayChange]] = field(default_factory=list)
    breaks: list[BreakOut] = field(default_factory=list)


def roll_out(work: Work, body: RollOutIn, *, dry_run: bool) -> RollOutReport:
    """Roll patterns out and store what people are told, with an audit line; or only say what that would be.

    Raises `Conflict` without handlers, `Invalid` for unknown ones and for agreement to nothing.
    """
    session, force_id, now = work.session, work.force.id, utc_now()
    settings = forces.current_settings(session, force_id).settings
    rules = forces.rule_set(settings)
    chosen = _chosen(people.all_of(session, force_id), body)
    today = now.astimezone(settings.zone).date()
    first = body.first or today + (7 - today.weekday()) * _DAY
    last = add_months(first, body.months) - _DAY
    made = _rolled(chosen, told_days(session, force_id), (first, last), body, settings, rules, now)
    _require_agreed_to(body, made.changes)
    report = _report(made, (first, last), now, people.off_contract(session, force_id, chosen))
    if dry_run:
        return report
    row = RollOutRow(
        id=new_id(), force_id=force_id, created_at=now, actor_id=work.actor.id, actor_name=work.actor.name,
        first=first, last=last, reason=body.reason, summary=_summary(report, body),
    )  # fmt: skip
    repository.add(session, row, [_stored(row, ref, days) for ref, days in made.rows.items()])
    add_line(session, force_id=force_id, actor_id=work.actor.id, action="roll-out", subject=str(row.id),
             first=first.isoformat(), last=last.isoformat(), reason=body.reason, **row.summary)  # fmt: skip
    return report.model_copy(update={"id": row.id})


def _chosen(handlers: Sequence[HandlerIn], body: RollOutIn) -> list[HandlerIn]:
    if not handlers:
        raise Conflict("this force has no handlers: import people, or POST them to .../handlers first")
    refs = {handler.ref for handler in handlers}
    for where, named in (
        ("handlers", body.handlers or []),
        ("agreed", [one.handler for one in body.agreed]),
        ("exigency", [one.handler for one in body.exigency]),
    ):
        if unknown := sorted(set(named) - refs):
            raise invalid(where, unknown[0], "a handler of the force")
    return [handler for handler in handlers if body.handlers is None or handler.ref in body.handlers]


def _rolled(
    handlers: Sequence[HandlerIn],
    known: dict[str, ToldDays],
    span: tuple[date, date],
    body: RollOutIn,
    settings: ForceSettings,
    rules: RuleSet,
    now: datetime,
) -> _Rolled:
    made, today = _Rolled(), now.astimezone(settings.zone).date()
    for handler in handlers:
        before = known.get(handler.ref)
        told: dict[date, DayDuty | None] = {} if before is None else before.by_date
        first = span[0] if before is None else min(span[0], before.last + _DAY)
        wanted = pattern_days(handler, first, span[1])
        agreed, pressed = (_named(given, handler.ref, wanted) for given in (body.agreed, body.exigency))
        days, changes = rolled(told, wanted, rules, today, agreed, pressed)
        fresh = [day for day in days if day not in told]
        made.days += len(days)
        made.new += len(fresh)
        made.short_notice += sum(day_needs(rules, day, today) is not None for day in fresh)
        made.changes += [(handler.ref, change) for change in changes]
        every = told | days
        made.breaks += [BreakOut(handler=handler.ref, date=day, rule=rule, message=message)
                        for rule, day, message in breaks({d: t for d, t in every.items() if d >= first},
                                                         settings.timezone, rules)]  # fmt: skip
        at = {} if before is None else before.notified_by_date
        at |= dict.fromkeys(fresh, now) | {change.day: now for change in changes if change.is_made}
        kept = sorted(day for day in every if day >= add_months(today, -_KEPT_MONTHS))
        made.rows[handler.ref] = ToldDays(kept[0], tuple(every[d] for d in kept), tuple(at[d] for d in kept))
    return made


def _named(given: Sequence[DaysAgreed], ref: str, days: dict[date, DayDuty | None]) -> set[date]:
    mine = [one for one in given if one.handler == ref]
    return {day for day in days if any(holds(one.first, one.last, day) for one in mine)}


def _require_agreed_to(body: RollOutIn, changes: Sequence[tuple[str, DayChange]]) -> None:
    """Raise `Invalid` for consent to a handler's days none of which needs it."""
    needing = {(ref, change.day) for ref, change in changes if change.needs is not None}
    for where, given in (("agreed", body.agreed), ("exigency", body.exigency)):
        for one in given:
            if not any(ref == one.handler and holds(one.first, one.last, day) for ref, day in needing):
                raise invalid(where, one.handler, "a handler with a day that changes with too little notice")


def _stored(row: RollOutRow, ref: str, told: ToldDays) -> RolledDaysRow:
    days, notified = as_stored(told.days, told.notified)
    return RolledDaysRow(
        roll_out_id=row.id, force_id=row.force_id, ref=ref, created_at=row.created_at, first=told.first, days=days,
        notified=notified,
    )  # fmt: skip


def _report(made: _Rolled, span: tuple[date, date], now: datetime, warnings: list[str]) -> RollOutReport:
    changed = [(ref, change) for ref, change in made.changes if change.is_made]
    kept = [(ref, change) for ref, change in made.changes if not change.is_made]
    return RollOutReport(
        id=None,
        first=span[0],
        last=span[1],
        notified_at=now,
        handlers=len(made.rows),
        days=made.days,
        new_days=made.new,
        short_notice_days=made.short_notice,
        made=[_change_out(*one) for one in changed[:_LISTED]],
        made_total=len(changed),
        kept=[_change_out(*one) for one in kept[:_LISTED]],
        kept_total=len(kept),
        breaks=made.breaks[:_LISTED],
        breaks_total=len(made.breaks),
        warnings=warnings[:_WARNINGS],
    )


def _summary(report: RollOutReport, body: RollOutIn) -> dict[str, Any]:
    """For the audit: figures, every change that was made, and by whose agreement."""
    shown = report.model_dump(mode="json", exclude={"id", "first", "last", "kept", "breaks", "warnings"})
    return shown | {
        "agreed": [one.model_dump(mode="json") for one in body.agreed],
        "exigency": [one.model_dump(mode="json") for one in body.exigency],
    }


def _change_out(ref: str, change: DayChange) -> RollOutChangeOut:
    return RollOutChangeOut(
        handler=ref,
        date=change.day,
        before=_day(change.before),
        after=_day(change.after),
        rule=change.rule,
        needs=change.needs,
    )


def _day(duty: DayDuty | None) -> DayOut:
    if duty is None:
        return DayOut(start=None, length_min=None)
    return DayOut(start=f"{duty.start:%H:%M}", length_min=duty.length_min)


def newest(session: Session, force_id: UUID) -> RollOutOut:
    """The newest roll-out. Raises `NotFound`."""
    row = repository.newest(session, force_id)
    if row is None:
        raise NotFound("nothing is rolled out yet: POST to .../roll-out")
    return RollOutOut(
        id=row.id,
        first=row.first,
        last=row.last,
        notified_at=row.created_at,
        by=row.actor_name,
        reason=row.reason,
        handlers=[
            RolledHandler(handler=ref, first=told.first, last=told.last, notified_at=told.notified[-1])
            for ref, told in sorted(told_days(session, force_id).items())
        ],
    )


def days_of(session: Session, force_id: UUID, ref: str, first: date | None, last: date | None) -> ToldDaysOut:
    """One handler's days as told, beside what the pattern says now. Raises `NotFound`, `Invalid` for dates in the
    wrong order."""
    if first is not None and last is not None and last < first:
        raise invalid("to", str(last), f"a date from {first} on")
    told = told_days(session, force_id).get(ref)
    handler = next((one for one in people.all_of(session, force_id) if one.ref == ref), None)
    if told is None or handler is None:
        raise NotFound(f"handler {ref!r} has no days told: POST to .../roll-out")
    now = pattern_days(handler, told.first, told.last)
    days = [
        ToldDayOut(**_day(duty).model_dump(), date=day, notified_at=at.astimezone(UTC), pattern=_day(now[day]))
        for (day, duty), at in zip(told.by_date.items(), told.notified, strict=True)
        if holds(first, last, day)
    ]
    return ToldDaysOut(handler=ref, days=days)
