"""A hand that has no pointer: what a test clicks, ticks, fills in or chooses is reached by Tab and arrows and done by
keys, so that every journey in these tests is one by keyboard alone.

Before each step a pointer's way to the same place is tried too, without being gone (a trial click). What a test does
with the pointer itself, it does with `page.mouse`.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

import pytest
from playwright.sync_api import ElementHandle, Error, Keyboard, Locator

LANGUAGE: Final = "en-US"  # of the browser itself, which every Chromium speaks
_MOST_STOPS: Final = 400
_FOCUSABLE: Final = "a[href], button, summary, input, select, textarea, [tabindex]"
_TO_GO: Final = """(wanted) => {
  if (!wanted.isConnected) throw new Error("gone");
  const now = document.activeElement;
  if (now === wanted) return null;
  const isBack = now.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING;
  const alike = (one) => one.type === "radio" && one.name === wanted.name && one.form === wanted.form;
  if (wanted.type === "radio" && alike(now)) return isBack ? "ArrowUp" : "ArrowDown";
  const grid = wanted.tabIndex < 0 && wanted.closest("[role=grid]");
  if (grid && grid.contains(now)) {
    const row = wanted.closest("[role=row]");
    if (row.contains(now)) return isBack ? "ArrowLeft" : "ArrowRight";
    return isBack ? "ArrowUp" : "ArrowDown";
  }
  return isBack ? "Shift+Tab" : "Tab";
}"""
_IS_SEEN: Final = """(wanted) => {
  const isMarked = (style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const labels = [...(wanted.labels || [])].map((label) => getComputedStyle(label, "::before"));
  return [getComputedStyle(wanted), getComputedStyle(wanted, "::before"), ...labels].some(isMarked);
}"""


_pointer: Final = Locator.click


def by_keyboard(patch: pytest.MonkeyPatch) -> None:
    """From here on locators act by keys."""
    patch.setattr(Locator, "click", _click)
    patch.setattr(Locator, "press", _press)
    patch.setattr(Locator, "check", _check)
    patch.setattr(Locator, "fill", _fill)
    patch.setattr(Locator, "select_option", _choose)
    patch.setattr(Locator, "focus", _go)


def _go(locator: Locator) -> ElementHandle:
    """To what `locator` finds, or what it is written on, and see that it shows where the keyboard is."""
    page, wanted = locator.page, _wanted(locator)
    for _ in range(_MOST_STOPS):
        try:
            key = wanted.evaluate(_TO_GO)
        except Error:  # drawn anew meanwhile
            wanted = _wanted(locator)
            continue
        if key is None:
            assert wanted.evaluate(_IS_SEEN), f"{locator} does not show that the keyboard is there"
            return wanted
        page.keyboard.press(key)
    raise AssertionError(f"{locator} is not reached by {_MOST_STOPS} presses of Tab and arrows")


def _wanted(locator: Locator) -> ElementHandle:
    locator.wait_for()
    found = locator.evaluate_handle(f'(one) => one.closest("{_FOCUSABLE}")').as_element()
    assert found is not None, f"{locator} is nothing that the keyboard could reach"
    return found


def _click(locator: Locator) -> None:
    _pointer(locator, trial=True)
    _press(locator, "Enter")


def _press(locator: Locator, key: str) -> None:
    _go(locator).press(key)  # which waits for where it leads


def _check(locator: Locator) -> None:
    _go(locator)
    if not locator.is_checked():
        locator.page.keyboard.press("Space")
    assert locator.is_checked()


def _fill(locator: Locator, value: str) -> None:
    _go(locator)
    keyboard, kind = locator.page.keyboard, locator.get_attribute("type")
    if kind in ("date", "time", "datetime-local"):
        _write_time(keyboard, value)
    else:
        keyboard.press("Control+a")
        keyboard.press("Delete")
        keyboard.type(value)
    assert locator.input_value() == value


def _write_time(keyboard: Keyboard, value: str) -> None:
    """`2026-06-29`, `18:00` or `2026-06-29T18:00`, in the order of Chromium's own language (`LANGUAGE`)."""
    date, _, clock = value.rpartition("T") if ":" in value else (value, "", "")
    for _ in range(8):
        keyboard.press("ArrowLeft")  # to its first part
    if date:
        keyboard.type(f"{datetime.fromisoformat(date):%m%d%Y}")
    if date and clock:
        keyboard.press("ArrowRight")
    if clock:
        keyboard.type(f"{time.fromisoformat(clock):%I%M%p}")


def _choose(locator: Locator, wanted: str) -> None:
    """By value or by what is written there, from the open list; what cannot be chosen is not stopped at."""
    _go(locator)
    options = locator.evaluate(
        "(one) => [...one.options].filter((one) => !one.disabled).map((one) => [one.value, one.text.trim()])"
    )
    place = next(i for i, option in enumerate(options) if wanted in option)
    for key in ("Space", "Home", *["ArrowDown"] * place, "Enter"):
        locator.page.keyboard.press(key)
    assert locator.input_value() == options[place][0]
