"""The worker: takes jobs from the queue, computes each run in a child, stores its result under its attempt."""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import UUID

import procrastinate
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.database import SERVICE_OPTIONS, force_session, service_engine, utc_now
from app.errors import PacesetterError
from app.runs import repository, schedule
from app.runs.child import Message, child, warm_up
from app.runs.kinds import KINDS, Kind
from app.runs.queue import EXECUTE
from app.runs.schemas import RunStatus
from app.settings import settings
from app.webhooks import deliver

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
_CHECK_S = 0.4  # how often a running attempt looks whether it was cancelled
_GRACE_S = 60.0  # that a computation which keeps its best has to come to an end, checks and simulation included
_HEARTBEAT_S = 3.0
_STALLED_S = 10.0


class Superseded(Exception):
    """This attempt is no longer the current one: whatever it made is dropped."""


def work(url: str, concurrency: int) -> None:
    """Take jobs until stopped (SIGTERM finishes gracefully)."""
    warm_up()
    schedule.log.setLevel(logging.INFO)  # why a force was passed over is asked for later
    engine = service_engine(url, pool_size=concurrency + 2)
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=conninfo, kwargs={"options": SERVICE_OPTIONS})
    )

    # The retry is for the worker's own failures, such as a database that is away; a run's failure is its result.
    @queue.task(name=EXECUTE, retry=procrastinate.RetryStrategy(max_attempts=MAX_ATTEMPTS, wait=2))
    def execute_run(force_id: str, run_id: str) -> None:
        execute(engine, UUID(force_id), UUID(run_id))

    deliver.register(queue, engine)

    # A periodic task, since nothing else takes up the jobs of a worker that died; cron's sixth field is seconds.
    @queue.periodic(cron="* * * * * */5")
    @queue.task(name="runs.retry_stalled", queueing_lock="runs.retry_stalled")
    async def retry_stalled(timestamp: int) -> None:  # noqa: ARG001 - the queue gives it by name
        for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_S):
            log.warning("job %s of a dead worker goes to another", job.id)
            await queue.job_manager.retry_job(job)

    # One lock for all: two of them at once could each make the other's run.
    @queue.periodic(cron=settings().retention_cron)
    @queue.task(name="schedule.retain", queueing_lock="schedule.retain", lock="schedule")
    def retain(timestamp: int) -> None:  # noqa: ARG001 - the queue gives it by name
        schedule.retain(engine, utc_now())

    @queue.periodic(cron=settings().weekly_forecast_cron)
    @queue.task(name="schedule.week", queueing_lock="schedule.week", lock="schedule")
    def week(timestamp: int) -> None:  # noqa: ARG001 - the queue gives it by name
        schedule.reforecast(engine)
        schedule.score(engine)

    @queue.periodic(cron=settings().refresh_cron)
    @queue.task(name="schedule.refresh", queueing_lock="schedule.refresh", lock="schedule")
    def refresh(timestamp: int) -> None:  # noqa: ARG001 - the queue gives it by name
        schedule.refresh(engine, utc_now())
        schedule.tidy(engine)

    queue.run_worker(
        concurrency=concurrency + 1,  # so that long runs seldom hold up the periodic task
        update_heartbeat_interval=_HEARTBEAT_S,
        stalled_worker_timeout=_STALLED_S,
        shutdown_graceful_timeout=5,
        delete_jobs="successful",
    )
    engine.dispose()


def execute(engine: Engine, force_id: UUID, run_id: UUID) -> None:
    """One attempt at one run. Whatever happens ends as a status of the run, never as a lost one."""
    try:
        claimed = _claim(engine, force_id, run_id)
        if claimed is not None:
            _attempt(engine, force_id, run_id, *claimed)
    except Superseded:
        log.warning("run %s: this attempt was superseded, its result is dropped", run_id)


def _claim(engine: Engine, force_id: UUID, run_id: UUID) -> tuple[int, str] | None:
    """Make this the run's current attempt; None where the run needs none."""
    with force_session(engine, force_id) as session:
        run = repository.locked(session, run_id)
        if repository.is_finished(run):
            return None
        run.attempt += 1
        run.status, run.started_at, run.progress = RunStatus.RUNNING, utc_now(), 0.0
        if run.attempt > MAX_ATTEMPTS:
            run.status, run.finished_at = RunStatus.FAILED, utc_now()
            run.reason = f"given up: the worker died in each of {MAX_ATTEMPTS} attempts"
            repository.add_event(session, force_id, run_id, "failed", {"reason": run.reason})
            return None
        repository.add_event(session, force_id, run_id, "started", {"attempt": run.attempt})
        return run.attempt, run.kind


