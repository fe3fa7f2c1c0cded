"""What is to be told is written in the transaction of the thing itself: told if, and only if, that is committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import new_id, utc_now
from app.rosters.states import APPROVED, PUBLISHED, SUPERSEDED
from app.runs import queue
from app.tables import ForceRow, RosterRow, RunRow, WebhookDeliveryRow, WebhookRow
from app.webhooks.events import WebhookEvent, message

DELIVER = "webhooks.deliver"
WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given_up"

_OF_ROSTERS = {
    APPROVED: WebhookEvent.ROSTER_APPROVED,
    PUBLISHED: WebhookEvent.ROSTER_PUBLISHED,
    SUPERSEDED: WebhookEvent.ROSTER_SUPERSEDED,
}


def run_ended(session: Session, force_id: UUID, run_id: UUID, status: str) -> None:
    """Tell of a run that has succeeded, failed or was cancelled."""
    if _listening(session, force_id, WebhookEvent.RUN_FINISHED):
        query = select(RunRow.kind, RunRow.outcome).where(RunRow.id == run_id)
        kind, outcome = session.execute(query).one()
        data = {"run_id": run_id, "kind": kind, "status": status, "outcome": outcome, "href": f"/v1/runs/{run_id}"}
        tell(session, force_id, WebhookEvent.RUN_FINISHED, data)


def roster_changed(session: Session, row: RosterRow, action: str) -> None:
    """Tell of a roster's new revision where it was approved, published or superseded, or is published."""
    event = _OF_ROSTERS.get(action, WebhookEvent.ROSTER_REVISED if row.status == PUBLISHED else None)
    if event is None or not _listening(session, row.force_id, event):
        return
    slug = session.scalars(select(ForceRow.slug).where(ForceRow.id == row.force_id)).one()
    data = {
        "roster_id": row.id,
        "revision": row.revision,
        "status": row.status,
        "week_start": row.week_start,
        "weeks": row.weeks,
        "based_on": row.based_on,
        "href": f"/v1/forces/{slug}/rosters/{row.id}",
    }
    tell(session, row.force_id, event, data)


def tell(session: Session, force_id: UUID, event: WebhookEvent, data: Mapping[str, object]) -> None:
    """A message to each address of the force that listens for `event`."""
    for webhook_id in _listening(session, force_id, event):
        add(session, force_id, webhook_id, event, data)


def add(
    session: Session, force_id: UUID, webhook_id: UUID, event: WebhookEvent, data: Mapping[str, object]
) -> WebhookDeliveryRow:
    """A message to one address, and the job that sends it."""
    now = utc_now()
    row = WebhookDeliveryRow(
        id=new_id(),
        force_id=force_id,
        webhook_id=webhook_id,
        event=event,
        body=message(event, now, data),
        created_at=now,
        status=WAITING,
        n_attempts=0,
        next_at=now,
    )
    session.add(row)
    session.flush()
    enqueue(session, row, 0.0)
    return row


def enqueue(session: Session, row: WebhookDeliveryRow, wait_s: float) -> None:
    """Ask the workers for the next attempt, in `wait_s`. By its number a job that comes twice counts once."""
    row.next_at = utc_now() + timedelta(seconds=wait_s)
    queue.defer(
        session,
        DELIVER,
        queue.PROMPT,
        round(wait_s),
        force_id=str(row.force_id),
        delivery_id=str(row.id),
        attempt=row.n_attempts + 1,
    )


def _listening(session: Session, force_id: UUID, event: WebhookEvent) -> list[UUID]:
    query = (
        select(WebhookRow.id)
        .where(WebhookRow.force_id == force_id, WebhookRow.events.contains([event]))
        .where(WebhookRow.disabled_at.is_(None), WebhookRow.removed_at.is_(None))
        .order_by(WebhookRow.id)
    )
    return list(session.scalars(query))
