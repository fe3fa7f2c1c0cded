"""The audit table: lines are added, never changed; the database links each to the one before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal_column, select
from sqlalchemy.orm import Session

from app.audit.chain import Head, Line
from app.database import utc_now
from app.tables import ActorRow, AuditHeadRow, AuditRow

_BATCH = 1000

# The whole row as the database's function takes it.
_CONTENT = func.audit_content(literal_column("audit"), AuditRow.number)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which lines; what is None does not narrow."""

    actor_id: UUID | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def add_line(
    session: Session, *, force_id: UUID | None, actor_id: UUID, action: str, subject: str, **details: Any
) -> None:
    """Record that `actor_id` did `action` to `subject`, in the same transaction as the deed itself."""
    line = insert(AuditRow).values(
        force_id=force_id, at=utc_now(), actor_id=actor_id, action=action, subject=subject, details=details
    )
    session.execute(line)


def page(
    session: Session, force_id: UUID | None, filters: Filters, after: int | None, limit: int, *, newest_first: bool
) -> list[tuple[AuditRow, str | None, str]]:
    """Lines of a chain beyond the number `after` in the order asked for, each with its actor's name, where the session
    may see it, and its content as it was hashed."""
    query = (
        select(AuditRow, ActorRow.name, _CONTENT)
        .outerjoin(ActorRow, ActorRow.id == AuditRow.actor_id)
        .where(AuditRow.force_id.is_not_distinct_from(force_id), AuditRow.number.is_not(None))
        .order_by(AuditRow.number.desc() if newest_first else AuditRow.number)
        .limit(limit)
    )
    if after is not None:
        query = query.where(AuditRow.number < after if newest_first else AuditRow.number > after)
    for column, wanted in (
        (AuditRow.actor_id, filters.actor_id),
        (AuditRow.action, filters.action),
        (AuditRow.subject, filters.subject),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if filters.since is not None:
        query = query.where(AuditRow.at >= filters.since)
    if filters.until is not None:
        query = query.where(AuditRow.at < filters.until)
    return [(row, name, content) for row, name, content in session.execute(query)]


def head(session: Session, force_id: UUID | None) -> Head | None:
    query = select(AuditHeadRow).where(AuditHeadRow.force_id.is_not_distinct_from(force_id))
    row = session.scalars(query).one_or_none()
    return None if row is None else Head(row.number, row.hash.hex())


def hash_of(session: Session, force_id: UUID | None, number: int) -> str | None:
    """Hash of a line; the empty text of what stands before the first; None where there is no such line."""
    query = select(AuditRow.hash).where(AuditRow.force_id.is_not_distinct_from(force_id), AuditRow.number == number)
    found = session.scalar(query) if number else b""
    return None if found is None else found.hex()


def whole_chain(session: Session, force_id: UUID | None) -> Iterator[Line]:
    """Every line of a chain in order; at its end those that were never linked."""
    query = (
        select(AuditRow.id, AuditRow.number, AuditRow.hash, _CONTENT)
        .where(AuditRow.force_id.is_not_distinct_from(force_id))
        .order_by(AuditRow.number.nulls_last(), AuditRow.id)
        .execution_options(yield_per=_BATCH)
    )
    for line_id, number, linked, content in session.execute(query):
        yield Line(line_id, number, None if linked is None else linked.hex(), content)
