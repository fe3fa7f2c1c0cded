"""Seconds from posting today's calls over HTTP to the new ranking of the rest of the day.

A force of the demonstration's kind whose history ends last Monday, with a published roster of this week, in a service
of its own; then a day's calls come in, two hours at a time. Wall time as whoever waits for it sees it, the longest of
them after the first, which warms the worker; and the CPU seconds of all processes.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from app.database import utc_now
from app.demonstration.client import Client
from app.demonstration.demo import run_demo
from app.server.supervisor import make_admin_key, running_service
from app.settings import Settings

_WEEKS, _ROSTER_S = 52, 5  # of history; of search, how good the roster is does not matter
_HOURS = (6, 8, 10, 12, 14, 16)  # UTC hours of the day up to which calls are known
_BUSIER = 1.15  # times what was forecast
_POLL_S, _PATIENCE_S = 0.1, 120.0


def measure(seed: int) -> dict[str, Any]:
    """The longest wait, the median, and the chance of the weakest quarter-hour each time."""
    today = utc_now().date()
    monday = today - timedelta(days=today.weekday() or 7)
    with (
        tempfile.TemporaryDirectory(prefix="living-") as folder,
        contextlib.redirect_stdout(sys.stderr),
        running_service(Settings(data_dir=Path(folder) / "data", port=0)) as service,
    ):
        file = Path(folder) / "history.csv"
        file.write_bytes(_history(monday, seed))
        run_demo(service, calls=file, timezone="Europe/London", seconds=_ROSTER_S)
        key = make_admin_key(service.database_url, "bench", utc_now() + timedelta(days=1))
        with Client(service.address, key) as client:
            slug = client.get("/v1/forces")[0]["slug"]
            return _timed(client, f"/v1/forces/{slug}", monday)


def _history(end: date, seed: int) -> bytes:
    command = [sys.executable, "-m", "app.demonstration.control_room", end.isoformat(), str(seed), str(_WEEKS)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def _timed(client: Client, base: str, monday: date) -> dict[str, Any]:
    _publish(client, base)
    begin = datetime.fromisoformat(f"{monday.isoformat()}T00:00:00Z")
    waits, cpu, weakest = [], [], []
    for hour in _HOURS:
        until = begin + timedelta(hours=hour)
        body = {"intervals": _calls(client, base, begin, until)}
        before, began = _cpu_s(), time.monotonic()
        client.call("POST", f"{base}/actuals", json=body)
        found = _ranking(client, base, until, began)
        waits.append(time.monotonic() - began)
        time.sleep(1.0)  # so that the child's seconds are counted
        cpu.append(_cpu_s() - before)
        weakest.append(found["intervals"][0]["chance"])
        print(f"calls to {until:%H:%M}: {waits[-1]:.2f} s, {cpu[-1]:.2f} s of CPU", flush=True)
    warm = sorted(waits[1:])
    return {
        "intraday_s": round(warm[-1], 2),
        "intraday_median_s": round(warm[len(warm) // 2], 2),
        "intraday_cpu_each_s": round(sorted(cpu[1:])[len(cpu) // 2], 2),
        "intraday_first_s": round(waits[0], 2),
        "intraday_weakest": weakest,
    }


def _calls(client: Client, base: str, begin: datetime, until: datetime) -> list[dict[str, Any]]:
    """A busy day's calls so far."""
    span = {"from": begin.isoformat(), "to": until.isoformat()}
    queues = client.get(f"{base}/forecasts/latest", params=span)["queues"]
    return [
        {"queue": queue, "interval_start": start, "offered": round(_BUSIER * mean)}
        for queue, told in queues.items()
        for start, mean in zip(told["start"], told["mean"], strict=True)
    ]


def _ranking(client: Client, base: str, until: datetime, began: float) -> Any:
    while time.monotonic() - began < _PATIENCE_S:
        answer = client.call("GET", f"{base}/intraday", allow=(404,))
        if answer.is_success and datetime.fromisoformat(answer.json()["data_as_of"]) == until:
            return answer.json()
        time.sleep(_POLL_S)
    raise SystemExit(f"no ranking as of {until.isoformat()} within {_PATIENCE_S} s")


def _publish(client: Client, base: str) -> None:
    """The newest roster, whose week has begun: whoever is told too late has agreed."""
    roster = client.get(f"{base}/rosters/latest")
    for step in ("approve", "publish"):
        address = f"{base}/rosters/{roster['id']}"
        tag = {"If-Match": client.call("GET", address).headers["ETag"]}
        answer = client.call("POST", f"{address}/{step}", json={}, headers=tag, allow=(409,))
        if answer.status_code == 409:
            agreed = [{"handler": error["value"], "date": error["day"]} for error in answer.json()["errors"]]
            client.call("POST", f"{address}/{step}", json={"agreed": agreed}, headers=tag)


def _cpu_s() -> float:
    """Of this process and all that it started, ended ones included."""
    total = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


if __name__ == "__main__":
    print(measure(1))
