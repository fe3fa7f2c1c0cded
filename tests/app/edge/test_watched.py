"""Every request has an identifier, in its answer, its problem and its line in the log, which tells no more of it."""

from __future__ import annotations

import json
import logging
from uuid import UUID

import pytest
from prometheus_client import generate_latest

from app.operations.logs import JsonLines
from tests.helpers import FORCE, bearer, problem


class Lines(logging.Handler):
    """What a process would write."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))


@pytest.fixture
def lines():
    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler.written
    root.removeHandler(handler)
    root.setLevel(before)


def test_a_well_formed_identifier_is_taken_over_and_repeated(bare):
    answer = bare.get("/v1/forces/nowhere/settings", headers={"X-Request-ID": "trace-0123456789"})
    assert answer.headers["x-request-id"] == "trace-0123456789"
    assert problem(answer, 404)["request_id"] == "trace-0123456789"


@pytest.mark.parametrize(
    "sent", ["short", "x" * 129, "a b c d e f g", "läuft-nicht", "0123456789\x7f", "{jndi:ldap}xx"]
)
def test_anything_else_is_replaced(bare, sent):
    made = bare.get("/v1/forces", headers={"X-Request-ID": sent.encode()}).headers["x-request-id"]
    assert UUID(made).version == 7


def test_each_request_has_its_own(bare):
    made = [bare.get("/health/live").headers["x-request-id"] for _ in range(2)]
    assert made[0] != made[1]


def test_what_nobody_foresaw_and_what_is_not_read_have_one_too(bare, monkeypatch):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr("app.forces.service.visible", broken)
    for answer in (
        bare.get("/v1/forces"),
        bare.post("/v1/forces", content=b"", headers={"Content-Length": "20000001"}),
        bare.get("/nowhere"),
        bare.put("/v1/forces"),
    ):
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_line_tells_route_and_status_and_no_more_of_the_request(bare, lines):
    bare.get(f"/v1/forces/{FORCE}/rosters/views/week?handler=H123-smith", headers={"X-Request-ID": "trace-0123456789"})
    (line,) = [json.loads(line) for line in lines if json.loads(line)["logger"] == "app.requests"]
    assert line.pop("time")
    assert line.pop("duration_ms") > 0
    assert line == {
        "level": "info", "logger": "app.requests", "message": "request", "request_id": "trace-0123456789",
        "method": "GET", "route": "/v1/forces/{force}/rosters/views/{view}", "status": 422,
    }  # fmt: skip


def test_no_line_holds_a_key_a_body_or_an_exceptions_words(bare, lines, monkeypatch):
    def broken(*_):
        raise RuntimeError("hunter2 of Jane Citizen")

    bare.post("/v1/forces", json={"slug": "Jane", "name": "Citizen"})
    bare.get("/v1/forces", headers=bearer("pace_hunter2_hunter2"))
    monkeypatch.setattr("app.forces.service.visible", broken)
    assert bare.get("/v1/forces").status_code == 500
    written = "\n".join(lines)
    assert not [secret for secret in ("hunter2", "pace_", "Jane", "Citizen") if secret in written]
    (failure,) = [json.loads(line) for line in lines if "error" in json.loads(line)]
    assert failure["error"] == "RuntimeError"
    assert "broken" in failure["stack"][-1]
    assert failure["request_id"]


def test_health_is_answered_without_a_line(bare, lines):
    bare.get("/health/live")
    assert not [line for line in lines if "app.requests" in line]


def test_answers_are_counted_by_route_never_by_address(bare):
    for slug in ("one", "two"):
        bare.get(f"/v1/forces/{slug}/settings")
    bare.request("BREW", "/v1/forces")
    told = generate_latest(bare.app.state.metrics.registry).decode()
    counted = [line for line in told.splitlines() if line.startswith("pacesetter_http_requests_total{")]
    assert 'method="GET",route="/v1/forces/{force}/settings",status="404"' in "\n".join(counted)
    assert not [line for line in counted if "one" in line or "BREW" in line]
    assert "pacesetter_http_in_flight 0.0" in told
