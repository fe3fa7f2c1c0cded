"""A message is signed as the convention says, and an attempt ends in time, whatever the other side does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from app.webhooks import post
from app.webhooks.addresses import networks_of

AT = datetime(2026, 6, 22, 10, 15, tzinfo=UTC)
LOOPBACK = networks_of("127.0.0.0/8")
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()


def test_the_signature_is_that_of_the_convention():
    """Standard Webhooks 1.0, "Signature scheme": v1, HMAC-SHA256 over id.timestamp.body, base64."""
    headers = post.signed("msg_1", AT, '{"a":"ä"}', [SECRET, OTHER])
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == f"{int(AT.timestamp())}"
    content = f'msg_1.{int(AT.timestamp())}.{{"a":"ä"}}'.encode()
    assert headers["webhook-signature"].split() == [
        "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        for key in (bytes(range(32)), bytes(range(1, 33)))
    ]


def _message(connection: socket.socket) -> bytes:
    """Head and body of what is sent; what there is where the other side closes before."""
    message = b""
    while not message.endswith(b"\r\n\r\n{}") and (more := connection.recv(65536)):
        message += more
    return message


@contextmanager
def answering(answer: bytes | None, then: threading.Event | None = None):
    """A server on loopback that answers one request with these bytes, or never; its port and what it was asked."""
    asked: list[bytes] = []
    done = then or threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(_message(connection))
                if answer is not None:
                    connection.sendall(answer)
                done.wait(5)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], asked
        finally:
            done.set()
            listener.close()
            thread.join()


def attempted(url, networks=LOOPBACK):
    return post.attempt(url, "msg_1", AT, "{}", [SECRET], networks)


def test_what_arrives_is_the_message_under_its_own_host():
    with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as (port, asked):
        made = attempted(f"http://127.0.0.1:{port}/in?a=%20b")
    assert (made.status, made.error, made.has_arrived) == (204, None, True)
    head, _, body = asked[0].partition(b"\r\n\r\n")
    lines = head.decode().lower().splitlines()
    assert lines[0] == "post /in?a=%20b http/1.1"
    assert f"host: 127.0.0.1:{port}" in lines
    assert "content-length: 2" in lines
    assert body == b"{}"


@pytest.mark.parametrize(
    ("status", "head"),
    [(301, b"Location: http://127.0.0.1:1/\r\n"), (307, b"Location: https://example.org/\r\n"), (400, b""), (500, b"")],
)
def test_any_other_answer_is_a_failure_and_no_redirect_is_followed(status, head):
    with answering(b"HTTP/1.1 %d X\r\n%sContent-Length: 0\r\n\r\n" % (status, head)) as (port, _):
        made = attempted(f"http://127.0.0.1:{port}/")
    assert (made.status, made.has_arrived) == (status, False)
    assert f"{status}" in (made.error or "")


def test_an_answer_may_ask_to_wait():
    with answering(b"HTTP/1.1 429 X\r\nRetry-After: 77\r\nContent-Length: 0\r\n\r\n") as (port, _):
        assert attempted(f"http://127.0.0.1:{port}/").retry_after_s == 77
    with answering(b"HTTP/1.1 429 X\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n") as (port, _):
        assert attempted(f"http://127.0.0.1:{port}/").retry_after_s is None


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 200 OK\r\nX: "])
def test_silence_ends_in_time(monkeypatch, answer):
    monkeypatch.setattr(post, "LIMIT_S", 0.2)
    with answering(answer) as (port, _):
        made = attempted(f"http://127.0.0.1:{port}/")
    assert made.status is None
    assert "0.2 s" in (made.error or "") or "Timeout" in (made.error or "")


def test_a_name_that_is_looked_up_for_ever_ends_in_time(monkeypatch):
    monkeypatch.setattr(post, "LIMIT_S", 0.2)
    answer, answered = threading.Event(), threading.Event()

    def look_up(*_, **__):
        answer.wait(10)
        answered.set()
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    try:
        assert "0.2 s" in (attempted("https://hooks.example.org/", []).error or "")
        assert not answered.is_set()
    finally:
        answer.set()
        answered.wait(10)


def test_an_endless_body_is_not_read():
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + b"x" * 1000) as (port, _):
        assert attempted(f"http://127.0.0.1:{port}/").has_arrived


def test_nonsense_refusal_and_absence_are_failures():
    with answering(b"\x00\xff nonsense\r\n\r\n") as (port, _):
        made = attempted(f"http://127.0.0.1:{port}/")
        assert made.status is None
        assert "nonsense" not in (made.error or "")
    assert attempted(f"http://127.0.0.1:{port}/").status is None  # nobody listens there any more
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as (port, asked):
        made = attempted(f"https://127.0.0.1:{port}/", [])
        assert "may not be reached" in (made.error or "")
    assert asked == []
