"""Rosters from the wish for one to their last step, as a planner and a manager go through it."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from secrets import token_hex
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.watched import expect_refusal, violations

LONDON = ZoneInfo("Europe/London")
A_RUN_MS = 240_000  # most time for a run on a busy machine


def base(demonstrated) -> str:
    return f"/forces/{demonstrated.slug}"


def rosters_of(page: Page, demonstrated) -> list[dict]:
    return page.request.get(f"/v1/forces/{demonstrated.slug}/rosters").json()["rosters"]


def runs_of(page: Page, kind: str) -> list[dict]:
    return page.request.get(f"/v1/runs?kind={kind}").json()["runs"]


def sideways(page: Page) -> int:
    """How far the page itself scrolls sideways [px]."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until the element of that name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || '').trim()"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"{name!r} is not reached by {most} presses of Tab")


def finished(page: Page) -> None:
    expect(page.locator("#run-now")).to_have_attribute("data-finished", "yes", timeout=A_RUN_MS)


@pytest.fixture(scope="module")
def asked(browser, demonstrated, signed_in):
    """Address of a run that makes next week's roster again, asked for by keyboard alone, pressed twice."""
    context = browser.new_context(
        base_url=demonstrated.address, storage_state=signed_in("planner"), viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.goto(f"{base(demonstrated)}/rosters")
    before = len(runs_of(page, "roster"))
    tab_to(page, "Ask for a roster")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask")
    draft = next(one for one in rosters_of(page, demonstrated) if one["status"] == "draft")
    with page.expect_response("**/ask/ready**"):
        page.get_by_label("First week").select_option(draft["week_start"])
    page.get_by_label("A first look").check()
    tab_to(page, "Make the roster")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*")
    assert len(runs_of(page, "roster")) == before + 1
    yield page.url
    context.close()


def test_asking_says_what_is_missing_first(window, demonstrated):
    page = window("planner")
    page.goto(f"{base(demonstrated)}/ask")
    last = page.get_by_label("First week").locator("option").last.get_attribute("value")
    with page.expect_response("**/ask/ready**"):
        page.get_by_label("First week").select_option(last)
    ready = page.locator("#ready")
    expect(ready).to_contain_text("No forecast reaches the whole of these weeks.")
    expect(ready.get_by_role("button", name=re.compile("Make a forecast of 1[0-3] weeks"))).to_be_visible()
    assert violations(page) == []
    expect_refusal(page, 409)
    page.get_by_role("button", name="Make the roster").click()
    expect(page.get_by_role("alert").first).to_contain_text("make one for it")


def test_a_run_is_watched_and_its_lost_connection_told(window, asked):
    def under_way(route: Route) -> None:
        """The page as it stands while the run goes on, also where it has ended meanwhile."""
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('data-finished="yes"', 'data-finished="no"'))

    page = window("planner")
    expect_refusal(page, 503)
    page.route("**/events", lambda route: route.fulfill(status=503, body=""))
    page.route(asked, under_way)
    page.goto(asked)
    expect(page.locator("#run-line")).to_contain_text("Connection lost")
    page.unroute("**/events")
    expect(page.locator("#run-line")).to_be_hidden(timeout=20_000)
    finished(page)
    expect(page.get_by_role("link", name="Look at the roster")).to_be_visible()
    expect(page.locator("#run-gap")).to_contain_text("%")
    assert violations(page) == []


def test_a_search_is_cancelled_and_keeps_the_best_that_it_found(window, demonstrated):
    page = window("planner")
    page.goto(f"{base(demonstrated)}/ask")
    draft = next(one for one in rosters_of(page, demonstrated) if one["status"] == "draft")
    with page.expect_response("**/ask/ready**"):
        page.get_by_label("First week").select_option(draft["week_start"])
    page.get_by_label("Thorough").check()
    page.get_by_role("button", name="Make the roster").click()
    page.wait_for_url("**/runs/*")
    expect(page.locator("#run-gap")).to_contain_text("%", timeout=A_RUN_MS)
    page.get_by_role("button", name="Cancel and keep the best found").click()
    finished(page)
    page.get_by_role("link", name="Look at the roster").click()
    expect(page.locator(".ros-row").first).to_be_visible()


