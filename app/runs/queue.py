"""The job queue (Procrastinate on the same PostgreSQL): enqueued in the transaction that writes the run's row."""

from __future__ import annotations

from uuid import UUID

import procrastinate
from sqlalchemy.orm import Session

from app.database import driver_connection

EXECUTE = "runs.execute"

# Never opened: every job is enqueued on the connection of the request's own transaction.
_queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def enqueue(session: Session, force_id: UUID, run_id: UUID) -> None:
    """Ask the workers to execute the run; the job exists if and only if the transaction commits."""
    job = _queue.configure_task(EXECUTE, connection=driver_connection(session))
    job.defer(force_id=str(force_id), run_id=str(run_id))
