"""Local accounts, sessions, and what browsers are kept from doing."""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import create_engine, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.database import EVERY_FORCE, force_session, utc_now
from app.identity.roles import ALLOWED, Role
from app.main import create_app
from app.settings import settings
from app.sign_in import passwords
from app.sign_in.passwords import FREE_FAILURES, wait_after
from app.tables import AccountRow, SessionRow
from tests.helpers import FORCE, OTHER, add_force, add_handlers, done, handler_body, problem

ACCOUNTS = f"/v1/forces/{FORCE}/accounts"
OURS = {"Sec-Fetch-Site": "same-origin"}
PUBLIC = "https://pacesetter.example"


@pytest.fixture(autouse=True)
def local(monkeypatch):
    """Local accounts are on, and a digest costs little."""
    monkeypatch.setenv("PACESETTER_LOCAL_ACCOUNTS", "true")
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def browser(api):
    """Another client of the same API, with cookies and without a key."""
    add_force(api)
    return TestClient(api.app, raise_server_exceptions=False, follow_redirects=False)


def account(api, name="jo", *roles, **more):
    made = done(api.post(ACCOUNTS, json={"name": name, "roles": [*(roles or ("planner",))]} | more), 201)
    return made["account"], made["password"]


@contextmanager
def owner_session(database):
    """Past what the service may change."""
    made = create_engine(make_url(database.owner).set(drivername="postgresql+psycopg"))
    with Session(made) as session, session.begin():
        yield session
    made.dispose()


def sign_in(browser, name, password):
    return browser.post("/sign-in", data={"name": name, "password": password}, headers=OURS)


def test_a_person_signs_in_and_out(api, browser):
    made, password = account(api)
    assert made["sign_in_name"] == f"jo@{FORCE}"
    problem(browser.get("/v1/session"), 401)
    answer = sign_in(browser, f" Jo@{FORCE}", password)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert re.match(r"pacesetter=\S{43};", cookie)
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    who = done(browser.get("/v1/session"))
    assert (who["force"], who["roles"], who["permissions"]) == (FORCE, ["planner"], sorted(ALLOWED[Role.PLANNER]))
    assert browser.post("/sign-out", headers=OURS).status_code == 303
    problem(browser.get("/v1/session"), 401)


def test_a_session_acts_like_a_key_of_the_same_roles(api, browser):
    add_force(api, OTHER)
    _, password = account(api, "jo", "auditor")
    sign_in(browser, f"jo@{FORCE}", password)
    done(browser.get(f"/v1/forces/{FORCE}/settings"))
    problem(browser.post(f"/v1/forces/{FORCE}/forecasts", json={}, headers=OURS), 403, "plan", "auditor")
    problem(browser.get(f"/v1/forces/{OTHER}/settings"), 404)
    lines = done(browser.get(f"/v1/forces/{FORCE}/audit"))["lines"]
    assert [line["action"] for line in lines] == ["signed in", "account made", "settings"]


def test_a_handler_who_signs_in_sees_the_own_schedule_alone(api, browser):
    done(add_handlers(api, handler_body("H001"), handler_body("H002")))
    _, password = account(api, "jo", "handler", handler_ref="H001")
    sign_in(browser, f"jo@{FORCE}", password)
    own = browser.get(f"/v1/forces/{FORCE}/handlers/H001/schedule/week")
    assert own.status_code in (200, 404), own.text
    assert browser.get(f"/v1/forces/{FORCE}/handlers/H002/schedule/week").status_code in (403, 404)
    problem(browser.get(f"/v1/forces/{FORCE}/handlers"), 403)
    problem(api.post(ACCOUNTS, json={"name": "x", "roles": ["handler"]}), 422, "handler_ref")


def test_every_sign_in_has_a_cookie_of_its_own_and_ends_the_one_before(api, browser):
    _, password = account(api)
    sign_in(browser, f"jo@{FORCE}", password)
    first = browser.cookies["pacesetter"]
    sign_in(browser, f"jo@{FORCE}", password)
    assert browser.cookies["pacesetter"] != first
    old = TestClient(api.app, cookies={"pacesetter": first})
    problem(old.get("/v1/session"), 401)


