"""Routers whose operations take one step in a thread, after that which finds out who asks, and clear their desk."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from app.access import BEARER, DESK, Desk, Work, clear, needed
from app.errors import PROBLEM_RESPONSES

_READS = frozenset({"GET", "HEAD"})


class Router(APIRouter):
    """A room's operations, each of which may answer with any of the common problems."""

    def __init__(self, **given: Any) -> None:
        super().__init__(route_class=_Route, responses=PROBLEM_RESPONSES, **given)


class _Route(APIRoute):
    """An operation whose function runs in a thread; of one that only reads also the end of its transaction.

    The framework takes a thread for each step of a request. Handing over between threads costs a small read more than
    the rest of it: the interpreter's lock changes hands across cores.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        is_plain = not (inspect.iscoroutinefunction(endpoint) or inspect.isasyncgenfunction(endpoint))
        if is_plain:
            endpoint = _in_a_thread(endpoint, is_read=set(given.get("methods") or ["GET"]) <= _READS)
        super().__init__(path, endpoint, **given)
        if needed(self.dependant):
            self.openapi_extra = (self.openapi_extra or {}) | {"security": [{BEARER.scheme_name: []}]}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            request.scope[DESK], is_kept = None, False
            try:
                response = await handle(request)
                is_kept = True
                return response
            finally:
                await clear(request, is_kept=is_kept)

        return handled


def _in_a_thread(endpoint: Callable[..., Any], *, is_read: bool) -> Callable[..., Any]:
    def answered(given: dict[str, Any]) -> Any:
        answer = endpoint(**given)
        # What changes something is kept only once its answer has been made: by `clear`.
        for value in given.values() if is_read else ():
            if isinstance(value, Work | Desk):
                value.session.commit()
                value.session.close()
        return answer

    @wraps(endpoint)
    async def threaded(**given: Any) -> Any:
        return await run_in_threadpool(answered, given)

    return threaded
