"""What a route works with: a session bound to one force, that force, and an actor who may do it.

Every route names what it needs by the dependency that it takes; `needed` tells it of any route, for the reference of
permissions and for the test that none was forgotten.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import anyio
import anyio.to_thread
from fastapi import Depends, Path, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from app.database import EVERY_FORCE, unbounded, work_for
from app.errors import Forbidden, NotFound, Unavailable
from app.forces import repository as forces
from app.identity.roles import Permission
from app.identity.service import Actor, authenticate, bound
from app.identity.sessions import authenticate_session
from app.same_origin import require_same_origin, session_cookie
from app.tables import ForceRow

_LONGEST_WAIT_S = 10.0

ANY_KEY, OF_INSTALLATION = "any key", "(installation)"

_Dependency = TypeVar("_Dependency", bound=Callable[..., Any])
_NEEDED: dict[Callable[..., Any], str] = {}

Credentials = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False, description="API key"))
]


@dataclass(frozen=True, slots=True)
class Desk:
    """A request at work across the installation, before any force is chosen."""

    session: Session
    actor: Actor
    force: ForceRow | None = None  # the one that the address names, where it names one that there is


@dataclass(frozen=True, slots=True)
class Work:
    """A request at work for one force."""

    session: Session
    actor: Actor
    force: ForceRow


def needing(need: str) -> Callable[[_Dependency], _Dependency]:
    """Declares what a route needs that takes this dependency: a permission, perhaps `OF_INSTALLATION`, or `ANY_KEY`."""

    def declared(dependency: _Dependency) -> _Dependency:
        _NEEDED[dependency] = need
        return dependency

    return declared


def needed(dependant: Dependant) -> set[str]:
    """What a route with these dependencies needs; empty where nothing is declared."""
    found = {_NEEDED[dependant.call]} if dependant.call in _NEEDED else set[str]()
    return found.union(*(needed(part) for part in dependant.dependencies))


def _open(request: Request, credentials: Credentials) -> Desk:
    """By a key, or by the cookie of somebody who signed in; which of them it was makes no difference afterwards."""
    slug, cookie = request.path_params.get("force"), request.cookies.get(session_cookie())
    session = Session(request.app.state.engine, expire_on_commit=False)
    try:
        if credentials is not None or cookie is None:
            actor, force = authenticate(session, credentials.credentials if credentials else None, slug)
        else:
            require_same_origin(request)
            work_for(session, EVERY_FORCE)
            actor = authenticate_session(session, cookie)
            force = None if slug is None else forces.find(session, slug)
            work_for(session, bound(actor, force))
    except BaseException:
        session.close()
        raise
    return Desk(session, actor, force)


def _keep(session: Session) -> None:
    with session:
        session.commit()


async def _desk(request: Request, credentials: Credentials) -> AsyncIterator[Desk]:
    """At most as many at once as there are connections: a thread that waited for one would keep another request, which
    has one, from going on. What was changed is kept if all went well; a route that only reads has ended it by then."""
    seats = request.app.state.seats
    try:
        with anyio.fail_after(_LONGEST_WAIT_S):
            await seats.acquire()
    except TimeoutError as error:
        raise Unavailable("more requests than can be served: try again in a moment") from error
    try:
        desk = await run_in_threadpool(_open, request, credentials)
        end: Callable[[Session], None] = Session.close
        try:
            yield desk
            end = _keep
        finally:
            if desk.session.in_transaction():
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(end, desk.session, limiter=anyio.CapacityLimiter(1))
    finally:
        seats.release()


AnyDesk = Annotated[Desk, Depends(_desk, scope="function")]


def _for_force(permission: Permission) -> Callable[[AnyDesk, str], Awaitable[Work]]:
    # Without a thread of its own: the desk's has found the force already.
    @needing(permission)
    async def work(desk: AnyDesk, force: Annotated[str, Path(description="The force's slug.")]) -> Work:
        found = desk.force
        # Another force's key learns nothing, not even that the force exists.
        if found is None or desk.actor.force_id not in (None, found.id):
            raise NotFound(f"force {force!r} does not exist here: see GET /v1/forces")
        require(desk.actor, permission)
        return Work(desk.session, desk.actor, found)

    return work


@needing(ANY_KEY)
async def _visible(desk: AnyDesk) -> Desk:
    return desk


def _for_installation(permission: Permission) -> Callable[[AnyDesk], Awaitable[Desk]]:
    @needing(f"{permission} {OF_INSTALLATION}")
    async def whole(desk: AnyDesk) -> Desk:
        require(desk.actor, permission)
        if desk.actor.force_id is not None:
            raise Forbidden(f"this needs the right to {permission} {OF_INSTALLATION}; a force's own key hasn't it")
        return desk

    return whole


def require(actor: Actor, permission: Permission) -> None:
    """Raise `Forbidden` unless the actor may do it."""
    if not actor.may(permission):
        roles = ", ".join(sorted(actor.roles)) or "no role"
        narrowed = "" if actor.scopes is None else f", narrowed to {', '.join(sorted(actor.scopes))}"
        raise Forbidden(f"this needs the right to {permission}; {actor.name!r} has {roles}{narrowed}")


Visible = Annotated[Desk, Depends(_visible, scope="function")]
Installing = Annotated[Desk, Depends(_for_installation(Permission.ADMINISTER), scope="function")]
AuditingAll = Annotated[Desk, Depends(_for_installation(Permission.AUDIT), scope="function")]
Reading = Annotated[Work, Depends(_for_force(Permission.READ), scope="function")]


def _importing(work: Annotated[Work, Depends(_for_force(Permission.IMPORT), scope="function")]) -> Work:
    unbounded(work.session)  # a file of years takes longer to store than any question may
    return work


Importing = Annotated[Work, Depends(_importing, scope="function")]
Repairing = Annotated[Work, Depends(_for_force(Permission.REPAIR), scope="function")]
Planning = Annotated[Work, Depends(_for_force(Permission.PLAN), scope="function")]
Explaining = Annotated[Work, Depends(_for_force(Permission.EXPLAIN), scope="function")]
Comparing = Annotated[Work, Depends(_for_force(Permission.FAIRNESS), scope="function")]
Managing = Annotated[Work, Depends(_for_force(Permission.MANAGE), scope="function")]
Auditing = Annotated[Work, Depends(_for_force(Permission.AUDIT), scope="function")]
Administering = Annotated[Work, Depends(_for_force(Permission.ADMINISTER), scope="function")]
