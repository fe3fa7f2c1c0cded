"""Cookies, and that a page elsewhere can't use them.

A browser sends a cookie wherever the request comes from; so a request that changes something is refused unless the
browser says that it comes from our own pages (`Sec-Fetch-Site`, else `Origin`). Keys need none of it: no browser sends
them by itself.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request, Response

from app.errors import Forbidden
from app.settings import settings

_SAFE = ("GET", "HEAD", "OPTIONS")


def session_cookie() -> str:
    """Name of the cookie of a session. `__Host-`: of this host alone, by https alone, for the whole of it."""
    return _name("pacesetter")


def pending_cookie() -> str:
    """Name of the cookie that waits while somebody signs in elsewhere."""
    return _name("pacesetter-pending")


def set_cookie(response: Response, name: str, value: str, *, max_age_s: int) -> None:
    """Out of reach of scripts; sent along with links to us from elsewhere, not with what is posted from there."""
    response.set_cookie(
        name, value, max_age=max_age_s, path="/", secure=settings().is_https, httponly=True, samesite="lax"
    )


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=settings().is_https, httponly=True, samesite="lax")


def require_same_origin(request: Request) -> None:
    """Raise `Forbidden` for a request that changes something and does not come from our own pages."""
    if request.method in _SAFE:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    elif origin is not None and urlsplit(origin).netloc in _own_hosts(request):
        return
    raise Forbidden("a signed-in browser may change things from this service's own pages alone; programs use a key")


def public_url(request: Request) -> str:
    """Where browsers find the service, without a slash at the end."""
    return settings().public_url or str(request.base_url).rstrip("/")


def _own_hosts(request: Request) -> tuple[str, ...]:
    own = settings().public_url
    return (urlsplit(own).netloc,) if own is not None else (request.headers.get("host", ""),)


def _name(name: str) -> str:
    return f"__Host-{name}" if settings().is_https else name
