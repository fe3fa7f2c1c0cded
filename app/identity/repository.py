"""Actors and keys in the database."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.tables import ActorRow, ApiKeyRow


def valid_key(session: Session, prefix: str, now: datetime) -> tuple[ApiKeyRow, ActorRow] | None:
    """The key with `prefix` and its actor, unless it has expired or was revoked."""
    query = (
        select(ApiKeyRow, ActorRow)
        .join(ActorRow, ActorRow.id == ApiKeyRow.actor_id)
        .where(ApiKeyRow.prefix == prefix, ApiKeyRow.revoked_at.is_(None))
        .where(ApiKeyRow.expires_at.is_(None) | (ApiKeyRow.expires_at > now))
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def has_keys(session: Session) -> bool:
    return bool(session.scalar(select(exists(select(ApiKeyRow.id)))))


def add_key(session: Session, actor: ActorRow, key: ApiKeyRow) -> UUID:
    session.add(actor)
    session.flush()
    session.add(key)
    return key.id
