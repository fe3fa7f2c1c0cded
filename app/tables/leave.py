from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class LeaveRequestRow(TenantRow):
    """Days that a handler asked for, the evidence when asked and when decided; `status` is open, approved, declined
    or withdrawn. No reasons for the leave are kept; `reason` is the manager's, for the decision."""

    __tablename__ = "leave_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ref: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    status: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reason: Mapped[str | None]
    decided_on: Mapped[dict[str, Any] | None]