def test_a_draft_becomes_the_roster_of_its_week_and_goes(window, demonstrated, asked):
    page = window("manager")
    page.goto(asked)
    finished(page)
    page.get_by_role("link", name="Certificate").click()
    expect(page.get_by_text("No rule is broken.")).to_be_visible()
    expect(page.get_by_text("999 answered in time")).to_be_visible()
    page.get_by_text("rules of").click()
    assert violations(page) == []
    page.get_by_role("navigation", name="This roster").get_by_role("link", name="Steps").click()
    assert violations(page) == []
    stale = window("manager")
    stale.goto(page.url)
    page.get_by_label("Reason (optional)").fill("looks good <script>alert(1)</script>")
    page.get_by_role("button", name="Approve this roster").click()
    expect(page.get_by_role("heading", name="Publish it")).to_be_visible()
    expect(page.get_by_text("looks good <script>alert(1)</script>")).to_be_visible()
    assert violations(page) == []

    # Somebody who looked before learns of it, and chooses.
    expect_refusal(stale, 412)
    stale.get_by_text("Take it out of use").first.click()
    stale.get_by_label("Reason", exact=True).fill("no longer wanted")
    stale.get_by_role("button", name="Take it out of use").click()
    expect(stale.get_by_role("button", name="Do it all the same")).to_be_visible()
    assert violations(stale) == []

    page.locator("#publish-reason").fill("next week")
    page.get_by_role("button", name="Publish this roster").click()
    expect(page.get_by_role("heading", name="It is published")).to_be_visible()
    swap_duties(window, demonstrated)
    stale.get_by_role("button", name="Do it all the same").click()
    expect(stale.get_by_role("heading", name="It is out of use")).to_be_visible()
    stale.goto(f"{base(demonstrated)}/rosters")
    expect(stale.get_by_text("Superseded").first).to_be_visible()
    assert violations(stale) == []


def swap_duties(window, demonstrated) -> None:
    """A handler asks a colleague for a swap, who agrees; a manager accepts it; each on their own page."""
    handler = window("handler")
    handler.goto(f"{base(demonstrated)}/my-shifts")
    handler.get_by_role("link", name="Later").click()
    handler.wait_for_url("**date=*")
    ref = handler.locator(".app-stamp bdi").first.inner_text()
    day, colleague, instead = _a_swap_without_a_broken_rule(handler, window("planner"), demonstrated, ref)
    duty = handler.locator("form").filter(has=handler.locator(f"#swap-{day}-1-to"))
    handler.locator(".app-day").filter(has=duty).locator("summary").click()
    duty.get_by_label("Colleague").fill(colleague)
    duty.get_by_label("For their duty of").fill(instead)
    duty.get_by_role("button", name="Ask", exact=True).click()
    expect(handler.locator("#swaps ~ ul")).to_contain_text(f"You asked {colleague}")

    other = _account_of(window, demonstrated, colleague)
    other.goto(f"{base(demonstrated)}/my-shifts")
    assert violations(other) == []
    other.get_by_role("button", name="Agree").click()
    expect(other.get_by_text("both agree, a manager decides").first).to_be_visible()
    planner, manager = window("planner"), window("manager")
    planner.goto(f"{base(demonstrated)}/team")
    expect(planner.get_by_text("A manager may accept it.").first).to_be_visible()
    manager.goto(f"{base(demonstrated)}/team")
    assert violations(manager) == []
    accepts = manager.get_by_role("button", name=f"Accept the swap of {ref}")
    accepts.click()
    expect(accepts).to_have_count(0)
    handler.reload()
    expect(handler.locator("#swaps ~ ul")).to_contain_text("swapped")


