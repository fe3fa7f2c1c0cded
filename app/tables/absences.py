from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class AbsenceRow(TenantRow):
    """Somebody is away, as told at `told_at`; why is not stored. `status` is open, ended or withdrawn."""

    __tablename__ = "absences"
    __table_args__ = (Index(None, "force_id", "handler", "starts_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    handler: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    credited: Mapped[bool]
    told_at: Mapped[datetime]
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    status: Mapped[str]
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str | None]


class OptionsRow(TenantRow):
    """Options for heads that are missing from a published roster, by an absence or over a `weak` interval.

    `options` are null until the run has ended; `chosen` names the one that was published.
    """

    __tablename__ = "same_day_options"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    absence_id: Mapped[UUID | None] = mapped_column(ForeignKey("absences.id"), index=True)
    roster_id: Mapped[UUID] = mapped_column(ForeignKey("rosters.id"))
    revision: Mapped[int]
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    weak: Mapped[dict[str, Any] | None]
    options: Mapped[dict[str, Any] | None]
    chosen: Mapped[str | None]
    chosen_at: Mapped[datetime | None]
    chosen_by: Mapped[str | None]


class CallOutRow(TenantRow):
    """Somebody was called out, or kept longer, on the day: what the order of asking goes by."""

    __tablename__ = "call_outs"
    __table_args__ = (Index(None, "force_id", "handler", "starts_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    handler: Mapped[str]
    kind: Mapped[str]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    roster_id: Mapped[UUID] = mapped_column(ForeignKey("rosters.id"))
    created_at: Mapped[datetime]


class RestOwedRow(TenantRow):
    """Compensatory rest, or time off, that a change of a roster left owed; listed until it is given."""

    __tablename__ = "rest_owed"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    handler: Mapped[str]
    rule: Mapped[str]
    day: Mapped[date]
    owed_min: Mapped[int]
    owed_by: Mapped[date | None]
    reason: Mapped[str | None]
    roster_id: Mapped[UUID] = mapped_column(ForeignKey("rosters.id"))
    created_at: Mapped[datetime]
    given_from: Mapped[datetime | None]
    given_until: Mapped[datetime | None]
    given_at: Mapped[datetime | None]
    given_by: Mapped[str | None]
