"""Bodies and answers of webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schema import Schema
from app.webhooks.events import WebhookEvent

_EVENTS = "What it is told of."

Listened = Literal[
    WebhookEvent.RUN_FINISHED,
    WebhookEvent.ROSTER_APPROVED,
    WebhookEvent.ROSTER_PUBLISHED,
    WebhookEvent.ROSTER_REVISED,
    WebhookEvent.ROSTER_SUPERSEDED,
]
Url = Annotated[str, Field(min_length=1, max_length=500, examples=["https://hooks.northshire.police.uk/pacesetter"])]
Events = Annotated[list[Listened], Field(min_length=1, max_length=10, description=_EVENTS)]
Description = Annotated[str, Field(max_length=200)]


class WebhookIn(Schema):
    """An address to be told of events."""

    url: Url
    events: Events
    description: Description | None = None


class WebhookPatch(Schema):
    """What of an address is to change; absent: it stays."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None
    enabled: bool | None = Field(None, description="Messages go out again, or no more.")


class WebhookRotateIn(Schema):
    """With both secrets each message has two signatures, so that receivers can change over."""

    grace_h: float = Field(24, ge=0, le=720, description="How long the old secret goes on signing too [h].")


class WebhookOut(Schema):
    """An address, without its secret."""

    id: UUID
    url: str
    events: list[WebhookEvent]
    description: str | None
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: str | None
    given_up_in_a_row: int = Field(description="Messages given up since the last one that arrived.")
    old_secret_until: datetime | None = Field(description="Until when the secret before the last rotation signs too.")
    created_at: datetime


class WebhookSecretOut(WebhookOut):
    """The secret is shown this once."""

    secret: str = Field(description="For the signature: `whsec_` and base64.")


class WebhooksOut(Schema):
    webhooks: list[WebhookOut]


DeliveryStatus = Literal["waiting", "delivered", "given_up"]


class WebhookDeliveryOut(Schema):
    """A message to an address and what became of it."""

    id: UUID = Field(description="As in the header `webhook-id`.")
    event: WebhookEvent
    body: str = Field(description="As it is sent, to the letter.")
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    attempted_at: datetime | None
    next_at: datetime | None = Field(description="Of the next attempt; null: there is none.")
    response_status: int | None = Field(description="Of the last attempt's answer; null: there was none.")
    error: str | None = Field(description="Why the last attempt failed.")
    settled_at: datetime | None


class WebhookDeliveriesOut(Schema):
    deliveries: list[WebhookDeliveryOut]
    next: UUID | None = Field(description="`cursor` of the next page; null: there is none.")
