"""What a browser notices while a test looks elsewhere, and what the accessibility engine finds."""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_ABORTED: Final = "net::ERR_ABORTED"  # the browser itself went elsewhere meanwhile


class Watched:
    """Errors of a window: in its console, in its scripts, in its requests. A test that means one to happen says which
    statuses it expects."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        self.expected: set[int] = set()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        page.watched = self  # type: ignore[attr-defined]

    def _console(self, message: ConsoleMessage) -> None:
        # A refused request is counted once, by its answer.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != _ABORTED:
            self.faults.append(f"request: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"answer: {response.request.method} {response.url} {response.status}")


def expect_refusal(page: Page, *statuses: int) -> None:
    """From here on answers with these statuses are what the test is about."""
    page.watched.expected.update(statuses)  # type: ignore[attr-defined]


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands, in light and in forced colours: rule and place of each."""
    found = []
    for colours in ("none", "active"):
        page.emulate_media(forced_colors=colours)
        answer: dict[str, Any] = Axe().run(page, options={"runOnly": {"type": "tag", "values": list(RULES)}}).response
        found += [
            f"{rule['id']} ({colours}): {node['target']} {node.get('failureSummary', '')[:200]}"
            for rule in answer["violations"]
            for node in rule["nodes"]
        ]
    page.emulate_media(forced_colors="none")
    return found
