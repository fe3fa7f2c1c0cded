"""Who signs in at a provider of OpenID Connect, before and after."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from app.identity.roles import Role


@dataclass(frozen=True, slots=True)
class Pending:
    """What a browser keeps while its person signs in at the provider: to be matched with the answer."""

    state: str
    nonce: str
    verifier: str
    after: str = "/"  # the page to go to then


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says it is: `force` is a slug, None for the installation."""

    issuer: str
    subject: str
    name: str
    force: str | None
    roles: frozenset[Role]
    handler_ref: str | None


def new_pending(after: str) -> Pending:
    return Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), after)
