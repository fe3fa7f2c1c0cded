"""One attempt at a run: every end is a status with its reason, and only the current attempt stores anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from uuid import UUID

import psutil
import psycopg
import pytest
from procrastinate.job_context import AbortReason
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from app.audit.repository import add_line
from app.database import EVERY_FORCE, force_session
from app.errors import Conflict
from app.runs import attempt, recovery, repository, service
from app.runs.kinds import Kind
from app.runs.outcome import Stored
from app.settings import Settings
from app.tables import AuditRow, RunEventRow, RunRow
from tests.helpers import FORCE, add_calls, add_force, done, history_csv

MODULE = "tests.app.runs.computations"
KILL_WITHIN_S = 2.0
NO_JOB = 10**9  # of a queue that no test's worker has


@pytest.fixture
def run_id(api) -> UUID:
    add_force(api)
    done(add_calls(api, history_csv(2)))
    return UUID(done(api.post(f"/v1/forces/{FORCE}/forecasts", json={}), 202)["id"])


@pytest.fixture
def execute(engine, run_id, monkeypatch):  # noqa: ARG001 - the run that waits
    """Executes the run with `function` in place of its computation; what it stores is a line of the audit."""

    def stored(session, run, result):
        add_line(session, force_id=run.force_id, actor_id=run.actor_id, action="made", subject=str(result))
        return Stored({"made": result}, "feasible", None)

    def run(
        function: str = "double",
        load=lambda session, run: 21,  # noqa: ARG005
        store=stored,
        keeps_best: bool = False,
        job_id: int = NO_JOB,
        aborting=lambda: None,
    ) -> None:
        monkeypatch.setitem(attempt.KINDS, "forecast", Kind(load, f"{MODULE}:{function}", store, keeps_best))
        attempt.execute(engine, job_id, aborting)

    monkeypatch.setattr(attempt, "_LOOK_S", 0.2)

    return run


def now(api, run_id) -> dict:
    return done(api.get(f"/v1/runs/{run_id}"))


def events(engine, run_id) -> list[tuple[str, dict]]:
    with force_session(engine, EVERY_FORCE) as session:
        rows = session.scalars(select(RunEventRow).where(RunEventRow.run_id == run_id).order_by(RunEventRow.id))
        return [(row.kind, row.data) for row in rows]


def made(engine) -> list[str]:
    with force_session(engine, EVERY_FORCE) as session:
        return list(session.scalars(select(AuditRow.subject).where(AuditRow.action == "made")))


def change(engine, run_id, **values) -> None:
    with force_session(engine, EVERY_FORCE) as session:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(**values))


def wait_for(condition, seconds: float = 20.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def test_a_run_that_succeeds_stores_its_result_once(api, engine, run_id, execute):
    execute()
    run = now(api, run_id)
    assert (run["status"], run["outcome"], run["result"], run["progress"], run["attempt"]) == (
        "succeeded", "feasible", {"made": 42}, 1.0, 1
    )  # fmt: skip
    assert run["created_at"] <= run["started_at"] <= run["finished_at"]
    assert [kind for kind, _ in events(engine, run_id)] == ["queued", "started", "progress", "succeeded"]
    assert events(engine, run_id)[2][1] == {"progress": 0.5, "phase": "doubling", "objective": 21}
    execute()  # the queue may hand a job out again
    assert made(engine) == ["42"]
    assert now(api, run_id) == run


@pytest.mark.parametrize(
    ("function", "reason"),
    [("fail", "handler H007 has no contract"), ("vanish", "exit code 7"), ("nowhere", "AttributeError")],
)
def test_a_computation_that_fails_leaves_its_reason(api, engine, run_id, execute, function, reason):
    execute(function)
    run = now(api, run_id)
    assert run["status"] == "failed"
    assert reason in run["reason"]
    assert events(engine, run_id)[-1] == ("failed", {"reason": run["reason"]})
    assert made(engine) == []


def test_a_result_that_can_not_be_sent_is_a_failure(api, run_id, execute):
    execute("unpicklable")
    assert now(api, run_id)["status"] == "failed"


def conflict(*_):
    raise Conflict("handler H007 has two duties on one day")


def fault(*_):
    raise ZeroDivisionError("secret internals")


@pytest.mark.parametrize("where", ["load", "store"])
@pytest.mark.parametrize(("raises", "reason"), [(conflict, "H007 has two duties"), (fault, "internal error")])
def test_an_exception_around_the_computation_is_a_failure(api, engine, run_id, execute, where, raises, reason):
    execute(**{where: raises})
    run = now(api, run_id)
    assert run["status"] == "failed"
    assert reason in run["reason"]
    assert "secret" not in str(run)
    assert made(engine) == []


def test_a_run_without_a_result_succeeds_with_its_reason(api, run_id, execute):
    execute(store=lambda *_: Stored(None, "infeasible", "handler H001 has no legal week"))
    run = now(api, run_id)
    assert (run["status"], run["outcome"], run["result"]) == ("succeeded", "infeasible", None)
    assert run["reason"] == "handler H001 has no legal week"


def test_a_cancel_kills_the_computation(api, engine, run_id, execute, tmp_path):
    file = tmp_path / "pid"
    worker = threading.Thread(target=execute, args=("dawdle",), kwargs={"load": lambda *_: str(file)})
    worker.start()
    pid = int(wait_for(lambda: file.exists() and file.read_text()))
    wait_for(lambda: now(api, run_id)["phase"] == "dawdling")
    assert now(api, run_id)["status"] == "running"
    done(api.delete(f"/v1/runs/{run_id}"))
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, KILL_WITHIN_S)
    worker.join(KILL_WITHIN_S)
    assert not worker.is_alive()
    run = now(api, run_id)
    assert (run["status"], run["result"]) == ("cancelled", None)
    assert "cancelled" in run["reason"]
    assert events(engine, run_id)[-1][0] == "cancelled"


@pytest.mark.parametrize(("function", "kept"), [("settle", ["5"]), ("dawdle", [])])
def test_a_cancelled_search_keeps_its_best_or_is_killed(
    api, engine, run_id, execute, tmp_path, monkeypatch, function, kept
):
    monkeypatch.setattr(attempt, "_GRACE_S", 0.5 if function == "dawdle" else 60.0)
    file = tmp_path / "pid"
    given = {"load": lambda *_: str(file), "keeps_best": True}
    worker = threading.Thread(target=execute, args=(function,), kwargs=given)
    worker.start()
    pid = int(wait_for(lambda: file.exists() and file.read_text()))
    done(api.delete(f"/v1/runs/{run_id}"))
    worker.join(20)
    assert not worker.is_alive()
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    run = now(api, run_id)
    assert run["status"] == "cancelled"
    assert (run["result"], made(engine)) == ({"made": 5} if kept else None, kept)
    assert ("best so far is kept" in run["reason"]) == bool(kept)
    assert events(engine, run_id)[-1][0] == "cancelled"


def test_a_run_that_was_cancelled_in_the_queue_is_not_computed(api, engine, run_id, execute):
    done(api.delete(f"/v1/runs/{run_id}"))
    execute()
    assert (now(api, run_id)["status"], now(api, run_id)["attempt"]) == ("cancelled", 0)
    assert made(engine) == []


@pytest.fixture
def overtaken(engine, run_id, monkeypatch):
    """Another worker takes the run over as soon as this one computes."""

    def child(*given):
        change(engine, run_id, attempt=2)
        return real(*given)

    real = attempt.child
    monkeypatch.setattr(attempt, "child", child)


@pytest.mark.usefixtures("overtaken")
@pytest.mark.parametrize("function", ["double", "fail", "vanish"])
def test_an_attempt_that_was_superseded_neither_stores_nor_ends_anything(api, engine, run_id, execute, function):
    execute(function)
    run = now(api, run_id)
    assert (run["status"], run["attempt"], run["result"], run["progress"]) == ("running", 2, None, 0)
    assert made(engine) == []
    assert [kind for kind, _ in events(engine, run_id)] == ["queued", "started"]


@pytest.mark.parametrize(
    ("died", "function", "status"), [(1, "killed", "queued"), (1, "killed_telling", "queued"), (2, "killed", "failed")]
)
def test_a_run_whose_children_keep_dying_is_given_up(api, engine, run_id, execute, died, function, status):
    change(engine, run_id, n_deaths=died)
    execute(function)
    run = now(api, run_id)
    assert run["status"] == status
    assert made(engine) == []
    if status == "failed":
        assert "3 of which died in computing" in run["reason"]
        assert "exit code -9" in run["reason"]
        assert run["finished_at"] is not None
        assert events(engine, run_id)[-1] == ("failed", {"reason": run["reason"]})
    else:
        execute()
        assert (now(api, run_id)["status"], now(api, run_id)["attempt"]) == ("succeeded", 2)


def test_a_worker_that_stops_gives_its_run_back(api, engine, run_id, execute, tmp_path):
    file = tmp_path / "pid"
    execute(
        "dawdle",
        load=lambda *_: str(file),
        aborting=lambda: AbortReason.SHUTDOWN if file.exists() and file.read_text() else None,
    )
    assert not psutil.pid_exists(int(file.read_text()))
    run = now(api, run_id)
    assert (run["status"], run["phase"]) == ("queued", None)
    assert events(engine, run_id)[-1] == ("queued", {"reason": "its worker stopped"})
    assert n_tokens(engine) == 2, "that of the request, which the queue still has here, and another"
    for _ in range(recovery.MAX_DEATHS):  # however often: it is nobody's fault
        execute("dawdle", load=lambda *_: str(file), aborting=lambda: AbortReason.SHUTDOWN)
    execute()
    assert (now(api, run_id)["status"], made(engine)) == ("succeeded", ["42"])


def n_tokens(engine) -> int:
    with force_session(engine, EVERY_FORCE) as session:
        return session.scalar(text("select count(*) from procrastinate_jobs where status = 'todo'"))


@pytest.mark.parametrize(("limit", "reason"), [
    ({"memory_mb": 400}, "MiB, and the limit of a forecast run is 400 MiB"),
    ({"time_s": 0.5}, r"computed for \d+ s, and the limit of a forecast run is 0\.5 s"),
    ({"memory_mb": 4000, "time_s": 60}, None),
])  # fmt: skip
def test_a_run_has_its_limits(api, run_id, execute, monkeypatch, limit, reason):
    monkeypatch.setattr(attempt, "settings", lambda: Settings(run_limits={"forecast": limit}))
    execute("hoard", load=lambda *_: 500)
    run = now(api, run_id)
    assert run["status"] == ("succeeded" if reason is None else "failed")
    assert reason is None or re.search(reason, run["reason"])


def test_limits_of_a_kind_go_before_those_of_all(monkeypatch):
    given = Settings(run_time_s=5, run_memory_mb=100, run_limits={"roster": {"time_s": 9}})
    monkeypatch.setattr(attempt, "settings", lambda: given)
    assert attempt.limit_of("roster") == attempt.Limit(9, 100)
    assert attempt.limit_of("forecast") == attempt.Limit(5, 100)


def test_two_workers_on_one_run_have_one_effect(api, engine, run_id, execute, tmp_path):
    """The first is taken for dead while it computes; both come to an end."""
    file = tmp_path / "go on"
    given = {"load": lambda *_: str(file)}
    workers = [threading.Thread(target=execute, args=("await_file",), kwargs=given) for _ in range(2)]
    workers[0].start()
    wait_for(lambda: now(api, run_id)["phase"] == "waiting")
    recovery.care(engine)
    assert now(api, run_id)["status"] == "queued"
    workers[1].start()
    wait_for(lambda: now(api, run_id)["attempt"] == 2)
    file.touch()
    for worker in workers:
        worker.join(20)
    run = now(api, run_id)
    assert (run["status"], run["attempt"], made(engine)) == ("succeeded", 2, ["3"])
    assert [kind for kind, _ in events(engine, run_id)].count("succeeded") == 1


def test_a_database_that_goes_away_costs_no_attempt(api, engine, database, run_id, execute, tmp_path):
    file = tmp_path / "go on"
    worker = threading.Thread(target=execute, args=("await_file",), kwargs={"load": lambda *_: str(file)})
    worker.start()
    wait_for(lambda: now(api, run_id)["phase"] == "waiting")
    with psycopg.connect(database.owner, autocommit=True) as connection:
        for last in (False, True):
            time.sleep(0.3)
            if last:
                file.touch()
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
    worker.join(20)
    wait_for(lambda: api.get(f"/v1/runs/{run_id}").is_success)  # its connections are gone too
    run = now(api, run_id)
    assert (run["status"], run["attempt"], made(engine)) == ("succeeded", 1, ["3"])


def test_a_claim_whose_answer_is_lost_is_the_claim_of_the_next_try(api, engine, run_id, execute, monkeypatch):
    @contextmanager
    def deaf(engine, force):
        with force_session(engine, force) as session:
            yield session
        monkeypatch.setattr(attempt, "force_session", force_session)
        raise OperationalError("commit", None, psycopg.OperationalError("the connection is lost"))

    monkeypatch.setattr(attempt, "force_session", deaf)
    execute()
    run = now(api, run_id)
    assert (run["status"], run["attempt"], made(engine)) == ("succeeded", 1, ["42"])


def test_a_cancel_decides_on_the_run_as_it_is(engine, run_id):
    with force_session(engine, EVERY_FORCE) as session:
        seen = service.get(session, run_id)
        change(engine, run_id, status="succeeded")
        run = repository.locked(session, run_id)
        service.cancel(session, run)
        assert run is seen
        assert (run.status, run.cancel_requested) == ("succeeded", False)


def test_a_computation_dies_with_its_worker(tmp_path):
    """The worker is killed outright; what it had computing must not go on."""
    file = tmp_path / "pid"
    script = f"""
from app.runs.child import child
with child("{MODULE}:dawdle", {str(file)!r}) as computing:
    for message in computing.messages:
        pass
"""
    parent = subprocess.Popen([sys.executable, "-c", script])
    pid = int(wait_for(lambda: file.exists() and file.read_text()))
    parent.kill()
    parent.wait()
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, KILL_WITHIN_S)
    assert pid != os.getpid()


def test_a_forkserver_that_is_still_loading_dies_with_its_worker(tmp_path):
    (tmp_path / "endless.py").write_text(
        "import os, time, pathlib\n"
        f"pathlib.Path({str(tmp_path)!r}, 'pid').write_text(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    script = """
import multiprocessing as mp
from multiprocessing import forkserver
import time
mp.get_context("forkserver").set_forkserver_preload(["app.runs.tied", "endless"])
forkserver.ensure_running()
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], env=os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])})  # fmt: skip
    file = tmp_path / "pid"
    pid = int(wait_for(lambda: file.exists() and file.read_text()))
    parent.kill()
    parent.wait()
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, KILL_WITHIN_S)
