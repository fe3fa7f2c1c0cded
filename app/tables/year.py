from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class RollOutRow(TenantRow):
    """An immutable roll-out of patterns from `first` to `last`: who told it when and why, and what it changed."""

    __tablename__ = "roll_outs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    reason: Mapped[str | None]
    summary: Mapped[dict[str, Any]]


class RolledDaysRow(TenantRow):
    """One handler's days of a roll-out, from `first` on, those told before it included: `days` as `app.year.days`
    writes them, `notified` runs of days with the instant at which they were told."""

    __tablename__ = "rolled_days"

    roll_out_id: Mapped[UUID] = mapped_column(ForeignKey("roll_outs.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    first: Mapped[date]
    days: Mapped[list[Any]]
    notified: Mapped[list[Any]]
