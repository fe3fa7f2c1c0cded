from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class WebhookRow(TenantRow):
    """An address of a force that is told of events. Secrets are kept as they are: messages are signed with them.
    After a rotation both sign until `old_secret_until`. `n_given_up`: messages given up in a row."""

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(ARRAY(String))
    description: Mapped[str | None]
    secret: Mapped[str | None]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    n_given_up: Mapped[int]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]
    removed_at: Mapped[datetime | None]


class WebhookDeliveryRow(TenantRow):
    """A message to an address, the text that is signed, and how far it has come: `next_at` while it waits for an
    attempt, `settled_at` once it was delivered or given up."""

    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id"), index=True)
    event: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    status: Mapped[str]
    n_attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    attempted_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    error: Mapped[str | None]
    settled_at: Mapped[datetime | None]