def test_only_the_digest_of_cookie_and_password_is_stored(api, browser, engine):
    _, password = account(api)
    sign_in(browser, f"jo@{FORCE}", password)
    cookie = browser.cookies["pacesetter"]
    with force_session(engine, EVERY_FORCE) as session:
        for table in ("accounts", "sessions", "audit", "actors"):
            rows = session.execute(text(f"select t::text from {table} t")).scalars().all()
            assert rows
            for secret in (cookie, password):
                assert not any(secret in row or secret.encode().hex() in row for row in rows), table


def test_signing_out_everywhere_ends_all_sessions_of_a_person(api, browser):
    _, password = account(api)
    second = TestClient(api.app, follow_redirects=False)
    for client in (browser, second):
        sign_in(client, f"jo@{FORCE}", password)
        done(client.get("/v1/session"))
    assert browser.post("/sign-out", data={"everywhere": "true"}, headers=OURS).status_code == 303
    problem(second.get("/v1/session"), 401)


@pytest.mark.parametrize(
    ("column", "minutes_ago", "is_let_in"),
    [("seen_at", 59, True), ("seen_at", 61, False), ("expires_at", -1, True), ("expires_at", 0, False)],
)
def test_a_session_ends_when_it_is_idle_and_when_it_is_old(api, browser, database, column, minutes_ago, is_let_in):
    _, password = account(api)
    sign_in(browser, f"jo@{FORCE}", password)
    with owner_session(database) as session:
        session.execute(update(SessionRow).values({column: utc_now() - timedelta(minutes=minutes_ago)}))
    assert browser.get("/v1/session").status_code == (200 if is_let_in else 401)


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://testserver.evil"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
    ],
)
def test_a_cookie_changes_things_from_our_own_pages_alone(api, browser, headers, is_let_in):
    _, password = account(api, "jo", "manager")
    sign_in(browser, f"jo@{FORCE}", password)
    answer = browser.put(f"/v1/forces/{FORCE}/settings", json={"meals_paid": True}, headers=headers)
    assert answer.status_code == (200 if is_let_in else 403)
    done(browser.get(f"/v1/forces/{FORCE}/settings", headers=headers))
    signing = browser.post("/sign-in", data={"name": "x", "password": "x"}, headers=headers)
    assert signing.status_code == (401 if is_let_in else 403)
    assert api.put(f"/v1/forces/{FORCE}/settings", json={}, headers=headers).status_code == 200  # a key needs none


def test_wrong_passwords_lead_to_waits_and_all_refusals_are_alike(api, browser, database):
    _, password = account(api)
    name = f"jo@{FORCE}"
    unknown = sign_in(browser, f"nobody@{FORCE}", password).text.replace("nobody@", "jo@")  # what was typed stays
    for _ in range(FREE_FAILURES):
        wrong = sign_in(browser, name, "wrong")
        assert (wrong.status_code, wrong.text) == (401, unknown)
    locked = sign_in(browser, name, password)
    assert (locked.status_code, locked.text) == (401, unknown)
    assert done(api.get(ACCOUNTS))["accounts"][0]["locked_until"] is not None
    with owner_session(database) as session:
        session.execute(update(AccountRow).values(locked_until=utc_now()))
    assert sign_in(browser, name, password).status_code == 303
    actions = [line["action"] for line in done(api.get(f"/v1/forces/{FORCE}/audit"))["lines"]]
    assert actions[:2] == ["signed in", "account locked"]


def test_a_digest_is_argon2id_as_recommended(monkeypatch):
    """OWASP's password storage cheat sheet: at least 19 MiB with two passes."""
    monkeypatch.undo()
    kind, version, costs = passwords.digest_of("x").removeprefix("$").split("$")[:3]
    memory_kib, passes, _ = (int(cost.split("=")[1]) for cost in costs.split(","))
    assert (kind, version) == ("argon2id", "v=19")
    assert memory_kib >= 19 * 1024
    assert passes >= 2


