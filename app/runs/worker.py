"""The worker: takes tokens from the queue and spends each on a run; asks for what the clock asks for."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import procrastinate
import psycopg
from procrastinate import JobContext
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from app.database import SERVICE_OPTIONS, service_engine, utc_now
from app.runs import recovery, schedule
from app.runs.attempt import execute, rehearse
from app.runs.child import warm_up
from app.runs.connector import PatientConnector, QuietConnection
from app.runs.kinds import KINDS
from app.runs.queue import EXECUTE, PROMPT, TOKENS
from app.settings import settings
from app.webhooks import deliver

_SHORT = 5  # short jobs at a time: messages that wait for their addresses to answer, and one of what the clock asks for
_SPARE = 2  # threads for what else waits, as names' lookups
_PRUNED_S = 60.0  # silent workers leave the list that late: one that was only slow could not come back


class SettingsError(Exception):
    """A setting names something that is not there."""


def work(url: str, concurrency: int) -> None:
    """Take tokens until stopped. On SIGTERM the runs under way wait again at once, for another worker."""
    if unknown := settings().run_limits.keys() - KINDS.keys():
        raise SettingsError(f"PACESETTER_RUN_LIMITS names {sorted(unknown)}: expected some of {sorted(KINDS)}")
    warm_up()
    schedule.log.setLevel(logging.INFO)  # why a force was passed over is asked for later
    with ExitStack() as stack:
        engine = service_engine(url, pool_size=concurrency + 2)
        stack.callback(engine.dispose)
        rehearse(engine)
        stopping = threading.Event()
        watch = threading.Thread(target=recovery.keep_watch, args=(engine, stopping), daemon=True)
        watch.start()
        stack.callback(watch.join)
        stack.callback(stopping.set)
        asyncio.run(_take_jobs(_queue(url, engine), concurrency))


async def _take_jobs(queue: procrastinate.App, concurrency: int) -> None:
    """Tokens, and beside them what is short and should not wait for a run to end."""
    # The loop's own executor has a few threads more than there are cores: less than jobs that may be taken.
    threads = ThreadPoolExecutor(concurrency + _SHORT + _SPARE)
    asyncio.get_running_loop().set_default_executor(threads)
    async with queue.open_async():
        takers = [
            asyncio.create_task(
                queue.run_worker_async(
                    queues=[name],
                    concurrency=n,
                    update_heartbeat_interval=recovery.HEARTBEAT_S,
                    stalled_worker_timeout=_PRUNED_S,
                    abort_job_polling_interval=2.0,
                    shutdown_graceful_timeout=0,
                    install_signal_handlers=False,
                    delete_jobs="always",  # a run tells how it went
                )
            )
            for name, n in ((TOKENS, concurrency), (PROMPT, _SHORT))
        ]

        def stop() -> None:
            for taker in takers:
                taker.cancel()

        for told in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(told, stop)
        await asyncio.wait(takers, return_when=asyncio.FIRST_COMPLETED)
        stop()  # one without the other is no worker
        for ended in await asyncio.gather(*takers, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def _one_by_one(connection: psycopg.AsyncConnection) -> None:
    """Each of the queue's questions is a statement of its own: a transaction around it would cost two more."""
    await connection.set_autocommit(True)


def _queue(url: str, engine: Engine) -> procrastinate.App:
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connector = PatientConnector(
        conninfo=conninfo,
        connection_class=QuietConnection,
        kwargs={"options": SERVICE_OPTIONS},
        configure=_one_by_one,
    )
    queue = procrastinate.App(connector=connector)

    @queue.task(name=EXECUTE, pass_context=True)
    def execute_run(context: JobContext, force_id: str, run_id: str) -> None:  # noqa: ARG001 - for who reads the queue
        assert context.job.id is not None
        execute(engine, context.job.id, context.abort_reason)

    deliver.register(queue, engine)

    # One lock for all: two of them at once could each make the other's run. And before messages that wait.
    @queue.periodic(cron=settings().retention_cron)
    @queue.task(name="schedule.retain", queueing_lock="schedule.retain", lock="schedule", queue=PROMPT, priority=1)
    def retain(timestamp: int) -> None:  # noqa: ARG001 - the queue gives it by name
        schedule.retain(engine, utc_now())

    @queue.periodic(cron=settings().weekly_forecast_cron)
    @queue.task(name="schedule.week", queueing_lock="schedule.week", lock="schedule", queue=PROMPT, priority=1)
    def week(timestamp: int) -> None:  # noqa: ARG001 - the queue gives it by name
        schedule.reforecast(engine)
        schedule.score(engine)

    @queue.periodic(cron=settings().refresh_cron)
    @queue.task(name="schedule.refresh", queueing_lock="schedule.refresh", lock="schedule", queue=PROMPT, priority=1)
    def refresh(timestamp: int) -> None:  # noqa: ARG001 - the queue gives it by name
        schedule.refresh(engine, utc_now())
        schedule.tidy(engine)

    return queue
