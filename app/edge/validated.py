"""Answers that a client has already are not sent again: an ETag for every JSON answer to GET that brings none."""

from __future__ import annotations

from hashlib import blake2b

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_JSON = "application/json"
_KEPT_OF_304 = ("etag", "cache-control", "vary", "date", "expires", "content-location")  # RFC 9110, 15.4.5


class Validated:
    """ASGI middleware: names the content of an answer by its digest, and answers 304 where `If-None-Match` has it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        held: Message | None = None

        async def validated(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_plain(message):
                held = message
                return
            if held is not None:
                start, held = held, None
                if message["type"] == "http.response.body" and not message.get("more_body", False):
                    start, message = _named(start, message, Headers(scope=scope).get("if-none-match"))
                await send(start)
            await send(message)

        await self.app(scope, receive, validated)


def has(if_none_match: str | None, etag: str) -> bool:
    """Whether a client that sends this has what `etag` names (RFC 9110, 13.1.2)."""
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    return bool(known & {etag.removeprefix("W/"), "*"})


def _is_plain(start: Message) -> bool:
    headers = Headers(raw=start.get("headers", []))
    return start["status"] == 200 and headers.get("content-type", "").startswith(_JSON) and "etag" not in headers


def _named(start: Message, body: Message, if_none_match: str | None) -> tuple[Message, Message]:
    headers = MutableHeaders(raw=list(start["headers"]))
    etag = f'W/"{blake2b(body.get("body", b""), digest_size=16).hexdigest()}"'
    headers["ETag"] = etag
    headers.setdefault("Cache-Control", "private, no-cache")
    if has(if_none_match, etag):
        kept = [(name, value) for name, value in headers.raw if name.decode() in _KEPT_OF_304]
        return {**start, "status": 304, "headers": kept}, {"type": "http.response.body", "body": b""}
    return {**start, "headers": headers.raw}, body
