"""What is owed, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.tables import RestOwedRow


def add(session: Session, row: RestOwedRow) -> None:
    session.add(row)
    session.flush()


def listed(session: Session, force_id: UUID, *, handler: str | None, with_given: bool) -> Sequence[RestOwedRow]:
    """What is owed, the oldest day first."""
    query = select(RestOwedRow).where(RestOwedRow.force_id == force_id)
    if handler is not None:
        query = query.where(RestOwedRow.handler == handler)
    if not with_given:
        query = query.where(RestOwedRow.given_at.is_(None))
    return session.scalars(query.order_by(RestOwedRow.day, RestOwedRow.id)).all()


def locked(session: Session, force_id: UUID, owed_id: UUID) -> RestOwedRow | None:
    """What is owed, locked until the transaction ends."""
    query = select(RestOwedRow).where(RestOwedRow.force_id == force_id, RestOwedRow.id == owed_id)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()
