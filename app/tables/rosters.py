from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import ResultRow, TenantRow


class RosterRow(ResultRow):
    """A roster of `weeks` from `week_start` with its certificate. `based_on` is the roster that it repairs.

    What may change are `status`, `revision`, `body` and `certificate`; each change is a `RosterChangeRow`.
    """

    __tablename__ = "rosters"
    __table_args__ = (Index(None, "force_id", "week_start"),)

    requirement_id: Mapped[UUID] = mapped_column(ForeignKey("requirements.id"))
    forecast_id: Mapped[UUID] = mapped_column(ForeignKey("forecasts.id"))
    week_start: Mapped[date]
    weeks: Mapped[int]
    mode: Mapped[str]
    status: Mapped[str]
    revision: Mapped[int]
    based_on: Mapped[UUID | None] = mapped_column(ForeignKey("rosters.id"))
    body: Mapped[dict[str, Any]]
    certificate: Mapped[dict[str, Any]]


class RosterChangeRow(TenantRow):
    """What made a revision of a roster: who, when, why, and what it was before. Names are kept beside `actor_id`, since
    an administrator of the installation is no actor of the force.
    """

    __tablename__ = "roster_changes"

    roster_id: Mapped[UUID] = mapped_column(ForeignKey("rosters.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    action: Mapped[str]
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]]


class SwapRow(TenantRow):
    """Two handlers' request to swap duties of a roster; `status` is open, accepted or declined."""

    __tablename__ = "swap_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    roster_id: Mapped[UUID] = mapped_column(ForeignKey("rosters.id"), index=True)
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    body: Mapped[dict[str, Any]]
    status: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reason: Mapped[str | None]
