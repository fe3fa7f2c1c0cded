"""A request takes one of the seats that there are, and gives it back however it ends."""

from __future__ import annotations

import pytest

from app import access
from tests.helpers import FORCE, add_force, problem


@pytest.fixture
def seats(api):
    add_force(api)
    return api.app.state.seats


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("GET", f"/v1/forces/{FORCE}/settings", {}, 200),
        ("POST", "/v1/forces", {"json": {"slug": "elsewhere", "name": "x"}}, 201),
        ("GET", f"/v1/forces/{FORCE}/settings", {"headers": {"Authorization": "Bearer pace_no_key"}}, 401),
        ("GET", "/v1/forces/nowhere/settings", {}, 404),
        ("GET", f"/v1/forces/{FORCE}/forecasts", {"params": {"limit": "many"}}, 422),
        ("POST", "/v1/forces", {"json": {"slug": FORCE, "name": "x"}}, 409),
        ("GET", "/v1/runs/01a21bc5-8c20-73dd-8d0f-6942ba96b145/events", {}, 404),
    ],
)
def test_a_seat_is_given_back(api, seats, method, path, more, status):
    free = seats.value
    assert api.request(method, path, **more).status_code == status
    assert seats.value == free


def test_who_finds_no_seat_in_time_is_told_to_come_again(api, seats, monkeypatch):
    monkeypatch.setattr(access, "_LONGEST_WAIT_S", 0.05)
    taken = seats.value
    for _ in range(taken):
        seats.acquire_nowait()
    answer = api.get(f"/v1/forces/{FORCE}/settings")
    assert "try again" in problem(answer, 503)["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    seats.release()
    assert api.get(f"/v1/forces/{FORCE}/settings").status_code == 200
    for _ in range(taken - 1):
        seats.release()
