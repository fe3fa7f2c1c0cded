"""Runs the peers in an environment of their own and keeps their forecasts, which never change, on disk."""

import hashlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from numpy.typing import NDArray

from benchmarks.files import Counts
from benchmarks.origins import Origin
from benchmarks.results import Failed, Made

PEERS = ("seasonal_naive", "four_week_mean", "mstl", "prophet", "prophet_shapes", "swast")
LIMIT_S = 1200  # wall-clock seconds that one peer may take over one origin
_ROOT = Path(__file__).resolve().parent.parent
_VENV = _ROOT / ".venv-peers"
_LOCK = _ROOT / "benchmarks" / "peers.lock"
_CODE = _ROOT / "benchmarks" / "peers"
_CACHE = _ROOT / ".cache" / "peers"
_MODULES = {"seasonal_naive": "simple", "four_week_mean": "simple", "prophet": "prophets", "prophet_shapes": "prophets"}
# One thread: peers and product are compared by CPU seconds, and idle threads that spin would count.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def run(
    counts: Counts,
    origins: Sequence[Origin],
    peers: Sequence[str],
    *,
    is_cached: bool = True,
    tell: Callable[[str], None],
) -> dict[tuple[str, Origin], Made | Failed]:
    """What each peer makes of each origin of one series, from disk where it was made before."""
    wall = _Wall(counts)
    tasks: list[dict[str, Any]] = []
    for peer in peers:
        for origin in origins:
            first, horizon = wall.reach(origin)
            out = _CACHE / f"{_key(wall, peer, first, horizon)}.npz"
            tasks.append({"peer": peer, "origin": first, "horizon": horizon, "out": str(out), "at": origin})
    missing = [task for task in tasks if not (is_cached and Path(task["out"]).exists())]
    errors = _make(wall, missing, counts.name, tell) if missing else {}
    found: dict[tuple[str, Origin], Made | Failed] = {}
    for task in tasks:
        if task["out"] in errors:
            found[task["peer"], task["at"]] = Failed(errors[task["out"]])
            continue
        with np.load(task["out"]) as made:
            mean = made["mean"][wall.index[task["at"].scored] - task["origin"]]
            found[task["peer"], task["at"]] = Made(mean, float(made["cpu_s"]))
    return found


class _Wall:
    """A series on a regular wall-clock grid, as peers know time: the skipped hour is missing, the repeated one is the
    mean of the two. ``index`` (intervals,) leads from UTC intervals to it."""

    def __init__(self, counts: Counts) -> None:
        grid = counts.grid
        local = (grid.utc_s + grid.offset_s) // grid.interval_s
        self.index: NDArray[np.int64] = local - local[0]
        known = ~np.isnan(counts.series.values)
        size = int(self.index.max()) + 1
        calls = np.bincount(self.index[known], counts.series.values[known], minlength=size)
        times = np.bincount(self.index[known], minlength=size)
        self.values = np.where(times > 0, calls / np.maximum(times, 1), np.nan)
        self.is_open = counts.is_open
        self.interval_s = grid.interval_s
        self.start = datetime.fromtimestamp(int(grid.utc_s[0]), ZoneInfo(counts.calendar.timezone)).replace(tzinfo=None)
        self.weekend = _weekend(counts.calendar.country)

    def reach(self, origin: Origin) -> tuple[int, int]:
        """Where the origin lies on the wall-clock grid, and how many of its intervals lie ahead."""
        first = int(self.index[origin.first])
        return first, int(self.index[origin.scored].max()) + 1 - first


def _weekend(country: str | None) -> list[int]:
    return sorted(holidays.country_holidays(country).weekend) if country else [5, 6]


def _key(wall: _Wall, peer: str, first: int, horizon: int) -> str:
    """Digest of all that a peer's forecast depends on: data, request, its code and its packages' versions."""
    digest = hashlib.sha256()
    for part in (wall.values[:first].tobytes(), wall.is_open.tobytes()):
        digest.update(part)
    digest.update(json.dumps([peer, horizon, wall.start.isoformat(), wall.interval_s, wall.weekend]).encode())
    for path in (_CODE / f"{_MODULES.get(peer, peer)}.py", _CODE / "wall.py", _LOCK):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _make(wall: _Wall, tasks: list[dict[str, Any]], name: str, tell: Callable[[str], None]) -> dict[str, str]:
    """Run ``tasks`` in the peers' environment; the errors of those that failed, by their output's path."""
    python = environment(tell)
    _CACHE.mkdir(parents=True, exist_ok=True)
    errors: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "arrays.npz"
        np.savez(arrays, values=wall.values, is_open=wall.is_open)
        left = list(tasks)
        while left:
            request = {
                "arrays": str(arrays),
                "start": wall.start.isoformat(),
                "interval_s": wall.interval_s,
                "weekend": wall.weekend,
                "tasks": [{key: task[key] for key in ("peer", "origin", "horizon", "out")} for task in left],
            }
            path = Path(folder) / "tasks.json"
            path.write_text(json.dumps(request), encoding="utf-8")
            n_done = 0
            said = Path(folder) / "stderr"
            for report in _reports([str(python), str(_CODE / "run.py"), str(path)], said):
                task = left[n_done]
                n_done += 1
                if "error" in report:
                    errors[task["out"]] = report["error"]
                tell(f"{name}: {task['peer']} {report.get('error') or format(report['cpu_s'], '.1f') + ' s'}")
            if n_done < len(left):  # it ended or was ended over this one: go on with the rest
                last_words = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
                error = f"ended without a result, or took over {LIMIT_S} s: {' '.join(last_words)}"
                errors[left[n_done]["out"]] = error
                tell(f"{name}: {left[n_done]['peer']} {error}")
                n_done += 1
            left = left[n_done:]
    return errors


def _reports(command: list[str], said: Path) -> Iterator[dict[str, Any]]:
    """The process's lines as they come, until it ends or says nothing for the limit, and is then ended."""
    with said.open("w", encoding="utf-8") as stderr:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
            env={**os.environ, **_ONE_THREAD},
        )
    lines: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    threading.Thread(target=listen, daemon=True).start()
    try:
        while line := lines.get(timeout=LIMIT_S):
            yield json.loads(line)
    except queue.Empty:
        return
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # its own session: the peer and what it started, nothing else
        process.wait()


def environment(tell: Callable[[str], None]) -> Path:
    """Python of the peers' environment, which is made, once, from its lock."""
    python = _VENV / "bin" / "python"
    installed = _VENV / "installed.lock"
    if installed.exists() and installed.read_bytes() == _LOCK.read_bytes():
        return python
    tell(f"setting up {_VENV.name} (once; a few minutes on a slow line)")
    quiet: dict[str, Any] = {"check": True, "stdout": sys.stderr}
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(_VENV)], **quiet)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*pip, "-r", str(_LOCK)], **quiet)
    shutil.copy(_LOCK, installed)
    return python