def _a_swap_without_a_broken_rule(handler: Page, planner: Page, demonstrated, ref: str) -> tuple[str, str, str]:
    """Date of a duty of handler `ref` in the newest published roster, a colleague, and the date of a duty as long that
    one could have for it."""
    newest = next(one for one in rosters_of(planner, demonstrated) if one["status"] == "published")
    duties: dict[str, dict[date, timedelta]] = defaultdict(dict)
    for duty in planner.request.get(f"/v1/forces/{demonstrated.slug}/rosters/{newest['id']}").json()["duties"]:
        start, end = (datetime.fromisoformat(duty[edge]).astimezone(LONDON) for edge in ("start", "end"))
        duties[duty["handler"]][start.date()] = end - start
    own = duties.pop(ref)
    pairs = (
        (give, colleague, take)
        for give, length in own.items()
        for colleague, theirs in duties.items()
        for take in theirs
        if give not in theirs and take not in own and theirs[take] == length
    )
    asked, headers = f"/v1/forces/{demonstrated.slug}/handlers/{ref}/swap-requests", {"Origin": demonstrated.address}
    for give, colleague, take in pairs:
        wanted = {"date": f"{give}", "to": colleague, "take": f"{take}"}
        answer = handler.request.post(asked, data=wanted, headers=headers)
        if answer.ok:
            assert handler.request.post(f"{asked}/{answer.json()['id']}/withdraw", headers=headers).ok
            return f"{give}", colleague, f"{take}"
        assert answer.status == 409, answer.text()
    raise AssertionError(f"no duty of {ref} may be swapped")


def _account_of(window, demonstrated, ref: str) -> Page:
    """An account that an administrator makes for a handler by the form, signed in with the password shown there."""
    admin = window("admin")
    admin.goto(f"{base(demonstrated)}/admin/accounts")
    name = f"{ref.lower()}-{token_hex(3)}"
    admin.get_by_label("Name to sign in").fill(name)
    admin.get_by_label("handler", exact=True).check()
    admin.get_by_label("Handler (for the role handler)").fill(ref)
    admin.get_by_role("button", name="Make the account").click()
    shown = admin.locator("[data-field=password]").filter(has_text=re.compile(r"\S")).last
    shown.wait_for()
    demonstrated.passwords[name] = shown.inner_text()
    assert violations(admin) == []
    return window(name)


def test_two_rosters_are_compared_in_five_blocks(window, asked):
    page = window("supervisor", width=360)
    page.goto(asked)
    finished(page)
    page.goto(page.get_by_role("link", name="Look at the roster").get_attribute("href") + "/compare")
    for block in ("Service", "Rules", "Well-being", "Fairness", "Cost", "Duties that differ"):
        expect(page.get_by_role("heading", name=block, exact=True)).to_be_visible()
    assert page.get_by_text("overall score").count() == 1
    assert violations(page) == []
    assert sideways(page) <= 0


def test_repairs_are_asked_for_and_chosen_from(window, demonstrated):
    page = window("planner")
    published = next(one for one in rosters_of(page, demonstrated) if one["status"] == "published")
    page.goto(f"{base(demonstrated)}/rosters/{published['id']}/repair")
    last = page.locator("[data-list=absent] select").nth(1).locator("option").last.get_attribute("value")
    duties = page.request.get(f"/v1/forces/{demonstrated.slug}/rosters/{published['id']}").json()["duties"]
    away = sorted({duty["handler"] for duty in duties if duty["start"].startswith(last)})[:2]
    page.get_by_role("button", name="Add another person").press("Enter")
    for row, ref in zip(page.locator("[data-list=absent] [data-item]").all(), away, strict=True):
        for field, value in zip(row.locator("select").all(), (ref, last, last), strict=True):
            field.select_option(value)
    page.get_by_role("button", name="Add an offer").press("Enter")  # left empty: no part of what is asked
    assert violations(page) == []
    page.get_by_label("How long to look").select_option("6")
    page.get_by_role("button", name="Find repairs").press("Enter")
    page.wait_for_url("**/runs/*")
    finished(page)
    page.get_by_role("link", name="Choose among the repairs").click()
    expect(page.get_by_text("recommended", exact=True)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name=re.compile("what changes with draft")).first.click()
    expect(page.get_by_text("days of")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    assert sideways(page) <= 0
