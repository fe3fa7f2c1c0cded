"""The HTTP server of one API process: patience with slow clients is limited, and nobody is cut off when it stops."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.edge.one_core import keep_together

HEADERS_S = 10.0  # that a client has for a request's first line and headers
UNREAD_MS = 30_000  # that an answer may lie unread before its connection is given up
KEEP_ALIVE_S = 15
GRACE_S = 20  # for requests that are being answered when the process is asked to stop


def run(app: FastAPI, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are answered, event streams end and say so."""
    gc.freeze()  # what is there now stays: the collector need not look at it again while requests wait
    gc.enable()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Impatient,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    _Server(config).run()


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._together = asyncio.create_task(keep_together())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._together.cancel()
        self.config.app.state.stopping.set()  # type: ignore[union-attr]
        await super().shutdown(sockets)


class Impatient(HttpToolsProtocol):
    """HTTP/1.1 whose clients must send a request's head in time and read their answers."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if connection is not None and sys.platform == "linux":
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
        self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._timer is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(HEADERS_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        self.transport.abort()
