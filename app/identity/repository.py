"""Actors and keys in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, text, update
from sqlalchemy.orm import Session

from app.database import quick
from app.forces.repository import force_of
from app.tables import ActorRow, ApiKeyRow, ForceRow, SessionRow

_LAST_USE = {"api_keys": "last_used_at", "sessions": "seen_at"}


@dataclass(frozen=True, slots=True)
class ValidKey:
    """A key that works now, and whose it is."""

    id: UUID
    digest: bytes
    scopes: list[str] | None
    last_used_at: datetime | None
    actor_id: UUID
    name: str
    roles: list[str]
    force_id: UUID | None
    handler_ref: str | None


def key_at_work(
    session: Session, prefix: str, now: datetime, slug: str | None
) -> tuple[ValidKey, ForceRow | None] | None:
    """The key with `prefix` and its actor, unless it has expired or was revoked, with the force that the slug names,
    apart from the session. The transaction works for the actor's force, or for the one named, or for every force."""
    row = quick(session, "select * from key_at_work(%s, %s, %s)", (prefix, now, slug)).fetchone()
    return None if row is None else (ValidKey(*row[:9]), force_of(row[9:]))


def note_use(session: Session, table: str, row_id: UUID, now: datetime) -> None:
    """Set the last use of a key or session, and end the transaction.

    Of requests at the same moment one notes it and the others do not wait.
    """
    column = _LAST_USE[table]
    noted = text(
        f"update {table} set {column} = :now "
        f"where id = (select id from {table} where id = :id for no key update skip locked)"
    )
    session.execute(noted, {"now": now, "id": row_id})
    session.commit()


def actor_without_roles(session: Session, force_id: UUID, name: str) -> ActorRow | None:
    """An actor of the service itself: it holds no key, and so no role."""
    query = select(ActorRow).where(ActorRow.force_id == force_id, ActorRow.name == name, ActorRow.roles == [])
    return session.scalars(query.order_by(ActorRow.created_at).limit(1)).one_or_none()


def add_actor(session: Session, actor: ActorRow) -> None:
    session.add(actor)
    session.flush()


def has_keys(session: Session) -> bool:
    return bool(session.scalar(select(exists(select(ApiKeyRow.id)))))


def add_key(session: Session, key: ApiKeyRow) -> None:
    session.add(key)
    session.flush()


def keys_of(session: Session, force_id: UUID | None, valid_at: datetime | None) -> list[tuple[ApiKeyRow, ActorRow]]:
    """Keys of a force, or of the installation, newest first; where `valid_at` is given, those that work then."""
    query = (
        select(ApiKeyRow, ActorRow)
        .join(ActorRow, ActorRow.id == ApiKeyRow.actor_id)
        .where(ApiKeyRow.force_id.is_not_distinct_from(force_id))
        .order_by(ApiKeyRow.id.desc())
    )
    if valid_at is not None:
        query = query.where(ApiKeyRow.revoked_at.is_(None))
        query = query.where(ApiKeyRow.expires_at.is_(None) | (ApiKeyRow.expires_at > valid_at))
    return [(key, actor) for key, actor in session.execute(query)]


def locked_key(session: Session, force_id: UUID | None, key_id: UUID) -> tuple[ApiKeyRow, ActorRow] | None:
    """A key of a force, or of the installation, locked until the transaction ends, and its actor."""
    query = (
        select(ApiKeyRow, ActorRow)
        .join(ActorRow, ActorRow.id == ApiKeyRow.actor_id)
        .where(ApiKeyRow.id == key_id, ApiKeyRow.force_id.is_not_distinct_from(force_id))
        .with_for_update(of=ApiKeyRow)
        .execution_options(populate_existing=True)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def add_session(session: Session, row: SessionRow) -> None:
    session.add(row)
    session.flush()


def open_session(
    session: Session, digest: bytes, now: datetime, idle_since: datetime
) -> tuple[SessionRow, ActorRow] | None:
    """The session with this digest and its actor, unless it has ended, is too old, or unused since `idle_since`."""
    query = (
        select(SessionRow, ActorRow)
        .join(ActorRow, ActorRow.id == SessionRow.actor_id)
        .where(SessionRow.digest == digest, SessionRow.ended_at.is_(None))
        .where(SessionRow.expires_at > now, SessionRow.seen_at > idle_since)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def end_session(session: Session, digest: bytes, now: datetime) -> None:
    _end(session, SessionRow.digest == digest, now)


def end_sessions(session: Session, actor_id: UUID, now: datetime) -> None:
    _end(session, SessionRow.actor_id == actor_id, now)


def _end(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    session.execute(update(SessionRow).where(which, SessionRow.ended_at.is_(None)).values(ended_at=now))
