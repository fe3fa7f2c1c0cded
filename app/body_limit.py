"""Refuses bodies that are larger than a request of their kind can be, whether or not they say their length."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import ProblemResponse, TooLarge


class BodyLimit:
    """ASGI middleware: at most `most_bytes` of body; addresses that end in `streamed` limit their own."""

    def __init__(self, app: ASGIApp, most_bytes: int, streamed: tuple[str, ...]) -> None:
        self.app, self.most_bytes, self.streamed = app, most_bytes, streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        if headers is None or scope["path"].endswith(self.streamed):
            await self.app(scope, receive, send)
            return
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.most_bytes:
            await self._refusal(scope)(scope, receive, send)
            return
        body, size = [], 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # the client has gone
            body.append(message.get("body", b""))
            size += len(body[-1])
            if size > self.most_bytes:
                await self._refusal(scope)(scope, receive, send)
                return
            if not message.get("more_body", False):
                break
        whole: Message = {"type": "http.request", "body": b"".join(body), "more_body": False}
        pending = [whole]

        async def replay() -> Message:
            return pending.pop() if pending else await receive()

        await self.app(scope, replay, send)

    def _refusal(self, scope: Scope) -> ProblemResponse:
        content = {
            "type": f"urn:pacesetter:problem:{TooLarge.slug}",
            "title": TooLarge.title,
            "status": TooLarge.status,
            "detail": f"the body is larger than {self.most_bytes} bytes",
            "instance": scope["path"],
            "errors": [],
        }
        return ProblemResponse(content, status_code=TooLarge.status)
