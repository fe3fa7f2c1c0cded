"""The page for signing in and out: plain HTML, without a script."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from fastapi.responses import HTMLResponse

_PAGE = """<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} – Pacesetter</title></head>
<body><main>
<h1>{title}</h1>
{parts}
</main></body>
</html>
"""
_ERROR = '<div role="alert"><h2>There is a problem</h2><p>{}</p></div>'
_OPENID = '<p><a href="/sign-in/openid">Sign in with your force’s account</a></p>'
_LOCAL = """<form method="post" action="/sign-in">
<p><label for="name">Name</label><br><input id="name" name="name" autocomplete="username" required maxlength="200"></p>
<p><label for="password">Password</label><br>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="200"></p>
<p><button type="submit">Sign in</button></p>
</form>"""
_NOBODY = "<p>Nobody can sign in here yet: no OpenID provider is set, and local accounts are off.</p>"
_SIGNED_IN = """<p>You are signed in as {name}.</p>
<form method="post" action="/sign-out"><p><button type="submit">Sign out</button></p></form>
<form method="post" action="/sign-out"><input type="hidden" name="everywhere" value="true">
<p><button type="submit">Sign out everywhere</button></p></form>"""


@dataclass(frozen=True, slots=True)
class Ways:
    """How people may sign in here."""

    openid: bool
    local: bool


def signing_in(ways: Ways, error: str | None = None, status: int = 200) -> HTMLResponse:
    parts = [_ERROR.format(escape(error))] if error is not None else []
    parts += [_OPENID] if ways.openid else []
    parts += [_LOCAL] if ways.local else []
    parts += [_NOBODY] if not (ways.openid or ways.local) else []
    title = "Sign in" if error is None else "Error: sign in"
    return HTMLResponse(_PAGE.format(title=title, parts="\n".join(parts)), status)


def signed_in(name: str) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title="Signed in", parts=_SIGNED_IN.format(name=escape(name))))
