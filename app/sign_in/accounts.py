"""Local accounts: made with a password shown once, tried with growing waits, disabled and erased."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, Forbidden, NotFound, invalid
from app.identity import repository as identity
from app.identity import sessions
from app.identity.roles import Role, permitted
from app.identity.service import Actor
from app.settings import settings
from app.sign_in import passwords, repository
from app.sign_in.repository import LOCAL
from app.sign_in.schemas import AccountIn, AccountOut, AccountsOut, NewPasswordOut, PasswordIn
from app.tables import AccountRow, ActorRow

_ERASED = "erased"


def make(work: Work, body: AccountIn) -> NewPasswordOut:
    """A person of this force with a password made here. Raises `Conflict` where local accounts are off or the name is
    taken, `Forbidden` for roles beyond the maker's own."""
    if not settings().local_accounts:
        raise Conflict("local accounts are off: set PACESETTER_LOCAL_ACCOUNTS=true, or sign in with OpenID")
    beyond = permitted(body.roles, None) - work.actor.permissions
    if beyond:
        raise Forbidden(f"the account could {', '.join(sorted(beyond))}, which {work.actor.name!r} may not")
    subject = f"{body.name}@{work.force.slug}"
    if repository.locked(work.session, LOCAL, subject) is not None:
        raise Conflict(f"account {subject!r} exists already: choose another name, or reset its password")
    now, password = utc_now(), passwords.new_password()
    roles = [str(role) for role in body.roles]
    actor = ActorRow(
        id=new_id(),
        force_id=work.force.id,
        name=subject,
        roles=roles,
        created_at=now,
        handler_ref=body.handler_ref,
    )
    identity.add_actor(work.session, actor)
    account = AccountRow(
        id=new_id(),
        force_id=work.force.id,
        actor_id=actor.id,
        issuer=LOCAL,
        subject=subject,
        password_digest=passwords.digest_of(password),
        n_failures=0,
        created_at=now,
    )
    repository.add(work.session, account)
    _audit(work, "account made", account, after={"roles": roles})
    return NewPasswordOut(account=_out(account, actor), password=password)


def listed(work: Work) -> AccountsOut:
    found = repository.all_of(work.session, work.force.id)
    return AccountsOut(accounts=[_out(account, actor) for account, actor in found])


def reset(work: Work, account_id: UUID) -> NewPasswordOut:
    """Another password; waits and sessions end. Raises `NotFound`, `Conflict` for a disabled account, `Forbidden`
    as `make`."""
    account, actor = _found(work, account_id)
    if account.disabled_at is not None:
        raise Conflict(f"account {account_id} is disabled: make another")
    if permitted([Role(role) for role in actor.roles], None) - work.actor.permissions:
        raise Forbidden(f"account {account_id} may do what {work.actor.name!r} may not")
    password = passwords.new_password()
    account.password_digest = passwords.digest_of(password)
    account.n_failures, account.locked_until = 0, None
    sessions.end_all(work.session, actor.id)
    _audit(work, "account's password reset", account)
    return NewPasswordOut(account=_out(account, actor), password=password)


def disable(work: Work, account_id: UUID) -> AccountOut:
    """Nobody signs in with it any more, sessions end at once, and the person's name is erased. Raises `NotFound`."""
    account, actor = _found(work, account_id)
    if account.disabled_at is None:
        account.disabled_at, account.password_digest = utc_now(), None
        account.subject = f"{_ERASED}:{account.id}"
        actor.name = _ERASED
        sessions.end_all(work.session, actor.id)
        _audit(work, "account disabled", account, before={"enabled": True}, after={"enabled": False})
    return _out(account, actor)


def change_password(session: Session, actor: Actor, body: PasswordIn) -> None:
    """One's own password; other sessions end. Raises `Conflict` for an actor without one, `Invalid` for a wrong old
    one."""
    account = repository.of_actor(session, actor.id)
    if account is None or account.password_digest is None:
        raise Conflict(f"{actor.name!r} has no password here")
    if not passwords.is_right(body.old, account.password_digest):
        raise invalid("old", "…", "the password that is valid now")
    account.password_digest = passwords.digest_of(body.new)
    sessions.end_all(session, actor.id)
    add_line(session, force_id=account.force_id, actor_id=actor.id, action="password changed", subject=str(account.id))


def tried(session: Session, name: str, password: str) -> ActorRow | None:
    """Whose name and password these are; None where they are not, or no password is tried for now.

    The caller commits either way, so that a failure counts.
    """
    account = repository.locked(session, LOCAL, name.strip().lower())
    is_right = passwords.is_right(password, None if account is None else account.password_digest)
    now = utc_now()
    if account is None or account.disabled_at is not None or _waits(account, now):
        return None
    if is_right:
        account.n_failures, account.locked_until = 0, None
        return repository.actor(session, account.actor_id)
    account.n_failures += 1
    wait = passwords.wait_after(account.n_failures)
    if wait is not None:
        account.locked_until = now + wait
        until = account.locked_until.isoformat()
        add_line(session, force_id=account.force_id, actor_id=account.actor_id, action="account locked",
                 subject=str(account.id), failures=account.n_failures, until=until)  # fmt: skip
    return None


def _waits(account: AccountRow, now: datetime) -> bool:
    return account.locked_until is not None and account.locked_until > now


def _found(work: Work, account_id: UUID) -> tuple[AccountRow, ActorRow]:
    found = repository.find(work.session, work.force.id, account_id)
    if found is None:
        raise NotFound(f"account {account_id} does not exist here")
    return found


def _out(account: AccountRow, actor: ActorRow) -> AccountOut:
    return AccountOut(
        id=account.id,
        sign_in_name=None if account.subject.startswith(_ERASED) else account.subject,
        roles=[Role(role) for role in actor.roles],
        created_at=account.created_at,
        locked_until=account.locked_until,
        disabled_at=account.disabled_at,
    )


def _audit(work: Work, action: str, account: AccountRow, **details: object) -> None:
    # Names stay out of the audit, which nothing is erased from.
    add_line(work.session, force_id=work.force.id, actor_id=work.actor.id, action=action, subject=str(account.id),
             **details)  # fmt: skip
