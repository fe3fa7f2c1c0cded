"""The embedded server after accidents: stale pid files, a killed parent, a folder that is taken."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from app.server.postgres import embedded_postgres, keep_running
from app.server.supervisor import StartError, running_service
from app.settings import Settings

# Each in a process of its own, as `serve` is: start, prove that the server answers, tell its process, then as told.
SCRIPT = """
import os, sys
from pathlib import Path
import psycopg
from app.server.postgres import embedded_postgres

with embedded_postgres(Path(sys.argv[1])) as urls:
    with psycopg.connect(urls.owner) as connection:
        connection.execute("create table if not exists starts (n int)")
        connection.execute("insert into starts values (1)")
        n = connection.execute("select count(*) from starts").fetchone()[0]
    pid = (Path(sys.argv[1]) / "postgres" / "postmaster.pid").read_text().split()[0]
    print(n, pid, flush=True)
    if sys.argv[2] == "die":
        os._exit(9)
"""


def start(folder: Path, then: str = "stop") -> tuple[int, int]:
    """How often the server in `folder` was started so far, and its process."""
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), then], capture_output=True, text=True, timeout=60, check=False
    )
    assert told.returncode == (9 if then == "die" else 0), told.stderr
    n, pid = told.stdout.split()
    return int(n), int(pid)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder that has been used and left in order; every test starts and ends so."""
    made = tmp_path_factory.mktemp("data")
    start(made)
    return made


@pytest.fixture
def pid_file(folder):
    return folder / "postgres" / "postmaster.pid"


def runs(pid: int) -> bool:
    """A process that ended stays a zombie where nobody reaps it, as in a container without an init."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def stale(pid_file: Path, pid: int) -> None:
    pid_file.write_text(f"{pid}\n{pid_file.parent}\n1700000000\n5432\n{pid_file.parent}\n\n  123456 7\nready   \n")


def test_it_is_stopped_with_its_user_and_keeps_what_was_stored(folder, pid_file):
    before, pid = start(folder)
    assert not runs(pid)
    assert not pid_file.exists()
    assert start(folder)[0] == before + 1


def test_the_pid_file_of_a_dead_process_is_no_obstacle(folder, pid_file):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    stale(pid_file, ended.pid)
    assert start(folder)[0] > 1


def test_the_pid_file_of_another_program_is_no_obstacle(folder, pid_file):
    """After a reboot the old number may belong to anything; here, to this test."""
    stale(pid_file, os.getpid())
    assert start(folder)[0] > 1


def test_a_zombie_is_not_a_running_server(folder, pid_file):
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(zombie.pid).status() == psutil.STATUS_ZOMBIE
    stale(pid_file, zombie.pid)
    assert start(folder)[0] > 1
    zombie.wait()


@pytest.mark.parametrize("content", ["", "garbage\n"])
def test_an_unreadable_pid_file_is_no_obstacle(folder, pid_file, content):
    pid_file.write_text(content)
    assert start(folder)[0] > 1


def test_the_server_of_a_killed_parent_is_adopted(folder):
    before, left_running = start(folder, then="die")
    assert runs(left_running)
    n, adopted = start(folder)
    assert (n, adopted) == (before + 1, left_running)
    assert not runs(left_running)


def test_a_killed_server_is_started_again(folder):
    before, left_running = start(folder, then="die")
    os.kill(left_running, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while runs(left_running) and time.monotonic() < deadline:
        time.sleep(0.02)
    n, started = start(folder)
    assert n == before + 1
    assert started != left_running


def test_a_server_that_dies_beside_the_service_is_started_again(folder, pid_file):
    with embedded_postgres(folder) as urls:
        pid = int(pid_file.read_text().split()[0])
        keep_running(folder)
        assert int(pid_file.read_text().split()[0]) == pid, "it lives"
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while runs(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        keep_running(folder)
        with psycopg.connect(urls.owner) as connection:  # at the same address
            assert connection.execute("select 1").fetchone() == (1,)


def test_a_data_folder_has_one_user(tmp_path):
    with (tmp_path / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StartError, match=f"uses {tmp_path}"), running_service(Settings(data_dir=tmp_path)):
            pytest.fail("two services share a data folder")
    assert not (tmp_path / "postgres").exists()


def test_a_port_has_one_user(database):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = Settings(database_url=database.service, port=port)
        with pytest.raises(StartError, match=f"127.0.0.1:{port}.*--port"), running_service(settings):
            pytest.fail("two services share a port")
