"""A week's what-if over HTTP, from request to answer, on a service of its own: wall time, median of five."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from app.server.supervisor import running_service
from app.settings import Settings

_FORCE = "/v1/forces/medium"
_ORIGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
_WEEKS = 8
_PER_H = (25.0, 35.0)
_AHT_S = (340.0, 600.0)
_REPEATS = 5
_POLL_S = 0.02
_HALF_WIDTH = 0.0025


def whatif() -> dict[str, float]:
    """Five per cent more 101 calls on a medium force's week, both sides' 999 service level to a quarter of a point."""
    with _service() as client:
        requirement = _stocked(client)
        asked = {"base": {"requirement_id": requirement}, "precision": _HALF_WIDTH}
        walls, halves = [], []
        for number in range(_REPEATS + 1):  # the first meets a service that has just started
            changes = [{"kind": "demand", "queue": "101", "factor": 1.05}]
            begun = time.perf_counter()
            location = client.post(f"{_FORCE}/scenarios", json=asked | {"name": f"{number}", "changes": changes})
            made = _ended(client, location)
            answer = client.get(f"{_FORCE}/scenarios/{made['scenario_id']}").json()
            walls.append(time.perf_counter() - begun)
            halves.append(max(answer["precision"]["service_level_999_half_width"].values()))
        assert max(halves) <= 1.1 * _HALF_WIDTH, halves
        return {"whatif_s": statistics.median(walls[1:]), "whatif_half_width_points": 100 * max(halves)}


@contextmanager
def _service() -> Iterator[httpx.Client]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_service(Settings(data_dir=Path(folder), port=0)) as service,
        httpx.Client(
            base_url=service.address, headers={"Authorization": f"Bearer {service.first_key}"}, timeout=60
        ) as client,
    ):
        yield client


def _stocked(client: httpx.Client) -> str:
    """A medium force with history, forecast and the requirement of its first week; the requirement's identifier."""
    _fine(client.post("/v1/forces", json={"slug": "medium", "name": "Medium", "settings": {"synthetic": True}}))
    _fine(client.post(f"{_FORCE}/calls", content=_history(), headers={"Content-Type": "text/csv"}))
    _ended(client, client.post(f"{_FORCE}/forecasts", json={"weeks": 2}))
    span = {"from": _ORIGIN.isoformat(), "to": (_ORIGIN + timedelta(days=7)).isoformat(), "correct": False}
    return str(_ended(client, client.post(f"{_FORCE}/requirements", json=span))["requirement_id"])


def _history() -> bytes:
    """Poisson calls with a daily wave and a factor of each day."""
    rng = np.random.default_rng(1)
    n = _WEEKS * 7 * 96
    wave = 1 + 0.5 * np.sin(2 * np.pi * (np.arange(n) % 96 - 36) / 96)
    day = rng.gamma(200.0, 1 / 200.0, n // 96).repeat(96)
    lines = ["queue,interval_start,offered,answered,abandoned,talk_s,answered_wait_s,abandoned_wait_s"]
    for queue, per_h, aht_s in zip(("999", "101"), _PER_H, _AHT_S, strict=True):
        offered = rng.poisson(per_h / 4 * wave * day)
        abandoned = rng.binomial(offered, 0.03)
        answered = offered - abandoned
        for i in range(n):
            start = (_ORIGIN - (n - i) * timedelta(minutes=15)).isoformat()
            lines.append(f"{queue},{start},{offered[i]},{answered[i]},{abandoned[i]},{answered[i] * aht_s:.0f},"
                         f"{answered[i] * 9},{abandoned[i] * 40}")  # fmt: skip
    return "\n".join(lines).encode()


def _ended(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """The result of a run that was asked for, once it has ended well."""
    location = _fine(answer).headers["Location"]
    while True:
        run = _fine(client.get(location)).json()
        if run["finished_at"] is not None:
            if run["result"] is None:
                raise RuntimeError(f"run {run['id']} ended as {run['status']}: {run['reason']}")
            return dict(run["result"])
        time.sleep(_POLL_S)


def _fine(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise RuntimeError(f"{answer.request.url} answered {answer.status_code}: {answer.text[:500]}")
    return answer
