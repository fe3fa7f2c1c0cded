"""Runs and their events in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, defer

from app.database import utc_now
from app.pages import rows_of
from app.runs.queue import EXECUTE
from app.runs.schemas import FINISHED, RunStatus
from app.tables import RunEventRow, RunRow
from app.webhooks import outbox

_CHOOSING, _CARING = 7_309_001, 7_309_002  # keys of advisory locks, apart from any other's

# Every queued run of a kind that this worker knows, beside how its force is served at this moment.
_NEXT = text("""
    with waiting as (
        select runs.id, runs.force_id, runs.created_at, kinds.priority,
            case when runs.created_at <= :overdue then 0 else kinds.priority end as urgency
        from runs join unnest(cast(:kinds as text[]), cast(:priorities as int[])) as kinds(kind, priority)
            on kinds.kind = runs.kind
        where runs.status = 'queued'
    ), served as (
        select force_id,
            (select count(*) from runs r where r.force_id = f.force_id and r.status = 'running') as n_running,
            (select max(started_at) from runs r where r.force_id = f.force_id) as served_at
        from (select distinct force_id from waiting) f
    )
    select waiting.id from waiting join served using (force_id)
    order by urgency, n_running, served_at nulls first, priority, created_at, id limit 1
""")


def next_in_turn(session: Session, priorities: Mapping[str, int], now: datetime, patience: timedelta) -> RunRow | None:
    """The queued run whose turn it is, locked; None where none of the kinds in `priorities` waits.

    Least `priority` of its kind first, 0 for whatever has waited for `patience`; then a run of the force that has the
    fewest runs computing, of these the one served longest ago; of one force by priority, then age. Choices are made one
    after the other, so that two workers never see the same state of service.
    """
    session.execute(select(func.pg_advisory_xact_lock(_CHOOSING)))
    wanted = {"kinds": [*priorities], "priorities": [*priorities.values()], "overdue": now - patience}
    while (run_id := session.scalar(_NEXT, wanted)) is not None:
        query = select(RunRow).where(RunRow.id == run_id, RunRow.status == RunStatus.QUEUED).with_for_update()
        run = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if run is not None:  # else it was cancelled since
            return run
    return None


def of_job(session: Session, job_id: int) -> RunRow | None:
    """The run that this job computes, if any."""
    return session.scalar(select(RunRow).where(RunRow.status == RunStatus.RUNNING, RunRow.job_id == job_id))


def is_only_carer(session: Session) -> bool:
    """Whether nobody else looks after runs until this transaction ends."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_CARING))))


def without_job(session: Session) -> list[RunRow]:
    """Runs that should compute but that no job computes, locked."""
    query = select(RunRow).where(
        RunRow.status == RunStatus.RUNNING,
        text("not exists (select from procrastinate_jobs job where job.id = runs.job_id and job.status = 'doing')"),
    )
    return list(session.scalars(query.with_for_update()))


def without_token(session: Session) -> list[RunRow]:
    """Queued runs beyond the number of tokens that wait, youngest first."""
    n_tokens = session.scalar(
        text("select count(*) from procrastinate_jobs where status = 'todo' and task_name = :task"), {"task": EXECUTE}
    )
    query = select(RunRow).where(RunRow.status == RunStatus.QUEUED).order_by(RunRow.created_at, RunRow.id)
    return list(session.scalars(query.offset(n_tokens)))


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


def reasons(session: Session, run_ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Why each of these runs ended as it did."""
    query = select(RunRow.id, RunRow.reason).where(RunRow.id.in_(run_ids))
    return dict(session.execute(query).all())


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
    """The run as it is now, locked until the transaction ends."""
    query = select(RunRow).where(RunRow.id == run_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


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


def current(session: Session, run_id: UUID, attempt: int) -> RunRow | None:
    """The run, locked, if this attempt is the one that computes."""
    query = select(RunRow).where(RunRow.id == run_id, RunRow.attempt == attempt, RunRow.status == RunStatus.RUNNING)
    return session.scalars(query.with_for_update()).one_or_none()


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
