"""Handlers in the database."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.tables import HandlerRow


def all_of(session: Session, force_id: UUID) -> list[HandlerRow]:
    query = select(HandlerRow).where(HandlerRow.force_id == force_id).order_by(HandlerRow.ref)
    return list(session.scalars(query))


def add(session: Session, row: HandlerRow) -> None:
    session.add(row)