def test_waits_grow_up_to_an_hour():
    waits = [wait_after(n) for n in range(FREE_FAILURES - 1, FREE_FAILURES + 8)]
    minutes = [None if wait is None else wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [None, 1, 2, 4, 8, 16, 32, 60, 60]
    assert wait_after(10**9) == timedelta(hours=1)


def test_a_reset_and_a_changed_password_end_sessions(api, browser):
    made, password = account(api)
    name = f"jo@{FORCE}"
    sign_in(browser, name, password)
    new = done(api.post(f"{ACCOUNTS}/{made['id']}/password"), 201)["password"]
    problem(browser.get("/v1/session"), 401)
    assert sign_in(browser, name, password).status_code == 401
    assert sign_in(browser, name, new).status_code == 303
    change = {"old": new, "new": "correct horse battery"}
    problem(browser.put("/v1/session/password", json=change | {"old": "x"}, headers=OURS), 422, "old")
    problem(browser.put("/v1/session/password", json=change | {"new": "short"}, headers=OURS), 422, "new")
    assert browser.put("/v1/session/password", json=change, headers=OURS).status_code == 204
    problem(browser.get("/v1/session"), 401)
    assert sign_in(browser, name, change["new"]).status_code == 303
    problem(api.put("/v1/session/password", json=change), 409, "no password")


def test_a_disabled_account_is_out_at_once_and_its_name_is_erased(api, browser, engine):
    made, password = account(api)
    sign_in(browser, f"jo@{FORCE}", password)
    gone = done(api.delete(f"{ACCOUNTS}/{made['id']}"))
    assert gone["disabled_at"] is not None
    assert gone["sign_in_name"] is None
    problem(browser.get("/v1/session"), 401)
    assert sign_in(browser, f"jo@{FORCE}", password).status_code == 401
    with force_session(engine, EVERY_FORCE) as session:
        for table in ("accounts", "actors", "audit"):
            assert "jo@" not in "".join(session.execute(text(f"select t::text from {table} t")).scalars())
    problem(api.post(f"{ACCOUNTS}/{made['id']}/password"), 409, "disabled")
    account(api)  # the name is free again


def test_no_account_may_do_more_than_its_maker(api):
    add_force(api)
    body = {"name": "x", "roles": ["admin"], "scopes": ["administer", "read"]}
    narrow = done(api.post(f"/v1/forces/{FORCE}/keys", json=body), 201)["key"]
    headers = {"Authorization": f"Bearer {narrow}"}
    problem(api.post(ACCOUNTS, json={"name": "jo", "roles": ["planner"]}, headers=headers), 403, "plan")
    made, _ = account(api)
    problem(api.post(f"{ACCOUNTS}/{made['id']}/password", headers=headers), 403)


def test_local_accounts_are_off_unless_asked_for(api, browser, monkeypatch):
    monkeypatch.delenv("PACESETTER_LOCAL_ACCOUNTS")
    settings.cache_clear()
    problem(sign_in(browser, "x", "x"), 404)
    problem(api.post(ACCOUNTS, json={"name": "jo", "roles": ["planner"]}), 409, "PACESETTER_LOCAL_ACCOUNTS")
    assert "Nobody can sign in" in browser.get("/sign-in").text


def test_with_https_cookies_and_transport_are_strict(api, database, monkeypatch):
    add_force(api)
    _, password = account(api)
    monkeypatch.setenv("PACESETTER_PUBLIC_URL", PUBLIC)
    settings.cache_clear()
    with TestClient(create_app(database.service), base_url=PUBLIC, follow_redirects=False) as browser:
        answer = browser.post(
            "/sign-in", data={"name": f"jo@{FORCE}", "password": password}, headers={"Origin": PUBLIC}
        )
        assert answer.status_code == 303
        assert answer.headers["set-cookie"].startswith("__Host-pacesetter=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age=31536000" in answer.headers["strict-transport-security"]
        done(browser.get("/v1/session"))
        assert browser.post("/sign-out", headers={"Origin": "https://testserver"}).status_code == 403


def test_every_answer_carries_the_headers_that_protect_browsers(api, browser):
    assert browser.get("/sign-in").headers["cache-control"] == "no-store"
    for answer in (browser.get("/sign-in"), browser.get("/v1/forces"), browser.get("/nowhere"), api.get("/v1/forces")):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        is_page = answer.headers["content-type"].startswith("text/html")
        assert ("script-src 'self'; style-src 'self';" in answer.headers["content-security-policy"]) is is_page
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] in ("no-store", "private, no-cache")  # the latter beside an ETag
        assert "strict-transport-security" not in answer.headers
    page = browser.get("/sign-in").text
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", page))
    assert "style=" not in page
    assert "<style" not in page


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_documentation_runs_its_own_scripts_and_no_others(browser, path):
    answer = browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    inline = [script for script in re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL) if script.strip()]
    for script in inline:
        assert b64encode(sha256(script.encode()).digest()).decode() in policy
    sources = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert all(source.startswith("/") for source in sources), sources
