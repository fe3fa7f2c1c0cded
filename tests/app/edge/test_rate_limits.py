"""A key, an address and an address with refused keys may each ask so often; others are not held up by them."""

from __future__ import annotations

import threading
import time

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from app.edge.rate_limits import RateLimits
from tests.helpers import bearer, problem


@pytest.fixture
def client():
    """Three requests an hour of a key, five of an address, two refused ones."""
    app = FastAPI()

    @app.get("/v1/forces")
    def forces(refused: bool = False) -> Response:
        return Response(status_code=401 if refused else 200)

    @app.get("/health/live")
    def live() -> None:
        """Alive."""

    app.add_middleware(RateLimits, per_key="3/hour", per_address="5/hour", refused="2/hour")
    return TestClient(app)


def statuses(client, n: int, key: str, **query) -> list[int]:
    return [client.get("/v1/forces", headers=bearer(key), params=query).status_code for _ in range(n)]


def test_a_key_is_stopped_at_its_limit_and_told_how_long(client):
    answers = [client.get("/v1/forces", headers=bearer("a")) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
    problem(answers[-1], 429, "3 requests", "3600 s")
    assert 0 < int(answers[-1].headers["retry-after"]) <= 7200
    assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=3600, "address";q=5;w=3600'


def test_another_key_goes_on_until_the_address_has_asked_enough(client):
    assert statuses(client, 3, "a") == [200] * 3
    assert statuses(client, 3, "b") == [200, 200, 429]


def test_part_of_a_key_uses_up_nothing_of_it(client):
    statuses(client, 3, "pace_prefix_guess")
    assert statuses(client, 1, "pace_prefix_right") == [200]


def test_refused_keys_stop_their_address_sooner(client):
    assert statuses(client, 1, "a", refused=True) + statuses(client, 1, "b", refused=True) == [401, 401]
    assert statuses(client, 1, "c") == [429]


def test_counting_starts_no_thread_and_forgets_what_is_over(client, monkeypatch):
    windows = RateLimits(client.app, "1/second", "1/second", "1/second")._windows.storage
    monkeypatch.setattr("app.edge.rate_limits._TIDY_EVERY_S", -1.0)
    before = threading.active_count()
    for key in range(50):
        windows.incr(f"{key}", 0.001 if key < 49 else 60)
    assert threading.active_count() <= before
    time.sleep(0.002)
    windows.incr("last", 60)
    assert set(windows.storage) == {"49", "last"}


def test_health_is_always_answered(client):
    statuses(client, 6, "a")
    assert client.get("/health/live").status_code == 200
