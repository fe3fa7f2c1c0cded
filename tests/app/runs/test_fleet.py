"""Several APIs and workers on one database, workers on machines of their own where this one allows it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx
import psutil
import pytest
from sqlalchemy import select

from app.database import EVERY_FORCE, force_session, service_engine
from app.server.supervisor import make_first_key
from app.tables import AuditRow
from tests.app.runs.network import can_have_machines, forwarded, ip, machine
from tests.conftest import TEMPLATE
from tests.helpers import FORCE, add_calls, add_force, bearer, done, history_csv

LONGEST_S = 40.0


@dataclass
class Fleet:
    """Two APIs and two workers: clients, processes, and the machines of the workers ("-": this one)."""

    zygote: subprocess.Popen[str]
    url: str
    worker_urls: list[str]
    machines: list[str]
    clients: list[httpx.Client] = field(default_factory=list)
    workers: list[int] = field(default_factory=list)

    def start(self, what: str, where: object, url: str) -> int:
        self.zygote.stdin.write(f"{what} {where} {url}\n")
        self.zygote.stdin.flush()
        return int(self.zygote.stdout.readline())

    def start_worker(self, number: int) -> None:
        self.workers[number] = self.start("worker", self.machines[number], self.worker_urls[number])

    def submit(self, milliseconds: int, api: int = 0) -> str:
        asked = self.clients[api].post(f"/v1/forces/{FORCE}/forecasts", json={"seed": milliseconds})
        return done(asked, 202)["id"]

    def run(self, run_id: str) -> dict:
        return done(self.clients[1].get(f"/v1/runs/{run_id}"))

    def told(self, run_id: str) -> list[tuple[str, dict]]:
        """The run's events until it has ended: what each is called, and its data."""
        with self.clients[1].stream("GET", f"/v1/runs/{run_id}/events") as answer:
            lines = [line for line in answer.iter_lines() if line.startswith(("event", "data"))]
        data = [json.loads(line.removeprefix("data: ")) for line in lines[1::2]]
        return list(zip((line.split()[1] for line in lines[::2]), data, strict=True))

    def made(self) -> dict[str, list[int]]:
        """Of each run the processes that have stored something for it."""
        engine = service_engine(self.url, pool_size=1)
        with force_session(engine, EVERY_FORCE) as session:
            lines = [line.split() for line in session.scalars(
                select(AuditRow.subject).where(AuditRow.action == "made"))]  # fmt: skip
        engine.dispose()
        return {run_id: [int(pid) for other, pid in lines if other == run_id] for run_id, _ in lines}

    def computing(self) -> Counter[int]:
        """How many children each worker has at work."""
        return Counter({pid: len(children_of(pid)) for pid in self.workers})


def children_of(pid: int) -> list[psutil.Process]:
    try:
        return [one for one in psutil.Process(pid).children(recursive=True) if "forkserver" in " ".join(one.cmdline())
                and one.parent().pid != pid]  # fmt: skip
    except psutil.NoSuchProcess:
        return []


def wait_for(condition, seconds: float = LONGEST_S):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


@pytest.fixture(scope="module")
def fleet(clone) -> Iterator[Fleet]:
    urls = clone(TEMPLATE)
    key = make_first_key(urls.service)
    with ExitStack() as stack:
        machines, worker_urls = ["-", "-"], [urls.service] * 2
        if can_have_machines():
            machines, worker_urls = [], []
            for number in (1, 2):
                name, host = stack.enter_context(machine(number))
                machines.append(name)
                port = stack.enter_context(forwarded(host, socket_of(urls.service)))
                parts = urlsplit(urls.service)
                worker_urls.append(f"postgresql://{parts.username}@{host}:{port}{parts.path}")
        zygote = stack.enter_context(subprocess.Popen(
            [sys.executable, "-m", "tests.app.runs.zygote"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ))  # fmt: skip
        stack.callback(zygote.kill)
        made = Fleet(zygote, urls.service, worker_urls, machines, workers=[0, 0])
        for _ in range(2):
            port = free_port()
            made.start("api", port, urls.service)
            client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=bearer(key), timeout=30)
            made.clients.append(stack.enter_context(client))
        for client in made.clients:
            wait_for(lambda client=client: answers(client))
        add_force(made.clients[0])
        done(add_calls(made.clients[0], history_csv(2)))
        for number in range(2):
            made.start_worker(number)
        yield made


