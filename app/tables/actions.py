from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class ActionRow(TenantRow):
    """What a daily meeting decided to do: `state` is open or closed, `outcome` what came of it, `revision` counts its
    changes. Names are kept beside `actor_id`, since an administrator of the installation is no actor of the force."""

    __tablename__ = "actions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    text: Mapped[str]
    owner: Mapped[str]
    due: Mapped[date | None]
    state: Mapped[str]
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    revision: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
