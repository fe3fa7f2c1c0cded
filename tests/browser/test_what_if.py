"""What-ifs: built from levers in plain words, read side by side, built on."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.test_roster_life import base, finished, sideways, tab_to
from tests.browser.watched import expect_refusal, violations


def test_a_what_if_is_built_read_and_built_on(window, demonstrated):
    page = window("planner")
    page.goto(f"{base(demonstrated)}/what-if")
    assert violations(page) == []
    tab_to(page, "New what-if")
    page.keyboard.press("Enter")
    page.wait_for_url("**/new")
    page.get_by_label("Name").fill("Storm, <b>three</b> fewer")
    for lever in ("demand", "headcount"):
        page.get_by_label("Add a change").select_option(lever)
        page.get_by_role("button", name="Add", exact=True).press("Enter")
    page.get_by_label("Calls, as a share of today’s").fill("110")
    page.get_by_label("People more, or below 0 fewer").fill("three")
    assert violations(page) == []
    expect_refusal(page, 422)
    page.get_by_role("button", name="Compare both sides").press("Enter")
    people = page.get_by_label("People more, or below 0 fewer")
    expect(page.get_by_role("alert").first).to_contain_text("People more, or below 0 fewer: ")
    expect(people).to_have_attribute("aria-invalid", "true")
    expect(people).to_be_focused()
    people.fill("-3")
    page.get_by_label("A grid: the changed plan").check()
    page.get_by_label("Volumes [%]").fill("100, 110")
    page.get_by_label("Absence on the day [%]").fill("4")
    page.get_by_label("How sure").select_option("0.01")
    page.get_by_role("button", name="Compare both sides").press("Enter")
    page.wait_for_url("**/runs/*")
    finished(page)
    page.get_by_role("link", name="Look at both sides").press("Enter")
    expect(page.get_by_role("heading", name="Storm, <b>three</b> fewer")).to_be_visible()
    for block in ("Service", "People", "Cost"):
        expect(page.get_by_role("heading", name=block, exact=True)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Handlers"))).to_contain_text("-3")
    expect(page.locator(".app-heat td")).to_have_count(6)
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert sideways(page) <= 0
    page.get_by_role("link", name="Build on it").click()
    expect(page.get_by_label("People more, or below 0 fewer")).to_have_value("-3")
    expect(page.get_by_label("Calls, as a share of today’s")).to_have_value("110")
    assert sideways(page) <= 0
    assert violations(page) == []
    expect(page.get_by_label("Volumes [%]")).to_have_value("100, 110")
    # Sent again it is what was stored, with what is changed now; known well, a factor is one number.
    page.get_by_label("Calls, as a share of today’s").fill("120")
    page.route("**/scenarios", lambda route: route.fulfill(status=422, json={"title": "Seen", "detail": "enough"}))
    with page.expect_request("**/scenarios") as sent:
        page.get_by_role("button", name="Compare both sides").press("Enter")
    stored = page.request.get(f"/v1/forces/{demonstrated.slug}/scenarios").json()["scenarios"][0]
    body = sent.value.post_data_json
    assert body["base"] == {name: value for name, value in stored["base"].items() if value}
    calls, people = body["changes"]
    assert (calls["factor"], people["change"]) == (1.2, -3)
    assert body["sweep"] == {"volume": [1.0, 1.1], "handling_time": [0.9, 1.0, 1.1], "absence_rate": [0.04]}
    assert (body["restore"], body["precision"], body["seed"]) == (False, 0.01, 1)


def test_whoever_may_only_read_sees_a_shared_what_if(window, demonstrated):
    page = window("supervisor")
    found = page.request.get(f"/v1/forces/{demonstrated.slug}/scenarios").json()["scenarios"]
    page.goto(f"{base(demonstrated)}/what-if/{found[0]['id']}")
    expect(page.get_by_role("heading", name="Service", exact=True)).to_be_visible()
    assert page.get_by_role("link", name="Build on it").count() == 0
