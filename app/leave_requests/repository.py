"""Leave requests in the database."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.tables import LeaveRequestRow


def add(session: Session, row: LeaveRequestRow) -> None:
    session.add(row)
    session.flush()


def locked(session: Session, force_id: UUID, request_id: UUID) -> LeaveRequestRow | None:
    """The request, locked until the transaction ends."""
    query = select(LeaveRequestRow).where(LeaveRequestRow.force_id == force_id, LeaveRequestRow.id == request_id)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()


def find(session: Session, force_id: UUID, request_id: UUID) -> LeaveRequestRow | None:
    query = select(LeaveRequestRow).where(LeaveRequestRow.force_id == force_id, LeaveRequestRow.id == request_id)
    return session.scalars(query).one_or_none()


def listed(
    session: Session, force_id: UUID, status: str | None, ref: str | None, most: int
) -> Sequence[LeaveRequestRow]:
    """Requests, newest first."""
    query = select(LeaveRequestRow).where(LeaveRequestRow.force_id == force_id)
    if status is not None:
        query = query.where(LeaveRequestRow.status == status)
    if ref is not None:
        query = query.where(LeaveRequestRow.ref == ref)
    return list(session.scalars(query.order_by(LeaveRequestRow.created_at.desc(), LeaveRequestRow.id).limit(most)))


def approved(session: Session, force_id: UUID) -> Sequence[LeaveRequestRow]:
    """Approved requests of everybody, oldest first."""
    query = select(LeaveRequestRow).where(LeaveRequestRow.force_id == force_id, LeaveRequestRow.status == "approved")
    return list(session.scalars(query.order_by(LeaveRequestRow.created_at)))


def open_requests(session: Session, force_id: UUID) -> Sequence[LeaveRequestRow]:
    """Requests that wait for a decision."""
    query = select(LeaveRequestRow).where(LeaveRequestRow.force_id == force_id, LeaveRequestRow.status == "open")
    return list(session.scalars(query.order_by(LeaveRequestRow.created_at)))
