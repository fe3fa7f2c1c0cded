"""Addresses and messages in the database."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.database import quick
from app.pages import rows_of
from app.tables import WebhookDeliveryRow, WebhookRow
from app.webhooks import outbox


def add(session: Session, row: WebhookRow) -> None:
    session.add(row)
    session.flush()


def all_of(session: Session, force_id: UUID) -> list[WebhookRow]:
    """Addresses that were not removed, newest first."""
    query = select(WebhookRow).where(WebhookRow.force_id == force_id, WebhookRow.removed_at.is_(None))
    return list(session.scalars(query.order_by(WebhookRow.id.desc())))


def count(session: Session, force_id: UUID) -> int:
    query = select(func.count()).where(WebhookRow.force_id == force_id, WebhookRow.removed_at.is_(None))
    return session.scalars(query).one()


def locked(session: Session, force_id: UUID, webhook_id: UUID) -> WebhookRow | None:
    """The address, unless it was removed; locked until the transaction ends."""
    query = (
        select(WebhookRow)
        .where(WebhookRow.id == webhook_id, WebhookRow.force_id == force_id, WebhookRow.removed_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one_or_none()


def find(session: Session, force_id: UUID, webhook_id: UUID) -> WebhookRow | None:
    query = select(WebhookRow).where(
        WebhookRow.id == webhook_id, WebhookRow.force_id == force_id, WebhookRow.removed_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def page(
    session: Session, webhook_id: UUID, status: str | None, cursor: UUID | None, size: int
) -> tuple[list[WebhookDeliveryRow], UUID | None]:
    """At most `size` messages to an address, newest first, and the cursor of what follows."""
    query = select(WebhookDeliveryRow).where(WebhookDeliveryRow.webhook_id == webhook_id)
    if status is not None:
        query = query.where(WebhookDeliveryRow.status == status)
    return rows_of(session, WebhookDeliveryRow, query, cursor, size)


def locked_delivery(session: Session, force_id: UUID, delivery_id: UUID) -> WebhookDeliveryRow | None:
    """The message, locked until the transaction ends."""
    query = (
        select(WebhookDeliveryRow)
        .where(WebhookDeliveryRow.id == delivery_id, WebhookDeliveryRow.force_id == force_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one_or_none()


def without_job(session: Session, due_before: datetime) -> list[WebhookDeliveryRow]:
    """Messages that wait for an attempt which was due then and which no job stands for, locked."""
    has_no_job = text(
        "not exists (select from procrastinate_jobs job "
        "where job.task_name = :task and job.status in ('todo', 'doing') "
        "and job.args ->> 'delivery_id' = cast(webhook_deliveries.id as text) "
        "and cast(job.args ->> 'attempt' as int) = webhook_deliveries.n_attempts + 1)"
    ).bindparams(task=outbox.DELIVER)
    query = (
        select(WebhookDeliveryRow)
        .where(WebhookDeliveryRow.status == outbox.WAITING, WebhookDeliveryRow.next_at < due_before, has_no_job)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def tidy(session: Session, force_id: UUID) -> None:
    """Remove the force's messages that were settled more than thirty days ago, also to addresses that are gone."""
    quick(session, "select tidy_deliveries(id) from webhooks where force_id = %s", (force_id,))
