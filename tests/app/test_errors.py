"""Every failure is a problem (RFC 9457) that says what, which value and what was expected, and nothing internal."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, text

from app.database import EVERY_FORCE, force_session
from app.main import create_app
from app.settings import settings
from app.tables import ForceRow
from tests.helpers import FORCE, add_force, done, handler_body, problem

JSON = {"Content-Type": "application/json"}


def test_an_unknown_address_is_a_problem(api):
    assert problem(api.get("/v1/nowhere"), 404)["instance"] == "/v1/nowhere"
    problem(api.get("/nowhere"), 404)


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(api):
    answer = api.patch("/v1/forces")
    assert problem(answer, 405, "PATCH")["type"].endswith(":method-not-allowed")
    assert answer.headers["allow"]


def test_a_body_that_does_not_fit_names_each_fault(api):
    body = problem(api.post("/v1/forces", json={"slug": "North", "settings": {"shrinkage": 2, "x": 1}}), 422)
    faults = {error["where"]: error for error in body["errors"]}
    assert faults.keys() == {"slug", "name", "settings.shrinkage", "settings.x"}
    assert faults["slug"]["value"] == "North"
    assert faults["name"]["value"] is None
    assert "less than 0.6" in faults["settings.shrinkage"]["expected"]


@pytest.mark.parametrize("content", [b"", b"{", b"nonsense", b"[1, 2", b"\xff\xfe", b"null", b'"text"', b"[" * 100_000])
def test_what_is_not_json_is_a_problem(api, content):
    answer = api.post("/v1/forces", content=content, headers=JSON)
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "settings_json", ['{"shrinkage": NaN}', '{"shrinkage": -Infinity}', '{"shrinkage": 1e999}',
                      '{"timezone": "\\ud800"}', '{"timezone": "\\u0000"}', '{"\\ud800": 1}',
                      '{"rules": {"\\ud800": {"x": 1}}}', '{"rules": {"W1": {"\\ud800": 1}}}']
)  # fmt: skip
def test_values_that_json_can_not_repeat_are_still_answered(api, settings_json):
    content = f'{{"slug": "x", "name": "x", "settings": {settings_json}}}'
    problem(api.post("/v1/forces", content=content, headers=JSON), 422)
    assert done(api.get("/v1/forces")) == []


def test_text_that_the_database_can_not_hold_is_refused(api):
    add_force(api)
    problem(api.post("/v1/forces", json={"slug": "x", "name": "a\0b"}), 422)
    problem(api.post(f"/v1/forces/{FORCE}/keys", json={"name": "a\0b", "roles": ["auditor"]}), 422)
    answer = api.get("/v1/forces/a%00b/settings")
    assert answer.status_code in (404, 422)
    problem(answer, answer.status_code)
    assert [force["slug"] for force in done(api.get("/v1/forces"))] == [FORCE]


def test_a_long_value_is_repeated_in_part(api):
    answer = api.post("/v1/forces", json={"slug": "x" * 100_000, "name": "x"})
    problem(answer, 422, "xxx…")
    assert len(answer.content) < 2_000


def test_what_nobody_foresaw_is_answered_without_internals(api, monkeypatch):
    def broken(*_):
        raise RuntimeError("password=hunter2 in /srv/secret.py")

    monkeypatch.setattr("app.forces.service.visible", broken)
    answer = api.get("/v1/forces")
    assert problem(answer, 500)["type"].endswith(":internal-error")
    assert not any(word in answer.text for word in ("hunter2", "secret", "RuntimeError", "Traceback", ".py"))


def test_a_failed_request_leaves_nothing_half_written(api, monkeypatch):
    """The force's row is written before its settings fail."""

    def broken(*_, **__):
        raise RuntimeError

    monkeypatch.setattr("app.forces.service.add_line", broken)
    problem(api.post("/v1/forces", json={"slug": FORCE, "name": "x"}), 500)
    assert done(api.get("/v1/forces")) == []


def test_a_race_for_the_same_thing_is_a_conflict(api, engine):
    """Another request has added the force, and commits while this one waits."""
    with ThreadPoolExecutor(1) as pool:
        with force_session(engine, EVERY_FORCE) as session:
            row = {"id": uuid4(), "slug": FORCE, "name": "x", "created_at": datetime.now(UTC)}
            session.execute(insert(ForceRow).values(row))
            waiting = pool.submit(api.post, "/v1/forces", json={"slug": FORCE, "name": "y"})
            while not session.scalar(text("select count(*) from pg_locks where not granted")):
                time.sleep(0.01)
        problem(waiting.result(timeout=10), 409, "again")


@pytest.mark.parametrize("spare", [0, -1])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("media_type", ["application/json", "text/csv"])
def test_a_body_is_read_up_to_its_limit(api, spare, streamed, media_type):
    """Declared or streamed, and whatever it says it is; without a key as well."""
    del api.headers["authorization"]
    size = settings().max_body_bytes + (1 if spare < 0 else 0)
    piece = b" " * (size // 4)
    pieces = [piece, piece, piece, b" " * (size - 3 * len(piece))]
    content = iter(pieces) if streamed else b"".join(pieces)
    answer = api.post("/v1/forces", content=content, headers={"Content-Type": media_type})
    if spare < 0:
        problem(answer, 413, "20000000")
    else:
        problem(answer, 422 if media_type == "application/json" else 401)


def test_a_body_that_declares_too_much_is_refused_unread(api):
    answer = api.post("/v1/forces", content=iter([b"{}"]), headers=JSON | {"Content-Length": "20000001"})
    problem(answer, 413, "20000000")


def test_five_thousand_handlers_fit_into_a_body(api):
    add_force(api)
    n = 5001
    answer = api.post(f"/v1/forces/{FORCE}/handlers", json={"handlers": [handler_body(f"H{i}") for i in range(n)]})
    problem(answer, 422, "5000")


def test_a_database_that_is_away_is_a_matter_of_trying_again():
    with TestClient(create_app("postgresql://nobody@127.0.0.1:9/nothing"), raise_server_exceptions=False) as away:
        answer = away.get("/v1/forces", headers={"Authorization": "Bearer pace_a_b"})
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:pacesetter:problem:unavailable"
    assert "nobody" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "capacity", "GET, POST"),
        ("OPTIONS", "capacity", "GET, POST"),
        ("PUT", "events/import", "POST"),  # else the PUT of an event that is called import
        ("GET", "evaluations/scores", "POST"),
        ("DELETE", "events/effects", "GET"),
        ("POST", "events/00000000-0000-7000-8000-000000000000", "DELETE, GET, PUT"),
    ],
)
def test_an_address_names_all_of_its_methods_and_no_others(bare, method, path, allowed):
    answer = bare.request(method, f"/v1/forces/{FORCE}/{path}")
    problem(answer, 405)
    assert answer.headers["allow"] == allowed


def test_what_is_no_identifier_is_still_told(bare):
    problem(bare.get(f"/v1/forces/{FORCE}/events/nonsense"), 422, "event_id", "nonsense")
    problem(bare.put(f"/v1/forces/{FORCE}/events/nonsense", json={}), 422, "event_id")


def test_bytes_that_are_no_text_are_told_as_such(bare):
    headers = {"Content-Type": "application/json"}
    problem(bare.post(f"/v1/forces/{FORCE}/keys", content=b"\x98\xff", headers=headers), 422, "UTF-8")
