"""Addresses of a force: registered, changed, their secrets rotated, their messages looked at and sent again."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.audit.repository import add_line
from app.database import new_id, utc_now
from app.errors import Conflict, NotFound, invalid
from app.settings import settings
from app.tables import WebhookDeliveryRow, WebhookRow
from app.webhooks import outbox, repository
from app.webhooks.addresses import Refused, networks_of, target_of
from app.webhooks.events import WebhookEvent
from app.webhooks.schemas import (
    WebhookDeliveriesOut,
    WebhookDeliveryOut,
    WebhookIn,
    WebhookOut,
    WebhookPatch,
    WebhookSecretOut,
    WebhooksOut,
)

MOST = 20
_SECRET_BYTES = 32
_BY_HAND = "disabled by hand"


def register(work: Work, body: WebhookIn) -> WebhookSecretOut:
    """A new address with its secret. Raises `Invalid` for one that may not be reached, `Conflict` beyond `MOST`."""
    _require_reachable(body.url)
    if repository.count(work.session, work.force.id) >= MOST:
        raise Conflict(f"this force has {MOST} webhooks: expected no more; remove one that is not used")
    secret = _new_secret()
    row = WebhookRow(
        id=new_id(),
        force_id=work.force.id,
        url=body.url,
        events=_events(body.events),
        description=body.description,
        secret=secret,
        created_at=utc_now(),
        n_given_up=0,
    )
    repository.add(work.session, row)
    _audit(work, "webhook made", row.id, after=_state(row))
    return WebhookSecretOut(**_told(row), secret=secret)


def listed(work: Work) -> WebhooksOut:
    return WebhooksOut(webhooks=[_out(row) for row in repository.all_of(work.session, work.force.id)])


def get(work: Work, webhook_id: UUID) -> WebhookOut:
    """Raises `NotFound`."""
    return _out(_known(repository.find(work.session, work.force.id, webhook_id), webhook_id))


def change(work: Work, webhook_id: UUID, body: WebhookPatch) -> WebhookOut:
    """Raises `NotFound`, and `Invalid` as `register`."""
    row = _locked(work, webhook_id)
    before = _state(row)
    if body.url is not None:
        _require_reachable(body.url)
        row.url = body.url
    if body.events is not None:
        row.events = _events(body.events)
    if "description" in body.model_fields_set:
        row.description = body.description
    if body.enabled and row.disabled_at is not None:
        row.disabled_at, row.disabled_reason, row.n_given_up = None, None, 0
    if body.enabled is False and row.disabled_at is None:
        row.disabled_at, row.disabled_reason = utc_now(), _BY_HAND
    if _state(row) != before:
        _audit(work, "webhook changed", row.id, before=before, after=_state(row))
    return _out(row)


def rotate(work: Work, webhook_id: UUID, grace_h: float) -> WebhookSecretOut:
    """A new secret; the old one signs too for a time of grace [h]. Raises `NotFound`."""
    row = _locked(work, webhook_id)
    before = _state(row)
    row.old_secret, row.old_secret_until = row.secret, utc_now() + timedelta(hours=grace_h)
    row.secret = secret = _new_secret()
    _audit(work, "webhook secret rotated", row.id, before=before, after=_state(row))
    return WebhookSecretOut(**_told(row), secret=secret)


def remove(work: Work, webhook_id: UUID, reason: str | None) -> WebhookOut:
    """Nothing is sent any more, and the secrets are gone. Raises `NotFound`."""
    row = _locked(work, webhook_id)
    before = _state(row)
    row.removed_at, row.secret, row.old_secret, row.old_secret_until = utc_now(), None, None, None
    row.disabled_at, row.disabled_reason = row.disabled_at or utc_now(), "removed"
    _audit(work, "webhook removed", row.id, reason=reason, before=before, after=None)
    return _out(row)


def test(work: Work, webhook_id: UUID) -> WebhookDeliveryOut:
    """Send a message that tells of nothing. Raises `NotFound`, `Conflict` where the address is disabled."""
    row = _enabled(_locked(work, webhook_id))
    return _delivery(outbox.add(work.session, work.force.id, row.id, WebhookEvent.TEST, {"webhook_id": row.id}))


def deliveries(
    work: Work, webhook_id: UUID, status: str | None, cursor: UUID | None, size: int
) -> WebhookDeliveriesOut:
    """Raises `NotFound`, and `Invalid` for a cursor that is none."""
    row = _known(repository.find(work.session, work.force.id, webhook_id), webhook_id)
    found, following = repository.page(work.session, row.id, status, cursor, size)
    return WebhookDeliveriesOut(deliveries=[_delivery(one) for one in found], next=following)


def send_again(work: Work, webhook_id: UUID, delivery_id: UUID) -> WebhookDeliveryOut:
    """Send a settled message again, under its own identifier. Raises `NotFound`; `Conflict` where it still waits, or
    the address is disabled."""
    webhook = _enabled(_locked(work, webhook_id))
    row = repository.locked_delivery(work.session, work.force.id, delivery_id)
    if row is None or row.webhook_id != webhook.id:
        raise NotFound(f"message {delivery_id} to webhook {webhook_id} does not exist here")
    if row.status == outbox.WAITING:
        raise Conflict(f"message {row.id} still waits for its attempt {row.n_attempts + 1}")
    row.status, row.settled_at, row.n_attempts = outbox.WAITING, None, 0
    outbox.enqueue(work.session, row, 0.0)
    work.session.flush()
    _audit(work, "webhook message sent again", webhook.id, message=str(row.id))
    return _delivery(row)


def tidy(session: Session, force_id: UUID) -> None:
    """Remove the messages that the force need not keep any longer."""
    repository.tidy(session, force_id)


def _require_reachable(url: str) -> None:
    try:
        target_of(url, networks_of(settings().webhook_networks))
    except Refused as error:
        raise invalid("url", url, f"an address that may be told: {error}") from error


def _locked(work: Work, webhook_id: UUID) -> WebhookRow:
    return _known(repository.locked(work.session, work.force.id, webhook_id), webhook_id)


def _known(row: WebhookRow | None, webhook_id: UUID) -> WebhookRow:
    if row is None:
        raise NotFound(f"webhook {webhook_id} does not exist here")
    return row


def _enabled(row: WebhookRow) -> WebhookRow:
    if row.disabled_at is not None:
        raise Conflict(f"webhook {row.id} is disabled, {row.disabled_reason}: enable it first")
    return row


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _events(events: list[Any]) -> list[str]:
    return sorted({str(event) for event in events})


def _state(row: WebhookRow) -> dict[str, Any]:
    """What the audit tells of an address; never a secret."""
    return {
        "url": row.url,
        "events": row.events,
        "description": row.description,
        "enabled": row.disabled_at is None,
        "old_secret_until": _iso(row.old_secret_until),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _audit(work: Work, action: str, webhook_id: UUID, **details: Any) -> None:
    add_line(
        work.session, force_id=work.force.id, actor_id=work.actor.id, action=action, subject=str(webhook_id), **details
    )


def _told(row: WebhookRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "events": row.events,
        "description": row.description,
        "enabled": row.disabled_at is None,
        "disabled_at": row.disabled_at,
        "disabled_reason": row.disabled_reason,
        "given_up_in_a_row": row.n_given_up,
        "old_secret_until": row.old_secret_until,
        "created_at": row.created_at,
    }


def _out(row: WebhookRow) -> WebhookOut:
    return WebhookOut(**_told(row))


def _delivery(row: WebhookDeliveryRow) -> WebhookDeliveryOut:
    return WebhookDeliveryOut.model_validate(
        {
            "id": row.id,
            "event": row.event,
            "body": row.body,
            "status": row.status,
            "attempts": row.n_attempts,
            "created_at": row.created_at,
            "attempted_at": row.attempted_at,
            "next_at": row.next_at if row.status == outbox.WAITING else None,
            "response_status": row.response_status,
            "error": row.error,
            "settled_at": row.settled_at,
        }
    )
