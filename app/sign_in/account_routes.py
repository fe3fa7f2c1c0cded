"""Local accounts and one's own session over HTTP."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request, Response

from app.access import Administering, Visible
from app.edge.routing import Router
from app.forces import repository as forces
from app.identity import sessions
from app.same_origin import drop_cookie, session_cookie
from app.sign_in import accounts
from app.sign_in.schemas import AccountIn, AccountOut, AccountsOut, NewPasswordOut, PasswordIn, WhoOut

router = Router(tags=["sign-in"])

ACCOUNTS = "/v1/forces/{force}/accounts"


@router.get("/v1/session")
def get_session(desk: Visible) -> WhoOut:
    """Who this key or session belongs to, and what it may do."""
    actor = desk.actor
    return WhoOut(
        actor_id=actor.id,
        name=actor.name,
        force=None if actor.force_id is None else forces.by_id(desk.session, actor.force_id).slug,
        roles=sorted(actor.roles),
        permissions=sorted(actor.permissions),
    )


@router.delete("/v1/session", status_code=204)
def end_session(request: Request, response: Response, desk: Visible, everywhere: bool = False) -> None:
    """Sign out: this session, or all of this person's `everywhere`. Keys are revoked instead."""
    if everywhere:
        sessions.end_all(desk.session, desk.actor.id)
    sessions.end(desk.session, request.cookies.get(session_cookie()))
    drop_cookie(response, session_cookie())


@router.put("/v1/session/password", status_code=204)
def put_password(body: PasswordIn, desk: Visible) -> None:
    """Change one's own password of a local account; every session of it ends."""
    accounts.change_password(desk.session, desk.actor, body)


@router.post(ACCOUNTS, status_code=201)
def create_account(body: AccountIn, work: Administering) -> NewPasswordOut:
    """A person who signs in with a password kept here; it is made here and shown once."""
    return accounts.make(work, body)


@router.get(ACCOUNTS)
def list_accounts(work: Administering) -> AccountsOut:
    """The force's local accounts, newest first."""
    return accounts.listed(work)


@router.post(ACCOUNTS + "/{account_id}/password", status_code=201)
def reset_password(account_id: UUID, work: Administering) -> NewPasswordOut:
    """Another password, shown once; waits after wrong passwords end, and so do the account's sessions."""
    return accounts.reset(work, account_id)


@router.delete(ACCOUNTS + "/{account_id}")
def disable_account(account_id: UUID, work: Administering) -> AccountOut:
    """Disable the account at once and erase its name; what was done with it keeps its identifier."""
    return accounts.disable(work, account_id)
