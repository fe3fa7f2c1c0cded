"""The roster's page: looked at, asked why, edited by keyboard and mouse, saved against others' changes."""

from __future__ import annotations

import json
import re
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.watched import expect_refusal, violations

HOSTILE = "<script>document.title='x'</script> O'Neil عمر"


@pytest.fixture
def api(demonstrated):
    """Asks the API with a window's session."""

    def asked(page: Page, method: str, path: str, **more: Any) -> Any:
        headers = {"Origin": demonstrated.address, **more.pop("headers", {})}
        address = f"/v1/forces/{demonstrated.slug}{path}"
        answer = page.request.fetch(address, method=method, headers=headers, **more)
        assert answer.ok, answer.text()
        return answer

    return asked


@pytest.fixture
def draft(api, demonstrated):
    """Opens the newest draft that is no repair, all of whose duties may move; answers its identifier."""

    def opened(page: Page, query: str = "") -> str:
        drafts = api(page, "GET", "/rosters?status=draft").json()["rosters"]
        found = next(one["id"] for one in drafts if one["mode"] == "weekly" and one["based_on"] is None)
        page.goto(f"/forces/{demonstrated.slug}/rosters/{found}{query}")
        return found

    return opened


def broken(page: Page) -> list[str]:
    """What the accessibility engine finds with a dozen people shown: the rows beyond are the same a hundred times."""
    page.get_by_label("Find a handler").fill("H00")
    expect(page.locator(".ros-row:visible")).to_have_count(9)
    found = violations(page)
    page.get_by_label("Find a handler").fill("")
    return found


def sideways(page: Page) -> int:
    """How far the page as a whole scrolls sideways [px]."""
    return page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_a_planner_edits_by_keyboard_alone_and_saves_over_a_conflict_and_a_lost_session(window, draft, api):
    page = window("planner")
    roster = draft(page)
    page.locator("#skill").focus()
    for _ in range(30):  # on to the grid's one tab stop
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('.ros-name')"):
            break
    page.keyboard.press("ArrowRight")
    while not page.evaluate("() => document.activeElement.matches('.d')"):
        page.keyboard.press("ArrowDown")
    before = page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    page.keyboard.press(".")
    edits = page.get_by_role("region", name="1 edit, not saved yet")
    expect(edits.locator(".ros-good, .ros-bad")).to_be_visible()
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") != before
    assert "999" in edits.inner_text()
    edits.get_by_role("button", name="Undo the last").press("Enter")
    expect(page.locator("#edits")).to_be_hidden()
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == before

    # The panel's form, on a duty whose short break may move by a quarter-hour without a rule in its way.
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel).to_be_focused()
    moved = _a_break_that_may_move(page)
    page.get_by_label("Reason, kept with the roster").fill("Desk is quieter then")

    context = page.context
    cookies = context.cookies()
    context.clear_cookies()
    expect_refusal(page, 401)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("You are signed out")).to_be_visible()
    context.add_cookies(cookies)

    other = api(page, "GET", f"/rosters/{roster}")
    api(page, "PATCH", f"/rosters/{roster}", headers={"If-Match": other.headers["etag"]},
        data={"changes": [moved], "reason": "somebody else, meanwhile"})  # fmt: skip
    expect_refusal(page, 412)
    page.get_by_role("button", name="Save").press("Enter")
    choice = page.get_by_role("button", name="Load theirs, drop mine")
    expect(page.get_by_text("Somebody changed this roster")).to_be_visible()
    assert broken(page) == []
    choice.press("Enter")
    expect(page.locator("#edits")).to_be_hidden()
    page.locator(".ros-row .c.d").first.press("Enter")
    _a_break_that_may_move(page)
    page.get_by_label("Reason, kept with the roster").fill("Desk is quieter then")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Your edits are saved as revision")).to_be_visible()
    changes = api(page, "GET", f"/rosters/{roster}/changes").json()["changes"]
    assert [change["reason"] for change in changes[-2:]] == ["somebody else, meanwhile", "Desk is quieter then"]


def _a_break_that_may_move(page: Page) -> dict[str, Any]:
    """Moves breaks of the panel's duty until one may stand; answers the change as it was sent."""
    buttons = page.locator("#panel").get_by_role("button", name="Short break")
    for at in range(buttons.count()):
        with page.expect_request(lambda sent: "dry_run" in sent.url) as sent:
            buttons.nth(at).press("Enter")
        verdict = page.locator("#edits .ros-good, #edits .ros-bad")
        expect(verdict).to_be_visible()
        if "ros-good" in (verdict.get_attribute("class") or ""):
            return sent.value.post_data_json["changes"][0]
        page.get_by_role("button", name="Drop all").press("Enter")
    raise AssertionError("no short break of this duty may move by a quarter-hour")


def _middle_of(row: Locator, letter: str) -> tuple[float, float]:
    """Of the first span of an activity in a row [px]; paths are drawn as `M52 0h4M59 0h1`, in quarter-hours."""
    bars = row.locator(".ros-bars")
    box, path = bars.bounding_box(), row.locator(f"path.a{letter}").get_attribute("d")
    assert box is not None
    first, length = map(int, re.findall(r"[0-9]+", (path or "").replace(" 0h", " "))[:2])
    quarters = float((bars.get_attribute("viewBox") or "").split()[2])
    return box["x"] + (first + length / 2) * box["width"] / quarters, box["y"] + box["height"] / 2


