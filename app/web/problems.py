"""What a browser sees where the service refuses: a page in words instead of problem+json."""

from __future__ import annotations

import gzip
from typing import Any, Final
from urllib.parse import quote

import orjson
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import ProblemResponse
from app.web.shell import html

_PROGRAMS: Final = ("/v1/", "/health/", "/assets/")
_TITLES: Final = {403: "You may not do that", 404: "Page not found"}  # where programs are told of keys and things
_KEPT: Final = ("x-request-id", "retry-after")


class ProblemPages:
    """ASGI middleware: problems become pages for whoever asks for pages; who is signed out is sent to sign in.

    A part of a page that a script asks for (it says `HX-Request`) gets the problem as it is: the script tells it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_for_people(scope):
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def held(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_problem(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await _page_of(Request(scope), Headers(raw=start["headers"]), start["status"], body)(
                        scope, receive, send
                    )

        await self.app(scope, receive, held)


def _is_for_people(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    is_part = headers.get("hx-request") == "true"
    return not is_part and "text/html" in headers.get("accept", "") and not scope["path"].startswith(_PROGRAMS)


def _is_problem(message: Message) -> bool:
    return MutableHeaders(raw=message["headers"]).get("content-type", "").startswith(ProblemResponse.media_type)


def _page_of(request: Request, headers: Headers, status: int, body: bytes) -> Response:
    problem: dict[str, Any] = orjson.loads(gzip.decompress(body) if "content-encoding" in headers else body)
    if status == 401:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = target if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?next={quote(back, safe='')}", 303)
    title = _TITLES.get(status, problem["title"])
    answer = html(request, "problems/page.html", title=title, status=status, problem=problem)
    for name in _KEPT:
        if name in headers:
            answer.headers[name] = headers[name]
    return answer
