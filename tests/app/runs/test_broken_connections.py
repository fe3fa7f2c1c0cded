"""The queue beside a database that goes away: it is waited for, and nothing is lost or left lying."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
import pytest
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import EVERY_FORCE, force_session, new_id
from app.runs import attempt, connector, queue, recovery, worker


@pytest.fixture
def break_connections(database) -> Callable[[], None]:
    """Ends every connection to the test's database."""

    def end() -> None:
        with psycopg.connect(database.owner, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )

    return end


def test_the_watch_goes_on_after_a_broken_connection(engine, break_connections, monkeypatch):
    monkeypatch.setattr(recovery, "SILENT_S", 0.0)  # of patience after a failure
    looks = iter([lambda: None, break_connections, lambda: add_job(engine)])

    class Stopping:
        def wait(self, _: float) -> bool:
            look = next(looks, None)
            if look is not None:
                look()
            return look is None

    recovery.keep_watch(engine, Stopping())
    assert jobs(engine) == [], "the third look has seen a job of no worker"


def add_job(engine) -> None:
    """A token that nobody has, at work."""
    with force_session(engine, EVERY_FORCE) as session:
        session.execute(
            text("insert into procrastinate_jobs (queue_name, task_name, status) values ('default', :task, 'doing')"),
            {"task": queue.EXECUTE},
        )


def jobs(engine) -> list[str]:
    with force_session(engine, EVERY_FORCE) as session:
        return list(session.scalars(text("select status::text from procrastinate_jobs order by id")))


def test_a_job_whose_answer_is_lost_is_taken_by_the_next_try(engine, database, monkeypatch):
    """Not left at work under a worker that lives and has never heard of it."""
    with force_session(engine, EVERY_FORCE) as session:
        for number in (1, 2, 3):
            queue.defer(session, "count", queue.PROMPT, 0, number=number)
    fetch, answers_lost = PsycopgConnector.execute_query_one_async, []

    async def deaf(self, query, **arguments):
        answer = await fetch(self, query, **arguments)
        if answers_lost:
            raise ConnectorException from answers_lost.pop()
        return answer

    async def take_jobs() -> list[int]:
        taken = []
        async with worker._queue(database.service, engine).open_async() as opened:
            manager, worker_id = opened.job_manager, await opened.job_manager.register_worker()
            for puts_away in (False, True, False):
                answers_lost.append(psycopg.OperationalError("the connection is lost"))
                job = await manager.fetch_job(queues=[queue.PROMPT], worker_id=worker_id)
                taken.append(job.task_kwargs["number"])
                if puts_away:
                    await manager.finish_job(job, Status.FAILED, delete_job=False)
        return taken

    monkeypatch.setattr(PsycopgConnector, "execute_query_one_async", deaf)
    monkeypatch.setattr(connector, "_PAUSE_S", 0.0)
    assert asyncio.run(take_jobs()) == [1, 2, 3]
    assert jobs(engine) == ["doing", "failed", "doing"]


@pytest.mark.parametrize("is_broken", [True, False])
def test_a_database_that_takes_no_job_is_away(engine, database, break_connections, is_broken):
    """So that the step which enqueues is taken again, and no result is thrown away: as for any other query, whether the
    connection breaks or stays, as it does where the disk is full."""

    def store() -> None:
        with force_session(engine, EVERY_FORCE) as session, psycopg.connect(database.owner) as other:
            session.execute(text("set local lock_timeout = '10ms'"))
            if is_broken:
                break_connections()
            else:
                other.execute("lock table procrastinate.procrastinate_jobs")
            queue.enqueue(session, new_id(), new_id())

    with pytest.raises(DBAPIError, match="terminating connection" if is_broken else "lock timeout") as raised:
        store()
    assert attempt.is_away(raised.value)
