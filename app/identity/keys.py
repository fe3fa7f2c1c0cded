"""Keys of a force, or of the whole installation: made, listed, rotated, revoked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit.repository import add_line
from app.database import utc_now
from app.errors import Forbidden, NotFound, invalid
from app.identity import repository
from app.identity.roles import Permission, Role, permitted
from app.identity.schemas import KeyEntry, KeyIn, KeyOut, KeysOut, KeyStatus, RotateIn
from app.identity.service import Actor, make_key, new_key
from app.schema import Instant
from app.tables import ActorRow, ApiKeyRow


def make(session: Session, actor: Actor, force_id: UUID | None, body: KeyIn) -> KeyOut:
    """A new actor with a key. Raises `Forbidden` where the key could do more than its maker, `Invalid` for an end in
    the past."""
    _require_no_more(actor, body.roles, body.scopes)
    _require_ahead(body.expires_at)
    if force_id is None and body.handler_ref is not None:
        raise invalid("handler_ref", body.handler_ref, "none in a key of the installation: handlers are of a force")
    key_id, shown = make_key(
        session,
        name=body.name,
        roles=body.roles,
        force_id=force_id,
        expires_at=body.expires_at,
        handler_ref=body.handler_ref,
        scopes=body.scopes,
    )
    after = body.model_dump(mode="json")
    add_line(session, force_id=force_id, actor_id=actor.id, action="key made", subject=str(key_id), after=after)
    return KeyOut(
        id=key_id,
        name=body.name,
        roles=body.roles,
        scopes=body.scopes,
        key=shown,
        expires_at=body.expires_at,
        handler_ref=body.handler_ref,
    )


def listed(session: Session, force_id: UUID | None, *, include_ended: bool) -> KeysOut:
    found = repository.keys_of(session, force_id, None if include_ended else utc_now())
    return KeysOut(keys=[_entry(key, actor) for key, actor in found])


def rotate(session: Session, actor: Actor, force_id: UUID | None, key_id: UUID, body: RotateIn) -> KeyOut:
    """A new key for the same actor; the old one works until its own end or for the time of grace, whichever is first.

    Raises `NotFound`, `Forbidden` as `make`, and `Invalid` for a key that has ended or an end in the past.
    """
    old, holder = _found(session, force_id, key_id)
    roles, scopes = _roles(holder), _scopes(old)
    _require_no_more(actor, roles, scopes)
    _require_ahead(body.expires_at)
    status = _status(old)
    if status is not KeyStatus.VALID:
        raise invalid("key_id", str(key_id), f"a key that is valid, this one is {status}: make a new one")
    grace_end = utc_now() + timedelta(hours=body.grace_h)
    before = old.expires_at
    old.expires_at = grace_end if before is None else min(before, grace_end)
    new, shown = new_key(holder, body.expires_at, scopes, replaces=old.id)
    repository.add_key(session, new)
    add_line(
        session,
        force_id=force_id,
        actor_id=actor.id,
        action="key rotated",
        subject=str(key_id),
        before={"key": str(old.id), "expires_at": None if before is None else before.isoformat()},
        after={"key": str(new.id), "old_expires_at": old.expires_at.isoformat()},
    )
    return KeyOut(
        id=new.id,
        name=holder.name,
        roles=roles,
        scopes=scopes,
        key=shown,
        expires_at=body.expires_at,
        handler_ref=holder.handler_ref,
    )


def revoke(session: Session, actor: Actor, force_id: UUID | None, key_id: UUID, reason: str | None) -> KeyEntry:
    """End the key: the next request with it is refused. One that is revoked stays as it is. Raises `NotFound`."""
    key, holder = _found(session, force_id, key_id)
    if key.revoked_at is None:
        key.revoked_at = utc_now()
        add_line(
            session,
            force_id=force_id,
            actor_id=actor.id,
            action="key revoked",
            subject=str(key_id),
            reason=reason,
            before={"status": "valid"},
            after={"status": "revoked"},
        )
    return _entry(key, holder)


def _require_no_more(actor: Actor, roles: list[Role], scopes: list[Permission] | None) -> None:
    beyond = permitted(roles, scopes) - actor.permissions
    if beyond:
        named = ", ".join(sorted(beyond))
        raise Forbidden(f"the key could {named}, which {actor.name!r} may not: expected no rights beyond its maker's")


def _require_ahead(expires_at: Instant | None) -> None:
    if expires_at is not None and expires_at <= utc_now():
        raise invalid("expires_at", expires_at.isoformat(), "a time ahead")


def _found(session: Session, force_id: UUID | None, key_id: UUID) -> tuple[ApiKeyRow, ActorRow]:
    found = repository.locked_key(session, force_id, key_id)
    if found is None:
        raise NotFound(f"key {key_id} does not exist here")
    return found


def _roles(holder: ActorRow) -> list[Role]:
    return [Role(role) for role in holder.roles]


def _scopes(key: ApiKeyRow) -> list[Permission] | None:
    return None if key.scopes is None else [Permission(scope) for scope in key.scopes]


def _status(key: ApiKeyRow) -> KeyStatus:
    if key.revoked_at is not None:
        return KeyStatus.REVOKED
    return KeyStatus.EXPIRED if key.expires_at is not None and key.expires_at <= utc_now() else KeyStatus.VALID


def _entry(key: ApiKeyRow, holder: ActorRow) -> KeyEntry:
    return KeyEntry(
        id=key.id,
        name=holder.name,
        roles=_roles(holder),
        scopes=_scopes(key),
        handler_ref=holder.handler_ref,
        prefix=key.prefix,
        status=_status(key),
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        replaces=key.replaces,
    )
