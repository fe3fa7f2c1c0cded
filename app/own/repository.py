"""Calendar feeds and a handler's swap requests in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.tables import CalendarFeedRow, SwapRow


def feed_of(session: Session, force_id: UUID, ref: str) -> CalendarFeedRow | None:
    """The handler's address that is valid now."""
    query = select(CalendarFeedRow).where(
        CalendarFeedRow.force_id == force_id, CalendarFeedRow.ref == ref, CalendarFeedRow.revoked_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def feed_by_digest(session: Session, digest: bytes) -> CalendarFeedRow | None:
    query = select(CalendarFeedRow).where(CalendarFeedRow.digest == digest, CalendarFeedRow.revoked_at.is_(None))
    return session.scalars(query).one_or_none()


def revoke_feeds(session: Session, force_id: UUID, ref: str, now: datetime) -> bool:
    """Whether there was one to revoke."""
    query = (
        update(CalendarFeedRow)
        .where(CalendarFeedRow.force_id == force_id, CalendarFeedRow.ref == ref, CalendarFeedRow.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(CalendarFeedRow.id)
    )
    return session.execute(query).first() is not None


def add_feed(session: Session, row: CalendarFeedRow) -> None:
    session.add(row)
    session.flush()


def swaps_of(session: Session, force_id: UUID, ref: str, size: int) -> Sequence[SwapRow]:
    """Requests that the handler made or is asked for, newest first."""
    whose = or_(SwapRow.body["give"]["handler"].astext == ref, SwapRow.body["to"].astext == ref)
    query = select(SwapRow).where(SwapRow.force_id == force_id, whose).order_by(SwapRow.created_at.desc(), SwapRow.id)
    return list(session.scalars(query.limit(size)))


def locked_swap(session: Session, force_id: UUID, swap_id: UUID) -> SwapRow | None:
    """The request, locked until the transaction ends."""
    query = select(SwapRow).where(SwapRow.force_id == force_id, SwapRow.id == swap_id)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()
