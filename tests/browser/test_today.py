"""Today, demand and cover: what a meeting does with them, by mouse and by keyboard, on a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.watched import expect_refusal, violations

HOSTILE = "<script>alert(1)</script> عمل O'Brien"


def base(demonstrated):
    return f"/forces/{demonstrated.slug}"


def is_as_wide_as_its_window(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_manager_sees_tonights_weakest_hour_and_why_without_a_click(window, demonstrated):
    page = window("manager")
    page.goto("/")
    page.wait_for_url("**/today")
    room = page.get_by_role("region", name=re.compile("Tonight’s weakest hour"))
    assert room.get_by_role("heading").is_visible()
    assert "Why:" in room.inner_text()
    assert page.get_by_role("heading", name=re.compile("^Yesterday")).is_visible()
    assert page.get_by_role("heading", name=re.compile("^On duty")).is_visible()
    page.get_by_text("Chance of missing the target as a table").click()
    assert page.get_by_role("table", name=re.compile("Chance of missing")).get_by_role("row").count() > 4
    assert violations(page) == []
    page.emulate_media(media="print")
    assert page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    answer = page.request.get(f"/v1{base(demonstrated)}/pacesetter/2026-11-26")
    assert answer.ok


def test_an_action_is_added_closed_and_opened_again_by_keyboard(window, demonstrated):
    page = window("supervisor")
    page.goto(f"{base(demonstrated)}/today")
    page.locator("summary", has_text="Add an action").press("Enter")
    page.get_by_label("What is to be done").fill(HOSTILE)
    page.get_by_label("Owner").fill("Duty manager")
    page.get_by_label("Owner").press("Enter")
    row = page.get_by_role("row").filter(has_text=HOSTILE).filter(has_text="Open since").last
    row.wait_for()
    expect(page.get_by_role("heading", name=re.compile("^Actions"))).to_be_focused()
    assert violations(page) == []
    row.locator("summary").press("Enter")
    row.get_by_label("What came of it").fill("Done")
    row.get_by_role("button", name="Close it").press("Enter")
    closed = page.get_by_role("row").filter(has_text=HOSTILE).filter(has_text="Closed").last
    closed.wait_for()
    closed.get_by_role("button", name=re.compile("Open again")).press("Enter")
    row.wait_for()


def test_an_action_that_somebody_else_changed_is_not_overwritten(window, demonstrated):
    pages = [window("manager"), window("planner")]
    pages[0].goto(f"{base(demonstrated)}/today")
    pages[0].get_by_text("Add an action").click()
    pages[0].get_by_label("What is to be done").fill("Both close it")
    pages[0].get_by_label("Owner").fill("Both")
    pages[0].get_by_role("button", name="Add", exact=True).click()
    for page in pages:
        if page is pages[1]:
            page.goto(f"{base(demonstrated)}/today")
        row = page.get_by_role("row").filter(has_text="Both close it").filter(has_text="Open since").last
        row.locator("summary").click()
        row.get_by_label("What came of it").fill("Done")
    expect_refusal(pages[1], 412)
    for page in pages:
        row = page.get_by_role("row").filter(has_text="Both close it").filter(has_text="Open since").last
        row.get_by_role("button", name="Close it").click()
        if page is pages[0]:
            page.get_by_role("row").filter(has_text="Both close it").filter(has_text="Closed").last.wait_for()
    alert = pages[1].get_by_role("alert")
    alert.get_by_text("Nothing was saved").wait_for()
    assert alert.is_visible()


def test_the_page_is_renewed_when_it_is_left_alone_and_follows_the_date(window, demonstrated):
    page = window("manager")
    page.clock.install()
    page.goto(f"{base(demonstrated)}/today")
    before = page.locator("#live [data-date]").get_attribute("data-date")
    page.locator("#live [tabindex='0']").first.focus()
    page.clock.run_for(120_000)
    expect(page.locator("#live-held")).to_contain_text("Not refreshed while you are in this part")
    with page.expect_response("**/today?part=live"):
        page.locator("[data-print]").focus()
    expect(page.locator("#live-held")).to_be_empty()

    def tomorrow(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(f'data-date="{before}"', 'data-date="2031-01-06"'))

    page.route("**/today?part=live", tomorrow)
    with page.expect_navigation():
        page.clock.run_for(120_000)


def test_another_day_shows_no_people_and_who_does_not_plan_adjusts_no_forecast(window, demonstrated):
    page = window("supervisor")
    page.goto(f"{base(demonstrated)}/today?date=2026-01-02")
    assert page.get_by_text("Who is on is shown for today alone.").is_visible()
    assert page.get_by_role("heading", name="No risk worked out").is_visible()
    assert violations(page) == []
    page.goto(f"{base(demonstrated)}/demand")
    assert page.get_by_text("Adjust the newest forecast").count() == 0


@pytest.mark.parametrize("by", ["15min", "hour", "day", "week", "month"])
def test_demand_is_drawn_by_any_width(window, demonstrated, by):
    page = window("planner")
    page.goto(f"{base(demonstrated)}/demand")
    page.get_by_label("By", exact=True).select_option(by)
    page.get_by_role("button", name="Show").press("Enter")
    page.wait_for_url(f"**by={by}*")
    page.locator("figure canvas").first.wait_for()
    assert page.locator("figure canvas").count() == 2
    text = page.request.get(f"{page.url}&csv=calls-999").text()
    assert text.startswith("start,expected,came,")
    assert text.count("\n") > 5
    if by == "hour":
        assert violations(page) == []


def test_a_year_is_drawn_once_it_is_known_whole(window, demonstrated):
    page = window("planner")
    page.goto(f"{base(demonstrated)}/demand?by=year")
    # Where nothing is known there is no chart whose figures could be had.
    known = "text/csv" in page.request.get(f"{page.url}&csv=calls-999").headers["content-type"]
    expect(page.locator("figure canvas")).to_have_count(2 if known else 0)
    expect(page.get_by_text("Choose another day or shorter intervals")).to_have_count(0 if known else 1)
    this_year = page.locator("#day").input_value()[:4]
    expect(page.get_by_role("region", name="Table of events")).to_contain_text(this_year)
    assert violations(page) == []


def test_a_planner_adjusts_the_forecast_in_the_forces_own_time(window, demonstrated):
    page = window("planner")
    page.goto(f"{base(demonstrated)}/demand")
    page.locator("summary", has_text="Adjust the newest forecast").press("Enter")
    form = page.locator("form[data-zone]")
    start = page.evaluate("() => new Date(Date.now() + 86400000).toISOString().slice(0, 10)")
    expect_refusal(page, 422)
    page.get_by_label("Queue").select_option("101")
    page.get_by_label("From").fill(f"{start}T18:00")
    page.get_by_label("To", exact=True).fill(f"{start}T17:00")
    page.get_by_label("Times").fill("1.2")
    page.get_by_label("Why").fill(HOSTILE)
    form.get_by_role("button").press("Enter")
    page.get_by_role("alert").get_by_role("heading").wait_for()
    page.get_by_label("To", exact=True).fill(f"{start}T20:00")
    with page.expect_navigation():
        form.get_by_role("button").press("Enter")
    row = page.get_by_role("region", name="Table of adjustments").get_by_role("row").last
    row.wait_for()
    assert HOSTILE in row.inner_text()
    assert "18:00" in row.inner_text()
    assert violations(page) == []
    page.get_by_role("link", name="How exact are forecasts?").press("Enter")
    expect(page.get_by_role("heading", name="How exact are forecasts?")).to_be_visible()
    assert violations(page) == []


def test_a_planner_adds_an_event_changes_it_and_takes_it_back_from_demand(window, demonstrated):
    page = window("planner")
    day = page.evaluate("() => new Date(Date.now() + 40 * 86400000).toISOString().slice(0, 10)")
    shown = f"{base(demonstrated)}/demand?day={day}"
    row = page.get_by_role("region", name="Table of events").get_by_role("row").filter(has_text=HOSTILE)
    page.goto(shown)
    page.get_by_role("link", name="Add an event").press("Enter")
    add = page.locator("form[data-call=POST]").filter(has=page.locator("#new-name"))
    add.get_by_label("Name", exact=True).fill(HOSTILE)
    add.get_by_label("Starts").fill(f"{day}T18:00")
    add.get_by_label("Ends").fill(f"{day}T22:00")
    with page.expect_navigation():
        add.get_by_role("button", name="Add the event").press("Enter")
    page.goto(shown)
    expect(row).to_contain_text("learned from history")
    row.get_by_role("link", name="Change").press("Enter")
    change = page.locator("form[data-call=PUT]:visible")  # the link has opened it
    change.get_by_label("Your own factor").fill("1.3")
    expect_refusal(page, 422)
    change.get_by_role("button", name="Save").press("Enter")
    page.get_by_role("alert").get_by_text("say why").wait_for()
    change.get_by_label("Why this factor").fill("As last year")
    with page.expect_navigation():
        change.get_by_role("button", name="Save").press("Enter")
    page.goto(shown)
    expect(row).to_contain_text("times 1.3, by a planner")
    expect(row).to_contain_text("18:00")
    assert violations(page) == []
    row.get_by_role("link", name="Change").press("Enter")
    with page.expect_navigation():
        page.get_by_role("button", name="Withdraw this event").and_(page.locator(":visible")).press("Enter")
    page.goto(shown)
    expect(row).to_have_count(0)


def test_local_times_become_instants_also_where_the_clocks_change(window, demonstrated):
    page = window("planner")
    page.goto(f"{base(demonstrated)}/demand")
    found = page.evaluate(
        """async (texts) => {
          const source = document.querySelector("script[src$='forms.js']").src;
          const { instantOf } = await import(source);
          return texts.map((text) => instantOf(text, "Europe/London"));
        }""",
        [
            "2026-06-29T18:00",
            "2026-12-01T18:00",
            "2026-10-25T01:30",
            "2026-03-29T01:30",
            "2026-03-29T02:00",
            "2026-06-29T23:59:59",
        ],
    )
    assert found == [
        "2026-06-29T17:00:00.000Z",
        "2026-12-01T18:00:00.000Z",
        "2026-10-25T00:30:00.000Z",  # the first of two
        "2026-03-29T01:30",  # no such time: sent as typed, and refused in words
        "2026-03-29T01:00:00.000Z",
        "2026-06-29T22:59:59.000Z",  # a day's end
    ]


def test_cover_leads_from_the_week_to_a_quarter_hour(window, demonstrated):
    page = window("planner")
    page.goto(f"{base(demonstrated)}/cover")
    table = page.get_by_role("table", name=re.compile("People short or over"))
    assert table.get_by_role("row").count() == 8
    table.get_by_role("rowheader").nth(2).get_by_role("link").press("Enter")
    page.wait_for_url("**/cover?day=*")
    page.locator("figure canvas").first.wait_for()
    assert violations(page) == []
    noon = page.evaluate("() => new Date(Math.floor(Date.now() / 3600000) * 3600000).toISOString()")
    page.goto(f"{base(demonstrated)}/cover?at={noon}#quarter")
    quarter = page.locator("#quarter")
    assert "required" in quarter.inner_text()
    assert quarter.get_by_role("button", name="What would help?").is_visible()
    assert violations(page) == []
    page.goto(f"{base(demonstrated)}/cover?day=2031-01-06")
    assert page.get_by_role("heading", name="Nothing says what this week needs").is_visible()
    assert violations(page) == []


def test_what_would_help_outlives_a_lost_connection_and_claims_what_is_proven(window, demonstrated):
    proof = {"unavoidable": 0, "unavoidable_999": 0, "least_service_without_short": None}
    gain = {"service": 120, "people": -3, "cost": 0}
    helps = {"message": "H001 works overtime", "gain": gain, "gain_there": 40}
    done = {"status": "succeeded", "finished_at": "2026-11-26T12:00:00Z"}
    answers = iter([
        {"status": 503, "json": {}},
        {"json": done | {"result": {"relaxations": [], "proof": proof}}},
        {"json": done | {"result": {"relaxations": [helps], "proof": proof | {"unavoidable": 2}}}},
        {"json": done | {"status": "failed", "reason": "it ran out of time"}},
    ])  # fmt: skip
    page = window("planner")
    expect_refusal(page, 503)
    page.route("**/explain", lambda route: route.fulfill(status=202, json={"id": "asked", "status": "queued"}))
    page.route("**/v1/runs/asked", lambda route: route.fulfill(**next(answers)))
    noon = page.evaluate("() => new Date(Math.floor(Date.now() / 3600000) * 3600000).toISOString()")
    for words in (
        ["It is not proven that any seat there must stay empty.", "None of the single changes that were tried helps."],
        ["fills 2 of the seats there.", "H001 works overtime: service at this time 40 better, service in all 120 "
         "better, people’s wishes and hours in all 3 worse."],
        ["it ran out of time"],
    ):  # fmt: skip
        page.goto(f"{base(demonstrated)}/cover?at={noon}#quarter")
        page.reload()  # the address differs from the last by nothing
        page.get_by_role("button", name="What would help?").press("Enter")
        for line in words:
            expect(page.locator("#helps")).to_contain_text(line)


@pytest.mark.parametrize("slug", ["today", "demand", "demand/accuracy", "cover"])
@pytest.mark.parametrize("width", [360, 1920])
def test_pages_fit_their_window(window, demonstrated, slug, width):
    page = window("planner", width=width)
    page.goto(f"{base(demonstrated)}/{slug}")
    assert is_as_wide_as_its_window(page)
