"""The API process loads neither solver nor statistics, and keeps to one core."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

import httpx
import pytest

HEAVY = (
    "ortools",
    "statsmodels",
    "prophet",
    "numba",
    "lightgbm",
    "rostering.model",
    "rostering.staffing",
    "forecasting.demand",
    "httpx",
    "authlib",
    "joserfc",
    "cryptography",
    "procrastinate",
)

SCRIPT = """
import sys
from app.main import create_app
create_app("postgresql://nobody@127.0.0.1:1/none").openapi()
print(*sys.modules)
"""


def test_the_api_never_loads_solver_or_statistics():
    told = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(told.stdout.split())
    assert "app.rosters.routes" in loaded
    assert not [name for name in loaded if name in HEAVY or name.startswith(tuple(f"{heavy}." for heavy in HEAVY))]


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells a process's cores")
def test_a_ready_api_keeps_to_one_core(database):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"PACESETTER_DATABASE_URL": database.service}
    api = subprocess.Popen([sys.executable, "-m", "app", "api", "--port", str(port)], env=environment)
    try:
        while not _is_ready(port):
            assert api.poll() is None
            time.sleep(0.05)
        assert len(os.sched_getaffinity(api.pid)) == 1  # its threads share a core
    finally:
        api.terminate()
        assert api.wait(60) in (0, -15)


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=10).status_code == 200
    except httpx.TransportError:
        return False
