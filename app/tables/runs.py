from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class RunRow(TenantRow):
    """One background computation.

    `attempt` counts what was begun and fences what it stores; `n_deaths` counts attempts whose computing process
    was killed; `job_id` is the queue's job that computes it now.
    """

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("force_id", "idempotency_key"),
        Index("ix_runs_unfinished", "status", postgresql_where=text("status IN ('queued', 'running')")),
        Index("ix_runs_force_id_started_at", "force_id", "started_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    status: Mapped[str]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    progress: Mapped[float]
    phase: Mapped[str | None]
    seed: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    versions: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None]
    attempt: Mapped[int]
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    n_deaths: Mapped[int] = mapped_column(server_default=text("0"))
    cancel_requested: Mapped[bool]
    idempotency_key: Mapped[str | None]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class RunEventRow(TenantRow):
    """Something that a run reported, in order."""

    __tablename__ = "run_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
