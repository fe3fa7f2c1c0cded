"""The job queue (Procrastinate on the same PostgreSQL), as transactions of our own see it.

A job is a token: one of the runs that wait may be computed. Which one is chosen when a worker takes the token
(`repository.next_in_turn`), so that the order can be fair. The run's row and its token are written in one transaction.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from app.database import driver_connection, quick

if TYPE_CHECKING:
    import procrastinate
    from procrastinate.types import JSONValue

EXECUTE = "runs.execute"
TOKENS, PROMPT = "default", "prompt"  # queues: of tokens, and of what is short and waits for no run


@cache
def _queue() -> procrastinate.App:
    """Never opened: every job is enqueued on the connection of the transaction that it belongs to. The library comes
    with the first job: it would take a part of a process's start."""
    import procrastinate

    return procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def load() -> None:
    """Load what the first job would otherwise wait for."""
    _queue()


def enqueue(session: Session, force_id: UUID, run_id: UUID) -> None:
    """A token for the run that now waits; it exists if and only if the transaction commits."""
    # Told for whoever looks at the queue.
    defer(session, EXECUTE, TOKENS, 0, force_id=str(force_id), run_id=str(run_id))


def defer(session: Session, task: str, queue: str, wait_s: int, **given: JSONValue) -> None:
    """A job for `task` in `wait_s` [s], in the session's transaction. Raises what the session's own queries raise."""
    from procrastinate.exceptions import ConnectorException

    schedule_in = {"seconds": wait_s} if wait_s else None
    with driver_connection(session) as connection:
        job = _queue().configure_task(task, queue=queue, connection=connection, schedule_in=schedule_in)
        try:
            job.defer(**given)
        except ConnectorException as error:
            raise (error.__cause__ or error) from None  # the driver's own error, which has the reason


def abort(session: Session, job_id: int) -> None:
    """Tell the worker that has this job to stop it, when the transaction commits."""
    quick(session, "select procrastinate_cancel_job_v1(%s, true, false)", (job_id,))


def release_stalled(session: Session, silent_s: float) -> int:
    """Take the jobs of workers without a sign of life for `silent_s` from them; how many there were.

    Tokens are dropped: their runs get new ones. Other tasks go to another worker, unless the same waits already.
    """
    rows = quick(
        session,
        """
        select case when job.task_name = %s or exists (
                select from procrastinate_jobs other
                where other.status = 'todo' and other.queueing_lock = job.queueing_lock
            ) then procrastinate_finish_job_v1(job.id, 'failed', true)
            else procrastinate_retry_job_v2(job.id, null, null, null, null) end
        from procrastinate_jobs job left join procrastinate_workers worker on worker.id = job.worker_id
        where job.status = 'doing'
            and (worker.id is null or worker.last_heartbeat < now() - make_interval(secs => %s))
        """,
        (EXECUTE, silent_s),
    )
    return len(rows.fetchall())


def has_stalled(session: Session, silent_s: float) -> bool:
    """Whether some worker that has jobs gave no sign of life for `silent_s`. Asked every second: as cheap as can be."""
    row = quick(
        session,
        """
        select exists (
            select from procrastinate_jobs job left join procrastinate_workers worker on worker.id = job.worker_id
            where job.status = 'doing'
                and (worker.id is null or worker.last_heartbeat < now() - make_interval(secs => %s))
        )
        """,
        (silent_s,),
    ).fetchone()
    return row is not None and bool(row[0])


def lacks_jobs(session: Session) -> bool:
    """Whether a run that computes has no job, or runs wait and no token does."""
    row = quick(
        session,
        """
        select exists (
            select from runs where status in ('queued', 'running') and not exists (
                select from procrastinate_jobs job where job.task_name = %s and case runs.status
                    when 'queued' then job.status = 'todo'
                    else job.status = 'doing' and job.id = runs.job_id end
            )
        )
        """,
        (EXECUTE,),
    ).fetchone()
    return row is not None and bool(row[0])
