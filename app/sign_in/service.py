"""A person signs in: recognised, given a session, and written into the audit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.audit.repository import add_line
from app.database import EVERY_FORCE, force_session, new_id, utc_now
from app.errors import Forbidden, Unauthorised
from app.forces import repository as forces
from app.identity import repository as identity
from app.identity import sessions
from app.identity.roles import Role
from app.settings import settings
from app.sign_in import accounts, repository
from app.sign_in.person import Person
from app.tables import AccountRow, ActorRow

# One sentence for every reason: an unknown name, a wrong password, a disabled account, too many failures.
REFUSED = "The name or password is wrong, or was wrong too often: after several failures wait before the next."


def with_password(engine: Engine, name: str, password: str, replaced: str | None) -> str:
    """Cookie of a new session. Raises `Unauthorised`; a failure is counted nonetheless."""
    with force_session(engine, EVERY_FORCE) as session:
        actor = accounts.tried(session, name, password)
        if actor is not None:
            roles = [Role(role) for role in actor.roles]
            return _begun(session, actor, roles, actor.handler_ref, replaced, "password")
    raise Unauthorised(REFUSED)


def with_openid(engine: Engine, person: Person, replaced: str | None) -> str:
    """Cookie of a new session of somebody whom the provider vouches for; at first sight an actor is made. The session
    ends when its roles are so old that the provider is to be asked again.

    Raises `Forbidden` for a force that does not exist here.
    """
    with force_session(engine, EVERY_FORCE) as session:
        force = None if person.force is None else forces.find(session, person.force)
        if person.force is not None and force is None:
            raise Forbidden(f"your account names the force {person.force!r}, which does not exist here")
        force_id = None if force is None else force.id
        account = repository.locked(session, person.issuer, person.subject, force_id)
        if account is None:
            now = utc_now()
            actor = ActorRow(id=new_id(), force_id=force_id, name=person.name, roles=[], created_at=now)
            identity.add_actor(session, actor)
            account = AccountRow(
                id=new_id(),
                force_id=force_id,
                actor_id=actor.id,
                issuer=person.issuer,
                subject=person.subject,
                n_failures=0,
                created_at=now,
            )
            repository.add(session, account)
        actor = repository.actor(session, account.actor_id)
        if actor.name != person.name:
            actor.name = person.name
        most = timedelta(minutes=settings().oidc_roles_min)
        return _begun(session, actor, person.roles, person.handler_ref, replaced, "OpenID", most)


def signed_out(engine: Engine, token: str, *, everywhere: bool) -> None:
    """End the session of the cookie `token`, or all of its person's."""
    try:
        with force_session(engine, EVERY_FORCE) as session:
            actor = sessions.authenticate_session(session, token)
            sessions.end(session, token)
            if everywhere:
                sessions.end_all(session, actor.id)
    except Unauthorised:
        return  # it has ended already


def name_of(engine: Engine, token: str) -> str | None:
    """Who is signed in with the cookie `token`; None where nobody is."""
    try:
        with force_session(engine, EVERY_FORCE) as session:
            return sessions.authenticate_session(session, token).name
    except Unauthorised:
        return None


def _begun(
    session: Session,
    actor: ActorRow,
    roles: Iterable[Role],
    handler_ref: str | None,
    replaced: str | None,
    way: str,
    most: timedelta | None = None,
) -> str:
    chosen = sorted(roles)
    add_line(session, force_id=actor.force_id, actor_id=actor.id, action="signed in", subject=str(actor.id), way=way,
             roles=[str(role) for role in chosen])  # fmt: skip
    return sessions.begin(session, actor, chosen, handler_ref, replaced, most)
