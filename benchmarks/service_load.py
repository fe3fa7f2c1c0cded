"""Reads under load: a real server on loopback, asked from another process."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.service import tell
from benchmarks.service_drive import Load, Told, drive
from benchmarks.service_room import FORCE, FORECAST_WEEKS, ORIGIN, Room, fine, roster_order, stocked_room

_LEVELS = "0.05,0.25,0.5,0.75,0.95"
_CONNECTIONS, _READERS = 8, 16
_SOLVES = 2
_WEEK = timedelta(days=7)
_LONGEST_S = 120.0
_COMPILED_S = 600.0  # a new installation's first search
_SEARCHES = {"options", "start", "search", "proof"}  # phases

Request = tuple[str, str, dict[str, str]]


def measure(seconds: float = 10.0, data: str | None = None, solves: bool = True) -> dict[str, Any]:
    """Figures named after the rows of the table of bars, each beside the CPU that it took.

    `data` keeps the stocked service in a folder for the next time; without `solves` no run is computed meanwhile.
    """
    with tempfile.TemporaryDirectory() as made, stocked_room(Path(data or made).resolve()) as room:
        small = _small(room)
        weeks, tag = _weeks(room)
        figures: dict[str, Any] = {}
        figures |= _told("small_get", _drive(room, small, _CONNECTIONS, seconds))
        for name, requests in (("forecast_week", weeks[:1]), ("forecast_week_varied", _varied())):
            figures |= _told(name, _drive(room, requests, _CONNECTIONS, seconds))
        known = [("GET", weeks[0][1], {"If-None-Match": tag})]
        figures |= _told("forecast_week_304", _drive(room, known, _CONNECTIONS, seconds))
        if solves:
            figures |= _beside_solves(room, small + weeks, seconds)
        figures["cold_start_cpu_s"] = _cold_start_cpu_s(room)
    return figures


def _small(room: Room) -> list[Request]:
    """What a page or a system asks again and again: settings, a run, lists."""
    run = room.ids["run_id"]
    paths = (
        f"{FORCE}/settings",
        f"/v1/runs/{run}",
        "/v1/forces",
        f"{FORCE}/forecasts?limit=5",
        f"{FORCE}/rosters?limit=5",
    )
    return [("GET", path, {}) for path in paths]


def _weeks(room: Room) -> tuple[list[Request], str]:
    """Each week of the forecast, 672 quarter-hours x 5 levels x 2 queues; and the ETag of the first."""
    paths = []
    for week in range(FORECAST_WEEKS):
        since, until = ((ORIGIN + (week + more) * _WEEK).strftime("%Y-%m-%dT%H:%M:%SZ") for more in (0, 1))
        paths.append(f"{FORCE}/forecasts/{room.ids['forecast_id']}?from={since}&to={until}&levels={_LEVELS}")
    answer = fine(room.client.get(paths[0]))
    assert len(answer.json()["queues"]["999"]["start"]) == 672
    return [("GET", path, {}) for path in paths], answer.headers["ETag"]


def _varied() -> list[Request]:
    """Weeks that begin at different quarter-hours, so that few were asked before."""
    paths = []
    for i in range(2 * 7 * 96):
        since, until = ((ORIGIN + i * timedelta(minutes=15) + more * _WEEK).strftime("%Y-%m-%dT%H:%M:%SZ")
                        for more in (0, 1))  # fmt: skip
        paths.append(f"{FORCE}/forecasts/latest?from={since}&to={until}&levels={_LEVELS}")
    return [("GET", path, {}) for path in paths]


def _drive(room: Room, requests: list[Request], connections: int, seconds: float) -> tuple[Told, float]:
    """What the load told, and the API process's CPU time per answer [ms]."""
    host, port = room.address
    api = room.process("api")
    used = sum(api.cpu_times()[:2])
    told = drive(Load(host, port, room.key, requests, connections, seconds))
    cpu_ms = (sum(api.cpu_times()[:2]) - used) * 1000 / max(told.n, 1) * seconds / (seconds + 1.0)
    if told.n_failed or set(told.statuses) - {"200", "304"}:
        raise RuntimeError(f"{requests[0][1]}: {asdict(told)}: expected every answer 200 or 304")
    tell(f"{requests[0][1][:60]} x{connections}: {told} {cpu_ms:.2f} ms of the API's CPU each")
    return told, cpu_ms


