"""Looking up what runs have made."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.tables.base import ResultRow

Made = TypeVar("Made", bound=ResultRow)


def one_or_newest(session: Session, kind: type[Made], force_id: UUID, identifier: UUID | None) -> Made | None:
    """The force's result of this kind with this identifier, or the newest where none is given."""
    query = select(kind).where(kind.force_id == force_id)
    return newest(session, kind, query if identifier is None else query.where(kind.id == identifier))


def newest(session: Session, kind: type[Made], query: Select[Made]) -> Made | None:
    """The newest of the results that a query finds."""
    return session.scalars(query.order_by(kind.created_at.desc(), kind.id.desc()).limit(1)).one_or_none()
