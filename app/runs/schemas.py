"""Answers of the runs room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from app.schema import Schema


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED})


class RunEntry(Schema):
    """What a run is and how far it has come."""

    id: UUID
    force: str
    kind: str = Field(examples=["roster"])
    status: RunStatus
    outcome: str | None = Field(
        description="Of a solve: optimal, feasible, infeasible or unknown; no_actuals: nothing to learn from."
    )
    progress: float = Field(ge=0, le=1)
    phase: str | None
    attempt: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RunsOut(Schema):
    runs: list[RunEntry]
    next: UUID | None = Field(description="`cursor` of the next page; null: there is none.")


class RunOut(RunEntry):
    """One background computation."""

    reason: str | None = Field(description="Why it ended as it did, where that needs a reason.")
    seed: int
    inputs: dict[str, Any] = Field(description="What the run works from, references resolved; `asked`: the request.")
    versions: dict[str, Any]
    result: dict[str, Any] | None = Field(description="Identifier and address of what it made.")


class RunEvent(Schema):
    """Something that a run reported."""

    id: int
    at: datetime
    kind: str
    data: dict[str, Any]
