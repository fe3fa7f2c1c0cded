"""The reference of permissions, made from the routes: `python -m app.permissions docs/reference/permissions.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.access import ANY_KEY, OF_INSTALLATION, needed
from app.identity.roles import ALLOWED, MEANING, Permission, Role

OPEN = "nothing"

_NO_NEED = ("/health/", "/v1/certificate-key", "/v1/calendar-feeds/", "/accessibility")  # what anybody may ask
_PAGES = ("/docs", "/redoc", "/openapi.json", "/health/", "/sign-in", "/sign-out")  # on the way in, or for anybody

_HEAD = """# Permissions

Made from the code by `python -m app.permissions docs/reference/permissions.md`; a test compares it with the routes.

A key has roles, and scopes that may narrow them; roles add up. Who signs in has roles alone. A key or person of a force
reaches that force alone: any other answers 404, whether it exists or not. Without a force they are the installation's
and reach every force, and what is marked *(installation)* is for them alone. Row-level security in the database holds
all of it up a second time.

A supervisor who is a handler too (both roles, and `handler_ref`) answers for the team of that handler, where the data
say which it is: handlers, their records, absences and requests for leave of other teams are as if they were not there.
Rosters and their views show everybody under pseudonyms: who is on is everybody's cover.

Where the life of a roster asks for more than its route does, the answer says so: an approved or published roster is
changed or superseded with the right to manage.
"""


@dataclass(frozen=True, slots=True)
class RouteNeed:
    """One operation and what it needs: a permission, one of the installation, any key, or nothing."""

    method: str
    path: str
    need: str


def route_needs(app: FastAPI) -> list[RouteNeed]:
    """Every documented operation of `app`, by path. Raises `LookupError` for one whose need is not declared once."""
    return sorted(_route_needs(app), key=lambda route: (route.path, route.method))


def roles_for(need: str) -> list[Role]:
    """The roles that meet `need`."""
    permission = need.removesuffix(OF_INSTALLATION).strip()
    return [role for role in Role if need in (OPEN, ANY_KEY) or Permission(permission) in ALLOWED[role]]


def document(app: FastAPI) -> str:
    """The reference as Markdown."""
    roles = [*Role]
    parts = [_HEAD, "## What each role may do", ""]
    parts += _table(
        ["may", *roles, "that is"],
        ([permission, *(_mark(permission in ALLOWED[role]) for role in roles), MEANING[permission]]
         for permission in Permission),
    )  # fmt: skip
    parts += ["", "## What each address needs", ""]
    parts += _table(
        ["address", "needs", *roles],
        ([f"`{route.method} {route.path}`", route.need, *(_mark(role in roles_for(route.need)) for role in roles)]
         for route in route_needs(app)),
    )  # fmt: skip
    return "\n".join(parts) + "\n"


def _route_needs(app: FastAPI) -> Iterator[RouteNeed]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        path = context.path_format or ""
        if not isinstance(route, APIRoute) or (not route.include_in_schema and path.startswith(_PAGES)):
            continue
        found = needed(context.dependant)
        if len(found) + path.startswith(_NO_NEED) != 1:
            raise LookupError(f"{path} declares {sorted(found) or 'nothing'}: expected one need, by a dependency of "
                              "app.access")  # fmt: skip
        for method in context.methods or ():
            yield RouteNeed(method, path, next(iter(found), OPEN))


def _table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


def _mark(allowed: bool) -> str:
    return "yes" if allowed else ""


if __name__ == "__main__":
    from app.main import create_app

    Path(sys.argv[1]).write_text(document(create_app("postgresql://nobody@127.0.0.1:1/none")), encoding="utf-8")
