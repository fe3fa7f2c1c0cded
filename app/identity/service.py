"""Keys: made, shown once, and recognised by their digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import new_id, utc_now
from app.errors import Unauthorised
from app.identity import repository
from app.identity.roles import ALLOWED, Permission, Role
from app.tables import ActorRow, ApiKeyRow

SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; without a force, an administrator of the installation."""

    id: UUID
    name: str
    roles: frozenset[Role]
    force_id: UUID | None
    handler_ref: str | None = None

    def may(self, permission: Permission) -> bool:
        return any(permission in ALLOWED[role] for role in self.roles)


def make_key(
    session: Session,
    *,
    name: str,
    roles: Iterable[Role],
    force_id: UUID | None,
    expires_at: datetime | None = None,
    handler_ref: str | None = None,
) -> tuple[UUID, str]:
    """Add an actor with a new key; returns the key's identifier and the key, which is stored nowhere."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    now = utc_now()
    named = [str(role) for role in roles]
    actor = ActorRow(id=new_id(), force_id=force_id, name=name, roles=named, created_at=now, handler_ref=handler_ref)
    key = ApiKeyRow(
        id=new_id(),
        force_id=force_id,
        actor_id=actor.id,
        prefix=prefix,
        digest=_digest(secret),
        created_at=now,
        expires_at=expires_at,
        revoked_at=None,
    )
    return repository.add_key(session, actor, key), f"pace_{prefix}_{secret}"


def authenticate(session: Session, bearer: str | None) -> Actor:
    """Who holds the key `bearer`. Raises `Unauthorised` for a missing, unknown, expired or revoked key."""
    parts = (bearer or "").split("_", 2)
    if len(parts) != 3 or parts[0] != "pace":
        raise Unauthorised("no API key: send it as 'Authorization: Bearer pace_…'")
    found = repository.valid_key(session, parts[1], utc_now())
    if found is None or not hmac.compare_digest(found[0].digest, _digest(parts[2])):
        raise Unauthorised("the API key is unknown, expired or revoked")
    actor = found[1]
    roles = frozenset(Role(role) for role in actor.roles)
    return Actor(actor.id, actor.name, roles, actor.force_id, actor.handler_ref)


def first_key(session: Session) -> str | None:
    """The administrator's key of a new installation; None where any key exists already."""
    if repository.has_keys(session):
        return None
    return make_key(session, name="first administrator", roles=[Role.ADMIN], force_id=None)[1]


def schedule_actor(session: Session, force_id: UUID) -> Actor:
    """Who acts where the clock asks: made for a force at its first need, without a key."""
    row = repository.actor_without_roles(session, force_id, SCHEDULE)
    if row is None:
        row = ActorRow(id=new_id(), force_id=force_id, name=SCHEDULE, roles=[], created_at=utc_now())
        repository.add_actor(session, row)
    return Actor(row.id, row.name, frozenset(), force_id)


def _digest(secret: str) -> bytes:
    # A plain digest is enough: the secret has 256 random bits, so there is nothing to guess.
    return hashlib.sha256(secret.encode()).digest()
