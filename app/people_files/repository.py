"""How files are read, in the database."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.tables import PeopleMappingRow


def mappings(session: Session, force_id: UUID) -> list[PeopleMappingRow]:
    """Mappings in use, by name."""
    query = select(PeopleMappingRow).where(PeopleMappingRow.force_id == force_id, PeopleMappingRow.removed_at.is_(None))
    return list(session.scalars(query.order_by(PeopleMappingRow.name)))


def locked(session: Session, force_id: UUID, name: str) -> PeopleMappingRow | None:
    """The mapping, in use or not, locked until the transaction ends."""
    query = select(PeopleMappingRow).where(PeopleMappingRow.force_id == force_id, PeopleMappingRow.name == name)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()


def add(session: Session, row: PeopleMappingRow) -> None:
    session.add(row)
    session.flush()
