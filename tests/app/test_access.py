"""A request takes one of the seats that there are, and gives it back however it ends."""

from __future__ import annotations

import anyio
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import select

from app import access
from app.access import Installing, needed
from app.database import EVERY_FORCE, force_session, new_id, utc_now
from app.edge import routing
from app.errors import Conflict, install_handlers
from app.tables import ForceRow
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


class Told(BaseModel):
    """An answer."""

    n: int


def write(end: str, desk: Installing) -> Told:
    """Adds a force, and ends as its name says."""
    desk.session.add(ForceRow(id=new_id(), slug=end, name=end, created_at=utc_now()))
    desk.session.flush()
    if end == "refused":
        raise Conflict("no")
    if end == "broken":
        raise RuntimeError("nobody foresaw it")
    return Told(n=1) if end == "well" else {"n": "no answer at all"}  # type: ignore[return-value]


def test_what_changes_something_is_kept_only_where_it_was_answered(api):
    router = routing.Router(prefix="/tried")
    router.post("/{end}")(write)
    app = FastAPI()
    app.router.routes.extend(router.routes)
    app.state.engine, app.state.seats = api.app.state.engine, anyio.Semaphore(1)
    install_handlers(app)
    told = {}
    with TestClient(app, raise_server_exceptions=False, headers=api.headers) as client:
        for end in ("well", "refused", "broken", "unanswerable"):
            told[end] = client.post(f"/tried/{end}").status_code
            assert app.state.seats.value == 1
    assert told == {"well": 200, "refused": 409, "broken": 500, "unanswerable": 500}
    with force_session(app.state.engine, EVERY_FORCE) as session:
        assert set(session.scalars(select(ForceRow.slug))) & told.keys() == {"well"}


def test_every_route_that_needs_something_clears_its_desk(api):
    routes = [one.original_route for one in iter_route_contexts(api.app.routes)]
    asked = [route for route in routes if hasattr(route, "dependant") and needed(route.dependant)]
    assert len(asked) > 150
    assert [route.path for route in asked if not isinstance(route, routing._Route)] == []
