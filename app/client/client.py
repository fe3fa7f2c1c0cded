"""Calls of the API: asked again where that is safe, refusals as exceptions, lists page by page, runs until they end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Self
from uuid import uuid4

import httpx

from app.client.errors import Problem, RunFailed, Unreachable, seconds
from app.client.force import Force
from app.client.run import Run

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_BUSY = frozenset({429, 503})
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 30.0
_POLL_S = 0.5


class Client:
    """Calls the service at `address` with `key`.

    What can be repeated without harm (GET, PUT, DELETE, and POST with an `Idempotency-Key`) is asked up to `attempts`
    times where the service is busy or does not answer, with growing waits or as long as `Retry-After` says.
    """

    def __init__(
        self,
        address: str,
        key: str,
        *,
        timeout_s: float = 60.0,
        attempts: int = 5,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if attempts < 1:
            raise ValueError(f"attempts is {attempts}: expected at least 1")
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout_s, transport=transport)
        self._attempts, self._sleep = attempts, sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def force(self, slug: str) -> Force:
        """The operations of one force."""
        return Force(self, slug)

    def call(self, method: str, path: str, *, allow: tuple[int, ...] = (), **options: Any) -> httpx.Response:
        """Any request; statuses in `allow` are answers as well. Raises `Problem` or `Unreachable`."""
        headers: Mapping[str, str] = options.get("headers") or {}
        is_repeatable = method in _REPEATABLE or "Idempotency-Key" in headers
        for attempt in range(1, self._attempts + 1):
            is_last = attempt == self._attempts or not is_repeatable
            wait_s = min(_FIRST_WAIT_S * 2 ** (attempt - 1), _LONGEST_WAIT_S)
            try:
                answer = self._http.request(method, path, **options)
            except httpx.TransportError as error:
                if is_last:
                    raise Unreachable(f"{method} {path}: {type(error).__name__}: {error}") from error
                self._sleep(wait_s)
                continue
            if answer.is_success or answer.status_code in allow:
                return answer
            if is_last or answer.status_code not in _BUSY:
                raise Problem(answer)
            asked_s = seconds(answer.headers.get("retry-after"))
            self._sleep(wait_s if asked_s is None else min(asked_s, _LONGEST_WAIT_S))
        raise AssertionError("the last attempt returns or raises")

    def get(self, path: str, **options: Any) -> Any:
        """The JSON answer to GET."""
        return self.call("GET", path, **options).json()

    def pages(self, path: str, field: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every entry of a list that comes page by page; `field` is the list's own of the answer."""
        cursor: str | None = None
        while True:
            page = self.get(path, params=params | ({} if cursor is None else {"cursor": cursor}))
            yield from page[field]
            cursor = page["next"]
            if cursor is None:
                return

    def start(self, path: str, body: Mapping[str, Any] | None = None) -> Run:
        """Ask for a run, once even where the answer is lost on its way."""
        headers = {"Idempotency-Key": str(uuid4())}
        return Run.read(self.call("POST", path, json=dict(body or {}), headers=headers).json())

    def run(self, run_id: str) -> Run:
        return Run.read(self.get(f"/v1/runs/{run_id}"))

    def cancel(self, run_id: str) -> Run:
        """Ask the run to end; what keeps the best so far takes a while."""
        return Run.read(self.call("DELETE", f"/v1/runs/{run_id}").json())

    def states(self, run: Run) -> Iterator[Run]:
        """The run as it goes on, from its events where they come, else by asking; ends with the finished run."""
        last_seen = "0"
        while not run.is_finished:
            try:
                for identifier, told in self._events(run.id, last_seen):
                    last_seen = identifier
                    run = replace(run, progress=told.get("progress", run.progress), phase=told.get("phase", run.phase))
                    yield run
            except (httpx.TransportError, Problem):
                self._sleep(_POLL_S)  # whether it can be asked at all the next line finds out
            run = self.run(run.id)
            if not run.is_finished:
                self._sleep(_POLL_S)  # the stream ended before the run: its server stops
        yield run

    def wait(self, run: Run) -> Run:
        """The run once it has ended well. Raises `RunFailed` where it ended otherwise."""
        for state in self.states(run):
            run = state
        if not run.is_success:
            raise RunFailed(run)
        return run

    def _events(self, run_id: str, last_seen: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Identifier and data of each server-sent event after `last_seen`, until the stream ends."""
        headers = {"Last-Event-ID": last_seen, "Accept": "text/event-stream"}
        with self._http.stream("GET", f"/v1/runs/{run_id}/events", headers=headers) as answer:
            if not answer.is_success:
                answer.read()
                raise Problem(answer)
            identifier, data = last_seen, ""
            for line in answer.iter_lines():
                name, _, value = line.partition(":")
                if name == "id":
                    identifier = value.strip()
                elif name == "data":
                    data += value.strip()
                elif not line and data:
                    yield identifier, json.loads(data)
                    data = ""
