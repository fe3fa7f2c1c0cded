"""Roll-outs in the database: added, never changed; of each handler the newest counts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.tables import RolledDaysRow, RollOutRow


def add(session: Session, row: RollOutRow, days: Sequence[RolledDaysRow]) -> None:
    session.add(row)
    session.flush()
    session.add_all(days)
    session.flush()


def newest(session: Session, force_id: UUID) -> RollOutRow | None:
    """The newest roll-out."""
    query = select(RollOutRow).where(RollOutRow.force_id == force_id)
    return session.scalars(query.order_by(RollOutRow.created_at.desc(), RollOutRow.id.desc()).limit(1)).one_or_none()


def current(session: Session, force_id: UUID) -> dict[str, RolledDaysRow]:
    """Everybody's newest days, by handler."""
    query = (
        select(RolledDaysRow)
        .where(RolledDaysRow.force_id == force_id)
        .ext(distinct_on(RolledDaysRow.ref))
        .order_by(RolledDaysRow.ref, RolledDaysRow.created_at.desc(), RolledDaysRow.roll_out_id.desc())
    )
    return {row.ref: row for row in session.scalars(query)}
