"""What a route works with: a session bound to one force, that force, and an actor who may do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from app.database import EVERY_FORCE, force_session, work_for
from app.errors import Forbidden, NotFound
from app.forces import repository as forces
from app.identity.roles import Permission
from app.identity.service import Actor, authenticate
from app.tables import ForceRow

Credentials = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False, description="API key"))
]


@dataclass(frozen=True, slots=True)
class Desk:
    """A request at work across the installation, before any force is chosen."""

    session: Session
    actor: Actor


@dataclass(frozen=True, slots=True)
class Work:
    """A request at work for one force."""

    session: Session
    actor: Actor
    force: ForceRow


def _desk(request: Request, credentials: Credentials) -> Iterator[Desk]:
    with force_session(request.app.state.engine, EVERY_FORCE) as session:
        yield Desk(session, authenticate(session, credentials.credentials if credentials else None))


AnyDesk = Annotated[Desk, Depends(_desk, scope="function")]


def _for_force(permission: Permission) -> Callable[[AnyDesk, str], Work]:
    def work(desk: AnyDesk, force: Annotated[str, Path(description="The force's slug.")]) -> Work:
        found = forces.find(desk.session, force)
        # Another force's key learns nothing, not even that the force exists.
        if found is None or desk.actor.force_id not in (None, found.id):
            raise NotFound(f"force {force!r} does not exist here: see GET /v1/forces")
        require(desk.actor, permission)
        work_for(desk.session, found.id)
        return Work(desk.session, desk.actor, found)

    return work


def require(actor: Actor, permission: Permission) -> None:
    """Raise `Forbidden` unless the actor may do it."""
    if not actor.may(permission):
        roles = ", ".join(sorted(actor.roles)) or "no role"
        raise Forbidden(f"this needs the right to {permission}; the key of {actor.name!r} has {roles}")


def visible_force(actor: Actor) -> UUID | str:
    """What the actor may see where no force is named in the address."""
    return actor.force_id or EVERY_FORCE


Reading = Annotated[Work, Depends(_for_force(Permission.READ), scope="function")]
Importing = Annotated[Work, Depends(_for_force(Permission.IMPORT), scope="function")]
Repairing = Annotated[Work, Depends(_for_force(Permission.REPAIR), scope="function")]
Planning = Annotated[Work, Depends(_for_force(Permission.PLAN), scope="function")]
Explaining = Annotated[Work, Depends(_for_force(Permission.EXPLAIN), scope="function")]
Comparing = Annotated[Work, Depends(_for_force(Permission.FAIRNESS), scope="function")]
Managing = Annotated[Work, Depends(_for_force(Permission.MANAGE), scope="function")]
