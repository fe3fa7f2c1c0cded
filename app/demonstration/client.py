"""The demonstration's way to the service: the public HTTP API and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Self

import httpx
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_POLL_S = 0.3


class DemoError(Exception):
    """The demonstration can't go on; the message is the service's own."""


class Client:
    """Calls the API with a key; refusals become `DemoError`."""

    def __init__(self, address: str, key: str) -> None:
        self._http = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=300)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, path: str, *, allow: tuple[int, ...] = (), **options: Any) -> httpx.Response:
        answer = self._http.request(method, path, **options)
        if not answer.is_success and answer.status_code not in allow:
            is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
            detail = answer.json()["detail"] if is_problem else answer.text[:500]
            raise DemoError(f"{method} {path} answered {answer.status_code}: {detail}")
        return answer

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options).json()

    def run(self, path: str, body: dict[str, Any], title: str) -> dict[str, Any]:
        """Request a run, show its progress, and answer it once it has ended well. Raises `DemoError` otherwise."""
        location = self.call("POST", path, json=body).headers["Location"]
        with _bar() as progress:
            task = progress.add_task(title, total=1.0, phase="waiting")
            for run in self._states(location):
                progress.update(task, completed=run["progress"], phase=run["phase"] or run["status"])
            progress.update(task, phase=run["outcome"] or run["status"])
        if run["status"] != "succeeded" or run["result"] is None:
            raise DemoError(f"{title}: {run['outcome'] or run['status']} - {run['reason']}")
        finished: dict[str, Any] = run
        return finished

    def _states(self, location: str) -> Iterator[dict[str, Any]]:
        while True:
            run: dict[str, Any] = self.get(location)
            yield run
            if run["finished_at"] is not None:
                return
            time.sleep(_POLL_S)


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[phase]}"),
    )
