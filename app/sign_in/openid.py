"""OpenID Connect: the authorisation code flow with PKCE, and what the provider says of a person.

OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; RFC 7636 (PKCE), method S256; RFC 9207 (`iss` of the answer).

Loaded at the first such sign-in: its libraries would add .2 s of processor time to every start of an API process.
"""

from __future__ import annotations

from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.errors import Forbidden, Unauthorised, Unavailable
from app.identity.roles import Role
from app.settings import Settings
from app.sign_in.person import Pending, Person

_ALGORITHMS = ["RS256", "PS256", "ES256"]
_TIMEOUT_S = 5.0
_LEEWAY_S = 60  # between the provider's clock and ours
_INSTALLATION = "installation"


def address(settings: Settings, redirect_uri: str, pending: Pending) -> str:
    """Where the browser goes to sign in. Raises `Unavailable`."""
    with httpx.Client(timeout=_TIMEOUT_S) as client:
        found = _discovered(client, settings)
    return str(
        prepare_grant_uri(
            found["authorization_endpoint"],
            client_id=settings.oidc_client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope="openid profile",
            state=pending.state,
            nonce=pending.nonce,
            code_challenge=create_s256_code_challenge(pending.verifier),
            code_challenge_method="S256",
        )
    )


def person(settings: Settings, redirect_uri: str, pending: Pending, code: str) -> Person:
    """Exchange the code and read the ID token.

    Raises `Unavailable` where the provider does not answer, `Unauthorised` where it refuses or its token does not hold,
    `Forbidden` where the person has no role here.
    """
    with httpx.Client(timeout=_TIMEOUT_S) as client:
        found = _discovered(client, settings)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": settings.oidc_client_id,
            "code_verifier": pending.verifier,
        }
        if settings.oidc_client_secret is not None:
            form["client_secret"] = settings.oidc_client_secret.get_secret_value()
        answer = _sent(client, "POST", found["token_endpoint"], data=form)
        if "id_token" not in answer:
            raise Unauthorised("the OpenID provider did not accept the sign-in: begin again")
        keys = _sent(client, "GET", found["jwks_uri"])
    return _described(settings, _claims(settings, pending, str(answer["id_token"]), keys))


def _claims(settings: Settings, pending: Pending, token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """What the ID token says, once its signature, issuer, audience, times and nonce hold."""
    rules = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_S,
        iss={"essential": True, "value": str(settings.oidc_issuer)},
        aud={"essential": True, "value": str(settings.oidc_client_id)},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": pending.nonce},
    )
    try:
        claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
        rules.validate(claims)
    except (JoseError, ValueError, KeyError) as error:
        raise Unauthorised(f"the OpenID provider's token does not hold: {type(error).__name__}") from error
    parties = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if len(parties) > 1 and claims.get("azp") != settings.oidc_client_id:
        raise Unauthorised("the OpenID provider's token is meant for somebody else")
    return dict(claims)


def _described(settings: Settings, claims: dict[str, Any]) -> Person:
    """Force and roles of the claim's values: `force:role`, `installation:role`, or `role` of the force that is set.

    A handler is one whom another claim names; without it that role is passed over.
    """
    handler_ref = claims.get(settings.oidc_handler_claim)
    values = claims.get(settings.oidc_roles_claim, [])
    found: dict[str, set[Role]] = {}
    for value in values if isinstance(values, list) else [values]:
        force, _, role = str(value).rpartition(":")
        force = force or settings.oidc_force or ""
        if force and role in set(Role) and (role != Role.HANDLER or isinstance(handler_ref, str)):
            found.setdefault(force, set()).add(Role(role))
    if len(found) != 1:
        given = "no role here" if not found else f"roles in several forces ({', '.join(sorted(found))})"
        raise Forbidden(f"your account has {given}: ask whoever manages it; expected roles of one force in the claim "
                        f"{settings.oidc_roles_claim!r}")  # fmt: skip
    ((force, roles),) = found.items()
    name = str(claims.get("name") or claims.get("preferred_username") or claims["sub"])[:200]
    return Person(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        name=name,
        force=None if force == _INSTALLATION else force,
        roles=frozenset(roles),
        handler_ref=str(handler_ref) if Role.HANDLER in roles else None,
    )


def _discovered(client: httpx.Client, settings: Settings) -> dict[str, Any]:
    found = _sent(client, "GET", f"{str(settings.oidc_issuer).rstrip('/')}/.well-known/openid-configuration")
    missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - found.keys()
    if missing or found.get("issuer") != settings.oidc_issuer:
        raise Unavailable("the OpenID provider describes itself as somebody else: check PACESETTER_OIDC_ISSUER")
    return found


def _sent(client: httpx.Client, method: str, url: str, **more: Any) -> dict[str, Any]:
    try:
        answer = client.request(method, url, **more)
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(f"the OpenID provider does not answer: {type(error).__name__}") from error
    if answer.status_code >= 500 or not isinstance(found, dict):
        raise Unavailable(f"the OpenID provider answers {answer.status_code}: try again in a moment")
    return found
