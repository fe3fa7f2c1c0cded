"""Refuses bodies that are larger than a request of their kind can be, or that do not come in time."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import PacesetterError, TooLarge, TooSlow, refusal

BODY_S = 30.0  # for a whole body, or for the next piece of a file


class BodyLimit:
    """ASGI middleware: at most `most_bytes` of body; addresses that end in `streamed` limit their own."""

    def __init__(self, app: ASGIApp, most_bytes: int, streamed: tuple[str, ...]) -> None:
        self.app, self.most_bytes, self.streamed = app, most_bytes, streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else None
        if headers is None or not (headers.get("content-length", "0") != "0" or "transfer-encoding" in headers):
            await self.app(scope, receive, send)
            return
        if scope["path"].endswith(self.streamed):
            await self.app(scope, _in_time(receive), send)
            return
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.most_bytes:
            await self._refuse(self._too_large(), scope, receive, send)
            return
        try:
            async with asyncio.timeout(BODY_S):
                whole = await self._read(receive)
        except TimeoutError:
            await self._refuse(TooSlow(f"the body did not arrive within {BODY_S:g} s"), scope, receive, send)
        except TooLarge as error:
            await self._refuse(error, scope, receive, send)
        else:
            if whole is not None:
                await self.app(scope, _replayed(whole, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body; None where the client has gone. Raises `TooLarge`."""
        body, size = [], 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body.append(message.get("body", b""))
            size += len(body[-1])
            if size > self.most_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return b"".join(body)

    def _too_large(self) -> TooLarge:
        return TooLarge(f"the body is larger than {self.most_bytes} bytes")

    async def _refuse(self, error: PacesetterError, scope: Scope, receive: Receive, send: Send) -> None:
        # What is left of the body is not read: the connection ends with the answer.
        await refusal(error, scope["path"], {"Connection": "close"})(scope, receive, send)


def _replayed(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


def _in_time(receive: Receive) -> Receive:
    is_whole = False

    async def piece() -> Message:
        nonlocal is_whole
        if is_whole:  # what may still come is that the client goes, at any time
            return await receive()
        try:
            async with asyncio.timeout(BODY_S):
                message = await receive()
        except TimeoutError:
            raise TooSlow(f"nothing more of the file arrived within {BODY_S:g} s") from None
        is_whole = not message.get("more_body", False)
        return message

    return piece
