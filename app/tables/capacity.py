from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, ResultRow


class PayTableRow(Base):
    """One immutable version of a force's pay table (`PayTableIn`). Names are kept beside `actor_id`, since an
    administrator of the installation is no actor of the force."""

    __tablename__ = "pay_tables"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    body: Mapped[dict[str, Any]]


class CapacityRow(ResultRow):
    """An immutable capacity plan; `figures` hold posts needed, curve, months and failure demand."""

    __tablename__ = "capacity_plans"

    name: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
