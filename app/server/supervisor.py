"""`pacesetter serve`: the database, the API and the worker under one parent that starts, watches and stops them."""

from __future__ import annotations

import ctypes
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from sqlalchemy.orm import Session

from app.database import EVERY_FORCE, force_session, service_engine
from app.identity.roles import Role
from app.identity.service import first_key, make_key
from app.server.migrate import migrate
from app.server.postgres import embedded_postgres, keep_running
from app.settings import Settings

log = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_START_S, _STOP_S, _RESTART_S = 60.0, 10.0, 1.0


class StartError(Exception):
    """The service can't start; the message says what to do."""


@dataclass
class Service:
    """A running service: its address, its database, its processes, and the first key where it was just made.

    `data_dir`: folder of the embedded database; None where the database is another's to keep running.
    """

    address: str
    database_url: str
    first_key: str | None
    data_dir: Path | None = None
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Restart what dies, until the service stops."""
        while not self.stopping.wait(_RESTART_S):
            if self.data_dir is not None:
                try:
                    keep_running(self.data_dir)
                except subprocess.SubprocessError as error:
                    log.error("the database can't be started, which is tried again: %s", error)
            for name, process in self.processes.items():
                if process.poll() is not None:
                    log.error("%s ended with exit code %s and is started again", name, process.returncode)
                    self.processes[name] = _start(name, self.address, self.database_url)


@contextmanager
def running_service(settings: Settings) -> Iterator[Service]:
    """Start everything, yield once the API is ready, stop everything at the end.

    Raises `StartError` where the data folder or the port is in use, or the API does not come up.
    """
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _interrupt))
        url = stack.enter_context(service_database(settings))
        address = f"http://{settings.host}:{_free_port(settings.host, settings.port)}"
        service = Service(address, url, make_first_key(url))
        if settings.database_url is None:
            service.data_dir = settings.data_dir
        stack.callback(_stop, service)
        for name in ("api", "worker"):
            service.processes[name] = _start(name, address, url)
        _wait_until_ready(service)
        yield service


@contextmanager
def service_database(settings: Settings) -> Iterator[str]:
    """Address of the database for the service: the one that is set, or the embedded one, started and migrated."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with _sole_user(settings.data_dir), embedded_postgres(settings.data_dir) as urls:
        migrate(urls.owner)
        yield urls.service


@contextmanager
def owned_database(settings: Settings) -> Iterator[str]:
    """Address of the database for its owner, for what needs every row: the one that is set, or the embedded one."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    with _sole_user(settings.data_dir), embedded_postgres(settings.data_dir) as urls:
        yield urls.owner


def make_first_key(url: str) -> str | None:
    """The administrator's key of a new installation; None where there is one already."""
    with _whole_installation(url) as session:
        return first_key(session)


def make_admin_key(url: str, name: str, expires_at: datetime) -> str:
    """An administrator's key, for whoever has the database itself."""
    with _whole_installation(url) as session:
        return make_key(session, name=name, roles=[Role.ADMIN], force_id=None, expires_at=expires_at)[1]


@contextmanager
def _whole_installation(url: str) -> Iterator[Session]:
    engine = service_engine(url, pool_size=1)
    try:
        with force_session(engine, EVERY_FORCE) as session:
            yield session
    finally:
        engine.dispose()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _start(name: str, address: str, url: str) -> subprocess.Popen[bytes]:
    host, port = address.removeprefix("http://").rsplit(":", 1)
    environment = os.environ | {
        "PACESETTER_DATABASE_URL": url,
        "PACESETTER_HOST": host,
        "PACESETTER_PORT": port,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "app", name],
        env=environment,
        start_new_session=True,  # Ctrl+C reaches the supervisor alone, which stops its children in order
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )


def _end_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(service: Service) -> None:
    service.stopping.set()
    for process in service.processes.values():
        process.terminate()
    deadline = time.monotonic() + _STOP_S
    for name, process in service.processes.items():
        try:
            process.wait(max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop in time and is killed", name)
            process.kill()
            process.wait()


def _wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        for name, process in service.processes.items():
            if process.poll() is not None:
                raise StartError(
                    f"{name} ended with exit code {process.returncode} while starting: see its output above"
                )
        try:
            answer = httpx.get(f"{service.address}/health/ready", timeout=5)
            if answer.is_success:
                return
            if answer.status_code != 503:
                break
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise StartError(f"the API at {service.address} was not ready within {_START_S:g} s")


def _free_port(host: str, port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(f"{host}:{port} can't be used ({error.strerror}): choose another with --port") from error
        return int(probe.getsockname()[1])


@contextmanager
def _sole_user(folder: Path) -> Iterator[None]:
    """Hold the data folder, so that two services never share one embedded database."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartError(
                f"another 'pacesetter serve' or 'demo' uses {folder}: stop it, or set PACESETTER_DATA_DIR"
            ) from error
        yield
