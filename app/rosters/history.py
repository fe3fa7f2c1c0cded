"""What was rostered before a week: of each earlier week the published roster counts, else the newest draft."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.people import service as people
from app.rosters import repository
from app.rosters.document import duties_from_json
from app.rosters.repository import RosterHead
from app.rosters.short_notice import by_monday, short_notice
from app.rosters.states import RosterStatus
from rostering.roster import Duty

WEEK = timedelta(weeks=1)
_HISTORY = timedelta(weeks=52)
_FORTNIGHT = timedelta(weeks=2)


@dataclass(frozen=True, slots=True)
class LastWeeks:
    """What was rostered before.

    duties : of the two weeks before, by Monday, by local date of their start; weeks that no roster covers are absent
    minutes, worked_min, nights, weekends, bank_holidays, short_notice, wishes_lost, learning_min : per handler, by
        Monday, likewise; `minutes` are those that count towards the contract
    published : Mondays whose figures are those of a published roster
    planned, actual : minutes that the force's own records say of each handler by Monday
    """

    duties: Mapping[date, tuple[Duty, ...]] = field(default_factory=dict)
    minutes: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    worked_min: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    nights: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    weekends: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    bank_holidays: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    short_notice: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    wishes_lost: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    learning_min: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    published: frozenset[date] = frozenset()
    planned: Mapping[date, Mapping[str, int]] = field(default_factory=dict)
    actual: Mapping[date, Mapping[str, int]] = field(default_factory=dict)

    @property
    def all_paid(self) -> Mapping[date, Mapping[str, int]]:
        """Minutes that count towards contracts: as rostered, else as the records plan them."""
        return _joined(self.planned, self.minutes)

    @property
    def all_worked(self) -> Mapping[date, Mapping[str, int]]:
        """Minutes worked: as the records say, else as rostered, else as the records plan them."""
        return _joined(self.planned, self.worked_min, self.actual)


def _joined(*told: Mapping[date, Mapping[str, int]]) -> dict[date, dict[str, int]]:
    """One table of several, the later ones counting before the earlier."""
    joined: dict[date, dict[str, int]] = defaultdict(dict)
    for by_week in told:
        for monday, by_ref in by_week.items():
            joined[monday].update(by_ref)
    return joined


def every_duty(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All duties of a stored roster's period, those that stood when it was made included."""
    return [*body.get("frozen", ()), *body["duties"]]


def counting(heads: list[RosterHead], first: date, until: date) -> dict[date, RosterHead]:
    """The roster that counts of each Monday, first <= Monday < until; `heads` oldest first."""
    chosen: dict[date, RosterHead] = {}
    monday = first
    while monday < until:
        over = [head for head in heads if head.covers(monday)]
        told = [head for head in over if head.status == RosterStatus.PUBLISHED]
        if over:
            chosen[monday] = (told or over)[-1]
        monday += WEEK
    return chosen


def last_weeks(session: Session, force_id: UUID, week_start: date, zone: ZoneInfo) -> LastWeeks:
    """What was rostered in the year before `week_start`."""
    first = week_start - _HISTORY
    chosen = counting(repository.heads(session, force_id, first, week_start), first, week_start)
    figures = repository.weekly_figures(session, force_id, {head.id for head in chosen.values()})
    by_name: dict[str, dict[date, Mapping[str, int]]] = defaultdict(dict)
    for monday, head in chosen.items():
        by_week, paid = figures[head.id]
        # Rosters of one week that were stored before there were others tell the paid minutes alone.
        told = {"paid_min": paid, "worked_min": paid} if by_week is None else by_week[monday.isoformat()]
        for name, by_ref in told.items():
            by_name[name][monday] = by_ref
    recorded: dict[str, dict[date, dict[str, int]]] = {
        name: defaultdict(dict) for name in ("planned_min", "actual_min")
    }
    for week in people.recorded_weeks(session, force_id, first, week_start):
        for name, told_by in recorded.items():
            if (minutes := getattr(week, name)) is not None:
                told_by[week.week_start][week.ref] = minutes
    return LastWeeks(
        duties=_duties(session, force_id, chosen, week_start, zone),
        minutes=by_name["paid_min"],
        worked_min=by_name["worked_min"],
        nights=by_name["nights"],
        weekends=by_name["weekends"],
        bank_holidays=by_name["bank_holidays"],
        short_notice=by_monday(short_notice(session, force_id, first, week_start, zone)),
        wishes_lost=by_name["wishes_lost"],
        learning_min=by_name["learning_min"],
        published=frozenset(m for m, head in chosen.items() if head.status == RosterStatus.PUBLISHED),
        planned=recorded["planned_min"],
        actual=recorded["actual_min"],
    )


def _duties(
    session: Session, force_id: UUID, chosen: Mapping[date, RosterHead], week_start: date, zone: ZoneInfo
) -> dict[date, tuple[Duty, ...]]:
    """Duties of the fortnight before by Monday, those that the oldest of its rosters carried over included."""
    recent = {monday: head for monday, head in chosen.items() if monday >= week_start - _FORTNIGHT}
    rows = repository.of_ids(session, force_id, {head.id for head in recent.values()})
    duties = {}
    for monday, head in recent.items():
        every = duties_from_json(every_duty(rows[head.id].body))
        duties[monday] = tuple(d for d in every if monday <= d.start.astimezone(zone).date() < monday + WEEK)
    return duties
