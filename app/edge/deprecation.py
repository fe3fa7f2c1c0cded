"""Operations that will go: declared beside the route, told in the document and in each of their answers.

``@router.get("/old", **deprecated(since=date(2026, 7, 1), until=date(2027, 1, 1), link="https://…"))``
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST_NOTICE_DAYS = 183  # half a year
_DECLARED = "x-deprecation"

HEADERS: dict[str, Any] = {
    "Deprecation": {
        "description": "Since when it should not be used any more, such as `@1782864000` (RFC 9745).",
        "schema": {"type": "string"},
    },
    "Sunset": {"description": "Until when it answers (RFC 8594).", "schema": {"type": "string"}},
}


def deprecated(*, since: date, until: date, link: str) -> dict[str, Any]:
    """Arguments of a route that is deprecated `since` a day, answers `until` a day, and whose `link` tells what to use
    instead. Raises `ValueError` for less than `LEAST_NOTICE_DAYS` between them, or for a link that is no address."""
    if (until - since).days < LEAST_NOTICE_DAYS:
        raise ValueError(f"deprecated {since} until {until}: expected {LEAST_NOTICE_DAYS} days of notice at least")
    if not link.startswith("https://") or not link.isascii() or any(mark in link for mark in '<>" \r\n'):
        raise ValueError(f"link is {link!r}: expected an https address that tells what to use instead")
    declared = {"since": since.isoformat(), "until": until.isoformat(), "link": link}
    return {"deprecated": True, "openapi_extra": {_DECLARED: declared}}


def headers_of(declared: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """What each answer of a deprecated operation carries."""
    since, until = (datetime.combine(date.fromisoformat(declared[end]), time.min, UTC) for end in ("since", "until"))
    return [
        (b"deprecation", f"@{int(since.timestamp())}".encode()),
        (b"sunset", format_datetime(until, usegmt=True).encode()),
        (b"link", f'<{declared["link"]}>; rel="deprecation"'.encode()),
    ]


class Deprecations:
    """ASGI middleware: tells of each answer of a deprecated operation, refusals too, that it is one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                declared = (getattr(scope.get("route"), "openapi_extra", None) or {}).get(_DECLARED)
                if declared is not None:
                    message["headers"] = [*message.get("headers", ()), *headers_of(declared)]
            await send(message)

        await self.app(scope, receive, told)
