"""Forces at both ends: one that has nothing yet, one of 500 people with every kind of name."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, make_transient

from app.database import EVERY_FORCE, force_session, new_id, service_engine
from app.demonstration.settings import demonstration_force
from app.identity.roles import Role
from app.same_origin import session_cookie
from app.server.supervisor import make_admin_key
from app.sign_in.person import Person
from app.sign_in.service import with_openid
from app.tables import ForceRow, RosterRow
from tests.browser.conftest import enter
from tests.browser.watched import expect_refusal, violations

N_PEOPLE = 500
NAMES = {"K0007": "<script>document.title='x'</script>", "K0008": "Siân O’Neill-D'Arcy", "K0009": "عمر خالد"}


@pytest.fixture(scope="module")
def engine(demonstrated) -> Iterator[Engine]:
    if demonstrated.database_url is None:
        pytest.skip("set PACESETTER_BROWSER_DATABASE to the address of the demonstration's database")
    made = service_engine(demonstrated.database_url, pool_size=1)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def installed(demonstrated, engine) -> Iterator[httpx.Client]:  # noqa: ARG001 - skips without a database
    """The API as the installation's administrator."""
    key = make_admin_key(demonstrated.database_url, "browser tests", datetime.now(UTC) + timedelta(hours=1))
    with httpx.Client(base_url=f"{demonstrated.address}/v1", headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


@pytest.fixture
def force(installed: httpx.Client) -> Callable[..., tuple[str, dict[str, str]]]:
    """Makes a force with an account of each role that is named; answers its slug and their passwords."""

    def made(*roles: str) -> tuple[str, dict[str, str]]:
        slug = f"other-{secrets.token_hex(4)}"
        body = demonstration_force().model_dump(mode="json", by_alias=True) | {"slug": slug, "name": "Another force"}
        installed.post("/forces", json=body).raise_for_status()
        told = {}
        for role in roles:
            answer = installed.post(f"/forces/{slug}/accounts", json={"name": role, "roles": [role]})
            told[role] = answer.raise_for_status().json()["password"]
        return slug, told

    return made


def sideways(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_who_looks_after_the_installation_adds_a_force(window, demonstrated, engine):
    roles = frozenset({Role.ADMIN})
    person = Person("https://id.example", secrets.token_hex(8), "Ada", None, roles, None)
    page = window(None)
    cookie = {"name": session_cookie(), "value": with_openid(engine, person, None), "url": demonstrated.address}
    page.context.add_cookies([cookie])
    page.goto("/")
    page.get_by_role("link", name="Add a force").click()
    slug, name = f"new-{secrets.token_hex(4)}", "O’Neill & عمر Police"
    page.get_by_label("Short name").fill("Not a short name")
    page.get_by_label("Name", exact=True).fill(name)
    expect_refusal(page, 422)
    page.get_by_role("button", name="Add the force").click()
    expect(page.get_by_label("Short name")).to_have_attribute("aria-invalid", "true")
    assert violations(page) == []
    page.get_by_label("Short name").fill(slug)
    page.get_by_role("button", name="Add the force").click()
    page.wait_for_url(f"**/forces/{slug}/**")
    expect(page.get_by_text(name).first).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("link", name=name)).to_have_attribute("href", f"/forces/{slug}")
    assert violations(page) == []


def test_a_force_without_data_says_what_to_do_next(window, force):
    slug, passwords = force("planner")
    page = window(None, width=360, height=740)
    enter(page, slug, "planner", passwords["planner"])
    told = {
        "today": "There is no call history yet. Import one",
        "demand": "import a call history and ask for a forecast",
        "cover": "Ask for a roster of this week",
        "rosters": "Ask for one: the page shows what is missing",
        "ask": "No handlers yet: import a people file first",
        "what-if": "Build one",
        "team": "Approve and publish one",
        "fairness": "Look again once this week is over",
    }
    for place, words in told.items():
        page.goto(f"/forces/{slug}/{place}")
        expect(page.locator("main")).to_contain_text(words)
        assert sideways(page) == 0, place
        assert violations(page) == [], place


@pytest.fixture
def crowd(installed: httpx.Client, force, demonstrated, engine) -> tuple[str, str, str]:
    """A force of 500 people, the demonstration's several times over, with a roster of theirs: its slug, the planner's
    password, the roster's identifier."""
    slug, passwords = force("planner")
    known = installed.get(f"/forces/{demonstrated.slug}/handlers").raise_for_status().json()["handlers"]
    twins = {f"K{at:04d}": known[at % len(known)]["ref"] for at in range(N_PEOPLE)}
    bodies = {one["ref"]: {name: value for name, value in one.items() if name != "updated_at"} for one in known}
    people = [bodies[of] | {"ref": ref} for ref, of in twins.items()]
    installed.post(f"/forces/{slug}/handlers", json={"handlers": people}).raise_for_status()
    for ref, name in NAMES.items():
        installed.put(f"/forces/{slug}/handlers/{ref}/name", json={"name": name}).raise_for_status()
    with force_session(engine, EVERY_FORCE) as session:
        force_id = session.scalars(select(ForceRow.id).where(ForceRow.slug == slug)).one()
        roster = _multiplied(session, force_id, twins)
    return slug, passwords["planner"], str(roster)


def _multiplied(session: Session, force_id: UUID, twins: dict[str, str]) -> UUID:
    """Stores a roster of the demonstration for `twins`, each with the duties of who they are like."""
    row = session.scalars(
        select(RosterRow).where(RosterRow.mode == "weekly", RosterRow.based_on.is_(None)).limit(1)
    ).one()
    session.expunge(row)
    make_transient(row)
    row.id, row.force_id, row.settings_version, row.status = new_id(), force_id, 1, "draft"
    body, certificate = copy.deepcopy(row.body), copy.deepcopy(row.certificate)
    for name in ("duties", "carried_over"):
        body[name] = _for_twins(body[name], "handler", twins)
    certificate["problem"]["handlers"] = _for_twins(certificate["problem"]["handlers"], "ref", twins)
    row.body, row.certificate = body, certificate
    session.add(row)
    return row.id


def _for_twins(entries: list[dict[str, Any]], who: str, twins: dict[str, str]) -> list[dict[str, Any]]:
    return [one | {who: ref} for ref, of in twins.items() for one in entries if one[who] == of]


def test_500_people_are_found_and_read_whatever_their_names(window, crowd):
    slug, password, roster = crowd
    page = window(None)
    enter(page, slug, "planner", password)
    page.goto(f"/forces/{slug}/rosters/{roster}")
    rows = page.locator(".ros-row")
    expect(rows).to_have_count(N_PEOPLE)
    for name in NAMES.values():
        assert page.locator(".ros-row").get_by_text(name).count() == 1
    assert page.title().startswith("Roster from")
    page.get_by_label("Find a handler").fill("K049")
    expect(page.locator(".ros-row:visible")).to_have_count(10)
    page.locator(".ros-row:visible .c.d").first.press("Enter")
    expect(page.locator("#panel")).to_contain_text("K049")
    page.get_by_label("Find a handler").fill("")
    page.locator(".ros-name").first.press("End")
    for place in ("team", "fairness", f"rosters/{roster}?view=month"):
        page.goto(f"/forces/{slug}/{place}")
        assert sideways(page) == 0, place
