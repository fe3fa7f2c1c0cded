from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class IntervalRecordRow(Base):
    """What the telephony counted for one queue in one quarter-hour; columns ending `_s` are sums of seconds."""

    __tablename__ = "interval_records"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    interval_start: Mapped[datetime] = mapped_column(primary_key=True)
    offered: Mapped[int]
    answered: Mapped[int | None]
    answered_within_threshold: Mapped[int | None]
    answered_10_60s: Mapped[int | None]
    answered_over_60s: Mapped[int | None]
    abandoned: Mapped[int | None]
    abandoned_short: Mapped[int | None]
    talk_s: Mapped[float | None]
    wrap_s: Mapped[float | None]
    answered_wait_s: Mapped[float | None]
    abandoned_wait_s: Mapped[float | None]
    callbacks_offered: Mapped[int | None]
    callbacks_accepted: Mapped[int | None]
    callbacks_completed: Mapped[int | None]
    handlers_staffed: Mapped[int | None]
