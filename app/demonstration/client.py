"""The demonstration's way to the service: the public client and nothing else, with a bar for each run."""

from __future__ import annotations

from typing import Any

from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app import client

_TIMEOUT_S = 300.0


class DemoError(client.ClientError):
    """The demonstration can't go on; the message says why."""


class Client(client.Client):
    """Calls the API with a key, and shows how runs go on."""

    def __init__(self, address: str, key: str) -> None:
        super().__init__(address, key, timeout_s=_TIMEOUT_S)

    def shown(self, path: str, body: dict[str, Any], title: str) -> client.Run:
        """Request a run, show its progress, and answer it once it has ended well. Raises `DemoError` otherwise."""
        run = self.start(path, body)
        with _bar() as progress:
            task = progress.add_task(title, total=1.0, phase="waiting")
            for state in self.states(run):
                run = state
                progress.update(task, completed=run.progress, phase=run.phase or run.status)
            progress.update(task, phase=run.outcome or run.status)
        if not run.is_success:
            raise DemoError(f"{title}: {run.outcome or run.status} - {run.reason}")
        return run


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[phase]}"),
    )
