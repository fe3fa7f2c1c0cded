"""One handler's burdens of published rosters, item by item, each with its cause."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from app.fairness.schemas import BurdenItem
from app.forces import service as forces
from app.forces.schemas import ForceSettings
from app.rosters.borne import Borne, bank_holidays_of, known_of, spans_of, steps_of
from app.rosters.causes import Cause, cause_of
from rostering.tour import is_night_by

_SATURDAY = 5


def items_of(session: Session, force_id: UUID, settings: ForceSettings, found: Borne, ref: str) -> list[BurdenItem]:
    """Newest first: duties at night, on weekends and bank holidays, and days that others changed at short notice."""
    zone, rules = settings.zone, forces.rule_set(settings)
    spans = spans_of(session, found.rosters, ref, zone)
    known, steps = known_of(session, found, ref), steps_of(session, force_id, found)
    days = [span.start.astimezone(zone).date() for span in spans]
    holidays = bank_holidays_of(settings, days)
    items = []
    for span, day in zip(spans, days, strict=True):
        burdens = [
            name
            for name, is_so in (
                ("nights", is_night_by(rules, zone, span.start, span.end)),
                ("weekends", day.weekday() >= _SATURDAY),
                ("bank_holidays", day in holidays and day.weekday() < _SATURDAY),
            )
            if is_so
        ]
        if burdens:
            cause = cause_of(span, known, steps, rules, zone)
            items.append(
                BurdenItem(date=day, burdens=burdens, cause=cause, start=span.start, end=span.end,
                           roster_id=span.roster_id, changed_at=None)
            )  # fmt: skip
    by_day: dict[date, Cause] = {
        day: cause_of(span, known, steps, rules, zone) for day, span in zip(days, spans, strict=True)
    }
    for change in found.changed:
        if change.handler == ref:
            cause = by_day.get(change.day, Cause.ABSENCE_COVER)
            items.append(
                BurdenItem(date=change.day, burdens=["short_notice"], start=None, end=None, roster_id=change.roster_id,
                           cause=Cause.ABSENCE_COVER if cause is Cause.PATTERN else cause, changed_at=change.at)
            )  # fmt: skip
    return sorted(items, key=lambda item: (item.date, item.changed_at is not None), reverse=True)
