"""What a service loses that is killed, whose database restarts, whose disk is full; and how soon it recovers."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg

from app.database import utc_now
from app.server.supervisor import make_admin_key
from benchmarks.service import tell
from benchmarks.service_room import FORCE, await_workers, cpu_of, fine, roster_order, stocked_room
from benchmarks.service_tree import Clients, Tree, kill, kind_of, wait_for

_TARGETS = ("worker", "api", "child", "tree")
_GONE_WITHIN_S = 5.0  # that what belonged to a killed worker has to disappear
_IDLE_S = 30.0
_FULL_S = 8.0
_ROOM_BYTES = 64 * 2**20  # left on the small disk beside what is stored
_TABLES = {"forecasts": "forecasts", "requirements": "requirements", "rosters": "rosters"}


def measure(
    kills: int = 50, restarts: int = 10, full_disk: bool = True, times: int = 5, data: str | None = None, seed: int = 1
) -> dict[str, Any]:
    """Figures named after the rows of the table of bars; `times` of each latency, of which the longest counts.

    `data` keeps the stocked service in a folder for the next time.
    """
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(data or made).resolve()
        with stocked_room(folder) as room:
            key = make_admin_key(room.service.database_url, "faults", utc_now() + timedelta(days=1))
        with served(folder, key) as tree:
            figures = _latencies(tree, times)
            figures |= _killed(tree, kills, rng) if kills else {}
            figures |= _restarted(tree, restarts, rng) if restarts else {}
        if full_disk:
            figures |= _disk_full(folder, key, seed)
    return figures


@contextmanager
def served(folder: Path, key: str) -> Iterator[Tree]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tree = Tree(folder, port, key)
    tree.start()
    try:
        yield tree
    finally:
        tree.stop()


def _killed(tree: Tree, n: int, rng: random.Random) -> dict[str, Any]:
    """One of `_TARGETS` at a time, once a run has ended since the last."""
    clients, orphans = Clients(tree, rng.randrange(2**31)), 0
    with clients.at_work():
        for i in range(n):
            n_ended = len(clients.ended)
            wait_for(lambda n_ended=n_ended: len(clients.ended) > n_ended)
            time.sleep(rng.uniform(0, 2))
            orphans += _kill_one(tree, rng.choice(_TARGETS))
            tree.start()
            tell(
                f"{i + 1} of {n} killed, {len(clients.ended)} of {len(clients.accepted)} runs ended, {orphans} orphans"
            )
    told = _told(tree, clients)
    return {"kills": n, "runs": told.pop("runs"), "runs_lost": told.pop("lost"), **told, "orphans": orphans}


def _kill_one(tree: Tree, target: str) -> int:
    """Kill it; how many processes that depended on it are still there after `_GONE_WITHIN_S`."""
    if target == "child":
        kill(tree.processes("child")[:1])
        return 0
    dependants = tree.processes("forkserver") + tree.processes("child") if target in ("worker", "tree") else []
    names = ("serve", "api", "worker", "postgres") if target == "tree" else (target,)
    kill([process for name in names for process in tree.processes(name)])
    _, alive = psutil.wait_procs(dependants, timeout=_GONE_WITHIN_S)
    return sum(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in alive)


def _restarted(tree: Tree, n: int, rng: random.Random) -> dict[str, Any]:
    """PostgreSQL told to stop at once (fast or immediate), whoever is connected; nobody starts it again by hand.

    Raises `RuntimeError` where the service does not recover.
    """
    clients = Clients(tree, rng.randrange(2**31))
    with clients.at_work():
        for i in range(n):
            n_ended = len(clients.ended)
            wait_for(lambda n_ended=n_ended: len(clients.ended) > n_ended)
            postmaster = tree.postmaster()
            postmaster.send_signal(rng.choice((signal.SIGINT, signal.SIGQUIT)))
            postmaster.wait(30)
            n_accepted = len(clients.accepted)
            wait_for(lambda n_ended=n_ended, n_accepted=n_accepted: len(clients.ended) > n_ended + 1
                     and len(clients.accepted) > n_accepted)  # fmt: skip
            tell(f"{i + 1} of {n} restarts of the database")
    told = _told(tree, clients)
    return {"database_restarts": n, "database_runs": told["runs"],
            "database_runs_lost": told["lost"], "database_effects_not_one": told["effects_not_one"]}  # fmt: skip


def _disk_full(folder: Path, key: str, seed: int) -> dict[str, Any]:
    """The data folder on a small disk of its own, which something else fills, and then leaves."""
    if os.geteuid() != 0:
        return {"disk_full": "not measured: mounting a small disk needs root"}
    used = int(subprocess.check_output(["du", "-sb", str(folder)]).split()[0])
    mount = Path(tempfile.mkdtemp())
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={used + _ROOM_BYTES}", "tmpfs", str(mount)], check=True)
    try:
        subprocess.run(["cp", "-a", f"{folder}/.", str(mount)], check=True)
        mount.chmod(0o755)
        with served(mount, key) as tree:
            clients = Clients(tree, seed)
            with clients.at_work():
                wait_for(lambda: len(clients.ended) >= 2)
                ballast = mount / "ballast"
                with ballast.open("wb") as file:
                    while shutil.disk_usage(mount).free > 0:
                        os.posix_fallocate(file.fileno(), ballast.stat().st_size, min(2**20, _free(mount)))
                refused = wait_for(lambda: _is_refused(tree) or None, 60)
                time.sleep(_FULL_S)
                n_ended, n_accepted, began = len(clients.ended), len(clients.accepted), time.monotonic()
                ballast.unlink()
                wait_for(lambda: len(clients.ended) > n_ended + 1 and len(clients.accepted) > n_accepted)
                recovery_s = time.monotonic() - began
            told = _told(tree, clients)
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)
        mount.rmdir()
    return {"disk_full_refused": refused, "disk_full_recovered_s": round(recovery_s, 1), "disk_full_runs": told["runs"],
            "disk_full_runs_lost": told["lost"], "disk_full_effects_not_one": told["effects_not_one"]}  # fmt: skip


def _free(mount: Path) -> int:
    return max(shutil.disk_usage(mount).free, 1)


def _is_refused(tree: Tree) -> bool:
    """Whether something that must be stored is refused."""
    body = {"name": "full", "roles": ["planner"]}
    try:
        return not tree.client.post(f"{FORCE}/keys", json=body).is_success
    except OSError:
        return True


def _told(tree: Tree, clients: Clients) -> dict[str, Any]:
    """Once every accepted run has ended: how many were lost, and which had no or several effects."""
    tree.start()
    wait_for(lambda: clients.look() == len(clients.accepted), 300)
    wrong = []
    with psycopg.connect(tree.database_url()) as connection:
        connection.execute("select set_config('pacesetter.force', '*', false)")
        for run_id, what in clients.accepted.items():
            query = psycopg.sql.SQL("select count(*) from {} where run_id = %s").format(
                psycopg.sql.Identifier(_TABLES[what])
            )
            row = connection.execute(query, (run_id,)).fetchone()
            if row != (1,):
                wrong.append((what, row, clients.ended[run_id].get("reason")))
    for one in wrong:
        tell(f"not one effect: {one}")
    return {
        "runs": len(clients.accepted),
        "lost": sum(run["status"] == "lost" for run in clients.ended.values()),
        "effects_not_one": len(wrong),
        "attempts_more_than_one": sum(run.get("attempt", 0) > 1 for run in clients.ended.values()),
    }


def _latencies(tree: Tree, times: int) -> dict[str, Any]:
    (worker,) = wait_for(lambda: tree.processes("worker"))
    await_workers(tree.database_url(), 1)
    for status in ("queued", "running"):  # of an earlier time, where the data are kept
        wait_for(lambda status=status: not tree.client.get("/v1/runs", params={"status": status}).json()["runs"])
    used = cpu_of(worker)
    time.sleep(_IDLE_S)
    figures: dict[str, Any] = {"idle_worker_share": round((cpu_of(worker) - used) / _IDLE_S, 4)}
    tell(f"at rest: {figures}")
    starts, cancels = zip(*(_start_and_cancel(tree) for _ in range(times)), strict=True)
    figures |= {"submit_to_start_ms": [round(1000 * seconds) for seconds in sorted(starts)],
                "cancel_to_child_gone_s": [round(seconds, 2) for seconds in sorted(cancels)]}  # fmt: skip
    tell(f"{figures}")
    figures["taken_over_s"] = sorted(round(_take_over(tree), 2) for _ in range(times))
    return figures


def _start_and_cancel(tree: Tree) -> tuple[float, float]:
    """Seconds from sending a run's request to its start, and from sending its cancel to the end of its process.

    A kind that keeps nothing: a roster's search would end its own way.
    """
    asked = datetime.now().astimezone()
    run = fine(tree.client.post(f"{FORCE}/forecasts", json={"weeks": 8, "paths": 1000})).headers["Location"]
    (child,) = wait_for(lambda: tree.processes("child"))
    started = datetime.fromisoformat(fine(tree.client.get(run)).json()["started_at"])
    began = time.monotonic()
    fine(tree.client.delete(run))
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.005)
    gone_s = time.monotonic() - began
    wait_for(lambda: fine(tree.client.get(run)).json()["status"] == "cancelled")
    return (started - asked).total_seconds(), gone_s


def _take_over(tree: Tree) -> float:
    """Seconds from the death of a worker to the next attempt at its run, by another worker that waits."""
    other = subprocess.Popen(
        [sys.executable, "-m", "app", "worker"],
        env=tree.environment | {"PACESETTER_DATABASE_URL": tree.database_url()}, start_new_session=True,
    )  # fmt: skip
    try:
        await_workers(tree.database_url(), 2)
        run = fine(tree.client.post(f"{FORCE}/rosters", json=roster_order(60, 1))).headers["Location"]
        wait_for(lambda: fine(tree.client.get(run)).json()["phase"])
        kill([worker for worker in tree.processes("worker") if _computes(worker)])
        died = datetime.now().astimezone()
        told = wait_for(lambda: _again(tree, run))
        fine(tree.client.delete(run))
        wait_for(lambda: fine(tree.client.get(run)).json()["finished_at"])
        return (datetime.fromisoformat(told["started_at"]) - died).total_seconds()
    finally:
        other.terminate()
        other.wait(30)


def _again(tree: Tree, run: str) -> dict[str, Any] | None:
    told: dict[str, Any] = fine(tree.client.get(run)).json()
    return told if told["attempt"] > 1 and told["status"] == "running" else None


def _computes(worker: psutil.Process) -> bool:
    return any(kind_of(process) == "child" for process in worker.children(recursive=True))
