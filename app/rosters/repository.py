"""Rosters in the database."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.results import newest, one_or_newest
from app.tables import RosterRow


def add(session: Session, row: RosterRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, roster_id: UUID | None) -> RosterRow | None:
    """The roster with this identifier, or the newest."""
    return one_or_newest(session, RosterRow, force_id, roster_id)


def of_week(session: Session, force_id: UUID, week_start: date) -> RosterRow | None:
    """The newest roster of that week."""
    query = select(RosterRow).where(RosterRow.force_id == force_id, RosterRow.week_start == week_start)
    return newest(session, RosterRow, query)


def minutes_by_week(session: Session, force_id: UUID, first: date, until: date) -> dict[date, dict[str, int]]:
    """Paid minutes per handler of each week's newest roster, first <= week_start < until."""
    query = (
        select(RosterRow.week_start, RosterRow.body["paid_min"])
        .where(RosterRow.force_id == force_id, RosterRow.week_start >= first, RosterRow.week_start < until)
        .order_by(RosterRow.created_at, RosterRow.id)
    )
    return dict(session.execute(query).all())
