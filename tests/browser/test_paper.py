"""Pages on A4: nothing is cut at the edge of the sheet, nothing that only works on a screen is printed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

UPRIGHT_PX, ACROSS_PX = 703, 1062  # widths of A4 within the pages' margins


def cut(page) -> list[str]:
    """What reaches beyond the sheet: a table's own region does not scroll on paper."""
    return page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter((one) => one.checkVisibility() && !one.closest(".govuk-visually-hidden, svg"))
          .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
          .map((one) => `${one.tagName}.${one.className}`)"""
    )


@pytest.mark.parametrize(
    ("name", "place", "width"),
    [
        ("planner", "today", UPRIGHT_PX),
        ("planner", "demand", UPRIGHT_PX),
        ("planner", "cover", UPRIGHT_PX),
        ("planner", "team", UPRIGHT_PX),
        ("handler", "my-shifts", UPRIGHT_PX),
        ("planner", "rosters/{roster}", ACROSS_PX),
        ("planner", "rosters/{roster}?view=month", ACROSS_PX),
    ],
)
def test_nothing_is_cut_on_paper(window, demonstrated, name, place, width):
    page = window(name)
    if "{roster}" in place:
        listed = page.request.get(f"/v1/forces/{demonstrated.slug}/rosters").json()["rosters"]
        place = place.format(roster=listed[0]["id"])
    page.goto(f"/forces/{demonstrated.slug}/{place}")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": width, "height": 1000})
    expect(page.locator("main button:visible")).to_have_count(0)
    assert cut(page) == []


def test_charts_are_drawn_again_for_the_sheet_and_back(window, demonstrated):
    page = window("planner")
    page.goto(f"/forces/{demonstrated.slug}/demand")
    chart = page.locator("figure canvas").first
    chart.wait_for()
    wide = chart.bounding_box()["width"]
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert chart.bounding_box()["width"] <= UPRIGHT_PX < wide
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert chart.bounding_box()["width"] == wide
