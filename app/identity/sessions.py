"""Sessions of people who signed in: an opaque cookie, its digest in the database, an end by idleness and by age."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import EVERY_FORCE, new_id, utc_now, work_for
from app.errors import Unauthorised
from app.identity import repository
from app.identity.roles import Role
from app.identity.service import USE_NOTED_EVERY, Actor, digest
from app.settings import settings
from app.tables import ActorRow, SessionRow


def begin(
    session: Session,
    holder: ActorRow,
    roles: Iterable[Role],
    handler_ref: str | None,
    replaced: str | None,
    most: timedelta | None = None,
) -> str:
    """A new session, of `most` at the longest where that is given; returns its cookie, which is stored nowhere. The
    session of the cookie `replaced` ends, so that nobody can plant a cookie before somebody signs in."""
    end(session, replaced)
    token, now = secrets.token_urlsafe(32), utc_now()
    longest = timedelta(hours=settings().session_h)
    row = SessionRow(
        id=new_id(),
        force_id=holder.force_id,
        actor_id=holder.id,
        digest=digest(token),
        roles=[str(role) for role in roles],
        handler_ref=handler_ref,
        created_at=now,
        seen_at=now,
        expires_at=now + (longest if most is None else min(longest, most)),
        ended_at=None,
    )
    repository.add_session(session, row)
    return token


def authenticate_session(session: Session, token: str) -> Actor:
    """Who holds the cookie `token`. Raises `Unauthorised` for one that is unknown, or whose session has ended.

    As with a key, its use is noted once a minute, in a transaction that ends here.
    """
    now = utc_now()
    found = repository.open_session(session, digest(token), now, _idle_since(now))
    if found is None:
        raise Unauthorised("you are signed out, or were for too long without a request: sign in again")
    row, holder = found
    if row.seen_at <= now - USE_NOTED_EVERY:
        repository.note_use(session, SessionRow.__tablename__, row.id, now)
        work_for(session, EVERY_FORCE)
    roles = frozenset(Role(role) for role in row.roles)
    return Actor(holder.id, holder.name, roles, holder.force_id, row.handler_ref)


def end(session: Session, token: str | None) -> None:
    """Sign out: the cookie `token` is worth nothing from now on."""
    if token is not None:
        repository.end_session(session, digest(token), utc_now())


def end_all(session: Session, actor_id: UUID) -> None:
    """Sign out everywhere."""
    repository.end_sessions(session, actor_id, utc_now())


def _idle_since(now: datetime) -> datetime:
    return now - timedelta(minutes=settings().session_idle_min)
