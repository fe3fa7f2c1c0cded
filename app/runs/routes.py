"""Runs over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.access import Desk, desk_of, needing, require
from app.database import force_session
from app.edge.routing import Router
from app.identity.roles import Permission
from app.identity.service import bound
from app.pages import PAGED, Paging
from app.runs import service
from app.runs.schemas import RunEvent, RunOut, RunsOut, RunStatus
from app.tables import RunRow

router = Router(prefix="/v1/runs", tags=["runs"])

_POLL_S = 0.3
_RETRY_MS = 1000  # that a client waits before it connects again

ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "Queued: follow the run at Location.",
        "headers": {"Location": {"schema": {"type": "string"}, "description": "Address of the run."}},
    }
}

IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=200, description="The same key again answers the first run instead of a second."),
]


def _of_runs(permission: Permission) -> Callable[[Request], Awaitable[Desk]]:
    @needing(permission)
    async def visible(request: Request) -> Desk:
        desk = await desk_of(request)
        require(desk.actor, permission)
        return desk

    return visible


Reading = Annotated[Desk, Depends(_of_runs(Permission.READ))]
Planning = Annotated[Desk, Depends(_of_runs(Permission.PLAN))]


@router.get("", responses=PAGED)
def list_runs(
    desk: Reading,
    paging: Paging,
    force: Annotated[str | None, Query(max_length=40, description="Slug of a force.")] = None,
    kind: Annotated[str | None, Query(max_length=40, examples=["roster"])] = None,
    status: RunStatus | None = None,
) -> RunsOut:
    """The runs that this key may see, without what they worked from and made, newest first, page by page."""
    return paging.linked(
        service.page(desk.session, force=force, kind=kind, status=status, cursor=paging.cursor, size=paging.size)
    )


@router.get("/{run_id}")
def get_run(run_id: UUID, desk: Reading) -> RunOut:
    """How far the run is, how it ended, what it made. One that tells what a person asked for, as an assessment does,
    only planners may read."""
    return service.describe(desk.session, _readable(desk, run_id))


@router.delete("/{run_id}")
def cancel_run(run_id: UUID, desk: Planning) -> RunOut:
    """Cancel the run. A roster's search keeps the best that it has found; of other kinds what was computed so far is
    dropped. A finished run stays as it is."""
    return service.describe(desk.session, service.cancel_for(desk, run_id))


def _watched(run_id: UUID, desk: Reading) -> UUID | str:
    _readable(desk, run_id)
    return bound(desk.actor)


def _readable(desk: Desk, run_id: UUID) -> RunRow:
    """The run; what came of a personal one is for planners alone."""
    run = service.get(desk.session, run_id)
    if run.kind in service.PERSONAL:
        require(desk.actor, Permission.PLAN)
    return run


@router.get("/{run_id}/events", response_class=EventSourceResponse)
async def get_run_events(
    request: Request,
    run_id: UUID,
    watched: Annotated[UUID | str, Depends(_watched)],
    last_event_id: Annotated[int, Header(ge=0, lt=2**63)] = 0,
) -> AsyncIterator[ServerSentEvent]:
    """The run's events as they happen (server-sent events); resumes after `Last-Event-ID`; ends with the run. Where it
    ends before, the server is stopping: connect again."""
    engine, stopping = request.app.state.engine, request.app.state.stopping

    def read(last_seen: int) -> tuple[list[RunEvent], bool]:
        with force_session(engine, watched) as session:
            return service.events_after(session, run_id, last_seen)

    while True:
        events, finished = await run_in_threadpool(read, last_event_id)
        for event in events:
            last_event_id = event.id
            yield ServerSentEvent(data={"at": event.at, **event.data}, event=event.kind, id=str(event.id))
        if finished and not events:
            return
        if stopping.is_set():
            yield ServerSentEvent(comment="the server stops: connect again with Last-Event-ID", retry=_RETRY_MS)
            return
        if not finished:
            await asyncio.sleep(_POLL_S)
