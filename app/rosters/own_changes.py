"""What was changed for one handler after it had been published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.rosters import repository
from app.rosters.document import duties_from_json
from app.rosters.states import PUBLISHED
from rostering.roster import Duty


@dataclass(frozen=True, slots=True)
class OwnChange:
    """Duties that went and duties that came, by one step of a published roster."""

    at: datetime
    action: str
    went: tuple[Duty, ...]
    came: tuple[Duty, ...]


def changes_for(session: Session, force_id: UUID, ref: str, first: date, until: date) -> list[OwnChange]:
    """Steps since publication that changed the handler's duties in rosters with a date of first <= date < until, newest
    first. Reasons stay out: they may tell of colleagues."""
    published: set[UUID] = set()
    found = []
    for change in repository.told_changes(session, force_id, first - timedelta(days=first.weekday()), until):
        if change.action == PUBLISHED:
            published.add(change.roster_id)
        elif change.roster_id in published:
            went, came = (_own(change.details.get(name, []), ref) for name in ("removed", "added"))
            if went or came:
                found.append(OwnChange(change.at, change.action, went, came))
    return found[::-1]


def _own(duties: Sequence[dict[str, object]], ref: str) -> tuple[Duty, ...]:
    return duties_from_json([duty for duty in duties if duty["handler"] == ref])
