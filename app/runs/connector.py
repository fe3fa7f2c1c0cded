"""The queue's connector, which waits for a database that restarts: Procrastinate alone would end its worker."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from itertools import count
from typing import Any, ParamSpec, TypeVar

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException
from procrastinate.sql import queries
from psycopg.abc import PQGen

log = logging.getLogger(__name__)

_PUT_AWAY = {queries["finish_job"], queries["retry_job"]}
_TAKEN = """
    select id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name, attempts, worker_id
    from procrastinate_jobs
    where status = 'doing' and worker_id = %(worker_id)s and id <> all(%(given)s::bigint[])
    order by id limit 1
"""
_PATIENCE_S = 600.0
_PAUSE_S = 0.5

_LOOK_S = 5.0  # in case that something arrived unseen

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class QuietConnection(psycopg.AsyncConnection[Any]):
    """Woken by what arrives. The driver would look ten times a second besides, for each connection that listens: half
    of what a worker at rest spends."""

    async def wait(self, gen: PQGen[Answer], interval: float = _LOOK_S, timeout: float | None = None) -> Answer:
        return await super().wait(gen, interval=interval, timeout=timeout)


class PatientConnector(PsycopgConnector):
    """Asks again until the database answers.

    A question that was answered just as the connection broke is asked twice. A job that was taken by the first is the
    answer to the second: nobody else could take it from a worker that lives. To finish one twice does no harm.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._given: set[int] = set()  # jobs that the worker has been told of and has not put away

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        try:
            await _patiently(super().execute_query_async, query, **arguments)
        finally:
            if query in _PUT_AWAY:
                self._given.discard(arguments["job_id"])

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        ask = super().execute_query_one_async
        if query == queries["fetch_job"]:
            return await self._take(ask, query, **arguments)
        return await _patiently(ask, query, **arguments)

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        return await _patiently(super().execute_query_all_async, query, **arguments)

    async def _take(self, fetch: Callable[..., Awaitable[dict[str, Any]]], query: Any, **asked: Any) -> dict[str, Any]:
        look, tries = super().execute_query_all_async, count()

        async def take() -> dict[str, Any]:
            lost: list[dict[str, Any]] = []
            if next(tries):
                lost = await look(_TAKEN, worker_id=asked["worker_id"], given=[*self._given])
            return lost[0] if lost else await fetch(query, **asked)

        job = await _patiently(take)
        if job["id"] is not None:
            self._given.add(job["id"])
        return job

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        names = list(channels)
        await _patiently(super().listen_notify, on_notification, names)


async def _patiently(ask: Callable[Given, Awaitable[Answer]], *given: Given.args, **named: Given.kwargs) -> Answer:
    give_up = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return await ask(*given, **named)
        except ConnectorException as error:
            if not isinstance(error.__cause__, psycopg.OperationalError) or time.monotonic() > give_up:
                raise
            log.warning("the queue's database is away (%s): waiting for it", type(error.__cause__).__name__)
            await asyncio.sleep(_PAUSE_S)
