"""Actions in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.pages import rows_of
from app.tables import ActionRow


def add(session: Session, row: ActionRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, action_id: UUID) -> ActionRow | None:
    query = select(ActionRow).where(ActionRow.force_id == force_id, ActionRow.id == action_id)
    return session.scalars(query).one_or_none()


def locked(session: Session, force_id: UUID, action_id: UUID) -> ActionRow | None:
    """The action, locked until the transaction ends."""
    query = select(ActionRow).where(ActionRow.force_id == force_id, ActionRow.id == action_id)
    return session.scalars(query.with_for_update(key_share=True)).one_or_none()


def count_open(session: Session, force_id: UUID) -> int:
    query = select(func.count()).select_from(ActionRow).where(ActionRow.force_id == force_id, ActionRow.state == "open")
    return session.scalar(query) or 0


def page(
    session: Session, force_id: UUID, state: str | None, cursor: UUID | None, size: int
) -> tuple[list[ActionRow], UUID | None]:
    """At most `size`, newest first; and the cursor of what follows."""
    query = select(ActionRow).where(ActionRow.force_id == force_id)
    if state is not None:
        query = query.where(ActionRow.state == state)
    return rows_of(session, ActionRow, query, cursor, size)


def standing(session: Session, force_id: UUID, begin: datetime, end: datetime) -> Sequence[ActionRow]:
    """Actions that were decided before `end` and are open, or were closed at `begin` or later; open ones first, by due
    date, those without a date last."""
    query = (
        select(ActionRow)
        .where(ActionRow.force_id == force_id, ActionRow.created_at < end)
        .where(or_(ActionRow.state == "open", and_(ActionRow.closed_at.is_not(None), ActionRow.closed_at >= begin)))
        .order_by(ActionRow.state.desc(), ActionRow.due.asc().nulls_last(), ActionRow.created_at)
    )
    return list(session.scalars(query))
