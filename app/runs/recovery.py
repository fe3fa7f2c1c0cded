"""Nothing is lost: runs whose worker died wait again, and every run that waits has a token in the queue."""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.database import EVERY_FORCE, force_session, utc_now
from app.runs import queue, repository
from app.runs.schemas import RunStatus
from app.tables import RunRow

log = logging.getLogger(__name__)

MAX_DEATHS, MAX_ATTEMPTS = 3, 12  # of the computing process; of any kind
HEARTBEAT_S = 1.0  # between a worker's signs of life
SILENT_S = 4.0  # without any, it counts as dead
_EVERY_S = 1.0
_CARE_EVERY_S = 5.0


def keep_watch(engine: Engine, stopping: threading.Event) -> None:
    """Care for runs until stopped: at once where a worker has died, now and then for whatever else went wrong.

    Where the database was away, or this process held up, other workers could give no sign of life either: they get the
    time for one before any of them counts as dead.
    """
    judge_from = last = time.monotonic()
    care_at = last
    while not stopping.wait(_EVERY_S):
        began = time.monotonic()
        if began - last > _EVERY_S + SILENT_S / 2:
            judge_from = began + SILENT_S
        last = began
        if began < judge_from:
            continue
        try:
            if began >= care_at or _has_stalled(engine):
                care_at = began + _CARE_EVERY_S
                care(engine)
        except SQLAlchemyError as error:
            log.warning("runs could not be looked after: %s", type(error).__name__)
            judge_from = time.monotonic() + SILENT_S


def _has_stalled(engine: Engine) -> bool:
    with Session(engine.execution_options(isolation_level="AUTOCOMMIT")) as session:
        return queue.has_stalled(session, SILENT_S)


def care(engine: Engine, silent_s: float = SILENT_S) -> None:
    """Release the jobs of workers that have died, and put right every run that has no job or no token."""
    with force_session(engine, EVERY_FORCE) as session:
        is_wanted = queue.has_stalled(session, silent_s) or queue.lacks_jobs(session)
        if not is_wanted or not repository.is_only_carer(session):
            return
        if n_released := queue.release_stalled(session, silent_s):
            log.warning("%s jobs of dead workers are released", n_released)
        for run in repository.without_job(session):
            lose(session, run, "no worker has it any more")
        for run in repository.without_token(session):
            queue.enqueue(session, run.force_id, run.id)


def lose(session: Session, run: RunRow, reason: str, *, in_child: bool = False) -> None:
    """The attempt has died: the run, locked, waits again, unless it has done so too often.

    `in_child`: what died is the process that computes it, which the run itself may well have caused. A worker's death
    it can hardly cause, so that many more of these are borne.
    """
    run.n_deaths += in_child
    if run.cancel_requested or (run.n_deaths < MAX_DEATHS and run.attempt < MAX_ATTEMPTS):
        give_back(session, run, reason)
    else:
        told = f"given up after {run.attempt} attempts, {run.n_deaths} of which died in computing: {reason}"
        _end(session, run, RunStatus.FAILED, told)


def give_back(session: Session, run: RunRow, reason: str) -> None:
    """Let the run, locked, wait for another attempt; one that was cancelled meanwhile has ended."""
    if run.cancel_requested:
        _end(session, run, RunStatus.CANCELLED, "cancelled while it computed")
        return
    run.status, run.job_id, run.progress, run.phase = RunStatus.QUEUED, None, 0.0, None
    session.flush()
    queue.enqueue(session, run.force_id, run.id)
    repository.add_event(session, run.force_id, run.id, "queued", {"reason": reason})


def _end(session: Session, run: RunRow, status: RunStatus, reason: str) -> None:
    run.status, run.finished_at, run.reason = status, utc_now(), reason
    repository.add_event(session, run.force_id, run.id, str(status), {"reason": reason})