def test_a_duty_is_dragged_and_dropped_again(window, draft):
    page = window("planner", width=1600)
    draft(page, "?view=day")
    x, y = _middle_of(page.locator(".ros-row:has(.c.d):has(path.a9)").first, "9")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    ghost = page.locator(".ros-ghost").bounding_box()
    assert ghost is not None
    assert ghost["x"] < x + 60 < ghost["x"] + ghost["width"]  # under the pointer
    page.keyboard.press("Escape")
    expect(page.locator(".ros-ghost")).to_have_count(0)
    expect(page.locator("#edits")).to_be_hidden()
    page.mouse.up()
    expect(page.locator("#panel")).to_be_hidden()  # to let go of what was given up is no click
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    shown = page.locator(".ros-ghost").inner_text()
    with page.expect_response(lambda one: "dry_run" in one.url) as checked:
        page.mouse.up()
    (change,) = checked.value.request.post_data_json["changes"]
    assert change["kind"] == "move"
    clocks = [datetime.fromisoformat(change[edge]).astimezone(ZoneInfo("Europe/London")) for edge in ("start", "end")]
    assert shown == "–".join(f"{one:%H:%M}" for one in clocks)
    expect(page.get_by_role("region", name="1 edit, not saved yet")).to_be_visible()
    expect(page.get_by_text("As stored: without the edits")).to_be_visible()
    # A time that is short has its sign, also one that the edit made so.
    data = json.loads(page.locator("#roster-data").text_content() or "")
    for queue, cover in data["cover"].items():
        there = checked.value.json()["coverage"][queue]["on_calls"][data["offset"] :]
        short = [now < needed for now, needed in zip(there, cover["rostered"], strict=False)]
        begins = sum(now and not before for before, now in pairwise([False, *short]))
        expect(page.locator(f".ros-strip--{queue} .ros-sign")).to_have_count(begins)
    page.get_by_role("button", name="Drop all").press("Enter")
    expect(page.get_by_text("As stored: without the edits")).to_be_hidden()


def test_a_break_is_dragged_within_its_duty(window, draft):
    page = window("planner", width=1600)
    draft(page, "?view=day")
    row = page.locator(".ros-row:has(.c.d):has(path.aM)").first
    duty = row.locator(".c.d").first.get_attribute("aria-label")
    x, y = _middle_of(row, "M")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    expect(page.locator(".ros-ghost")).to_be_visible()
    with page.expect_request(lambda one: "dry_run" in one.url) as sent:
        page.mouse.up()
    (change,) = sent.value.post_data_json["changes"]
    assert change["kind"] == "break"
    assert datetime.fromisoformat(change["to"]) > datetime.fromisoformat(change["start"])
    expect(page.get_by_role("region", name="1 edit, not saved yet")).to_contain_text("meal of")
    expect(row.locator(".c.d").first).to_have_attribute("aria-label", duty or "")
    page.get_by_role("button", name="Drop all").click()


def test_views_filters_and_files(window, draft):
    page = window("supervisor")
    draft(page)
    everybody = page.locator(".ros-row:visible").count()
    page.get_by_label("Skill").select_option("999")
    expect(page.get_by_role("status").first).to_have_text(re.compile("of [0-9]+ people"))
    page.get_by_role("link", name="Day", exact=True).click()
    page.wait_for_url("**view=day**")
    assert "skill=999" in page.url
    assert 0 < page.locator(".ros-row:visible").count() < everybody
    with page.expect_download() as file:
        page.get_by_role("link", name=re.compile("CSV")).first.click()
    assert "handler" in file.value.path().read_text().splitlines()[0]


def test_who_is_shown_and_why_a_time_is_as_it_is(window, draft, api, demonstrated):
    page = window("planner")
    roster = draft(page)
    ref = page.locator(".ros-ref").nth(3).inner_text()
    api(page, "PUT", f"/handlers/{ref}/name", data={"name": HOSTILE})
    try:
        page.reload()
        page.get_by_label("Find a handler").fill("o'neil")
        expect(page.get_by_role("status").first).to_have_text(re.compile("1 of [0-9]+ people"))
        assert page.locator(".ros-row:visible").get_by_text(HOSTILE).is_visible()
        assert "Roster from" in page.title()
        assert "find=o%27neil" in page.url
    finally:
        api(page, "DELETE", f"/handlers/{ref}/name")
    page.locator(".ros-row:visible .ros-name").click()
    expect(page.get_by_text("Shortest rest")).to_be_visible()
    page.get_by_label("Find a handler").fill("")
    cover = page.get_by_role("slider")
    cover.focus()
    cover.press("End")
    cover.press("ArrowLeft")
    assert "needs" in (cover.get_attribute("aria-valuetext") or "")
    cover.press("Enter")
    expect(page.get_by_role("heading", name="Cover at")).to_be_visible()
    expect(page.locator("#panel details").first).to_be_visible()
    assert broken(page) == []
    cover.press("Enter")
    page.keyboard.press("Escape")
    expect(cover).to_be_focused()
    for view in ("day", "month"):
        page.goto(f"/forces/{demonstrated.slug}/rosters/{roster}?view={view}")
        assert sideways(page) == 0
    assert violations(page) == []


def test_it_fits_a_phone_and_tells_nobody_what_they_may_not_know(window, draft, demonstrated):
    page = window("supervisor", width=360, height=740)
    roster = draft(page)
    assert sideways(page) == 0
    assert broken(page) == []
    page.locator(".ros-row .c.d").first.click()
    expect(page.locator("#panel")).to_be_visible()
    assert page.get_by_role("button", name="Move").count() == 0
    assert sideways(page) == 0
    expect_refusal(page, 404, 422)
    page.goto(f"/forces/{demonstrated.slug}/rosters/00000000-0000-7000-8000-000000000000")
    assert page.title().startswith("Page not found")
    page.goto(f"/forces/{demonstrated.slug}/rosters/{roster}?date=1999-01-01")
    assert page.get_by_text("expected a date from").first.is_visible()
