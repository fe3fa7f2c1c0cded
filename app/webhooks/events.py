"""What addresses can be told of, and each message: identifiers and states alone, never people or figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from app.representation import json_bytes


class WebhookEvent(StrEnum):
    RUN_FINISHED = "run.finished"
    ROSTER_APPROVED = "roster.approved"
    ROSTER_PUBLISHED = "roster.published"
    ROSTER_REVISED = "roster.revised"  # a published one: edited, swapped, repaired on the day
    ROSTER_SUPERSEDED = "roster.superseded"
    TEST = "webhook.test"  # asked for of one address alone


def message(event: WebhookEvent, at: datetime, data: Mapping[str, object]) -> str:
    """The body, as the Standard Webhooks convention has it."""
    return json_bytes({"type": event, "timestamp": at, "data": dict(data)}).decode()
