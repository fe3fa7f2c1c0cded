"""Headers that tell a browser to run and embed nothing that is not ours."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Only the pages of documentation hold scripts: files of ours, and a few lines that are let in by their digest.
_DOCUMENTED = ("/docs", "/docs/oauth2-redirect", "/redoc")
_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

_POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
# Pages: files of ours alone. No script and no style stands in a page itself.
_PAGES = f"{_POLICY}; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_ONE_YEAR_S = 31_536_000


class SecurityHeaders:
    """ASGI middleware: the same headers on every answer; with https also that it stays https."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.headers = _HEADERS | (
            {"Strict-Transport-Security": f"max-age={_ONE_YEAR_S}; includeSubDomains"} if is_https else {}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_documentation = scope["path"] in _DOCUMENTED
        held: list[Message] = []

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                self._mark(headers, _PAGES if headers.get("content-type", "").startswith("text/html") else _POLICY)
                if is_documentation:
                    held.append(message)
                    return
            elif held:
                start = held.pop()
                MutableHeaders(scope=start)["Content-Security-Policy"] = documentation_policy(message.get("body", b""))
                await send(start)
            await send(message)

        await self.app(scope, receive, guarded)

    def _mark(self, headers: MutableHeaders, policy: str) -> None:
        for name, value in self.headers.items():
            headers[name] = value
        headers["Content-Security-Policy"] = policy
        # What is answered to one person is kept by no cache, unless its route says how.
        headers.setdefault("Cache-Control", "no-store")


def documentation_policy(page: bytes) -> str:
    """Policy for a page of documentation: files of ours, and the scripts that stand in it as they are."""
    digests = (b64encode(sha256(script).digest()).decode() for script in _INLINE.findall(page))
    scripts = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in digests)])
    return (
        f"{_POLICY}; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; worker-src blob:"
    )
