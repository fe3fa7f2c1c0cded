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


def actor_without_roles(session: Session, force_id: UUID, name: str) -> ActorRow | None:
    """An actor of the service itself: it holds no key, and so no role."""
    query = select(ActorRow).where(ActorRow.force_id == force_id, ActorRow.name == name, ActorRow.roles == [])
    return session.scalars(query.order_by(ActorRow.created_at).limit(1)).one_or_none()


def add_actor(session: Session, actor: ActorRow) -> None:
    session.add(actor)
    session.flush()


def has_keys(session: Session) -> bool:
    return bool(session.scalar(select(exists(select(ApiKeyRow.id)))))


def add_key(session: Session, actor: ActorRow, key: ApiKeyRow) -> UUID:
    session.add(actor)
    session.flush()
    session.add(key)
    return key.id
