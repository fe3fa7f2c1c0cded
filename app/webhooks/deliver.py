"""Sending in the worker: an attempt at a time, with growing waits, until it arrives or is given up.

A worker that dies on the way leaves the job to another, so that a message may arrive twice: with the same identifier.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import procrastinate
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.audit.repository import add_line
from app.database import EVERY_FORCE, force_session, utc_now
from app.identity.service import schedule_actor
from app.runs.queue import PROMPT
from app.settings import settings
from app.tables import WebhookDeliveryRow, WebhookRow
from app.webhooks import outbox, repository
from app.webhooks.addresses import networks_of
from app.webhooks.post import Attempt, attempt

log = logging.getLogger(__name__)

# After which an attempt follows, in seconds: the last one begins about a day after the first.
WAITS_S = (5, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 15 * 3600)
MOST_ATTEMPTS = len(WAITS_S) + 1
DISABLED_AFTER = 5  # messages given up in a row
_SPREAD = 0.1  # of a wait, so that what failed together does not return together
_LONGEST_ASKED_S = 24 * 3600.0
_GONE = 410
_CARE_CRON = "*/10 * * * *"
_LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Message:
    webhook_id: UUID
    url: str
    body: str
    secrets: list[str]
    at: datetime


def register(queue: procrastinate.App, engine: Engine) -> None:
    """Let the worker of `queue` send messages."""

    @queue.task(name=outbox.DELIVER, retry=procrastinate.RetryStrategy(max_attempts=3, wait=5))
    def deliver_message(force_id: str, delivery_id: str, attempt: int) -> None:
        deliver(engine, UUID(force_id), UUID(delivery_id), attempt)

    @queue.periodic(cron=_CARE_CRON)
    @queue.task(name="webhooks.care", queueing_lock="webhooks.care", queue=PROMPT)
    def care_for_messages(timestamp: int) -> None:  # noqa: ARG001 - the queue gives it by name
        care(engine)


def care(engine: Engine) -> None:
    """Ask anew for attempts that are long due and have no job any more, as after errors of the database."""
    with force_session(engine, EVERY_FORCE) as session:
        for row in repository.without_job(session, utc_now() - _LATE):
            log.warning("message %s has lost its job: it gets another", row.id)
            outbox.enqueue(session, row, 0.0)


def deliver(engine: Engine, force_id: UUID, delivery_id: UUID, number: int) -> None:
    """Attempt `number` at a message; nothing where that was made already, or the message is settled."""
    with force_session(engine, force_id) as session:
        found = _prepared(session, force_id, delivery_id, number)
    if found is None:
        return
    networks = networks_of(settings().webhook_networks)
    made = attempt(found.url, str(delivery_id), found.at, found.body, found.secrets, networks)
    with force_session(engine, force_id) as session:
        webhook = repository.locked(session, force_id, found.webhook_id)  # before its message, as everywhere
        row = repository.locked_delivery(session, force_id, delivery_id)
        if row is not None and row.status == outbox.WAITING and row.n_attempts == number - 1:
            _record(session, webhook, row, made, found.at)


def _prepared(session: Session, force_id: UUID, delivery_id: UUID, number: int) -> _Message | None:
    row = repository.locked_delivery(session, force_id, delivery_id)
    if row is None or row.status != outbox.WAITING or row.n_attempts != number - 1:
        return None
    webhook = repository.find(session, force_id, row.webhook_id)
    now = utc_now()
    if webhook is None or webhook.secret is None or webhook.disabled_at is not None:
        reason = "removed" if webhook is None else webhook.disabled_reason
        _settle(row, outbox.GIVEN_UP, now, f"the webhook is disabled: {reason}")
        return None
    secrets = [webhook.secret]
    if webhook.old_secret is not None and webhook.old_secret_until is not None and webhook.old_secret_until > now:
        secrets.append(webhook.old_secret)
    return _Message(webhook.id, webhook.url, row.body, secrets, now)


def _record(session: Session, webhook: WebhookRow | None, row: WebhookDeliveryRow, made: Attempt, at: datetime) -> None:
    row.n_attempts += 1
    row.attempted_at, row.response_status, row.error = at, made.status, made.error
    if made.has_arrived:
        _settle(row, outbox.DELIVERED, utc_now(), None)
        if webhook is not None:
            webhook.n_given_up = 0
    elif row.n_attempts < MOST_ATTEMPTS and made.status != _GONE:
        outbox.enqueue(session, row, wait_s(row.n_attempts, made.retry_after_s))
    else:
        _settle(row, outbox.GIVEN_UP, utc_now(), made.error)
        if webhook is not None and webhook.disabled_at is None:
            _count_given_up(session, webhook, made)


def wait_s(n_attempts: int, asked_s: float | None) -> float:
    """Time until the next attempt after `n_attempts` [s]; what the other side asked for where that is longer, up to a
    day."""
    wait = WAITS_S[n_attempts - 1] * (1 + random.random() * _SPREAD)
    return max(wait, min(asked_s or 0.0, _LONGEST_ASKED_S))


def _count_given_up(session: Session, webhook: WebhookRow, made: Attempt) -> None:
    webhook.n_given_up += 1
    if made.status != _GONE and webhook.n_given_up < DISABLED_AFTER:
        return
    reason = (
        "the address answered that it is gone (410)"
        if made.status == _GONE
        else f"{webhook.n_given_up} messages in a row were given up; of the last: {made.error}"
    )
    webhook.disabled_at, webhook.disabled_reason = utc_now(), reason
    log.warning("webhook %s is disabled", webhook.id)
    actor = schedule_actor(session, webhook.force_id)
    add_line(
        session,
        force_id=webhook.force_id,
        actor_id=actor.id,
        action="webhook disabled",
        subject=str(webhook.id),
        reason=reason,
        before={"enabled": True},
        after={"enabled": False},
    )


def _settle(row: WebhookDeliveryRow, status: str, at: datetime, error: str | None) -> None:
    row.status, row.settled_at, row.next_at, row.error = status, at, None, error
