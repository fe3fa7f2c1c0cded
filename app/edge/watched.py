"""Each request has an identifier; each answer carries it, is counted and leaves a line in the log."""

from __future__ import annotations

import logging
import re
import time

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database import new_id
from app.operations.logs import fields, request_id
from app.operations.metrics import Metrics

log = logging.getLogger("app.requests")

HEADER = b"x-request-id"
_WELL_FORMED = re.compile(rb"[A-Za-z0-9_.:-]{8,128}")
_UNMATCHED = "unmatched"
_QUIET = "/health/"  # asked every few seconds by whatever watches the process


def watch(app: FastAPI, metrics: Metrics) -> None:
    """Put `Watched` around all of `app`, also around what answers where nobody foresaw the failure."""
    inner = app.build_middleware_stack

    def stack() -> ASGIApp:
        return Watched(inner(), metrics)

    app.build_middleware_stack = stack  # type: ignore[method-assign]


class Watched:
    """ASGI middleware, the outermost: takes over a well-formed `X-Request-ID`, or makes one."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identifier = _identifier(scope)
        request_id.set(identifier)
        began, status = time.perf_counter(), 0  # 0: the client went before there was an answer

        async def tagged(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, identifier.encode())]
            await send(message)

        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, tagged)
        finally:
            self.metrics.in_flight.dec()
            seconds, route = time.perf_counter() - began, route_of(scope)
            self.metrics.answered(scope["method"], route, status, seconds)
            level = logging.DEBUG if route.startswith(_QUIET) else logging.INFO
            if log.isEnabledFor(level):
                line = fields(method=scope["method"], route=route, status=status, duration_ms=round(seconds * 1000, 2))
                log.log(level, "request", extra=line)


def route_of(scope: Scope) -> str:
    """The address's pattern: the address itself may name a handler, and would make a series of metrics of each."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else _UNMATCHED


def _identifier(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == HEADER:
            # Whatever else a client sends would stand in headers and logs as it is.
            return value.decode() if _WELL_FORMED.fullmatch(value) else str(new_id())
    return str(new_id())
