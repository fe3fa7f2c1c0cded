"""Probes from one force into another: every route, every role, with identifiers that exist there and ones that do not.

What is foreign must answer exactly as what is absent, and nothing of the other force may stand in any answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import ARRAY, Table, TypeDecorator, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from app.database import utc_now
from app.identity.roles import Role
from app.permissions import RouteNeed, route_needs
from app.server.supervisor import make_first_key
from app.tables import Base
from tests.app.identity.test_roles import FORCE_PATHS, body_of
from tests.conftest import TEMPLATE, served
from tests.helpers import FORCE, OTHER, add_force, bearer, done

PAGES = "/forces/{force}"
SECRET = "theirs"  # every text of the other force
# Where a part of an address is no `<thing>_id` of a table `<thing>s`.
TABLES = {
    "delivery_id": "webhook_deliveries",
    "event_id": "event_versions",
    "key_id": "api_keys",
    "options_id": "same_day_options",
    "owed_id": "rest_owed",
    "plan_id": "capacity_plans",
    "request_id": "leave_requests",
    "swap_id": "swap_requests",
}
PLAIN = {"view": "day", "option": "accept", "date": "2026-06-29"}  # parts that name no thing of a force
MADE_WITH_A_FORCE = ("audit", "audit_heads", "force_settings")


@pytest.fixture(scope="module")
def probed(clone):
    """The API with two forces, and in every table a row of the other; its identifiers by table."""
    urls = clone(TEMPLATE)
    key = make_first_key(urls.service)
    with served(urls, key) as client:
        add_force(client, FORCE)
        add_force(client, OTHER)
        yield client, filled_tables(urls.owner)


@pytest.fixture(scope="module")
def keys(probed) -> dict[Role, dict[str, str]]:
    api, _ = probed
    made = {}
    for role in Role:
        whose = {"handler_ref": "H001"} if role is Role.HANDLER else {}
        answer = api.post(f"/v1/forces/{FORCE}/keys", json={"name": "probe", "roles": [role]} | whose)
        made[role] = bearer(done(answer, 201)["key"])
    return made


def filled_tables(owner: str) -> dict[str, str]:
    """Add a row of the other force to each of its tables; returns the identifiers, by table."""
    ids: dict[str, Any] = {}
    with psycopg.connect(owner) as connection:
        connection.execute("set local session_replication_role = replica")
        row = connection.execute("select id from forces where slug = %s", (OTHER,)).fetchone()
        assert row is not None
        ids["forces"] = row[0]
        for table in Base.metadata.sorted_tables:
            if "force_id" not in table.columns or table.name in MADE_WITH_A_FORCE:
                continue
            ids[table.name] = uuid4()
            values = {column.name: value_of(column, table, ids) for column in table.columns if not column.identity}
            command = sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(table.name),
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.SQL(", ").join([sql.Placeholder()] * len(values)),
            )
            connection.execute(command, [*values.values()])
    return {name: str(value) for name, value in ids.items()}


def value_of(column, table: Table, ids: dict[str, Any]) -> Any:
    for key in column.foreign_keys if isinstance(column.type, Uuid) else ():
        return ids[key.column.table.name] if key.column.table is not table else None
    if isinstance(column.type, ARRAY):
        return []
    if column.name == "id":
        return ids[table.name]
    if isinstance(column.type, JSONB):
        return Jsonb({SECRET: SECRET})
    kind = (column.type.impl if isinstance(column.type, TypeDecorator) else column.type).python_type
    return {UUID: uuid4(), str: SECRET, int: 1, float: 1.0, bool: False, datetime: utc_now(), bytes: uuid4().bytes,
            date: date(2026, 6, 1)}[kind]  # fmt: skip


def parts(path: str) -> list[str]:
    return [part for part in re.findall(r"{(\w+)}", path) if part != "force"]


def address(route: RouteNeed, force: str, values: dict[str, str]) -> str:
    path = route.path.replace("{force}", force)
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def foreign(route: RouteNeed, ids: dict[str, str]) -> dict[str, str]:
    """What stands for the parts of its address: things of the other force."""
    tables = {part: TABLES.get(part, f"{part.removesuffix('_id')}s") for part in parts(route.path)}
    return {part: ids[table] if part.endswith("_id") else PLAIN.get(part, SECRET) for part, table in tables.items()}


def absent(route: RouteNeed) -> dict[str, str]:
    """The same for things that do not exist."""
    return {part: str(uuid4()) if part.endswith("_id") else PLAIN.get(part, "nobodys") for part in parts(route.path)}


def asked(api, route: RouteNeed, headers, path: str, values: dict[str, str]) -> tuple[int, str]:
    """Status and answer, in which the identifiers asked for are blanked out."""
    more = body_of(route.method, route.path)
    answer = api.request(route.method, path, **more | {"headers": more.get("headers", {}) | headers})
    return answer.status_code, blanked(answer.text, values.values())


def blanked(text: str, values: Iterable[str]) -> str:
    """Without what was asked for, and without what differs from one request to the next."""
    text = re.sub(r'"(updated_at|at|made_at|request_id)":"[^"]*"', "", text)
    for value in values:
        text = text.replace(value, "…")
    return text


def of_forces(api) -> Iterator[RouteNeed]:
    """Those of the API, and the pages."""
    return (route for route in route_needs(api.app) if route.path.startswith((FORCE_PATHS, PAGES)))


@pytest.mark.parametrize("role", Role)
def test_what_is_foreign_answers_as_what_is_absent(probed, keys, role):
    api, ids = probed
    tried = 0
    for route in of_forces(api):
        theirs, nobodys = foreign(route, ids), absent(route)
        if theirs.keys() <= PLAIN.keys():
            continue
        found = asked(api, route, keys[role], address(route, FORCE, theirs), theirs)
        expected = asked(api, route, keys[role], address(route, FORCE, nobodys), nobodys)
        assert found == expected, f"{role} {route}"
        assert found[0] < 500
        if any(part.endswith("_id") for part in theirs):
            assert found[0] >= 400, f"{role} {route} {found}"
        assert SECRET not in found[1]
        tried += 1
    assert tried >= 30


@pytest.fixture(scope="module")
def nowhere(probed, keys) -> dict[RouteNeed, tuple[int, str]]:
    """What each route answers of a force that does not exist."""
    api, ids = probed
    theirs = {route: foreign(route, ids) for route in of_forces(api)}
    return {
        route: asked(api, route, keys[Role.ADMIN], address(route, "nowhere", parts), parts | {"force": "nowhere"})
        for route, parts in theirs.items()
    }


@pytest.mark.parametrize("role", Role)
def test_another_force_is_as_one_that_does_not_exist(probed, keys, nowhere, role):
    api, ids = probed
    for route, expected in nowhere.items():
        theirs = foreign(route, ids)
        found = asked(api, route, keys[role], address(route, OTHER, theirs), theirs | {"force": OTHER})
        assert found == expected, f"{role} {route}"
        assert found[0] == 404
        assert SECRET not in found[1]


NAMED = {  # identifiers in bodies: which table each is of
    "requirements": [{"forecast_id": "forecasts"}],
    "rosters": [{"requirement_id": "requirements"}, {"forecast_id": "forecasts"}],
    "patterns": [{"requirement_id": "requirements"}],
    "scenarios": [{"roster_id": "rosters"}, {"requirement_id": "requirements"}, {"forecast_id": "forecasts"}],
}


@pytest.mark.parametrize(("path", "name", "table"), [(path, *pair) for path, bodies in NAMED.items()
                                                     for body in bodies for pair in body.items()])  # fmt: skip
def test_what_is_foreign_in_a_body_answers_as_what_is_absent(probed, keys, path, name, table):
    api, ids = probed
    answers = []
    for value in (ids[table], str(uuid4())):
        more = body_of("POST", f"{FORCE_PATHS}/{path}")
        body = more["json"] | {name: value} | ({"name": "x", "changes": []} if path == "scenarios" else {})
        answer = api.post(f"/v1/forces/{FORCE}/{path}", json=body, headers=keys[Role.PLANNER])
        answers.append((answer.status_code, blanked(answer.text, [value])))
    assert answers[0] == answers[1]
    assert answers[0][0] in (404, 409, 422), answers[0]


def test_what_names_no_thing_tells_nothing_of_another_force(probed, keys):
    """Lists, settings, exports; and what stands outside of any force."""
    api, ids = probed
    tried = 0
    for route in route_needs(api.app):
        if route.method == "GET" and not parts(route.path):
            status, text = asked(api, route, keys[Role.ADMIN], address(route, FORCE, {}), {})
            assert status < 500, f"{route}: {text}"
            assert SECRET not in text, f"{route}: {text}"
            assert OTHER not in text, f"{route}: {text}"
            tried += 1
    assert tried >= 12
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/events")):
        answers = {api.request(method, f"/v1/runs/{run}{path}", headers=keys[Role.ADMIN]).status_code
                   for run in (ids["runs"], uuid4())}  # fmt: skip
        assert answers == {404}


def test_the_rows_are_there_for_those_who_may_see_them(probed):
    """Else none of the above would mean anything."""
    api, ids = probed
    assert ids["api_keys"] in api.get(f"/v1/forces/{OTHER}/keys?include_ended=true").text
    assert api.get(f"/v1/runs/{ids['runs']}").status_code != 404
