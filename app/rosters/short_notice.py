"""Days that were changed for somebody after they had been told, with less notice than the rules ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.rosters import repository
from app.rosters.repository import ToldChange
from app.rosters.states import EDITED, PUBLISHED, SWAPPED
from rostering.notice import Needs, add_months

_MONTHS = 3  # of notice for starts, finishes and exigencies, as rules P2 and P3 have it
_ASKED_FOR = (str(Needs.AGREEMENT), str(Needs.AGREEMENT_OR_EXIGENCY))


@dataclass(frozen=True, slots=True)
class ShortNotice:
    """A person's day that was changed: when, by what step of which roster."""

    handler: str
    day: date
    at: datetime
    roster_id: UUID
    action: str


def short_notice(session: Session, force_id: UUID, first: date, until: date, zone: ZoneInfo) -> list[ShortNotice]:
    """Days with first <= day < until that were changed at short notice, oldest change first.

    A publication in place of another roster counts where the rules of notice asked for agreement or exigency; an edit
    of a published roster where it moved or added a duty within three months. A day that the handler was taken off, an
    accepted offer and a swap are no burden that others put on them.
    """
    found = changed_days(repository.told_changes(session, force_id, first, until), zone)
    return [one for one in found if first <= one.day < until and one.action != SWAPPED]


def changed_days(changes: Iterable[ToldChange], zone: ZoneInfo) -> list[ShortNotice]:
    """Every changed day of these steps, swaps among them; `changes` in order of time."""
    published: set[UUID] = set()
    found = []
    for change in changes:
        if change.action == PUBLISHED:
            published.add(change.roster_id)
            keys = _of_publication(change.details)
        elif change.roster_id not in published:
            continue
        else:
            today = change.at.astimezone(zone).date()
            keys = {key for key in _of_edit(change, zone) if key[1] < add_months(today, _MONTHS)}
        found += [ShortNotice(*key, change.at, change.roster_id, change.action) for key in sorted(keys)]
    return found


def _of_publication(details: dict[str, Any]) -> set[tuple[str, date]]:
    return {
        (flag["handler"], date.fromisoformat(flag["day"]))
        for flag in details.get("notice", ())
        if flag["handler"] is not None and flag["needs"] in _ASKED_FOR
    }


def _of_edit(change: ToldChange, zone: ZoneInfo) -> set[tuple[str, date]]:
    """Dates on which a duty came that was not there; of an edit, not those that an offer or a removal explains."""
    spared = {
        edit["handler"]
        for edit in change.details.get("changes", ())
        if edit["kind"] == "remove" or (edit["kind"] == "add" and edit.get("offer"))
    }
    before = {(duty["handler"], duty["start"], duty["end"]) for duty in change.details.get("removed", ())}
    return {
        (duty["handler"], datetime.fromisoformat(duty["start"]).astimezone(zone).date())
        for duty in change.details.get("added", ())
        if (duty["handler"], duty["start"], duty["end"]) not in before
        and (change.action != EDITED or duty["handler"] not in spared)
    }


def by_monday(changes: Iterable[ShortNotice]) -> dict[date, dict[str, int]]:
    """How many of each handler's days were changed, by Monday; a day that was changed twice counts twice."""
    weeks: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes:
        weeks[change.day - timedelta(days=change.day.weekday())][change.handler] += 1
    return {monday: dict(by_ref) for monday, by_ref in weeks.items()}
