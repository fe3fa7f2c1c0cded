from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class CalendarFeedRow(TenantRow):
    """The secret address by which a handler's calendar follows their duties; only the digest of the secret is kept. A
    handler has one at a time."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (Index(None, "force_id", "ref", unique=True, postgresql_where=text("revoked_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ref: Mapped[str]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
