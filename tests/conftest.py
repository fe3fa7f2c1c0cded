"""The real PostgreSQL for the service's tests: one server a session, a fresh clone of a migrated database a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql
from sqlalchemy import Engine

from app.database import service_engine
from app.main import create_app
from app.server.migrate import migrate
from app.server.postgres import Urls, embedded_postgres
from app.server.supervisor import make_first_key
from tests.helpers import add_force, bearer, stock

# New examples are found at a desk; a build repeats its own, so that it judges the change and not the draw.
# How long an example takes is no matter of right or wrong: machines are busy.
QUIET = {"suppress_health_check": [HealthCheck.too_slow], "deadline": None}
hypothesis_settings.register_profile("desk", **QUIET)
hypothesis_settings.register_profile("ci", derandomize=True, **QUIET)
hypothesis_settings.load_profile("desk")
if os.environ.get("CI"):
    hypothesis_settings.load_profile("ci")

# Walks of every route ask more often than anybody should; what is limited is tested on its own.
for what in ("PER_KEY", "PER_ADDRESS", "REFUSED"):
    os.environ.setdefault(f"PACESETTER_RATE_LIMIT_{what}", "1000000/minute")

TEMPLATE = "template_migrated"
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    """One server for the session; the database of these addresses is migrated and only ever cloned."""
    with embedded_postgres(tmp_path_factory.mktemp("postgres"), TEMPLATE) as urls:
        with psycopg.connect(urls.owner, autocommit=True) as connection:
            connection.execute("alter system set fsync = off")  # nothing here outlives the session
            connection.execute("select pg_reload_conf()")
        migrate(urls.owner)
        yield urls


@pytest.fixture(scope="session")
def clone(postgres: Urls) -> Callable[[str], Urls]:
    """Makes a database from the one named."""

    def make(template: str) -> Urls:
        name = f"test_{next(_numbers)}"
        with psycopg.connect(named(postgres, "postgres").owner, autocommit=True) as connection:
            command = sql.SQL("create database {} template {}")
            connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        return named(postgres, name)

    return make


def named(urls: Urls, database: str) -> Urls:
    return Urls(*(url.replace(f"/{TEMPLATE}?", f"/{database}?") for url in (urls.owner, urls.service)))


@pytest.fixture
def database(clone: Callable[[str], Urls]) -> Urls:
    """A migrated, empty database of this test's own."""
    return clone(TEMPLATE)


@pytest.fixture
def empty_database(clone: Callable[[str], Urls]) -> Urls:
    """A database without any schema."""
    return clone("template0")


@pytest.fixture
def engine(database: Urls) -> Iterator[Engine]:
    """Sessions of the service role on the test's database."""
    made = service_engine(database.service, pool_size=2)
    yield made
    made.dispose()


@pytest.fixture
def api(database: Urls) -> Iterator[TestClient]:
    """The API on the test's database; sends the installation's administrator key unless told otherwise."""
    with served(database, make_first_key(database.service)) as client:
        yield client


def served(database: Urls, key: str | None) -> TestClient:
    """An unhandled exception is an answer, as for a real client."""
    return TestClient(create_app(database.service), headers=bearer(key), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def bare(clone: Callable[[str], Urls]) -> Iterator[TestClient]:
    """The API with a force and nothing else, one a module: for what is refused."""
    urls = clone(TEMPLATE)
    with served(urls, make_first_key(urls.service)) as client:
        add_force(client)
        yield client


@pytest.fixture(scope="session")
def stocked_template(clone: Callable[[str], Urls]) -> tuple[str, str]:
    """Database with a force, its people, history, forecast and requirement, computed once; and the key."""
    urls = clone(TEMPLATE)
    key = make_first_key(urls.service)
    assert key is not None
    with served(urls, key) as client:
        stock(client, urls.service)
    return Path(urls.owner.split("?")[0]).name, key


@pytest.fixture(scope="module")
def stocked_database(clone: Callable[[str], Urls], stocked_template: tuple[str, str]) -> Urls:
    """A clone of the stocked database, one a module: the tests that use it only add to it."""
    return clone(stocked_template[0])


@pytest.fixture(scope="module")
def stocked(stocked_database: Urls, stocked_template: tuple[str, str]) -> Iterator[TestClient]:
    """The API on the module's stocked database."""
    with served(stocked_database, stocked_template[1]) as client:
        yield client


@pytest.fixture
def key_for(api: TestClient) -> Callable[..., dict[str, str]]:
    """Headers with a new key of a force: `key_for("northshire", "planner")`."""

    def make(force: str, *roles: str) -> dict[str, str]:
        whose = {"handler_ref": "H001"} if "handler" in roles else {}
        answer = api.post(f"/v1/forces/{force}/keys", json={"name": "test", "roles": list(roles)} | whose)
        assert answer.status_code == 201, answer.text
        return bearer(answer.json()["key"])

    return make
