"""Alive and ready: not ready without the database, without its schema, or where row-level security does not bind."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.server.migrate import migrate
from migrations import versions
from tests.helpers import done, problem


def get(url: str, path: str):
    with TestClient(create_app(url)) as client:
        return client.get(f"/health/{path}")


def test_a_migrated_database_is_ready(database):
    newest = max(step.name[:4] for step in Path(versions.__file__).parent.glob("[0-9]*.py"))
    assert done(get(database.service, "ready")) == {"status": "ready", "schema_version": newest}


def test_ready_says_what_is_missing(empty_database, database):
    problem(get(empty_database.service, "ready"), 503, "database")
    migrate(database.owner, "base")
    problem(get(database.service, "ready"), 503)


@pytest.mark.parametrize("where", ["@127.0.0.1:1/none", "@/none?host=/nowhere"])
def test_a_database_that_is_away_is_not_ready_and_tells_no_secret(where):
    answer = get(f"postgresql://someone:hunter2{where}", "ready")
    problem(answer, 503, "database")
    assert "hunter2" not in answer.text


def test_the_process_is_alive_whatever_the_database_does():
    assert done(get("postgresql://someone:hunter2@127.0.0.1:1/none", "live"))["status"] == "live"


def test_an_owner_login_still_acts_as_the_service(database):
    """The role is set on each connection, so that a superuser's login does not step around row-level security."""
    assert done(get(database.owner, "ready"))["status"] == "ready"
    with TestClient(create_app(database.owner)) as client, client.app.state.engine.connect() as connection:
        assert connection.exec_driver_sql("select current_user").scalar_one() == "pacesetter_service"


@pytest.mark.parametrize("path", ["live", "ready"])
def test_a_load_balancer_may_ask_by_head(database, path):
    with TestClient(create_app(database.service)) as client:
        answer = client.head(f"/health/{path}")
    assert answer.status_code == 200
    assert answer.content == b""
