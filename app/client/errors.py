"""What can go wrong for whoever asks."""

from __future__ import annotations

from typing import Any

import httpx

from app.client.run import Run

_SHOWN = 500  # characters of an answer that is no problem


class ClientError(Exception):
    """Base of what the client raises."""


class Unreachable(ClientError):
    """The service did not answer, also not when asked again."""


class Problem(ClientError):
    """The service refused: RFC 9457 problem details as attributes; `errors` name each thing that is wrong."""

    def __init__(self, answer: httpx.Response) -> None:
        is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        body: dict[str, Any] = answer.json() if is_problem else {}
        self.status: int = answer.status_code
        self.type: str = body.get("type", "about:blank")
        self.title: str = body.get("title", answer.reason_phrase)
        self.detail: str = body.get("detail", answer.text[:_SHOWN])
        self.errors: list[dict[str, Any]] = body.get("errors", [])
        self.request_id: str | None = answer.headers.get("x-request-id")
        self.retry_after_s: float | None = seconds(answer.headers.get("retry-after"))
        self.body = body
        request = answer.request
        super().__init__(f"{request.method} {request.url.path} answered {self.status}: {self.detail}")


class RunFailed(ClientError):
    """A run ended otherwise than well; `run` tells how and why."""

    def __init__(self, run: Run) -> None:
        self.run = run
        super().__init__(f"{run.kind} {run.id}: {run.outcome or run.status} - {run.reason}")


def seconds(text: str | None) -> float | None:
    """Of a `Retry-After` in seconds; None where it is absent or a date."""
    return float(text) if text is not None and text.isdecimal() else None