def socket_of(url: str) -> str:
    folder = parse_qs(urlsplit(url).query)["host"][0]
    return f"{folder}/.s.PGSQL.5432"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").is_success
    except httpx.TransportError:
        return False


def test_runs_are_shared_and_followed_from_any_api(fleet):
    runs = [fleet.submit(400, api=i % 2) for i in range(6)]
    told = fleet.told(runs[0])  # asked for at the other
    assert [name for name, _ in told] == ["queued", "started", "progress", "succeeded"]
    assert told[-1][1]["result"] == {"made": "something"}
    wait_for(lambda: all(fleet.run(run)["finished_at"] for run in runs))
    made = fleet.made()
    assert [len(made[run]) for run in runs] == [1] * 6
    assert {made[run][0] for run in runs} == set(fleet.workers)


def test_a_worker_that_stops_leaves_its_run_to_the_other_at_once(fleet):
    run = fleet.submit(5000)
    wait_for(lambda: fleet.run(run)["phase"])
    (busy,) = [number for number in range(2) if fleet.computing()[fleet.workers[number]]]
    os.kill(fleet.workers[busy], signal.SIGTERM)
    wait_for(lambda: fleet.run(run)["attempt"] == 2)
    wait_for(lambda: not psutil.pid_exists(fleet.workers[busy]))
    wait_for(lambda: fleet.run(run)["status"] == "succeeded")
    assert fleet.made()[run] == [fleet.workers[1 - busy]]
    given_back = [data["reason"] for name, data in fleet.told(run) if name == "queued" and data.get("reason")]
    # Once, by the worker that stops, or by the other that sees first that nobody has it.
    assert given_back in (["its worker stopped"], ["no worker has it any more"])
    fleet.start_worker(busy)


@pytest.mark.parametrize("what", ["worker", "child", "both"])
def test_nothing_is_lost_where_something_is_killed(fleet, what):
    runs = [fleet.submit(700) for _ in range(4)]
    busy = wait_for(lambda: [pid for pid, n in fleet.computing().items() if n])[0]
    children = children_of(busy)
    for pid in {"worker": [busy], "child": [children[0].pid], "both": [children[0].pid, busy]}[what]:
        os.kill(pid, signal.SIGKILL)
    if what != "child":
        wait_for(lambda: not any(child.is_running() for child in children))
        fleet.start_worker(fleet.workers.index(busy))
    wait_for(lambda: all(fleet.run(run)["finished_at"] for run in runs))
    assert [fleet.run(run)["status"] for run in runs] == ["succeeded"] * 4
    made = fleet.made()
    assert [len(made[run]) for run in runs] == [1] * 4


def test_a_machine_that_is_cut_off_has_no_effect_later(fleet):
    if "-" in fleet.machines:
        pytest.skip("needs network namespaces: root and iproute2")
    run = fleet.submit(2500)
    wait_for(lambda: fleet.run(run)["phase"])
    (cut,) = [number for number in range(2) if fleet.computing()[fleet.workers[number]]]
    ip("link", "set", fleet.machines[cut], "down")
    try:
        wait_for(lambda: fleet.run(run)["attempt"] == 2)
        wait_for(lambda: fleet.run(run)["status"] == "succeeded")
    finally:
        ip("link", "set", fleet.machines[cut], "up")
    assert fleet.made()[run] == [fleet.workers[1 - cut]]
    wait_for(lambda: not fleet.computing()[fleet.workers[cut]])
    more: list[str] = []

    def both_work() -> bool:
        more.extend(fleet.submit(300) for _ in range(3))
        wait_for(lambda: all(fleet.run(run)["status"] == "succeeded" for run in more))
        return {fleet.made()[run][0] for run in more} == set(fleet.workers)

    wait_for(both_work)  # the machine that was cut off comes back in its own time
    assert fleet.made()[run] == [fleet.workers[1 - cut]]
