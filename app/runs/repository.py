"""Runs and their events in the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from app.database import utc_now
from app.pages import rows_of
from app.runs.schemas import FINISHED, RunStatus
from app.tables import RunEventRow, RunRow
from app.webhooks import outbox


def add(session: Session, run: RunRow) -> None:
    session.add(run)
    session.flush()


def find(session: Session, run_id: UUID) -> RunRow | None:
    return session.get(RunRow, run_id)


def page(
    session: Session, force_id: UUID | None, kind: str | None, status: RunStatus | None, cursor: UUID | None, size: int
) -> tuple[list[RunRow], UUID | None]:
    """At most `size`, newest first, without what they worked from and made; and the cursor of what follows."""
    query = select(RunRow).options(defer(RunRow.inputs), defer(RunRow.versions), defer(RunRow.result))
    for column, wanted in ((RunRow.force_id, force_id), (RunRow.kind, kind), (RunRow.status, status)):
        if wanted is not None:
            query = query.where(column == wanted)
    return rows_of(session, RunRow, query, cursor, size)


def with_idempotency_key(session: Session, force_id: UUID, key: str) -> RunRow | None:
    query = select(RunRow).where(RunRow.force_id == force_id, RunRow.idempotency_key == key)
    return session.scalars(query).one_or_none()


def is_under_way(session: Session, force_id: UUID, kind: str) -> bool:
    """Whether a run of this kind waits or computes."""
    query = select(RunRow.id).where(
        RunRow.force_id == force_id, RunRow.kind == kind, RunRow.status.in_((RunStatus.QUEUED, RunStatus.RUNNING))
    )
    return bool(session.scalar(select(query.exists())))


def locked(session: Session, run_id: UUID) -> RunRow:
    """The run, locked until the transaction ends."""
    return session.scalars(select(RunRow).where(RunRow.id == run_id).with_for_update()).one()


def finish(session: Session, run_id: UUID, attempt: int, status: RunStatus, **values: Any) -> bool:
    """End the run, if it is still in this attempt; False where another attempt or a cancel was first."""
    query = (
        update(RunRow)
        .where(RunRow.id == run_id, RunRow.attempt == attempt, RunRow.status == RunStatus.RUNNING)
        .values(status=status, finished_at=utc_now(), **values)
        .returning(RunRow.id)
    )
    return session.execute(query).one_or_none() is not None


def report(session: Session, run_id: UUID, attempt: int, progress: float, phase: str) -> bool:
    """Note how far the run has come; False where the attempt should stop: cancelled, or no longer the current one."""
    query = (
        update(RunRow)
        .where(RunRow.id == run_id, RunRow.attempt == attempt)
        .where(RunRow.status == RunStatus.RUNNING, ~RunRow.cancel_requested)
        .values(progress=progress, phase=phase)
        .returning(RunRow.id)
    )
    return session.execute(query).one_or_none() is not None


def should_go_on(session: Session, run_id: UUID, attempt: int) -> bool:
    query = select(RunRow.id).where(
        RunRow.id == run_id,
        RunRow.attempt == attempt,
        RunRow.status == RunStatus.RUNNING,
        ~RunRow.cancel_requested,
    )
    return session.execute(query).one_or_none() is not None


def is_current(session: Session, run_id: UUID, attempt: int) -> bool:
    """Whether this attempt is the one that computes, cancelled or not."""
    query = select(RunRow.id).where(RunRow.id == run_id, RunRow.attempt == attempt, RunRow.status == RunStatus.RUNNING)
    return session.execute(query).one_or_none() is not None


def add_event(session: Session, force_id: UUID, run_id: UUID, kind: str, data: dict[str, Any]) -> None:
    """Something that the run reports; its end is told to whoever listens for it too."""
    session.add(RunEventRow(force_id=force_id, run_id=run_id, at=utc_now(), kind=kind, data=data))
    if kind in FINISHED:
        outbox.run_ended(session, force_id, run_id, kind)


def events_after(session: Session, run_id: UUID, last_seen: int) -> list[RunEventRow]:
    query = select(RunEventRow).where(RunEventRow.run_id == run_id, RunEventRow.id > last_seen).order_by(RunEventRow.id)
    return list(session.scalars(query))


def is_finished(run: RunRow) -> bool:
    return RunStatus(run.status) in FINISHED
