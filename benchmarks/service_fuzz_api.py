"""Requests of every kind to every operation, by schemathesis with all of its checks: a part of ``fuzz``.

The service's own process on loopback, its worker stopped so that what is asked for costs nobody's time.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.service import tell
from benchmarks.service_room import Room, fine, stocked_room, worker_stopped

# A request that the schema allows may still contradict what is stored, or mean another version: 409, 412, 422, 428.
_ALLOWED = ["2xx", "304", "401", "403", "404", "409", "410", "412", "413", "415", "422", "428"]
_NOT_ASKED = ("/v1/runs/{run_id}/events",)  # a run that waits for the stopped worker has no end
_SLOWEST_S = 30.0


def measure(seconds: float = 240.0, examples: int = 40, seed: int = 1, data: str | None = None) -> dict[str, Any]:
    """Failures, by check, of requests made for `seconds` at most; `data` keeps the stocked service for next time."""
    os.environ["PACESETTER_RATE_LIMIT_REFUSED"] = "10000000/minute"  # what is limited is tested on its own
    with (
        tempfile.TemporaryDirectory() as made,
        stocked_room(Path(data or made).resolve()) as room,
        worker_stopped(room.service),
    ):
        return _run(room, Path(made), seconds, examples, seed)


def _run(room: Room, folder: Path, seconds: float, examples: int, seed: int) -> dict[str, Any]:
    fine(room.client.get("/openapi.json"))  # put together once, which takes longer than schemathesis waits
    settings, report = folder / "schemathesis.toml", folder / "report.json"
    settings.write_text(_settings(room, seconds, examples, seed))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", f"{settings}"),
        *("run", f"{room.service.address}/openapi.json", "--header", f"Authorization:Bearer {room.key}"),
        *("--checks", "all", "--continue-on-failure", "--no-color", "--report", "json"),
        *("--report-json-path", f"{report}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    tell(done.stdout)
    if not report.exists() or json.loads(report.read_text())["operations"] is None:
        raise RuntimeError(f"schemathesis ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return _figures(json.loads(report.read_text()))


def _figures(report: dict[str, Any]) -> dict[str, Any]:
    """What was asked and what failed, by check; `schemathesis_seconds` is how long it asked."""
    return {
        "schemathesis_failures": report["test_cases"]["unique_failures"],
        "schemathesis_failures_by_check": {failure["title"]: failure["count"] for failure in report["failures"]},
        "schemathesis_errors": len(report["errors"]),
        "schemathesis_requests": report["test_cases"]["generated"],
        "schemathesis_operations": report["operations"]["tested"],
        "schemathesis_seconds": round(report["running_time"], 1),
    }


def _settings(room: Room, seconds: float, examples: int, seed: int) -> str:
    """Things that exist stand in most requests: nearly all others would answer 404 before they are read."""
    known = {"force": "medium", **room.ids}
    lines = [
        f"seed = {seed}",
        f"max-time = {seconds:g}",
        f"request-timeout = {_SLOWEST_S:g}",
        "max-stream-events = 1",
        *(f'dictionaries.{name}.values = ["{value}"]' for name, value in known.items()),
        "[parameters]",
        *(f'"path.{name}" = {{dictionary = "{name}", probability = 0.9}}' for name in known),
        "[generation]",
        f"max-examples = {examples}",
        'mode = "all"',
        "[checks.positive_data_acceptance]",
        f"expected-statuses = {json.dumps(_ALLOWED)}",
    ]
    for path in _NOT_ASKED:
        lines += ["[[operations]]", f'include-path = "{path}"', "enabled = false"]
    return "\n".join(lines)
