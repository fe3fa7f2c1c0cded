"""`pacesetter serve` as a tree of processes that can be killed, and clients that go on asking it for runs meanwhile."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from _thread import interrupt_main
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import psutil

from benchmarks.service_room import FORCE, FORECAST_WEEKS, roster_order

_LONGEST_S = 600.0
_PAUSE_S = 0.05
_OUTSTANDING = 4
ORDERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("requirements", {"from": "2026-03-09T00:00:00Z", "to": "2026-03-17T00:00:00Z", "correct": False}),
    ("forecasts", {"weeks": FORECAST_WEEKS, "paths": 50}),  # the newest one, of which requirements are asked next
    ("rosters", roster_order(5, 1)),
)
Found = TypeVar("Found")


class Tree:
    """A service in `folder`, on `port`; whoever restarts the machine's services is played by `start`."""

    def __init__(self, folder: Path, port: int, key: str) -> None:
        self.folder, self.port = folder, port
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}, timeout=20
        )
        self._serve: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PACESETTER_DATA_DIR": str(self.folder), "PACESETTER_LOG_LEVEL": "error"}

    def start(self) -> None:
        """Start whatever does not run; ready once the API is."""
        while not self._is_ready():
            if self._serve is None or self._serve.poll() is not None:
                command = [sys.executable, "-m", "app", "serve", "--port", str(self.port)]
                self._serve = subprocess.Popen(command, env=self.environment, stdout=sys.stderr, start_new_session=True)
            time.sleep(0.2)

    def stop(self) -> None:
        if self._serve is not None:
            self._serve.terminate()
            self._serve.wait(60)

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/health/ready").is_success
        except httpx.TransportError:
            return False

    def processes(self, name: str) -> list[psutil.Process]:
        """Processes of this service by what they are: serve, api, worker, forkserver, child, postgres."""
        return [process for process in self.everything() if kind_of(process) == name]

    def everything(self) -> list[psutil.Process]:
        """All living processes that were given this data folder, and its PostgreSQL."""
        found = []
        mine = f"PACESETTER_DATA_DIR={self.folder}\0".encode()
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if process.name() == "postgres":
                    if process.cwd() == str(self.folder / "postgres"):
                        found.append(process)
                elif mine in Path(f"/proc/{process.pid}/environ").read_bytes() + b"\0":
                    found.append(process)
        return found

    def database_url(self) -> str:
        (api, *_) = wait_for(lambda: self.processes("api"))
        return str(api.environ()["PACESETTER_DATABASE_URL"])

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0]))


def kind_of(process: psutil.Process) -> str:
    try:
        words = process.cmdline()
        if process.name() == "postgres":
            return "postgres"
        if words[1:3] == ["-m", "app"]:
            return words[3]
        if any("forkserver" in word for word in words):
            parent = process.parent()
            return (
                "child"
                if parent is not None and any("forkserver" in word for word in parent.cmdline())
                else "forkserver"
            )
    except (psutil.Error, IndexError):
        pass
    return "other"


def kill(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


def wait_for(condition: Callable[[], Found | None], seconds: float = _LONGEST_S) -> Found:
    """What `condition` gives once it gives something. Raises `RuntimeError` where that takes longer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(_PAUSE_S)
    raise RuntimeError(f"not within {seconds:g} s")


class Clients:
    """Asks for runs of several kinds, again with the same key until each is accepted, and follows them to their end."""

    def __init__(self, tree: Tree, seed: int) -> None:
        self._tree, self._rng, self._stop = tree, random.Random(seed), threading.Event()
        self.accepted: dict[str, str] = {}  # kind by identifier of the run
        self.ended: dict[str, dict[str, Any]] = {}

    def __call__(self) -> None:
        try:
            while not self._stop.is_set():
                open_runs = self.accepted.keys() - self.ended.keys()
                if len(open_runs) < _OUTSTANDING:
                    self._submit()
                self.look()
                time.sleep(0.1)
        except BaseException:
            interrupt_main()  # who waits for what these clients do would wait for ever
            raise

    def _submit(self) -> None:
        what, order = self._rng.choice(ORDERS)
        key = str(uuid4())
        while not self._stop.is_set():
            answer = self._ask("POST", f"{FORCE}/{what}", json=order, headers={"Idempotency-Key": key})
            if answer is not None and answer.status_code == 202:
                self.accepted[answer.json()["id"]] = what
                return
            if answer is not None and answer.status_code < 500:
                raise RuntimeError(f"{what}: {answer.status_code} {answer.text[:300]}")
            time.sleep(0.2)

    def look(self) -> int:
        """Note which runs have ended; how many have by now."""
        for run_id in list(self.accepted.keys() - self.ended.keys()):
            answer = self._ask("GET", f"/v1/runs/{run_id}")
            if answer is not None and answer.status_code == 404:
                self.ended[run_id] = {"status": "lost"}
            elif answer is not None and answer.is_success and answer.json()["finished_at"] is not None:
                self.ended[run_id] = answer.json()
        return len(self.ended)

    def _ask(self, method: str, path: str, **given: Any) -> httpx.Response | None:
        try:
            return self._tree.client.request(method, path, **given)
        except httpx.TransportError:
            return None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        thread = threading.Thread(target=self, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join(60)
