"""API keys over HTTP: those of a force, and those of the whole installation."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.access import Administering, Installing
from app.edge.routing import Router
from app.identity import keys
from app.identity.schemas import KeyEntry, KeyIn, KeyOut, KeysOut, RotateIn

router = Router(tags=["keys"])

OF_FORCE, OF_INSTALLATION = "/v1/forces/{force}/keys", "/v1/keys"

Ended = Annotated[bool, Query(description="Expired and revoked keys too.")]
Reason = Annotated[str | None, Query(max_length=400, description="Why, for the audit.")]


@router.post(OF_FORCE, status_code=201)
def create_key(body: KeyIn, work: Administering) -> KeyOut:
    """Make an API key for this force. It is shown once; one that could do more than its maker is refused."""
    return keys.make(work.session, work.actor, work.force.id, body)


@router.get(OF_FORCE)
def list_keys(work: Administering, include_ended: Ended = False) -> KeysOut:
    """The force's keys, newest first, without their secrets."""
    return keys.listed(work.session, work.force.id, include_ended=include_ended)


@router.post(OF_FORCE + "/{key_id}/rotate", status_code=201)
def rotate_key(key_id: UUID, body: RotateIn, work: Administering) -> KeyOut:
    """A new key for the same actor. The old one goes on working for a time of grace."""
    return keys.rotate(work.session, work.actor, work.force.id, key_id, body)


@router.delete(OF_FORCE + "/{key_id}")
def revoke_key(key_id: UUID, work: Administering, reason: Reason = None) -> KeyEntry:
    """Revoke the key at once: the next request with it is refused."""
    return keys.revoke(work.session, work.actor, work.force.id, key_id, reason)


@router.post(OF_INSTALLATION, status_code=201)
def create_installation_key(body: KeyIn, desk: Installing) -> KeyOut:
    """Make an API key for the whole installation: it reaches every force."""
    return keys.make(desk.session, desk.actor, None, body)


@router.get(OF_INSTALLATION)
def list_installation_keys(desk: Installing, include_ended: Ended = False) -> KeysOut:
    """The installation's own keys, newest first, without their secrets."""
    return keys.listed(desk.session, None, include_ended=include_ended)


@router.post(OF_INSTALLATION + "/{key_id}/rotate", status_code=201)
def rotate_installation_key(key_id: UUID, body: RotateIn, desk: Installing) -> KeyOut:
    """A new key for the same actor. The old one goes on working for a time of grace."""
    return keys.rotate(desk.session, desk.actor, None, key_id, body)


@router.delete(OF_INSTALLATION + "/{key_id}")
def revoke_installation_key(key_id: UUID, desk: Installing, reason: Reason = None) -> KeyEntry:
    """Revoke the key at once: the next request with it is refused."""
    return keys.revoke(desk.session, desk.actor, None, key_id, reason)
