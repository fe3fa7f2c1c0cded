"""Keys: who is let in, and what is left of a key in the database."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from app.database import EVERY_FORCE, force_session, utc_now
from app.identity.roles import Role
from app.identity.service import authenticate, make_key
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


def made(api, force=FORCE, **body):
    """A new key: its headers and its entry in the list."""
    answer = done(api.post(keys_of(force), json={"name": "feed", "roles": ["planner"]} | body), 201)
    return bearer(answer["key"]), entry(api, answer["id"], force)


def entry(api, key_id, force=FORCE):
    listed = done(api.get(keys_of(force), params={"include_ended": True}))["keys"]
    return next(key for key in listed if key["id"] == key_id)


def keys_of(force):
    return "/v1/keys" if force is None else f"/v1/forces/{force}/keys"


@pytest.mark.parametrize("force", [FORCE, None])
def test_a_revoked_key_is_refused_from_then_on(api, force):
    add_force(api)
    headers, key = made(api, force)
    done(api.get("/v1/forces", headers=headers))
    ended = done(api.delete(f"{keys_of(force)}/{key['id']}", params={"reason": "lost"}))
    assert ended["status"] == "revoked"
    refused(api, headers)
    assert done(api.delete(f"{keys_of(force)}/{key['id']}")) == ended
    assert key["id"] not in [listed["id"] for listed in done(api.get(keys_of(force)))["keys"]]
    problem(api.post(f"{keys_of(force)}/{key['id']}/rotate", json={}), 422, "revoked")


@pytest.mark.parametrize("force", [FORCE, None])
def test_a_rotated_key_works_on_for_its_grace(api, force):
    add_force(api)
    headers, key = made(api, force, scopes=["read", "import"])
    for grace_h, goes_on in [(24, True), (0, False)]:
        new = done(api.post(f"{keys_of(force)}/{key['id']}/rotate", json={"grace_h": grace_h}), 201)
        assert entry(api, new["id"], force)["replaces"] == key["id"]
        assert (new["roles"], new["scopes"]) == (["planner"], ["read", "import"])
        done(api.get("/v1/forces", headers=bearer(new["key"])))
        if goes_on:
            done(api.get("/v1/forces", headers=headers))
            ends = datetime.fromisoformat(entry(api, key["id"], force)["expires_at"])
            assert timedelta(hours=23.9) < ends - utc_now() <= timedelta(hours=24)
        else:
            refused(api, headers)
    problem(api.post(f"{keys_of(force)}/{key['id']}/rotate", json={}), 422, "expired")


def test_grace_never_lengthens_a_key(api):
    add_force(api)
    until = utc_now() + timedelta(hours=1)
    _, key = made(api, expires_at=until.isoformat())
    done(api.post(f"{keys_of(FORCE)}/{key['id']}/rotate", json={}), 201)
    assert datetime.fromisoformat(entry(api, key["id"])["expires_at"]) == until


def test_scopes_narrow_what_roles_allow_and_never_widen_it(api):
    add_force(api)
    headers, _ = made(api, scopes=["read", "manage"])
    done(api.get(f"/v1/forces/{FORCE}/settings", headers=headers))
    problem(api.post(f"/v1/forces/{FORCE}/forecasts", json={}, headers=headers), 403, "plan", "narrowed")
    problem(api.put(f"/v1/forces/{FORCE}/settings", json={}, headers=headers), 403, "manage")


def test_no_key_makes_or_renews_one_that_could_do_more(api):
    add_force(api)
    narrow, _ = made(api, roles=["admin"], scopes=["administer", "read"])
    _, fuller = made(api)
    asked = {"name": "x", "roles": ["planner"]}
    problem(api.post(keys_of(FORCE), json=asked, headers=narrow), 403, "plan")
    problem(api.post(f"{keys_of(FORCE)}/{fuller['id']}/rotate", json={}, headers=narrow), 403, "plan")
    done(api.post(keys_of(FORCE), json=asked | {"scopes": ["read"]}, headers=narrow), 201)


def test_last_use_is_noted_once_a_minute_even_where_the_request_is_refused(api, engine):
    add_force(api)
    headers, key = made(api)
    assert key["last_used_at"] is None
    problem(api.get(f"/v1/forces/{FORCE}/forecasts/latest", headers=headers), 404)
    first = entry(api, key["id"])["last_used_at"]
    done(api.get("/v1/forces", headers=headers))
    assert entry(api, key["id"])["last_used_at"] == first is not None
    earlier = utc_now() - timedelta(seconds=61)
    with force_session(engine, EVERY_FORCE) as session:
        session.get_one(ApiKeyRow, key["id"]).last_used_at = earlier
    done(api.get("/v1/forces", headers=headers))
    assert datetime.fromisoformat(entry(api, key["id"])["last_used_at"]) > earlier


def test_last_use_of_an_installations_key_is_noted_where_it_asks_for_a_force(api):
    add_force(api)
    headers, key = made(api, None)
    assert key["last_used_at"] is None
    done(api.get(f"/v1/forces/{FORCE}/settings", headers=headers))
    assert entry(api, key["id"], None)["last_used_at"] is not None


def test_a_key_that_is_at_work_is_revoked_without_waiting(api, engine, database):
    """Its last use is noted in a transaction of its own; and one that is being noted elsewhere keeps nobody waiting."""
    add_force(api)
    headers, key = made(api)
    with psycopg.connect(database.owner) as other:
        other.execute("select from api_keys where id = %s for no key update", (key["id"],))
        done(api.get("/v1/forces", headers=headers))
        other.rollback()
    with force_session(engine, EVERY_FORCE) as session:
        authenticate(session, headers["Authorization"].removeprefix("Bearer "))
        done(api.delete(f"{keys_of(FORCE)}/{key['id']}"))
    refused(api, headers)


def test_only_the_digest_of_a_key_is_stored(api, engine):
    add_force(api)
    answer = done(api.post(f"/v1/forces/{FORCE}/keys", json={"name": "x", "roles": ["planner"]}), 201)
    secret = answer["key"].split("_", 2)[2]
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
    answer = done(api.post(f"/v1/forces/{FORCE}/keys", json=body, headers=key_for(FORCE, "admin")), 201)
    done(api.get(f"/v1/forces/{FORCE}/settings", headers=bearer(answer["key"])))
    problem(api.post(f"/v1/forces/{FORCE}/keys", json=body | {"roles": []}), 422, "roles")
    problem(api.post(f"/v1/forces/{FORCE}/keys", json=body | {"roles": ["chief"]}), 422, "roles[0]", "chief")
    problem(api.post(f"/v1/forces/{FORCE}/keys", json=body | {"expires_at": "2030-01-01T00:00:00"}), 422, "expires_at")
    problem(api.post(f"/v1/forces/{FORCE}/keys", json=body | {"expires_at": "2026-01-01T00:00:00Z"}), 422, "ahead")
