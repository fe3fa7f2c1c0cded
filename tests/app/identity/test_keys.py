"""Keys: who is let in, and what is left of a key in the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.database import EVERY_FORCE, force_session, utc_now
from app.identity.roles import Role
from app.identity.service import make_key
from app.server.supervisor import make_first_key
from app.tables import ApiKeyRow
from tests.helpers import FORCE, add_force, bearer, done, problem


def refused(api, headers):
    answer = api.get("/v1/forces", headers=headers)
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def key_ending(engine, after: timedelta) -> str:
    with force_session(engine, EVERY_FORCE) as session:
        return make_key(session, name="x", roles=[Role.ADMIN], force_id=None, expires_at=utc_now() + after)[1]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer pace",
        "Bearer pace_",
        "Bearer pace__",
        "Basic YTpi",
        "Bearer \u00e9_\u00e9_\u00e9",
    ],
)
def test_no_key_or_garbage_is_refused(api, header):
    refused(api, {"Authorization": header.encode("latin-1")})


def test_a_made_up_key_is_refused_even_with_the_prefix_of_a_real_one(api):
    key = api.headers["authorization"].removeprefix("Bearer ")
    done(api.get("/v1/forces", headers=bearer(key)))
    name, prefix, secret = key.split("_", 2)
    refused(api, bearer(f"{name}_{prefix}_{secret[:-1]}"))
    refused(api, bearer(f"{name}_{prefix}_"))
    refused(api, bearer(f"{name}_000000000000_{secret}"))
    refused(api, bearer(f"other_{prefix}_{secret}"))


def test_a_key_works_until_it_expires(api, engine):
    done(api.get("/v1/forces", headers=bearer(key_ending(engine, timedelta(minutes=1)))))
    refused(api, bearer(key_ending(engine, timedelta(0))))


def test_a_revoked_key_is_refused_from_then_on(api, engine):
    headers = bearer(key_ending(engine, timedelta(days=1)))
    done(api.get("/v1/forces", headers=headers))
    with force_session(engine, EVERY_FORCE) as session:
        prefix = headers["Authorization"].split("_")[1]
        session.scalars(select(ApiKeyRow).where(ApiKeyRow.prefix == prefix)).one().revoked_at = utc_now()
    refused(api, headers)


def test_only_the_digest_of_a_key_is_stored(api, engine):
    add_force(api)
    made = done(api.post(f"/v1/forces/{FORCE}/keys", json={"name": "x", "roles": ["planner"]}), 201)
    secret = made["key"].split("_", 2)[2]
    with force_session(engine, EVERY_FORCE) as session:
        for table in ("actors", "api_keys", "audit", "runs", "run_events", "forces", "force_settings"):
            rows = session.execute(text(f"select t::text from {table} t")).scalars().all()
            assert not any(secret in row or secret.encode().hex() in row for row in rows), table


def test_the_first_key_is_made_once(database):
    assert make_first_key(database.service) is not None
    assert make_first_key(database.service) is None


def test_a_key_says_until_when_and_nothing_of_others(api, key_for):
    add_force(api)
    until = (utc_now() + timedelta(days=7)).isoformat()
    body = {"name": "feed", "roles": ["system"], "expires_at": until}
    made = done(api.post(f"/v1/forces/{FORCE}/keys", json=body, headers=key_for(FORCE, "manager")), 201)
    done(api.get(f"/v1/forces/{FORCE}/settings", headers=bearer(made["key"])))
    problem(api.post(f"/v1/forces/{FORCE}/keys", json=body | {"roles": []}), 422, "roles")
    problem(api.post(f"/v1/forces/{FORCE}/keys", json=body | {"roles": ["chief"]}), 422, "roles[0]", "chief")
    problem(api.post(f"/v1/forces/{FORCE}/keys", json=body | {"expires_at": "2030-01-01T00:00:00"}), 422, "expires_at")