def _attempt(engine: Engine, force_id: UUID, run_id: UUID, attempt: int, kind_name: str) -> None:
    try:
        _compute(engine, force_id, run_id, attempt, KINDS[kind_name])
    except Superseded:
        raise
    except PacesetterError as error:
        _end(engine, force_id, run_id, attempt, RunStatus.FAILED, error.detail)
    except Exception:
        log.exception("run %s failed in the worker", run_id)
        _end(engine, force_id, run_id, attempt, RunStatus.FAILED, "an internal error; the worker's log has it")


def _compute(engine: Engine, force_id: UUID, run_id: UUID, attempt: int, kind: Kind) -> None:
    with force_session(engine, force_id) as session:
        inputs = kind.load(session, repository.locked(session, run_id))
    with child(kind.compute, inputs) as computing:
        stopped_at: float | None = None  # when it was asked to stop with the best that it has
        checked = time.monotonic()
        for message in computing.messages:
            if message is not None and message.kind == "progress":
                _report(engine, force_id, run_id, attempt, message)
            elif message is not None and message.kind == "failed":
                _end(engine, force_id, run_id, attempt, RunStatus.FAILED, message.content)
                return
            elif message is not None:
                break
            now = time.monotonic()
            if stopped_at is not None and now - stopped_at > _GRACE_S:
                with force_session(engine, force_id) as session:
                    _stop(session, force_id, run_id, attempt)
                return
            if stopped_at is None and now - checked > _CHECK_S:
                checked = now
                with force_session(engine, force_id) as session:
                    if repository.should_go_on(session, run_id, attempt):
                        continue
                    if not kind.keeps_best or not repository.is_current(session, run_id, attempt):
                        _stop(session, force_id, run_id, attempt)
                        return
                stopped_at = now
                computing.stop()
    assert message is not None
    _store(engine, force_id, run_id, attempt, kind, message.content, is_cancelled=stopped_at is not None)


def _store(
    engine: Engine, force_id: UUID, run_id: UUID, attempt: int, kind: Kind, content: Any, *, is_cancelled: bool
) -> None:
    status = RunStatus.CANCELLED if is_cancelled else RunStatus.SUCCEEDED
    with force_session(engine, force_id) as session:
        stored = kind.store(session, repository.locked(session, run_id), content)
        reason = stored.reason
        if is_cancelled:
            kept = "the best so far is kept" if stored.result is not None else "there was nothing to keep"
            reason = f"cancelled while it computed; {kept}"
        figures = {"result": stored.result, "outcome": stored.outcome, "reason": reason}
        if not repository.finish(session, run_id, attempt, status, progress=1.0, **figures):
            raise Superseded  # rolls back what was just stored
        repository.add_event(session, force_id, run_id, str(status), figures)


def _report(engine: Engine, force_id: UUID, run_id: UUID, attempt: int, message: Message) -> None:
    with force_session(engine, force_id) as session:
        if repository.report(session, run_id, attempt, message.share, message.phase):
            data = {"progress": message.share, "phase": message.phase, **message.content}
            repository.add_event(session, force_id, run_id, "progress", data)


def _end(engine: Engine, force_id: UUID, run_id: UUID, attempt: int, status: RunStatus, reason: str) -> None:
    with force_session(engine, force_id) as session:
        if not repository.finish(session, run_id, attempt, status, reason=reason):
            raise Superseded
        repository.add_event(session, force_id, run_id, str(status), {"reason": reason})


def _stop(session: Session, force_id: UUID, run_id: UUID, attempt: int) -> None:
    """The run was cancelled, or another attempt has taken over."""
    if not repository.finish(session, run_id, attempt, RunStatus.CANCELLED, reason="cancelled while it computed"):
        raise Superseded
    repository.add_event(session, force_id, run_id, "cancelled", {"reason": "cancelled while it computed"})
