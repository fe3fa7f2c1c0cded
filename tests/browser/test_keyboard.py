"""The hand on the keyboard that goes through the other tests: what it cannot do, it says."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("markup", "told"),
    [
        ("<div id='it' onclick='void 0'>It</div>", "nothing that the keyboard could reach"),
        ("<button id='it' tabindex='-1'>It</button>", "is not reached"),
        ("<button id='it' style='outline: none'>It</button>", "does not show that the keyboard is there"),
    ],
    ids=["no control", "left out of the order of Tab", "unseen"],
)
def test_what_needs_a_pointer_or_hides_the_focus_fails(window, markup, told):
    page = window(None)
    page.set_content(f"{markup} <a href='#'>Another</a>")
    with pytest.raises(AssertionError, match=told):
        page.locator("#it").click()


def test_lists_and_times_are_filled_in_by_keys(window):
    page = window(None)
    page.set_content("""
        <select aria-label="One of"><option>Alpha</option><option disabled>Beta</option><option>Gamma</option></select>
        <input type="date" aria-label="Day"><input type="time" aria-label="Time">
        <input type="datetime-local" aria-label="Moment"><input aria-label="Text" value="before">""")
    page.get_by_label("One of").select_option("Gamma")
    for label, value in {"Day": "2026-06-29", "Time": "18:05", "Moment": "2026-06-30T00:15", "Text": "O’Neill"}.items():
        page.get_by_label(label).fill(value)
        assert page.get_by_label(label).input_value() == value
    assert page.get_by_label("One of").input_value() == "Gamma"
