"""What the service's tests share: small bodies, seeded histories, runs computed in this process."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import httpx
import numpy as np
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.database import EVERY_FORCE, force_session, service_engine
from app.runs import repository as runs
from app.runs.kinds import KINDS
from app.runs.outcome import Stored
from app.runs.schemas import RunStatus

FORCE, OTHER = "northshire", "southshire"
ORIGIN = datetime(2026, 3, 23, tzinfo=UTC)  # a Monday at local midnight, six days before the clocks go forward
SPRING_DAY = date(2026, 3, 29)
AUTUMN_ORIGIN = datetime(2026, 10, 18, 23, tzinfo=UTC)  # again a local Monday, six days before they go back
HISTORY_WEEKS, FORECAST_WEEKS = 8, 2
INTERVAL = timedelta(minutes=15)


def bearer(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def problem(answer: httpx.Response, status: int, *words: str) -> dict[str, Any]:
    """The problem details of a refusal, which must name each of `words`."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "instance", "errors"} <= body.keys()
    assert body["type"].startswith("urn:pacesetter:problem:")
    for word in words:
        assert word in answer.text, f"{word!r} is not named in {answer.text[:1000]}"
    return body


def done(answer: httpx.Response, status: int = 200) -> Any:
    """The body of an answer that must have succeeded."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:1000]}"
    return answer.json()


def add_force(api: TestClient, slug: str = FORCE, **settings: object) -> Any:
    return done(api.post("/v1/forces", json={"slug": slug, "name": slug.title(), "settings": settings}), 201)


def add_calls(api: TestClient, content: str | bytes, force: str = FORCE, **query: object) -> httpx.Response:
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    return api.post(f"/v1/forces/{force}/calls", content=content, headers=headers, params=query)  # type: ignore[arg-type]


def history_csv(
    weeks: int, until: datetime = ORIGIN, *, seed: int = 1, queues: tuple[str, ...] = ("999", "101")
) -> str:
    """Poisson calls with a daily wave, their handling and waiting times, for the `weeks` before `until`."""
    rng = np.random.default_rng(seed)
    n = weeks * 7 * 96
    starts = [(until - (n - i) * INTERVAL).isoformat() for i in range(n)]
    wave = 1 + 0.6 * np.sin(2 * np.pi * (np.arange(n) % 96 - 32) / 96)
    lines = ["queue,interval_start,offered,answered,abandoned,talk_s,wrap_s,answered_wait_s,abandoned_wait_s"]
    for queue in queues:
        level, handling_s = (6.0, 300.0) if queue == "999" else (8.0, 500.0)
        offered = rng.poisson(level * wave)
        abandoned = rng.binomial(offered, 0.05)
        answered = offered - abandoned
        lines += [
            f"{queue},{starts[i]},{offered[i]},{answered[i]},{abandoned[i]},{answered[i] * handling_s},"
            f"{answered[i] * 40.0},{answered[i] * 12.0},{abandoned[i] * 50.0}"
            for i in range(n)
        ]
    return "\n".join(lines) + "\n"


def handler_body(ref: str = "H001", **changes: object) -> dict[str, Any]:
    """A full-time handler with both skills: four days of nine hours from 07:00, three off."""
    duty = {"start": "07:00", "length_min": 540}
    body = {
        "ref": ref,
        "contract": {"weekly_min": 1920, "cycle_weeks": 1},
        "skills": ["999", "101"],
        "pattern": {"anchor": "2026-03-02", "days": [duty, duty, duty, duty, None, None, None]},
    }
    return body | changes


def add_handlers(api: TestClient, *handlers: dict[str, Any], force: str = FORCE) -> httpx.Response:
    return api.post(f"/v1/forces/{force}/handlers", json={"handlers": list(handlers)})


class Unheard:
    """Takes a computation's reports; nobody cancels it."""

    def __call__(self, share: float, phase: str, **figures: object) -> None:
        """Nobody listens."""

    def cancelled(self) -> bool:
        return False


def compute_run(engine: Engine, run_id: str) -> dict[str, Any]:
    """As `end_run`, of a run that makes something; returns its result."""
    result = end_run(engine, run_id).result
    assert result is not None
    return result


def end_run(engine: Engine, run_id: str) -> Stored:
    """Load, compute and store a run in this process, as a worker and its child do between them."""
    with force_session(engine, EVERY_FORCE) as session:
        run = runs.locked(session, UUID(run_id))
        kind = KINDS[run.kind]
        run.status, run.attempt = RunStatus.RUNNING, 1
        inputs = kind.load(session, run)
    module, function = kind.compute.split(":")
    result = getattr(import_module(module), function)(inputs, Unheard())
    with force_session(engine, EVERY_FORCE) as session:
        stored = kind.store(session, runs.locked(session, UUID(run_id)), result)
        figures = {"result": stored.result, "outcome": stored.outcome, "reason": stored.reason}
        assert runs.finish(session, UUID(run_id), 1, RunStatus.SUCCEEDED, progress=1.0, **figures)
        return stored


def stock(api: TestClient, url: str) -> None:
    """`FORCE` with everything up to a requirement over the spring clock change, `OTHER` with a forecast over autumn's;
    over the API and the rooms' own computations."""
    engine = service_engine(url, pool_size=1)
    add_force(api, synthetic=True)
    done(add_calls(api, history_csv(HISTORY_WEEKS)))
    done(add_handlers(api, handler_body("H001"), handler_body("H002")))
    wanted = {"weeks": FORECAST_WEEKS, "paths": 200, "seed": 7}
    compute_run(engine, done(api.post(f"/v1/forces/{FORCE}/forecasts", json=wanted), 202)["id"])
    compute_run(engine, done(api.post(f"/v1/forces/{FORCE}/requirements", json={"correct": False}), 202)["id"])
    add_force(api, OTHER)
    done(add_calls(api, history_csv(4, AUTUMN_ORIGIN, seed=2), OTHER))
    compute_run(engine, done(api.post(f"/v1/forces/{OTHER}/forecasts", json=wanted), 202)["id"])
    engine.dispose()
