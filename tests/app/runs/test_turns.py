"""Whose turn it is: by urgency, then by force, so that nobody starves; and that no run waits for ever."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.database import EVERY_FORCE, force_session, new_id
from app.identity import service as identity
from app.runs import attempt, queue, recovery, repository
from app.runs.kinds import KINDS, Priority
from app.runs.schemas import RunStatus
from app.tables import ForceRow, RunRow
from tests.helpers import FORCE, OTHER, add_force

NOW = datetime(2026, 3, 23, 12, tzinfo=UTC)
SMALL = "eastshire"


@pytest.fixture
def forces(api, engine) -> dict[str, UUID]:
    for slug in (FORCE, OTHER, SMALL):
        add_force(api, slug)
    with force_session(engine, EVERY_FORCE) as session:
        return {row.slug: row.id for row in session.scalars(select(ForceRow))}


@pytest.fixture
def wait(engine, forces):
    """Queue a run of a force that has waited for a time."""

    def add(force: str, kind: str = "roster", waited_s: float = 5.0, **values) -> UUID:
        given = {"status": RunStatus.QUEUED, "attempt": 0} | values
        with force_session(engine, EVERY_FORCE) as session:
            run = RunRow(
                id=new_id(), force_id=forces[force], kind=kind, progress=0.0, seed=1, inputs={}, versions={},
                cancel_requested=False, actor_id=identity.schedule_actor(session, forces[force]).id,
                created_at=NOW - timedelta(seconds=waited_s), **given,
            )  # fmt: skip
            repository.add(session, run)
            return run.id

    return add


@pytest.fixture
def serve(engine, forces):
    """Begin the run whose turn it is, a second after the one before; its force and kind, None where none waits."""
    slugs = {force_id: slug for slug, force_id in forces.items()}
    times = iter(NOW + timedelta(milliseconds=10 * i) for i in range(10_000))

    def one(known=None, *, ends: bool = True) -> tuple[str, str] | None:
        now = next(times)
        with force_session(engine, EVERY_FORCE) as session:
            run = repository.next_in_turn(session, known or attempt.priorities(), now, attempt.OVERDUE)
            if run is None:
                return None
            run.status, run.started_at = RunStatus.SUCCEEDED if ends else RunStatus.RUNNING, now
            return slugs[run.force_id], run.kind

    return one


def test_a_hundred_runs_of_one_force_starve_nobody(wait, serve):
    for i in range(100):
        wait(FORCE, waited_s=50 - i / 10)
    for i in range(3):
        wait(OTHER, waited_s=2 - i / 10)
        wait(SMALL, waited_s=1 - i / 10)
    first = [serve()[0] for _ in range(9)]
    assert Counter(first) == {FORCE: 3, OTHER: 3, SMALL: 3}
    assert all(Counter(first[:n])[SMALL] >= n // 3 for n in range(1, 10))
    rest = [serve() for _ in range(98)]
    assert Counter(rest) == {(FORCE, "roster"): 97, None: 1}


def test_a_force_that_computes_waits_for_one_that_does_not(wait, serve):
    for i in range(3):
        wait(FORCE, waited_s=9 - i)
    assert serve(ends=False) == (FORCE, "roster")
    wait(OTHER, waited_s=1)
    wait(OTHER, waited_s=0.5)
    assert [serve(ends=False)[0] for _ in range(4)] == [OTHER, FORCE, OTHER, FORCE]


def test_an_absence_goes_before_a_roster_before_a_study(wait, serve):
    for kind in ("scenario", "roster", "same_day"):
        for force in (FORCE, OTHER):
            wait(force, kind)
    assert [serve()[1] for _ in range(6)] == ["same_day", "same_day", "roster", "roster", "scenario", "scenario"]


@pytest.mark.parametrize(("waited_s", "first"), [(59.0, (FORCE, "same_day")), (61.0, (OTHER, "scenario"))])
def test_who_has_waited_long_is_urgent(wait, serve, waited_s, first):
    """A stream of absences of one force does not hold up a study of another for ever."""
    wait(FORCE, "same_day", status=RunStatus.SUCCEEDED, started_at=NOW - timedelta(seconds=1))
    wait(FORCE, "same_day")
    wait(OTHER, "scenario", waited_s)
    assert serve() == first


def test_a_forces_own_absence_goes_before_its_old_studies(wait, serve):
    wait(FORCE, "scenario", waited_s=600)
    wait(FORCE, "same_day", waited_s=1)
    assert [serve()[1] for _ in range(2)] == ["same_day", "scenario"]


def test_a_kind_of_a_newer_version_is_left_to_its_workers(wait, serve):
    wait(FORCE, "divination")
    assert serve() is None
    assert serve({"divination": 1}) == (FORCE, "divination")


def test_every_kind_has_a_priority_and_waiting_people_come_first():
    assert {name for name, kind in KINDS.items() if kind.priority is Priority.NOW} == {
        "same_day", "intraday", "ranking", "explanation"
    }  # fmt: skip
    assert KINDS["roster"].priority < KINDS["scenario"].priority


def job(engine, status: str, silent_s: float | None = None) -> int:
    """A token that a worker has taken which was last heard `silent_s` ago; None: that has left the list."""
    with force_session(engine, EVERY_FORCE) as session:
        worker_id = None
        if silent_s is not None:
            worker_id = session.scalar(text(
                "insert into procrastinate_workers (last_heartbeat) "
                "values (now() - make_interval(secs => :s)) returning id"
            ), {"s": silent_s})  # fmt: skip
        return session.scalar(text(
            "insert into procrastinate_jobs (queue_name, task_name, status, worker_id) "
            f"values ('default', :task, '{status}', :worker) returning id"
        ), {"task": queue.EXECUTE, "worker": worker_id})  # fmt: skip


def jobs(engine) -> list[str]:
    with force_session(engine, EVERY_FORCE) as session:
        return list(session.scalars(text("select status::text from procrastinate_jobs order by id")))


def status_of(engine, run_id) -> tuple[str, int]:
    with force_session(engine, EVERY_FORCE) as session:
        run = session.get(RunRow, run_id)
        return run.status, run.n_deaths


@pytest.mark.parametrize(
    ("silent_s", "died"), [(recovery.SILENT_S - 1, False), (recovery.SILENT_S + 0.5, True), (None, True)]
)
def test_the_run_of_a_silent_worker_waits_again(engine, wait, silent_s, died):
    run_id = wait(FORCE, status=RunStatus.RUNNING, attempt=1, job_id=job(engine, "doing", silent_s))
    recovery.care(engine)
    assert status_of(engine, run_id) == (("queued", 0) if died else ("running", 0))
    assert jobs(engine) == (["todo"] if died else ["doing"])


@pytest.mark.parametrize(("values", "expected"), [
    ({"attempt": 11}, "queued"), ({"attempt": 12}, "failed"), ({"attempt": 12, "cancel_requested": True}, "cancelled"),
])  # fmt: skip
def test_a_run_whose_workers_keep_dying_is_given_up(engine, wait, values, expected):
    run_id = wait(FORCE, status=RunStatus.RUNNING, attempt=5, job_id=job(engine, "doing", 60.0))
    with force_session(engine, EVERY_FORCE) as session:
        for name, value in values.items():
            setattr(session.get(RunRow, run_id), name, value)
    recovery.care(engine)
    assert status_of(engine, run_id) == (expected, 0)
    assert jobs(engine) == (["todo"] if expected == "queued" else [])


def test_every_run_that_waits_has_a_token(engine, wait):
    """Whatever became of theirs; and no more of them than runs, however often one looks."""
    for _ in range(3):
        wait(FORCE)
    for _ in range(2):
        recovery.care(engine)
        assert jobs(engine) == ["todo"] * 3


def test_a_run_without_a_job_waits_again(engine, wait):
    lost, kept = (wait(FORCE, status=RunStatus.RUNNING, job_id=job_id) for job_id in (None, job(engine, "doing", 0.0)))
    recovery.care(engine)
    assert (status_of(engine, lost), status_of(engine, kept)) == (("queued", 0), ("running", 0))


@pytest.mark.parametrize("again", [False, True])
def test_another_task_of_a_dead_worker_goes_to_another_once(engine, again):
    """Also where its time has come again meanwhile."""
    job_ids = [job(engine, "doing", 60.0), *([job(engine, "todo")] if again else [])]
    with force_session(engine, EVERY_FORCE) as session:
        session.execute(text(
            "update procrastinate_jobs "
            "set task_name = 'schedule.week', queueing_lock = 'schedule.week', lock = 'schedule'"
        ))  # fmt: skip
    recovery.care(engine)
    with force_session(engine, EVERY_FORCE) as session:
        left = session.execute(text("select id, status::text from procrastinate_jobs")).all()
    assert left == [(job_ids[-1], "todo")]
