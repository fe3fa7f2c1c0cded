"""Webhooks over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.access import Administering
from app.edge.routing import Router
from app.pages import PAGED, Paging
from app.webhooks import service
from app.webhooks.schemas import (
    DeliveryStatus,
    WebhookDeliveriesOut,
    WebhookDeliveryOut,
    WebhookIn,
    WebhookOut,
    WebhookPatch,
    WebhookRotateIn,
    WebhookSecretOut,
    WebhooksOut,
)

router = Router(prefix="/v1/forces/{force}/webhooks", tags=["webhooks"])

Reason = Annotated[str | None, Query(max_length=400, description="Why, for the audit.")]


@router.post("", status_code=201)
def create_webhook(body: WebhookIn, work: Administering) -> WebhookSecretOut:
    """Register an address that is told of events by signed POSTs (Standard Webhooks). The secret is shown once."""
    return service.register(work, body)


@router.get("")
def list_webhooks(work: Administering) -> WebhooksOut:
    """The force's addresses, newest first, without their secrets."""
    return service.listed(work)


@router.get("/{webhook_id}")
def get_webhook(webhook_id: UUID, work: Administering) -> WebhookOut:
    """One address and how it fares."""
    return service.get(work, webhook_id)


@router.patch("/{webhook_id}")
def patch_webhook(webhook_id: UUID, body: WebhookPatch, work: Administering) -> WebhookOut:
    """Change an address, what it is told of, or whether it is. One that was disabled after failures begins anew."""
    return service.change(work, webhook_id, body)


@router.delete("/{webhook_id}")
def remove_webhook(webhook_id: UUID, work: Administering, reason: Reason = None) -> WebhookOut:
    """Tell this address nothing any more; what still waits is given up."""
    return service.remove(work, webhook_id, reason)


@router.post("/{webhook_id}/rotate", status_code=201)
def rotate_webhook(webhook_id: UUID, body: WebhookRotateIn, work: Administering) -> WebhookSecretOut:
    """A new secret, shown once. The old one signs too for a time of grace."""
    return service.rotate(work, webhook_id, body.grace_h)


@router.post("/{webhook_id}/test", status_code=202)
def test_webhook(webhook_id: UUID, work: Administering) -> WebhookDeliveryOut:
    """Send the address a message of the type `webhook.test`."""
    return service.test(work, webhook_id)


@router.get("/{webhook_id}/deliveries", responses=PAGED)
def list_webhook_deliveries(
    webhook_id: UUID, work: Administering, paging: Paging, status: DeliveryStatus | None = None
) -> WebhookDeliveriesOut:
    """Messages to the address and what became of each, newest first, page by page; kept for thirty days."""
    return paging.linked(service.deliveries(work, webhook_id, status, paging.cursor, paging.size))


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver", status_code=202)
def redeliver(webhook_id: UUID, delivery_id: UUID, work: Administering) -> WebhookDeliveryOut:
    """Send a message again that was delivered or given up; it keeps its `webhook-id`."""
    return service.send_again(work, webhook_id, delivery_id)
