"""A service of one's own with a stocked force, on loopback: what the service's benchmarks ask."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import psycopg

from app.database import utc_now
from app.server.supervisor import Service, make_admin_key, running_service
from app.settings import Settings

FORCE = "/v1/forces/medium"
ORIGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
HISTORY_WEEKS, FORECAST_WEEKS = 8, 3
_INTERVAL = timedelta(minutes=15)
_PER_H = (25.0, 35.0)
_HANDLING_S = (340.0, 600.0)
_N_HANDLERS = 48
_POLL_S = 0.05
_LONGEST_S = 600.0
_UNLIMITED = {
    "PACESETTER_RATE_LIMIT_PER_KEY": "10000000/minute",
    "PACESETTER_RATE_LIMIT_PER_ADDRESS": "10000000/minute",
}


@dataclass(frozen=True, slots=True)
class Room:
    """A running service, its key, a client, and what the stocked force holds."""

    service: Service
    key: str
    client: httpx.Client
    ids: dict[str, str]

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.service.address.removeprefix("http://").split(":")
        return host, int(port)

    def process(self, name: str) -> psutil.Process:
        return psutil.Process(self.service.processes[name].pid)


@contextmanager
def stocked_room(folder: Path) -> Iterator[Room]:
    """The service in `folder`, stocked at its first start there; yields once its worker takes runs."""
    with own_service(folder) as (service, client):
        kept = folder / "stock.json"
        if not kept.exists():
            kept.write_text(json.dumps(_stock(client)))
        key = client.headers["Authorization"].removeprefix("Bearer ")
        room = Room(service, key, client, json.loads(kept.read_text()))
        await_workers(service.database_url, 1)
        _cancel_all(client)
        yield room


def _cancel_all(client: httpx.Client) -> None:
    """What an earlier measure left behind would be computed beside this one."""
    for status in ("queued", "running"):
        while left := fine(client.get("/v1/runs", params={"status": status})).json()["runs"]:
            for run in left:
                fine(client.delete(f"/v1/runs/{run['id']}"))
            time.sleep(_POLL_S)


@contextmanager
def own_service(folder: Path) -> Iterator[tuple[Service, httpx.Client]]:
    """A service in `folder`, and a client with an administrator's key."""
    os.environ.update(_UNLIMITED | {"PACESETTER_LOG_LEVEL": os.environ.get("PACESETTER_LOG_LEVEL", "warning")})
    with running_service(Settings(data_dir=folder, port=0)) as service:
        key = service.first_key or make_admin_key(service.database_url, "benchmark", utc_now() + timedelta(days=1))
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=service.address, headers=headers, timeout=120) as client:
            yield service, client


@contextmanager
def worker_stopped(service: Service) -> Iterator[None]:
    """The worker and its children do nothing meanwhile: what is asked for costs nobody's time."""
    worker = psutil.Process(service.processes["worker"].pid)
    stopped = [worker, *worker.children(recursive=True)]
    for process in stopped:
        process.suspend()
    try:
        yield
    finally:
        for process in stopped:
            if process.is_running():
                process.resume()


def ended(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """A run that was asked for, once it has ended well. Raises `RuntimeError` otherwise."""
    location = fine(answer).headers["Location"]
    while True:
        run: dict[str, Any] = fine(client.get(location)).json()
        if run["finished_at"] is not None:
            if run["result"] is None:
                raise RuntimeError(f"run {run['id']} ended as {run['status']}: {run['reason']}")
            return run
        time.sleep(_POLL_S)


def fine(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise RuntimeError(f"{answer.request.url} answered {answer.status_code}: {answer.text[:500]}")
    return answer


def history(weeks: int = HISTORY_WEEKS) -> bytes:
    """Poisson calls with a daily wave and a factor of each day, CSV."""
    rng = np.random.default_rng(1)
    n = weeks * 7 * 96
    wave = 1 + 0.5 * np.sin(2 * np.pi * (np.arange(n) % 96 - 36) / 96)
    day = rng.gamma(200.0, 1 / 200.0, n // 96).repeat(96)
    lines = ["queue,interval_start,offered,answered,abandoned,talk_s,answered_wait_s,abandoned_wait_s"]
    for queue, per_h, handling_s in zip(("999", "101"), _PER_H, _HANDLING_S, strict=True):
        offered = rng.poisson(per_h / 4 * wave * day)
        abandoned = rng.binomial(offered, 0.03)
        answered = offered - abandoned
        for i in range(n):
            start = (ORIGIN - (n - i) * _INTERVAL).isoformat()
            lines.append(f"{queue},{start},{offered[i]},{answered[i]},{abandoned[i]},{answered[i] * handling_s:.0f},"
                         f"{answered[i] * 9},{abandoned[i] * 40}")  # fmt: skip
    return "\n".join(lines).encode()


def handlers() -> list[dict[str, Any]]:
    """Full-time handlers, four days of nine hours and three off, from one of three times of the day."""
    people = []
    for i in range(_N_HANDLERS):
        duty = {"start": ("07:00", "14:00", "22:00")[i % 3], "length_min": 540}
        days = [duty] * 4 + [None] * 3
        people.append({
            "ref": f"H{i:03d}", "contract": {"weekly_min": 1920, "cycle_weeks": 1}, "skills": ["999", "101"],
            "pattern": {"anchor": f"{ORIGIN.date()}", "days": days[i // 3 % 7 :] + days[: i // 3 % 7]},
        })  # fmt: skip
    return people


def roster_order(seconds: int, seed: int) -> dict[str, Any]:
    return {"week_start": f"{(ORIGIN + timedelta(days=7)).date()}", "mode": "weekly", "seconds": seconds,
            "effort": 100_000, "seed": seed}  # fmt: skip


def _stock(client: httpx.Client) -> dict[str, str]:
    """History, handlers, forecast and requirement of a medium force; identifiers of what was made."""
    fine(client.post("/v1/forces", json={"slug": "medium", "name": "Medium", "settings": {"synthetic": True}}))
    fine(client.post(f"{FORCE}/calls", content=history(), headers={"Content-Type": "text/csv"}))
    fine(client.post(f"{FORCE}/handlers", json={"handlers": handlers()}))
    forecast = ended(client, client.post(f"{FORCE}/forecasts", json={"weeks": FORECAST_WEEKS}))
    span = {"from": (ORIGIN + timedelta(days=7)).isoformat(), "to": (ORIGIN + timedelta(days=15)).isoformat()}
    requirement = ended(client, client.post(f"{FORCE}/requirements", json=span | {"correct": False}))
    return {"run_id": forecast["id"], "forecast_id": forecast["result"]["forecast_id"],
            "requirement_id": requirement["result"]["requirement_id"]}  # fmt: skip


def await_workers(url: str, n: int) -> None:
    """Until so many workers take runs: each has loaded and compiled what it needs by then, and is on the list twice, as
    it takes jobs of two queues."""
    query = "select count(*) from procrastinate.procrastinate_workers where last_heartbeat > now() - interval '3 s'"
    deadline = time.monotonic() + _LONGEST_S
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            if connection.execute(query).fetchone() == (2 * n,):
                return
            time.sleep(_POLL_S)
    raise RuntimeError(f"{n} workers were not there within {_LONGEST_S:g} s")


def cpu_of(process: psutil.Process) -> float:
    """CPU seconds so far of the process and its living children."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            used = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
    return total
