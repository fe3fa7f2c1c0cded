"""A background computation as the client sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, Self

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
_TIMES = ("created_at", "started_at", "finished_at")


@dataclass(frozen=True, slots=True)
class Run:
    """One run; `result` names what it made, `reason` why it ended as it did where that needs a reason."""

    id: str
    force: str
    kind: str
    status: Status
    outcome: str | None
    reason: str | None
    progress: float
    phase: str | None
    result: Mapping[str, Any] | None
    attempt: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """From the service's answer; fields that are not known here are passed over."""
        known: dict[str, Any] = {field.name: body.get(field.name) for field in fields(cls)}
        times: dict[str, Any] = {name: datetime.fromisoformat(text) for name in _TIMES if (text := known[name])}
        return cls(**(known | times))

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def is_success(self) -> bool:
        """Whether it ended well and made something."""
        return self.status == "succeeded" and self.result is not None

    def made(self, name: str) -> str:
        """Identifier of what it made, such as `roster_id`. Raises `KeyError` where it made nothing of that name."""
        return str((self.result or {})[name])
