"""Signing in and out, the frame of every page, and what a browser sees where something is refused."""

from __future__ import annotations

import pytest

from tests.browser.watched import expect_refusal, violations


def test_who_is_not_signed_in_comes_back_to_where_they_wanted_to_go(window, demonstrated):
    page = window(None)
    expect_refusal(page, 401, 404)
    page.goto(f"/forces/{demonstrated.slug}/nowhere?day=2026-11-26")
    assert page.title().startswith("Page not found")
    page.goto(f"/forces/{demonstrated.slug}")
    assert "/sign-in?next=" in page.url
    page.get_by_label("Name", exact=True).fill(f"planner@{demonstrated.slug}")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").press("Enter")
    assert page.title().startswith("Error: sign in")
    assert page.get_by_role("alert").get_by_text("The name or password is wrong").is_visible()
    assert violations(page) == []
    page.get_by_label("Password", exact=True).fill(demonstrated.passwords["planner"])
    page.get_by_label("Password", exact=True).press("Enter")
    page.wait_for_url(f"**/forces/{demonstrated.slug}/*")
    page.get_by_role("button", name="Sign out").press("Enter")
    assert page.get_by_role("heading", name="Sign in").is_visible()


@pytest.mark.parametrize("address", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example"])
def test_signing_in_leads_nowhere_else(window, demonstrated, address):
    page = window(None)
    page.goto(f"/sign-in?next={address}")
    page.get_by_label("Name", exact=True).fill(f"planner@{demonstrated.slug}")
    page.get_by_label("Password", exact=True).fill(demonstrated.passwords["planner"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    assert page.url.startswith(demonstrated.address)


def test_everybody_sees_the_sections_that_their_role_allows(window, demonstrated):
    shown = {}
    for name in ("manager", "planner", "supervisor", "handler", "admin"):
        page = window(name)
        page.goto(f"/forces/{demonstrated.slug}")
        shown[name] = page.get_by_role("navigation", name="Menu").get_by_role("link").all_inner_texts()
    assert "Admin" in shown["manager"]
    assert "Admin" not in shown["planner"]
    assert shown["handler"] == ["My shifts"]
    assert "What if" in shown["planner"]
    assert "What if" not in shown["supervisor"]


@pytest.mark.parametrize("address", ["/sign-in", "/accessibility", "/forces/nowhere"])
def test_the_frame_is_accessible(window, address):
    page = window("planner")
    expect_refusal(page, 404)
    page.goto(address)
    assert violations(page) == []
