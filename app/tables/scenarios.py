from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class ScenarioRow(TenantRow):
    """An immutable comparison of a plan with itself as changed; `base` names the plan, `figures` hold both sides."""

    __tablename__ = "scenarios"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    created_at: Mapped[datetime]
    name: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    settings_version: Mapped[int]
    base: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]]
    figures: Mapped[dict[str, Any]]
