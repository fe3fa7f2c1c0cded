"""The queue's connector, which waits for a database that restarts: Procrastinate alone would end its worker."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, ParamSpec, TypeVar

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException

log = logging.getLogger(__name__)

_PATIENCE_S = 600.0
_PAUSE_S = 0.5

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class PatientConnector(PsycopgConnector):
    """Asks again until the database answers.

    A question that was answered just as the connection broke is asked twice. A job that is then taken twice, or
    finished twice, is put right by `app.runs.recovery`.
    """

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        await _patiently(super().execute_query_async, query, **arguments)

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        return await _patiently(super().execute_query_one_async, query, **arguments)

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        return await _patiently(super().execute_query_all_async, query, **arguments)

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
