"""Actors and their keys: made, shown once, and recognised by their digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import EVERY_FORCE, new_id, utc_now, work_for
from app.errors import Unauthorised
from app.identity import repository
from app.identity.roles import Permission, Role, permitted
from app.tables import ActorRow, ApiKeyRow, ForceRow

SCHEDULE = "schedule"

# A request seldom writes for its key: the time of last use is exact to this.
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; without a force, an administrator of the installation. Scopes narrow what the roles allow."""

    id: UUID
    name: str
    roles: frozenset[Role]
    force_id: UUID | None
    handler_ref: str | None = None
    scopes: frozenset[Permission] | None = None

    @property
    def permissions(self) -> frozenset[Permission]:
        return permitted(self.roles, self.scopes)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


def make_key(
    session: Session,
    *,
    name: str,
    roles: Iterable[Role],
    force_id: UUID | None,
    expires_at: datetime | None = None,
    handler_ref: str | None = None,
    scopes: Iterable[Permission] | None = None,
) -> tuple[UUID, str]:
    """Add an actor with a new key; returns the key's identifier and the key, which is stored nowhere."""
    actor = ActorRow(
        id=new_id(),
        force_id=force_id,
        name=name,
        roles=[str(role) for role in roles],
        created_at=utc_now(),
        handler_ref=handler_ref,
    )
    repository.add_actor(session, actor)
    key, shown = new_key(actor, expires_at, scopes)
    repository.add_key(session, key)
    return key.id, shown


def new_key(
    actor: ActorRow,
    expires_at: datetime | None,
    scopes: Iterable[Permission] | None,
    replaces: UUID | None = None,
) -> tuple[ApiKeyRow, str]:
    """A key for `actor`, not stored yet, and what to show of it, once."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKeyRow(
        id=new_id(),
        force_id=actor.force_id,
        actor_id=actor.id,
        prefix=prefix,
        digest=digest(secret),
        scopes=None if scopes is None else [str(scope) for scope in scopes],
        created_at=utc_now(),
        expires_at=expires_at,
        replaces=replaces,
    )
    return key, f"pace_{prefix}_{secret}"


def authenticate(session: Session, bearer: str | None, slug: str | None = None) -> tuple[Actor, ForceRow | None]:
    """Who holds the key `bearer`, and the force with this slug; the session then works for the one that `bound` tells.
    Raises `Unauthorised` for a missing, unknown, expired or revoked key.

    Once a minute the key's last use is noted, in a transaction that ends here: whatever the request locks afterwards,
    the key can be revoked.
    """
    parts = (bearer or "").split("_", 2)
    if len(parts) != 3 or parts[0] != "pace":
        raise Unauthorised("no API key: send it as 'Authorization: Bearer pace_…'")
    now = utc_now()
    found = repository.key_at_work(session, parts[1], now, slug)
    if found is None or not hmac.compare_digest(found[0].digest, digest(parts[2])):
        raise Unauthorised("the API key is unknown, expired or revoked")
    key, force = found
    roles = frozenset(Role(role) for role in key.roles)
    scopes = None if key.scopes is None else frozenset(Permission(scope) for scope in key.scopes)
    actor = Actor(key.actor_id, key.name, roles, key.force_id, key.handler_ref, scopes)
    if key.last_used_at is None or key.last_used_at <= now - USE_NOTED_EVERY:
        work_for(session, EVERY_FORCE)  # an installation's key is a row of no force
        repository.note_use(session, ApiKeyRow.__tablename__, key.id, now)
        work_for(session, bound(actor, force))
    return actor, force


def bound(actor: Actor, force: ForceRow | None = None) -> UUID | str:
    """What an actor's request works for: their force; an administrator's of the installation the one named, or all."""
    return actor.force_id or (EVERY_FORCE if force is None else force.id)


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


def digest(secret: str) -> bytes:
    # A plain digest is enough: the secret has 256 random bits, so there is nothing to guess.
    return hashlib.sha256(secret.encode()).digest()
