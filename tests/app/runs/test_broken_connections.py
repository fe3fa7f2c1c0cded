"""The queue beside a database that goes away: it is waited for, and nothing is lost or left lying."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.database import EVERY_FORCE, force_session, new_id
from app.runs import attempt, queue, recovery


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