def _told(name: str, driven: tuple[Told, float]) -> dict[str, Any]:
    told, cpu_ms = driven
    return {f"{name}_per_s": told.per_s, f"{name}_p50_ms": told.p50_ms, f"{name}_p99_ms": told.p99_ms,
            f"{name}_cpu_ms": round(cpu_ms, 3)}  # fmt: skip


def _beside_solves(room: Room, requests: list[Request], seconds: float) -> dict[str, Any]:
    """Sixteen readers at rest, and while two rosters are searched for; both in turn, the first again at the end."""
    idle, _ = _drive(room, requests, _READERS, seconds)
    runs = [
        fine(room.client.post(f"{FORCE}/rosters", json=roster_order(600, seed))).headers["Location"]
        for seed in range(_SOLVES)
    ]
    try:
        _wait_for_search(room, runs)
        busy, _ = _drive(room, requests, _READERS, seconds)
        still = [room.client.get(run).json()["status"] for run in runs]
    finally:
        for run in runs:
            room.client.delete(run)
    if still != ["running"] * _SOLVES:
        raise RuntimeError(f"the solves ended before the readers: {still}")
    _wait_for_end(room, runs)
    again, _ = _drive(room, requests, _READERS, seconds)
    at_rest = (idle.p99_ms + again.p99_ms) / 2
    return {"readers_idle_p99_ms": round(at_rest, 2), "readers_beside_solves_p99_ms": busy.p99_ms,
            "readers_beside_solves_over_idle": round(busy.p99_ms / at_rest, 2)}  # fmt: skip


def _wait_for_search(room: Room, runs: list[str]) -> None:
    """Until both search: before, they price what heads short cost, load, and compile."""
    deadline = time.monotonic() + _COMPILED_S
    while time.monotonic() < deadline:
        told = [room.client.get(run).json() for run in runs]
        if all(run["phase"] in _SEARCHES for run in told):
            return
        for run in told:
            if run["finished_at"]:
                raise RuntimeError(f"run {run['id']} ended before its search: {run['status']}, {run['reason']}")
        time.sleep(0.2)
    raise RuntimeError(f"the solves did not begin within {_COMPILED_S:g} s")


def _wait_for_end(room: Room, runs: list[str]) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while time.monotonic() < deadline and not all(room.client.get(run).json()["finished_at"] for run in runs):
        time.sleep(0.2)


def _cold_start_cpu_s(room: Room) -> float:
    """CPU seconds of another API process until its first 200 of an authenticated read; median of three."""
    return sorted(_one_cold_start(room) for _ in range(3))[1]


def _one_cold_start(room: Room) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"PACESETTER_DATABASE_URL": room.service.database_url}
    api = subprocess.Popen([sys.executable, "-m", "app", "api", "--port", str(port)], env=environment)
    try:
        deadline = time.monotonic() + _LONGEST_S
        while time.monotonic() < deadline:
            if api.poll() is not None:
                raise RuntimeError(f"the API ended with exit code {api.returncode}")
            try:
                headers = {"Authorization": f"Bearer {room.key}"}
                if httpx.get(f"http://127.0.0.1:{port}{FORCE}/settings", headers=headers, timeout=10).is_success:
                    return round(sum(psutil.Process(api.pid).cpu_times()[:2]), 2)
            except httpx.TransportError:
                time.sleep(0.02)
        raise RuntimeError(f"the API did not answer within {_LONGEST_S:g} s")
    finally:
        api.terminate()
        api.wait(30)
