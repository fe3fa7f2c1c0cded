"""Imports at scale, and reads beside five years of 43 forces: 15 million intervals."""

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
import psycopg
from sqlalchemy import Engine

from app.calls import repository
from app.calls.history import VALUES, History
from app.database import EVERY_FORCE, force_session, service_engine, utc_now
from app.forces import repository as force_rows
from benchmarks.service import tell
from benchmarks.service_drive import WARM_UP_S, Load, Told, drive
from benchmarks.service_room import FORCE, HISTORY_WEEKS, ORIGIN, Room, cpu_of, fine, history, stocked_room

_FEW = 100_000  # intervals that the reads are compared with
_COLUMNS = ("queue", "interval_start", "offered", "answered", "abandoned", "talk_s", "answered_wait_s")
_INTERVAL_S = 900
_CONNECTIONS = 4
_ROUNDS = 3
_LEVELS = "0.05,0.25,0.5,0.75,0.95"
_GIB = 2**30

Request = tuple[str, str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Read:
    """Latencies [ms], and the CPU time of API and database for each answer [ms]."""

    p50_ms: float
    p99_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of the API and of the database, and seconds of wall time."""

    api_s: float
    database_s: float
    wall_s: float


def measure(forces: int = 43, years: float = 5.0, seconds: float = 12.0, files: int = 3) -> dict[str, Any]:
    """A load of all intervals; reads of a service with few and of one with all; imports over HTTP beside all.

    Rows are loaded by the function that an import stores with, in this process.
    """
    per_queue = round(years * 365.25 * 96)
    with (
        tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as large,
        stocked_room(Path(small).resolve()) as few, stocked_room(Path(large).resolve()) as all_of_them,
    ):  # fmt: skip
        figures: dict[str, Any] = {"intervals_few": _fill(few, forces, _FEW)}
        figures |= _loaded(all_of_them, forces, per_queue)
        figures |= _compared(few, all_of_them, seconds)
        figures |= _imported(all_of_them, files, round(years * 365.25 / 7))
    return figures


def _compared(few: Room, all_of_them: Room, seconds: float) -> dict[str, Any]:
    """Reads of both rooms in turn, so that what else the machine does befalls both; medians over the rounds."""
    week = _span(ORIGIN, ORIGIN + timedelta(days=7))
    past = _span(ORIGIN - timedelta(days=21), ORIGIN - timedelta(days=14))
    asked = {
        "latest_forecast": f"{FORCE}/forecasts/latest?{week}&levels={_LEVELS}",
        "week_of_calls": f"{FORCE}/calls?{past}",
        "newest_week_of_calls": f"{FORCE}/calls",
    }
    for room in (few, all_of_them):
        with psycopg.connect(_owner(room), autocommit=True) as connection:
            connection.execute("vacuum analyze interval_records")  # as the server does by itself, after a while
            connection.execute("checkpoint")
    figures = {}
    for name, path in asked.items():
        rounds = [[_read(room, path, seconds / _ROUNDS) for room in (few, all_of_them)] for _ in range(_ROUNDS)]
        p50_ms, p99_ms, cpu_ms = (
            [[getattr(both[which], figure) for both in rounds] for which in range(2)]
            for figure in ("p50_ms", "p99_ms", "cpu_ms")
        )
        figures |= {
            f"{name}_p50_ms": round(median(p50_ms[1]), 2),
            f"{name}_p50_over_few": round(median(p50_ms[1]) / median(p50_ms[0]), 3),
            f"{name}_p99_over_few": round(median(p99_ms[1]) / median(p99_ms[0]), 3),
            f"{name}_cpu_over_few": round(median(cpu_ms[1]) / median(cpu_ms[0]), 3),
        }
    return figures


def _read(room: Room, path: str, seconds: float) -> Read:
    host, port = room.address
    found: list[Told] = []
    load = Load(host, port, room.key, [("GET", path, {})], _CONNECTIONS, seconds)
    spent = _spent(room, lambda: found.append(drive(load)))
    told = found[0]
    if told.n_failed or set(told.statuses) != {"200"}:
        raise RuntimeError(f"{path}: {told}: expected every answer 200")
    # What was spent includes the warm-up, whose answers are not counted.
    n = told.n * (seconds + WARM_UP_S) / seconds
    cpu_ms = (spent.api_s + spent.database_s) * 1000 / n
    tell(f"{path[:60]}: {told} {cpu_ms:.2f} ms CPU each")
    return Read(told.p50_ms, told.p99_ms, cpu_ms)


def _loaded(room: Room, forces: int, per_queue: int) -> dict[str, Any]:
    stood, began = _stored(room), time.process_time()
    spent = _spent(room, lambda: _fill(room, forces, 2 * forces * per_queue))
    used_s = time.process_time() - began + spent.database_s
    n = _stored(room)
    with psycopg.connect(_owner(room)) as connection:
        row = connection.execute("select pg_total_relation_size('interval_records')").fetchone()
    tell(f"{n} intervals in {spent.wall_s:.0f} s of wall, {used_s:.0f} s of CPU")
    return {
        "intervals": n,
        "load_rows_per_cpu_s": round((n - stood) / used_s),
        "load_rows_per_s": round((n - stood) / spent.wall_s),
        "load_peak_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "size_gib": round(row[0] / _GIB, 2) if row else None,
    }


def _fill(room: Room, forces: int, intervals: int) -> int:
    """Histories of this many intervals in all, of equal length but for what the stocked force has; how many there are.

    The stocked force's own grows along where that is longer.
    """
    engine = service_engine(room.service.database_url)
    others = [f"force-{i:02d}" for i in range(forces - 1)]
    stocked = 2 * HISTORY_WEEKS * 672
    per_queue = max(intervals // (2 * forces), 1)
    slugs = ["medium", *others] if 2 * per_queue > stocked else others
    if slugs == others:
        per_queue = max((intervals - stocked) // (2 * max(len(others), 1)), 1)
    for slug in others:
        _add_force(room, slug)
    for slug in slugs:
        _load(engine, slug, per_queue)
    engine.dispose()
    return _stored(room)


def _imported(room: Room, files: int, weeks: int) -> dict[str, Any]:
    """Files of a whole history over HTTP, each into a force of its own: the middle one by CPU time."""
    file = history(weeks)
    n_rows = file.count(b"\n")
    found = []
    for i in range(files):
        _add_force(room, f"imported-{i}")
        post = partial(
            room.client.post, f"/v1/forces/imported-{i}/calls", content=file, headers={"Content-Type": "text/csv"}
        )
        found.append(_spent(room, lambda post=post: fine(post())))  # type: ignore[misc]
        tell(f"import of {n_rows} rows: {found[-1]}")
    middle = sorted(found, key=lambda spent: spent.api_s + spent.database_s)[files // 2]
    return {
        "import_rows": n_rows,
        "import_rows_per_cpu_s": round(n_rows / (middle.api_s + middle.database_s)),
        "import_rows_per_s": round(n_rows / middle.wall_s),
        "import_api_us_per_row": round(middle.api_s / n_rows * 1e6, 2),
        "import_database_us_per_row": round(middle.database_s / n_rows * 1e6, 2),
        "api_peak_gib": round(_peak_bytes(room.process("api")) / _GIB, 2),
    }


def _spent(room: Room, work: Callable[[], object]) -> Spent:
    api, database = room.process("api"), _postmaster(room)
    api_s, database_s, began = cpu_of(api), _with_ended(database), time.perf_counter()
    work()
    return Spent(cpu_of(api) - api_s, _with_ended(database) - database_s, time.perf_counter() - began)


def _with_ended(process: psutil.Process) -> float:
    """CPU seconds so far of the process, of its children, and of those that have ended."""
    used = process.cpu_times()
    return cpu_of(process) + used.children_user + used.children_system


def _load(engine: Engine, slug: str, per_queue: int) -> None:
    """The `per_queue` intervals of each queue before the origin; what a force has of them already is kept."""
    with force_session(engine, EVERY_FORCE) as session:
        force = force_rows.find(session, slug)
    assert force is not None
    rng = np.random.default_rng(per_queue)
    offered = rng.poisson(20, 2 * per_queue).astype(float)
    abandoned = rng.binomial(offered.astype(int), 0.03).astype(float)
    answered = offered - abandoned
    values = np.full((len(VALUES), offered.size), np.nan)
    columns = {"offered": offered, "answered": answered, "abandoned": abandoned, "talk_s": answered * 400,
               "answered_wait_s": answered * 9}  # fmt: skip
    for name, column in columns.items():
        values[VALUES.index(name)] = column
    start_s = int(ORIGIN.timestamp()) - _INTERVAL_S * np.arange(per_queue, 0, -1)
    made = History(np.repeat(np.array([101, 999], dtype=np.int16), per_queue), np.tile(start_s, 2), values)
    with force_session(engine, force.id) as session:
        repository.store(session, force.id, made, _COLUMNS, source="benchmark", at=utc_now())


def _add_force(room: Room, slug: str) -> None:
    fine(room.client.post("/v1/forces", json={"slug": slug, "name": slug, "settings": {"synthetic": True}}))


def _stored(room: Room) -> int:
    with psycopg.connect(_owner(room)) as connection:
        row = connection.execute("select sum(intervals) from interval_spans").fetchone()
    return int(row[0] or 0) if row else 0


def _span(since: datetime, until: datetime) -> str:
    return f"from={since:%Y-%m-%dT%H:%M:%SZ}&to={until:%Y-%m-%dT%H:%M:%SZ}"


def _owner(room: Room) -> str:
    return room.service.database_url.replace("pacesetter_service", "postgres")


def _postmaster(room: Room) -> psutil.Process:
    with psycopg.connect(_owner(room)) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        parent = backend.parent()
    assert parent is not None
    return parent


def _peak_bytes(process: psutil.Process) -> int:
    """Most memory that a process has held at once."""
    line = next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line)
    return int(line.split()[1]) * 1024
