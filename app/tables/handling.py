from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class HandlingRecordRow(Base):
    """Answered calls of one type in one quarter-hour, and how long they took; columns ending `_s` are sums."""

    __tablename__ = "handling_records"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    call_type: Mapped[str] = mapped_column(primary_key=True)
    interval_start: Mapped[datetime] = mapped_column(primary_key=True)
    answered: Mapped[int]
    talk_s: Mapped[float]
    wrap_s: Mapped[float | None]
