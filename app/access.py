"""What a route works with: a session bound to one force, that force, and an actor who may do it.

Every route names what it needs by the dependency that it takes; `needed` tells it of any route, for the reference of
permissions and for the test that none was forgotten.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

import anyio
import anyio.to_thread
from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer
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

BEARER: Final = HTTPBearer(auto_error=False, description="API key")
DESK: Final = "pacesetter.desk"  # where a request's scope keeps it


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


def _open(request: Request, bearer: str | None) -> Desk:
    """By a key, or by the cookie of somebody who signed in; which of them it was makes no difference afterwards."""
    slug, cookie = request.path_params.get("force"), request.cookies.get(session_cookie())
    session = Session(request.app.state.engine, expire_on_commit=False)
    try:
        if bearer is not None or cookie is None:
            actor, force = authenticate(session, bearer, slug)
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


async def desk_of(request: Request) -> Desk:
    """The request's own. Raises `Unauthorised`, and `Unavailable` where too many requests are at work.

    At most as many at once as there are connections: a thread that waited for one would keep another request, which has
    one, from going on. Only routes of `app.edge.routing.Router` have one: they clear it. (Dependencies call this, which
    is none itself: nested ones cost a small read a tenth of its time, decision 0013.)
    """
    known: Desk | None = request.scope[DESK]
    if known is not None:
        return known
    await _take_seat(request.app.state.seats)
    try:
        shown = await BEARER(request)
        desk = await run_in_threadpool(_open, request, shown.credentials if shown else None)
    except BaseException:
        request.app.state.seats.release()
        raise
    request.scope[DESK] = desk
    return desk


async def _take_seat(seats: anyio.Semaphore) -> None:
    try:
        seats.acquire_nowait()
    except anyio.WouldBlock:
        try:
            with anyio.fail_after(_LONGEST_WAIT_S):
                await seats.acquire()
        except TimeoutError as error:
            raise Unavailable("more requests than can be served: try again in a moment") from error


async def clear(request: Request, *, is_kept: bool) -> None:
    """End the work at the request's desk, if it has one; what was changed is kept, or not. An operation that only reads
    has ended its transaction by then."""
    desk: Desk | None = request.scope.pop(DESK)
    if desk is None:
        return
    try:
        if desk.session.in_transaction():
            end: Callable[[Session], None] = _keep if is_kept else Session.close
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(end, desk.session, limiter=anyio.CapacityLimiter(1))
    finally:
        request.app.state.seats.release()


def _keep(session: Session) -> None:
    with session:
        session.commit()


async def work_of(request: Request) -> Work:
    """The request's work for the force that its address names, whatever its actor may do there: whoever takes it asks
    `require`, or needs nothing but a key. Raises `NotFound`."""
    desk = await desk_of(request)
    # Another force's key learns nothing, not even that the force exists.
    if desk.force is None or desk.actor.force_id not in (None, desk.force.id):
        hint = ": see GET /v1/forces" if request.url.path.startswith("/v1/") else ""
        raise NotFound(f"force {request.path_params['force']!r} does not exist here{hint}")
    return Work(desk.session, desk.actor, desk.force)


def _for_force(permission: Permission) -> Callable[[Request], Awaitable[Work]]:
    @needing(permission)
    async def work(request: Request) -> Work:
        found = await work_of(request)
        require(found.actor, permission)
        return found

    return work


@needing(ANY_KEY)
async def _visible(request: Request) -> Desk:
    return await desk_of(request)


def _for_installation(permission: Permission) -> Callable[[Request], Awaitable[Desk]]:
    @needing(f"{permission} {OF_INSTALLATION}")
    async def whole(request: Request) -> Desk:
        desk = await desk_of(request)
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


Visible = Annotated[Desk, Depends(_visible)]
Installing = Annotated[Desk, Depends(_for_installation(Permission.ADMINISTER))]
AuditingAll = Annotated[Desk, Depends(_for_installation(Permission.AUDIT))]
Reading = Annotated[Work, Depends(_for_force(Permission.READ))]


def _importing(work: Annotated[Work, Depends(_for_force(Permission.IMPORT))]) -> Work:
    unbounded(work.session)  # a file of years takes longer to store than any question may
    return work


Importing = Annotated[Work, Depends(_importing)]
Repairing = Annotated[Work, Depends(_for_force(Permission.REPAIR))]
Planning = Annotated[Work, Depends(_for_force(Permission.PLAN))]
Explaining = Annotated[Work, Depends(_for_force(Permission.EXPLAIN))]
Comparing = Annotated[Work, Depends(_for_force(Permission.FAIRNESS))]
Managing = Annotated[Work, Depends(_for_force(Permission.MANAGE))]
Auditing = Annotated[Work, Depends(_for_force(Permission.AUDIT))]
Administering = Annotated[Work, Depends(_for_force(Permission.ADMINISTER))]
