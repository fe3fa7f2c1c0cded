"""Real Chromium on the demonstration's force: one service and one browser a session, a fresh window a test, all
gone through by keyboard alone (`keyboard.py`).

A demonstration that runs already (`./run demo`) is used instead where PACESETTER_BROWSER_ADDRESS has its address and
PACESETTER_BROWSER_PASSWORDS its accounts, as `manager=...,planner=...`: quicker while pages are written. Tests that
make forces of their own then also want the address of its database, in PACESETTER_BROWSER_DATABASE.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.demonstration import demo
from app.server.supervisor import running_service
from app.settings import Settings
from tests.browser.keyboard import LANGUAGE, by_keyboard
from tests.browser.watched import Watched

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 90_000  # beside other work; what is there is never waited for
expect.set_options(timeout=PATIENCE_MS)
# What a browser asks its maker for is of no use here, and refused on closed networks.
QUIET = [
    "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic", f"--lang={LANGUAGE}", *(["--no-sandbox"] if os.geteuid() == 0 else []),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """The demonstration as it runs: its address, its force, the password of each role's account, and its database where
    that is known."""

    address: str
    passwords: dict[str, str]
    database_url: str | None
    slug: str = demo.demonstration_force().slug


@pytest.fixture(scope="session")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstrated]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: install Debian's package (apt-get install chromium)")
    if "PACESETTER_BROWSER_ADDRESS" in os.environ:
        accounts = os.environ["PACESETTER_BROWSER_PASSWORDS"].split(",")
        passwords = dict(account.split("=", 1) for account in accounts)
        database_url = os.environ.get("PACESETTER_BROWSER_DATABASE")
        yield Demonstrated(os.environ["PACESETTER_BROWSER_ADDRESS"], passwords, database_url)
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PACESETTER_LOCAL_ACCOUNTS", "true")
        patch.setattr(demo, "HISTORY_WEEKS", 30)
        with running_service(Settings(data_dir=tmp_path_factory.mktemp("data"), port=0)) as service:
            threading.Thread(target=service.watch, daemon=True).start()
            told = demo.run_demo(service, calls=None, timezone="Europe/London", seconds=6)
            passwords = {name.partition("@")[0]: word for name, word in told.items()}
            yield Demonstrated(service.address, passwords, service.database_url)


@pytest.fixture(scope="session")
def browser(demonstrated: Demonstrated) -> Iterator[Browser]:  # noqa: ARG001 - nothing to look at without it
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        by_keyboard(patch)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


def enter(page: Page, slug: str, name: str, password: str) -> None:
    """Sign an account of a force in, by the form."""
    page.goto("/")
    page.get_by_label("Name", exact=True).fill(f"{name}@{slug}")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/forces/{slug}/**")


@pytest.fixture(scope="session")
def signed_in(browser: Browser, demonstrated: Demonstrated) -> Callable[[str], str]:
    """Signs an account in, once a session; answers where the browser's cookies of it are."""
    states: dict[str, str] = {}

    def state(name: str) -> str:
        if name not in states:
            context = browser.new_context(base_url=demonstrated.address, locale="en-GB")
            page = context.new_page()
            enter(page, demonstrated.slug, name, demonstrated.passwords[name])
            states[name] = context.storage_state()  # type: ignore[assignment]
            context.close()
        return states[name]

    return state


@pytest.fixture
def window(
    browser: Browser, demonstrated: Demonstrated, signed_in: Callable[[str], str]
) -> Iterator[Callable[..., Page]]:
    """Opens a window of somebody who is signed in: `window("planner")`, `window("manager", width=360)`.

    At the end nothing may have gone wrong: no error in the console, no failed request.
    """
    opened: list[tuple[BrowserContext, Watched]] = []

    def make(name: str | None = "planner", *, width: int = 1280, height: int = 900, **options: object) -> Page:
        context = browser.new_context(
            base_url=demonstrated.address,
            viewport={"width": width, "height": height},
            locale="en-GB",
            timezone_id="America/New_York",  # the pages write the force's own time, wherever the browser is
            storage_state=None if name is None else signed_in(name),
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        opened.append((context, Watched(page)))
        return page

    yield make
    faults = [fault for _, watched in opened for fault in watched.faults]
    for context, _ in opened:
        context.close()
    assert faults == []
