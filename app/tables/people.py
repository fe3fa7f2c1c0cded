from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class HandlerRow(Base):
    """A call handler as the force described it (`HandlerIn`), under a pseudonymous reference; `removed_at` is set of
    one who has left."""

    __tablename__ = "handlers"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class PatternInUseRow(Base):
    """A named cycle of days that handlers hold, each at a place of their own."""

    __tablename__ = "patterns_in_use"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class PeopleMappingRow(Base):
    """How a force's own file of people is read; `removed_at` is set of one that is no longer in use."""

    __tablename__ = "people_mappings"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class WorkedWeekRow(Base):
    """A handler's week as the force's own records say: minutes planned and minutes worked; absent: not told."""

    __tablename__ = "worked_weeks"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    week_start: Mapped[date] = mapped_column(primary_key=True)
    planned_min: Mapped[int | None]
    actual_min: Mapped[int | None]
    updated_at: Mapped[datetime]


class BalanceRow(Base):
    """What a handler had left of leave, or was owed of time off, at the end of a date [min]."""

    __tablename__ = "balances"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[date] = mapped_column(primary_key=True)
    minutes: Mapped[int]
    updated_at: Mapped[datetime]


class HandlerNameRow(Base):
    """A handler's name, apart from everything else; null once it was erased."""

    __tablename__ = "handler_names"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    ref: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    updated_at: Mapped[datetime]
