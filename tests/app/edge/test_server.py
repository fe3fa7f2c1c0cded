"""Slow clients are given up, and nobody is cut off when the server stops."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

from app import body_limit
from app.body_limit import BodyLimit
from app.edge import server
from app.errors import install_handlers
from tests.helpers import FORCE, done

MOST_S = 10.0


@contextmanager
def serving():
    """A server with a toy application, and its port; stopped at the end."""
    app = FastAPI()

    @app.get("/slow")
    async def slow() -> str:
        app.state.begun.set()
        await asyncio.sleep(0.5)
        return "done"

    @app.post("/size")
    @app.post("/calls")
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("nobody foresaw it")

    install_handlers(app)
    app.add_middleware(BodyLimit, most_bytes=1000, streamed=("/calls",))
    app.state.begun = app.state.stopping = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=server.Impatient, ws="none", log_config=None, timeout_graceful_shutdown=5)
        running = server._Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        try:
            yield app, running, listener.getsockname()[1]
        finally:
            running.should_exit = True
            thread.join(MOST_S)
            assert not thread.is_alive()


def told(port: int, *pieces: bytes) -> bytes:
    """All that the server answers to `pieces` and silence, until it ends the connection."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=MOST_S) as connection:
        for piece in pieces:
            connection.sendall(piece)
        try:
            while piece := connection.recv(10_000):
                answer += piece
        except ConnectionResetError:
            pass
    return answer


def test_slow_clients_are_given_up_and_others_served(monkeypatch):
    monkeypatch.setattr(server, "HEADERS_S", 0.2)
    monkeypatch.setattr(body_limit, "BODY_S", 0.2)
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
    with serving() as (_, _, port):
        assert told(port) == b""
        assert told(port, b"GET /slow HTTP/1.1\r\nHo") == b""
        for path in (b"/size", b"/calls"):
            answer = told(port, head % path, b"12345")
            assert answer.startswith(b"HTTP/1.1 408 ")
            assert b"urn:pacesetter:problem:too-slow" in answer
        # In time at every step, though not within one limit altogether.
        with socket.create_connection(("127.0.0.1", port), timeout=MOST_S) as connection:
            for piece in (head % b"/calls", b"12345", b"67890"):
                connection.sendall(piece)
                time.sleep(0.12)
            assert connection.recv(10_000).startswith(b"HTTP/1.1 200 ")


def test_after_what_nobody_foresaw_the_client_knows_that_its_connection_ends():
    """Else it sends its next request where nobody reads any more, and can't tell whether that was done."""
    with serving() as (_, _, port):
        answer = told(port, b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 500")
    assert b"\r\nconnection: close" in head


def test_what_has_begun_is_answered_when_the_server_stops():
    with ThreadPoolExecutor(1) as pool, serving() as (app, running, port):
        begun = pool.submit(httpx.get, f"http://127.0.0.1:{port}/slow", timeout=MOST_S)
        assert app.state.begun.wait(MOST_S)
        running.should_exit = True
        answer = begun.result(MOST_S)
        assert (answer.status_code, answer.json()) == (200, "done")
        assert answer.headers["connection"] == "close"
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/slow", timeout=1)


def test_a_stream_of_events_ends_politely_before_its_run_does(stocked):
    run = done(stocked.post(f"/v1/forces/{FORCE}/requirements", json={"correct": False}), 202)
    stocked.app.state.stopping.set()
    try:
        events = stocked.get(f"/v1/runs/{run['id']}/events").text
    finally:
        stocked.app.state.stopping.clear()
    assert "event: queued" in events
    assert ": the server stops" in events
    assert "retry: 1000" in events
