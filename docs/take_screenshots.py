"""Pictures of every page of a running demonstration, for people to look at: alignment, truncation, overlaps, axes.

    python docs/take_screenshots.py http://127.0.0.1:8999 FOLDER manager@northshire=... planner@northshire=...

with the address and the passwords that `./run demo` prints, of all its accounts. It takes each page on a phone
(360 px), at a desk (1280 px) and on a wall (1920 px), whole, and in forced colours. The pictures of the README are four
of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

FORCE: Final = "/forces/northshire"
WIDTHS: Final = {"phone": 360, "desk": 1280, "wall": 1920}
# Name of the picture, who looks, address; {roster} is the newest roster, {published} the one that is published.
PAGES: Final = (
    ("sign-in", None, "/sign-in"),
    ("accessibility", None, "/accessibility"),
    ("today", "manager", f"{FORCE}/today"),
    ("demand", "planner", f"{FORCE}/demand"),
    ("accuracy", "planner", f"{FORCE}/demand/accuracy"),
    ("cover", "planner", f"{FORCE}/cover"),
    ("roster", "planner", f"{FORCE}/rosters/{{roster}}"),
    ("roster-day", "planner", f"{FORCE}/rosters/{{roster}}?view=day"),
    ("rosters", "manager", f"{FORCE}/rosters"),
    ("ask", "planner", f"{FORCE}/ask"),
    ("certificate", "manager", f"{FORCE}/rosters/{{roster}}/certificate"),
    ("steps", "manager", f"{FORCE}/rosters/{{roster}}/steps"),
    ("compare", "manager", f"{FORCE}/rosters/{{roster}}/compare"),
    ("repair", "planner", f"{FORCE}/rosters/{{published}}/repair"),
    ("what-if", "planner", f"{FORCE}/what-if"),
    ("what-if-new", "planner", f"{FORCE}/what-if/new"),
    ("my-shifts", "handler", f"{FORCE}/my-shifts"),
    ("my-shifts-month", "handler", f"{FORCE}/my-shifts?view=month"),
    ("team", "manager", f"{FORCE}/team"),
    ("fairness", "manager", f"{FORCE}/fairness"),
    *(
        (f"admin-{name}", "admin", f"{FORCE}/admin/{name}")
        for name in ("settings", "rules", "events", "accounts", "keys", "webhooks", "runs", "audit")
    ),
)


def main() -> None:
    address, folder, *accounts = sys.argv[1:]
    passwords = {account.split("@")[0]: account.split("=", 1)[1] for account in accounts}
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for name, account, path in PAGES:
            for picture, page in opened(browser, address, account, passwords):
                page.goto(path.format(**rosters(page, path)))
                page.wait_for_timeout(800)
                page.screenshot(path=out / f"{name}-{picture}.png", full_page=True)
                print(f"{name}-{picture}: {page.title()}")
        browser.close()


def opened(
    browser: Browser, address: str, account: str | None, passwords: dict[str, str]
) -> Iterator[tuple[str, Page]]:
    """A window of each kind, signed in."""
    for picture, width in (*WIDTHS.items(), ("forced", WIDTHS["desk"])):
        forced = "active" if picture == "forced" else "none"
        context = browser.new_context(
            base_url=address, viewport={"width": width, "height": 900}, locale="en-GB", forced_colors=forced
        )
        page = context.new_page()
        if account is not None:
            page.goto("/sign-in")
            page.get_by_label("Name", exact=True).fill(f"{account}@northshire")
            page.get_by_label("Password", exact=True).fill(passwords[account])
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_load_state()
        yield picture, page
        context.close()


def rosters(page: Page, path: str) -> dict[str, Any]:
    """What stands for the parts of an address."""
    if "{" not in path:
        return {}
    listed = page.request.get(f"/v1{FORCE}/rosters").json()["rosters"]
    published = next(roster["id"] for roster in listed if roster["status"] == "published")
    return {"roster": listed[0]["id"], "published": published}


if __name__ == "__main__":
    main()
