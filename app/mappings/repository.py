"""Versions of mappings in the database: added, never changed."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.tables import MappingVersionRow


def add(session: Session, row: MappingVersionRow) -> None:
    session.add(row)
    session.flush()


def newest(session: Session, force_id: UUID, name: str) -> MappingVersionRow | None:
    """The newest version, withdrawn or not."""
    row = MappingVersionRow
    query = select(row).where(row.force_id == force_id, row.name == name).order_by(row.version.desc()).limit(1)
    return session.scalars(query).one_or_none()


def standing(session: Session, force_id: UUID) -> list[MappingVersionRow]:
    """The newest version of each mapping that is not withdrawn, by name."""
    row = MappingVersionRow
    query = (
        select(row).ext(distinct_on(row.name)).where(row.force_id == force_id).order_by(row.name, row.version.desc())
    )
    return [found for found in session.scalars(query) if not found.is_withdrawn]
