"""My shifts, Team, Fairness and Admin, as handlers, supervisors, managers and administrators use them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.watched import expect_refusal, violations

PAGES = {
    "handler": ["my-shifts", "my-shifts?view=month"],
    "supervisor": ["team"],
    "manager": ["team", "fairness", "admin/settings", "admin/rules?before=england-wales-officers", "admin/events"],
    "admin": ["admin/accounts", "admin/keys", "admin/webhooks", "admin/runs", "admin/audit?verify=true"],
}


def at(demonstrated, place: str) -> str:
    return f"/forces/{demonstrated.slug}/{place}"


def unfold(page) -> None:
    """Some of what is folded away, so that it is looked at too: the rest is alike."""
    page.evaluate("[...document.querySelectorAll('main details')].slice(0, 5).forEach((one) => { one.open = true; })")


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible_and_fit_a_phone(window, demonstrated, name):
    page = window(name, width=360, height=740)
    for place in PAGES[name]:
        answer = page.goto(at(demonstrated, place))
        assert answer.status == 200, place
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{place} scrolls sideways by {wide} px"
        unfold(page)
        assert violations(page) == [], place


def test_a_handler_asks_for_what_is_theirs(window, demonstrated):
    page = window("handler")
    page.goto(at(demonstrated, "my-shifts"))
    assert page.get_by_role("heading", name="My shifts").is_visible()
    day = f"{datetime.now(UTC).date() + timedelta(days=60)}"
    page.get_by_label("Date", exact=True).fill(day)
    page.get_by_label("I would like").select_option("early")
    page.get_by_role("button", name="Save the wish").press("Enter")
    taken_back = page.get_by_role("button", name="Take back the wish for").last
    taken_back.wait_for()
    with page.expect_navigation():
        taken_back.press("Enter")
    page.get_by_role("button", name="Make an address").or_(
        page.get_by_role("button", name="Make a new address")
    ).click()
    address = page.locator("[data-field=url]")
    address.filter(has_text="/v1/calendar-feeds/").wait_for()
    path = address.inner_text().removeprefix(demonstrated.address)
    assert page.request.get(path).text().startswith("BEGIN:VCALENDAR")
    page.reload()
    page.get_by_role("button", name="End the address").click()
    page.get_by_role("button", name="Make an address").wait_for()
    expect_refusal(page, 404)
    assert page.request.get(path).status == 404


def test_leave_is_asked_for_and_decided(window, demonstrated):
    handler, manager = window("handler"), window("manager")
    handler.goto(at(demonstrated, "my-shifts"))
    ref = handler.locator(".app-stamp bdi").first.inner_text()
    first = datetime.now(UTC).date() + timedelta(days=75)
    handler.get_by_label("First day").fill(f"{first}")
    handler.get_by_label("Last day").fill(f"{first + timedelta(days=6)}")
    handler.get_by_role("button", name="Ask for leave").click()
    handler.get_by_text("waits for a decision").first.wait_for()
    manager.goto(at(demonstrated, "team"))
    request = manager.get_by_role("listitem").filter(has_text=ref).filter(has=manager.locator("summary")).last
    request.locator("summary").click()
    request.get_by_role("textbox").last.fill("Enough people that day")
    assert violations(manager) == []
    with manager.expect_navigation():
        request.get_by_role("button", name="Decline").click()
    handler.reload()
    handler.get_by_text("Enough people that day").first.wait_for()
    handler.get_by_text("declined").first.wait_for()


def test_a_refused_form_says_so_at_its_field(window, demonstrated):
    page = window("supervisor")
    expect_refusal(page, 422)
    page.goto(at(demonstrated, "team#absences"))
    handler = page.get_by_label("Handler", exact=True)
    handler.fill("<script>alert(1)</script>")
    page.get_by_role("button", name="Report the absence").press("Enter")
    page.get_by_role("alert").locator(".govuk-error-summary").wait_for()
    assert handler.get_attribute("aria-invalid") == "true"
    assert page.evaluate("document.activeElement.id") == "absent-handler"
    assert violations(page) == []


def test_an_absence_reported_is_answered_with_options(window, demonstrated):
    page = window("supervisor")
    page.goto(at(demonstrated, "team"))
    assert page.get_by_role("heading", name="Who is where now").is_visible()
    ref = page.locator("#now tbody tr:not(.app-place--away) th").last.inner_text()
    page.get_by_label("Handler", exact=True).fill(ref)
    page.get_by_role("button", name="Report the absence").press("Enter")
    page.wait_for_url("**/team/absences/*")
    page.locator(".app-option").first.wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="It was a mistake").press("Enter")
    page.get_by_text("withdrawn").wait_for()


def test_a_part_that_renews_itself_waits_while_somebody_is_in_it(window, demonstrated):
    page = window("supervisor")
    page.clock.install()
    page.goto(at(demonstrated, "team"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/team/now") else None)
    inside = page.locator("#now")
    inside.evaluate("one => { one.tabIndex = -1; one.focus(); }")
    page.clock.run_for(60_000)
    inside.blur()
    with page.expect_response("**/team/now"):
        page.clock.run_for(60_000)
    assert len(asked) == 1


def test_settings_changed_by_somebody_else_meanwhile_are_not_overwritten(window, demonstrated):
    mine, theirs = window("manager"), window("manager")
    expect_refusal(mine, 412)
    for page in (mine, theirs):
        page.goto(at(demonstrated, "admin/settings"))
        page.locator("summary", has_text="Publication").press("Enter")
    before = theirs.get_by_label("Second person").input_value()

    def change(value: str, why: str) -> None:
        theirs.get_by_label("Second person").select_option(value)
        theirs.locator("#group-publication-reason").fill(why)
        with theirs.expect_navigation():
            theirs.get_by_role("button", name="Save Publication").press("Enter")

    change("false" if before == "true" else "true", "Tried out")
    theirs.get_by_text("manager@").first.wait_for()
    mine.locator("#group-publication-reason").fill("Too late")
    mine.get_by_role("button", name="Save Publication").press("Enter")
    mine.get_by_role("link", name="Show how it stands now").wait_for()
    assert mine.locator("#group-publication-reason").input_value() == "Too late"
    theirs.goto(at(demonstrated, "admin/rules"))
    assert theirs.get_by_text("Publication: Second person").is_visible()
    theirs.goto(at(demonstrated, "admin/settings"))
    theirs.locator("summary", has_text="Publication").press("Enter")
    change(before, "As it was: others publish alone here")


def test_an_administrators_key_is_shown_once_and_revoked(window, demonstrated):
    page = window("admin")
    expect_refusal(page, 422)
    page.goto(at(demonstrated, "admin/keys"))
    name = "O'Neill <b>עברית</b>"
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Make the key").press("Enter")
    page.get_by_role("alert").locator(".govuk-error-summary").wait_for()  # no role was ticked
    page.get_by_label("auditor", exact=True).check()
    page.get_by_role("button", name="Make the key").press("Enter")
    shown = page.locator("[data-field=key]").filter(has_text="pace_")
    shown.wait_for()
    key = shown.inner_text()
    page.goto(at(demonstrated, "admin/keys"))
    assert key not in page.content()
    row = page.get_by_role("row").filter(has_text=name)
    row.first.locator("summary").press("Enter")
    with page.expect_navigation():
        row.first.get_by_role("button", name="Revoke this key now").press("Enter")
    page.goto(at(demonstrated, "admin/audit?action=key revoked"))
    assert page.get_by_text("key revoked").first.is_visible()


def test_an_administrator_adds_an_address_for_messages_and_takes_it_back(window, demonstrated):
    page = window("admin")
    page.goto(at(demonstrated, "admin/webhooks"))
    address = "https://hooks.example.org/pacesetter"
    page.get_by_label("Address", exact=True).fill(address)
    page.get_by_label("roster published").check()
    page.get_by_role("button", name="Add the address").click()
    page.locator("[data-field=secret]").filter(has_text=re.compile(r"\S")).wait_for()
    page.goto(at(demonstrated, "admin/webhooks"))
    row = page.get_by_role("region", name="Webhooks").get_by_role("row").filter(has_text=address).first
    row.wait_for()
    row.locator("summary").first.click()
    assert violations(page) == []
    with page.expect_navigation():
        row.get_by_role("button", name="Remove this address").click()
    expect(page.get_by_text(address)).to_have_count(0)
