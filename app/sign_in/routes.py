"""The pages of signing in and out. They are for browsers and stand outside of the API's document."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest
from typing import Annotated

import orjson
from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.edge.routing import Router
from app.errors import NotFound, PacesetterError, Unauthorised
from app.same_origin import (
    drop_cookie,
    pending_cookie,
    public_url,
    require_same_origin,
    session_cookie,
    set_cookie,
)
from app.settings import settings
from app.sign_in import page, service
from app.sign_in.person import Pending, new_pending

router = Router(include_in_schema=False)

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
_START, _BACK = f"{SIGN_IN}/openid", f"{SIGN_IN}/openid/back"
_PENDING_S = 600

Text = Annotated[str, Form(max_length=200)]
_Next = Annotated[str, Query(alias="next", max_length=2000)]


@router.get(SIGN_IN)
def show(request: Request, after: _Next = "/") -> Response:
    """The form, or who is signed in."""
    token = request.cookies.get(session_cookie())
    name = None if token is None else service.name_of(request.app.state.engine, token)
    return page.signing_in(request, _ways(), own(after)) if name is None else page.signed_in(request, name)


@router.post(SIGN_IN)
def sign_in(
    request: Request,
    name: Text,
    password: Text,
    after: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """With a local account; then on to the page that was asked for."""
    require_same_origin(request)
    if not settings().local_accounts:
        raise NotFound("local accounts are off here")
    old = request.cookies.get(session_cookie())
    try:
        return _entered(service.with_password(request.app.state.engine, name, password, old), after)
    except Unauthorised as error:
        return page.signing_in(request, _ways(), own(after), error.detail, error.status, name=name)


@router.get(_START)
def go_to_provider(request: Request, after: _Next = "/") -> Response:
    """On to the OpenID provider."""
    if not _ways().openid:
        raise NotFound("no OpenID provider is set here")
    from app.sign_in import openid

    pending = new_pending(own(after))
    try:
        response = RedirectResponse(openid.address(settings(), public_url(request) + _BACK, pending), 303)
    except PacesetterError as error:
        return page.signing_in(request, _ways(), own(after), error.detail, error.status)
    set_cookie(response, pending_cookie(), _written(pending), max_age_s=_PENDING_S)
    return response


@router.get(_BACK)
def come_back(
    request: Request,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Back from the OpenID provider, with a code that this browser alone can use."""
    from app.sign_in import openid

    old = request.cookies.get(session_cookie())
    try:
        pending = _read(request.cookies.get(pending_cookie()))
        if pending is None or not compare_digest(pending.state.encode(), state.encode()) or not code:
            raise Unauthorised("the sign-in was refused, took too long or began in another window: begin again")
        person = openid.person(settings(), public_url(request) + _BACK, pending, code)
        response = _entered(service.with_openid(request.app.state.engine, person, old), pending.after)
    except PacesetterError as error:
        response = page.signing_in(request, _ways(), "/", error.detail, error.status)
    drop_cookie(response, pending_cookie())
    return response


@router.post(SIGN_OUT)
def sign_out(request: Request, everywhere: Annotated[bool, Form()] = False) -> Response:
    """This session, or all of this person's."""
    require_same_origin(request)
    token = request.cookies.get(session_cookie())
    if token is not None:
        service.signed_out(request.app.state.engine, token, everywhere=everywhere)
    response = RedirectResponse(SIGN_IN, 303)
    drop_cookie(response, session_cookie())
    return response


def _ways() -> page.Ways:
    return page.Ways(openid=settings().oidc_issuer is not None, local=settings().local_accounts)


def own(address: str) -> str:
    """`address` where it is a path of this service; the start page instead of anything that leads elsewhere."""
    is_path = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if is_path else "/"


def _entered(token: str, after: str) -> Response:
    response = RedirectResponse(own(after), 303)
    set_cookie(response, session_cookie(), token, max_age_s=settings().session_h * 3600)
    return response


def _written(pending: Pending) -> str:
    return urlsafe_b64encode(orjson.dumps([pending.state, pending.nonce, pending.verifier, pending.after])).decode()


def _read(cookie: str | None) -> Pending | None:
    try:
        state, nonce, verifier, after = orjson.loads(urlsafe_b64decode(cookie or ""))
    except (ValueError, TypeError):
        return None
    return Pending(str(state), str(nonce), str(verifier), str(after))
