from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class AccountRow(Base):
    """How a person is recognised: `subject` at an `issuer`, or a local name with the digest of a password."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("issuer", "subject", "force_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    force_id: Mapped[UUID | None] = mapped_column(ForeignKey("forces.id"), index=True)
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    password_digest: Mapped[str | None]
    n_failures: Mapped[int]
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class SessionRow(Base):
    """A person's time signed in; only the digest of the cookie is kept. `roles` and
    `handler_ref` are those at sign-in."""

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    force_id: Mapped[UUID | None] = mapped_column(ForeignKey("forces.id"), index=True)
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String))
    handler_ref: Mapped[str | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
