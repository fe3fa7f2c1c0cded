from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class ActorRow(Base):
    """Who acts: a person or a system. Without a force: an administrator of the whole installation. `handler_ref`: the
    handler who holds the key, and so sees their own schedule and burdens."""

    __tablename__ = "actors"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    force_id: Mapped[UUID | None] = mapped_column(ForeignKey("forces.id"), index=True)
    name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(String))
    created_at: Mapped[datetime]
    handler_ref: Mapped[str | None]


class ApiKeyRow(Base):
    """A key of an actor; only the digest of the secret is kept. `scopes` narrow what the actor's roles allow."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    force_id: Mapped[UUID | None] = mapped_column(ForeignKey("forces.id"), index=True)
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"), index=True)
    prefix: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[bytes]
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(String))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    replaces: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id"))
