"""What published rosters asked of people week by week: nights, weekends, bank holidays, short notice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.forces.schemas import ForceSettings
from app.rosters import repository
from app.rosters.build import bank_holidays
from app.rosters.history import WEEK, counting
from app.rosters.repository import DutySpan, RosterHead, ToldChange
from app.rosters.short_notice import ShortNotice, by_monday, changed_days
from app.rosters.states import SWAPPED, RosterStatus

BURDENS = ("nights", "weekends", "bank_holidays", "short_notice")
_STORED = ("nights", "weekends", "bank_holidays")


@dataclass(frozen=True, slots=True, eq=False)
class Borne:
    """Burdens of the published weeks with first <= Monday < until.

    rosters : the published roster of each week that has one
    by_week : burden, then Monday, then handler; people without any are absent
    rostered : handlers of those weeks
    changed, swapped : days changed at short notice by others, and by swaps
    """

    first: date
    until: date
    rosters: Mapping[date, RosterHead]
    by_week: Mapping[str, Mapping[date, Mapping[str, int]]]
    rostered: frozenset[str]
    changed: tuple[ShortNotice, ...]
    swapped: tuple[ShortNotice, ...]

    def total(self, burden: str, ref: str, since: date) -> int:
        """One handler's, of the weeks from the Monday `since`."""
        return sum(by_ref.get(ref, 0) for monday, by_ref in self.by_week[burden].items() if monday >= since)

    def weeks_since(self, since: date) -> int:
        """Published weeks from the Monday `since`."""
        return sum(monday >= since for monday in self.rosters)


def borne(session: Session, force_id: UUID, settings: ForceSettings, first: date, until: date) -> Borne:
    """Of the published rosters between two Mondays."""
    zone = settings.zone
    heads = repository.heads(session, force_id, first, until)
    told = [head for head in heads if head.status == RosterStatus.PUBLISHED]
    chosen = counting(told, first, until)
    figures = repository.weekly_figures(session, force_id, {head.id for head in chosen.values()})
    weeks: dict[str, dict[date, Mapping[str, int]]] = {name: {} for name in BURDENS}
    rostered: set[str] = set()
    without = {}  # weeks of rosters that were stored before bank holidays were counted
    for monday, head in chosen.items():
        stored, paid = figures[head.id]
        of_week = (stored or {}).get(monday.isoformat(), {})
        rostered |= set(paid)
        for name in _STORED:
            if name in of_week:
                weeks[name][monday] = of_week[name]
        if "bank_holidays" not in of_week:
            without[monday] = head
    weeks["bank_holidays"] |= _holidays(session, settings, without, zone)
    every = changed_days(repository.told_changes(session, force_id, first, until), zone)
    changed, swapped = (
        tuple(
            one for one in every if (one.action == SWAPPED) is swap and one.day - timedelta(one.day.weekday()) in chosen
        )
        for swap in (False, True)
    )
    weeks["short_notice"] |= by_monday(changed)
    return Borne(first, until, chosen, weeks, frozenset(rostered), changed, swapped)


def _holidays(
    session: Session, settings: ForceSettings, heads: Mapping[date, RosterHead], zone: ZoneInfo
) -> dict[date, dict[str, int]]:
    """Duties on bank holidays from Monday to Friday, counted from the duties themselves."""
    found: dict[date, dict[str, int]] = {}
    for monday, head in heads.items():
        off = [day for day in bank_holidays(settings, _days(monday)) if day.weekday() < 5]
        counted: dict[str, int] = defaultdict(int)
        for span in repository.duty_spans(session, [head.id]) if off else []:
            counted[span.handler] += span.start.astimezone(zone).date() in off
        found[monday] = {ref: n for ref, n in counted.items() if n}
    return found


def spans_of(session: Session, heads: Mapping[date, RosterHead], ref: str, zone: ZoneInfo) -> list[DutySpan]:
    """One handler's duties of these weeks, in order."""
    spans = repository.duty_spans(session, {head.id for head in heads.values()}, ref)
    return [span for span in spans if (head := heads.get(_monday(span, zone))) and head.id == span.roster_id]


def _monday(span: DutySpan, zone: ZoneInfo) -> date:
    day = span.start.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def _days(monday: date) -> list[date]:
    return [monday + timedelta(days=n) for n in range(7)]


def window(until: date, weeks: int) -> date:
    """Monday of the first of so many weeks before `until`."""
    return until - weeks * WEEK


def known_of(session: Session, found: Borne, ref: str) -> dict[UUID, tuple[str, dict[str, Any]]]:
    """Mode of each roster, and the handler as its problem has them."""
    return repository.handler_of(session, {head.id for head in found.rosters.values()}, ref)


def steps_of(session: Session, force_id: UUID, found: Borne) -> list[ToldChange]:
    """Steps of the rosters that may have changed what people were told, in order of time."""
    return repository.told_changes(session, force_id, found.first, found.until)


def bank_holidays_of(settings: ForceSettings, days: Sequence[date]) -> frozenset[date]:
    """Which of these dates are public holidays where the force is."""
    return frozenset(bank_holidays(settings, days))


def published_on(session: Session, force_id: UUID, day: date) -> RosterHead | None:
    """The published roster that covers a local date."""
    monday = day - timedelta(days=day.weekday())
    heads = repository.heads(session, force_id, monday, monday + WEEK)
    told = [head for head in heads if head.status == RosterStatus.PUBLISHED]
    return told[-1] if told else None
