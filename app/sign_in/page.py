"""The page for signing in and out."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.web.shell import html


@dataclass(frozen=True, slots=True)
class Ways:
    """How people may sign in here."""

    openid: bool
    local: bool


def signing_in(
    request: Request, ways: Ways, after: str, error: str | None = None, status: int = 200, *, name: str = ""
) -> HTMLResponse:
    """The form; `after` is the address to go to then, `name` what was typed before."""
    title = "Sign in" if error is None else "Error: sign in"
    return html(
        request, "sign_in/page.html", title=title, status=status, ways=ways, error=error, after=after, name=name
    )


def signed_in(request: Request, name: str) -> HTMLResponse:
    return html(request, "sign_in/account.html", title="Your account", name=name)
