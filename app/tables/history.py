from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import ResultRow, TenantRow


class CalibrationRow(ResultRow):
    """An immutable calibration of the simulated room against recorded service; `columns` hold its days."""

    __tablename__ = "calibrations"

    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    description: Mapped[dict[str, Any]]
    columns: Mapped[dict[str, Any]]


class ReplayRow(ResultRow):
    """An immutable comparison of predicted with recorded service, hour by hour in `columns`."""

    __tablename__ = "replays"

    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    description: Mapped[dict[str, Any]]
    columns: Mapped[dict[str, Any]]


class ReplayFileRow(TenantRow):
    """Calls one by one, or log-ons, as numbers (compressed NumPy archive); emptied once the replay that uses them has
    ended. `kind` is `calls` or `log_ons`; `run_id` is absent of log-ons that no replay has asked for yet.
    """

    __tablename__ = "replay_files"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    kind: Mapped[str]
    content: Mapped[bytes]
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
