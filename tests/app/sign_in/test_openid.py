"""Signing in with an OpenID provider: the flow with a real one on loopback, and tokens that must not be believed."""

from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import User, run_server_in_thread
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session
from app.errors import Forbidden, Unauthorised, Unavailable
from app.identity.roles import Role
from app.settings import Settings, settings
from app.sign_in import openid
from app.sign_in.person import Pending
from app.tables import SessionRow
from tests.helpers import FORCE, OTHER, add_force, done, problem

CLIENT = "pacesetter"
PEOPLE = [
    User(sub="planner", claims={"name": "Jo Bloggs", "roles": [f"{FORCE}:planner", f"{FORCE}:unheard", "planner"]}),
    User(sub="nobody", claims={"name": "Sam", "roles": ["chief"]}),
    User(sub="elsewhere", claims={"name": "Kim", "roles": ["nowhere:planner"]}),
    User(sub="both", claims={"name": "Al", "roles": [f"{FORCE}:planner", f"{OTHER}:planner"]}),
]


@pytest.fixture(scope="module")
def provider():
    with run_server_in_thread(user_claims=PEOPLE) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def browser(api, provider, monkeypatch):
    """The API as a browser without a key sees it; people sign in at `provider`."""
    add_force(api)
    add_force(api, OTHER)
    monkeypatch.setenv("PACESETTER_OIDC_ISSUER", provider)
    monkeypatch.setenv("PACESETTER_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("PACESETTER_OIDC_CLIENT_SECRET", "known to the provider too")
    settings.cache_clear()
    del api.headers["authorization"]
    yield api
    settings.cache_clear()


def sent_there(browser):
    """The provider's address that the browser is sent to."""
    answer = browser.get("/sign-in/openid", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def come_back(browser, sub):
    """Sign in as `sub` at the provider, and follow its answer back."""
    there = httpx.post(sent_there(browser), data={"sub": sub})
    assert there.status_code == 302, there.text
    back = urlsplit(there.headers["location"])
    return browser.get(f"{back.path}?{back.query}", follow_redirects=False)


def test_a_person_signs_in_with_the_roles_of_the_claim(browser):
    assert 'href="/sign-in/openid?next=/' in browser.get("/sign-in").text
    there = parse_qs(urlsplit(sent_there(browser)).query)
    assert (there["response_type"], there["code_challenge_method"]) == (["code"], ["S256"])
    answer = come_back(browser, "planner")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    who = done(browser.get("/v1/session"))
    assert (who["name"], who["force"], who["roles"]) == ("Jo Bloggs", FORCE, ["planner"])
    assert "Jo Bloggs" in browser.get("/sign-in").text
    done(browser.get(f"/v1/forces/{FORCE}/settings"))
    problem(browser.get(f"/v1/forces/{OTHER}/settings"), 404)
    again = come_back(browser, "planner")
    assert again.status_code == 303
    assert done(browser.get("/v1/session"))["actor_id"] == who["actor_id"]


@pytest.mark.parametrize(
    ("sub", "words"), [("nobody", "no role here"), ("elsewhere", "nowhere"), ("both", "several forces")]
)
def test_who_has_no_role_of_one_force_here_stays_out(browser, sub, words):
    answer = come_back(browser, sub)
    assert (answer.status_code, words in answer.text) == (403, True), answer.text
    problem(browser.get("/v1/session"), 401)


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(browser):
    there = httpx.post(sent_there(browser), data={"sub": "planner"})
    back = urlsplit(there.headers["location"])
    browser.cookies.clear()
    answer = browser.get(f"{back.path}?{back.query}", follow_redirects=False)
    assert answer.status_code == 401
    sent_there(browser)
    assert browser.get(f"{back.path}?{back.query}", follow_redirects=False).status_code == 401
    problem(browser.get("/v1/session"), 401)


def test_roles_of_the_provider_are_asked_for_again_at_their_age(browser, engine, database, monkeypatch):
    for minutes, lasts in (("30", timedelta(minutes=30)), ("10080", timedelta(hours=12))):
        monkeypatch.setenv("PACESETTER_OIDC_ROLES_MIN", minutes)
        settings.cache_clear()
        come_back(browser, "planner")
        with force_session(engine, EVERY_FORCE) as session:
            row = session.scalars(select(SessionRow).order_by(SessionRow.created_at.desc()).limit(1)).one()
            assert row.expires_at - row.created_at == lasts
    done(browser.get("/v1/session"))
    with psycopg.connect(database.owner) as connection:
        connection.execute("select set_config('pacesetter.force', '*', true)")
        connection.execute("update sessions set expires_at = now()")
    problem(browser.get("/v1/session"), 401, "sign in again")


def test_a_provider_that_is_away_is_no_fault_of_ours(browser, monkeypatch):
    monkeypatch.setenv("PACESETTER_OIDC_ISSUER", "http://127.0.0.1:1")
    settings.cache_clear()
    answer = browser.get("/sign-in/openid", follow_redirects=False)
    assert (answer.status_code, "does not answer" in answer.text) == (503, True)


KEY, OTHERS_KEY = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
SET = Settings(oidc_issuer="https://provider", oidc_client_id=CLIENT, oidc_force=FORCE)
PENDING = Pending("state", "nonce", "verifier")


def token(key=KEY, algorithm="RS256", **changes):
    now = int(time.time())
    claims = {"iss": "https://provider", "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300, "nonce": "nonce",
              "roles": ["planner"]}  # fmt: skip
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "1"}, claims, key, algorithms=[algorithm])


def claims_of(given):
    public = KEY.as_dict(private=False) | {"kid": "1"}
    return openid._claims(SET, PENDING, given, {"keys": [public]})


def test_a_token_that_holds_says_who_it_is():
    person = openid._described(SET, claims_of(token(aud=[CLIENT])))
    assert (person.subject, person.name, person.force, person.roles) == ("1", "1", FORCE, {Role.PLANNER})
    assert openid._described(SET, claims_of(token(roles="installation:admin"))).force is None
    for roles in (None, "handler"):  # of a handler whom no claim names
        with pytest.raises(Forbidden, match="no role here"):
            openid._described(SET, claims_of(token(roles=roles)))
    handler = openid._described(SET, claims_of(token(roles="handler", handler_ref="H001")))
    assert (handler.roles, handler.handler_ref) == ({Role.HANDLER}, "H001")


@pytest.mark.parametrize(
    "given",
    [
        lambda: token(OTHERS_KEY),
        lambda: token(iss="https://other"),
        lambda: token(aud="other"),
        lambda: token(aud=[CLIENT, "other"]),
        lambda: token(nonce="other"),
        lambda: token(nonce=None),
        lambda: token(exp=int(time.time()) - 61),
        lambda: token(exp=None),
        lambda: token(sub=None),
        lambda: token(iat=int(time.time()) + 3600),
        lambda: "not.a.token",
        lambda: token()[:-8] + "AAAAAAAA",
    ],
)
def test_a_token_that_does_not_hold_is_refused(given):
    with pytest.raises(Unauthorised):
        claims_of(given())


def test_a_provider_that_describes_itself_as_another_is_not_believed():
    def answer(_):
        return httpx.Response(200, json={"issuer": "https://other", "authorization_endpoint": "x",
                                         "token_endpoint": "x", "jwks_uri": "x"})  # fmt: skip

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as client,
        pytest.raises(Unavailable, match="somebody else"),
    ):
        openid._discovered(client, SET)
