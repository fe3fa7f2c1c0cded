from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, TenantRow


class EventVersionRow(TenantRow):
    """One immutable version of an event as the force described it (`EventIn`); the newest counts until withdrawn.

    Names are kept beside `actor_id`, since an administrator of the installation is no actor of the force; `set_by` is
    who gave the multiplier, which later versions may leave as it is.
    """

    __tablename__ = "event_versions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    set_by: Mapped[str | None]
    is_withdrawn: Mapped[bool]
    body: Mapped[dict[str, Any]]


class CovariateValueRow(Base):
    """What a partner's feed said about a local date, and since when it was known; stored at `recorded_at`."""

    __tablename__ = "covariate_values"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    issued_at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
