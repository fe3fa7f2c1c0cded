"""Versions of events in the database: added, never changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.tables import EventVersionRow


def add(session: Session, row: EventVersionRow) -> None:
    session.add(row)
    session.flush()


def newest(session: Session, force_id: UUID, event_id: UUID) -> EventVersionRow | None:
    """The newest version of the event, withdrawn or not."""
    found = versions(session, force_id, event_id)
    return found[-1] if found else None


def versions(session: Session, force_id: UUID, event_id: UUID) -> list[EventVersionRow]:
    """Every version of the event, oldest first."""
    query = select(EventVersionRow).where(EventVersionRow.force_id == force_id, EventVersionRow.id == event_id)
    return list(session.scalars(query.order_by(EventVersionRow.version)))


def standing(session: Session, force_id: UUID, known_by: datetime) -> list[EventVersionRow]:
    """The version of each event that stood at `known_by`, by identifier; without those withdrawn by then."""
    query = (
        select(EventVersionRow)
        .ext(distinct_on(EventVersionRow.id))
        .where(EventVersionRow.force_id == force_id, EventVersionRow.created_at <= known_by)
        .order_by(EventVersionRow.id, EventVersionRow.version.desc())
    )
    return [row for row in session.scalars(query) if not row.is_withdrawn]
