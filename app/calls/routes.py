"""Call history over HTTP."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from typing import Annotated, BinaryIO, Literal, cast

from fastapi import APIRouter, Depends, Query, Request

from app.access import Importing, Reading
from app.calls import service
from app.calls.schemas import CallsOut, ImportReport
from app.errors import TooLarge, UnsupportedMedia
from app.schema import Instant
from app.settings import settings

router = APIRouter(prefix="/v1/forces/{force}/calls", tags=["calls"])

_IN_MEMORY = 8_000_000  # bytes; what is larger is spooled to disk


async def _spooled(request: Request) -> AsyncIterator[BinaryIO]:
    """The body as a file, received in pieces, so that a history of years does not have to fit into memory."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "text/csv":
        raise UnsupportedMedia(f"Content-Type is {media_type or 'missing'!r}: expected text/csv")
    limit, size = settings().max_import_bytes, 0
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        async for piece in request.stream():
            size += len(piece)
            if size > limit:
                raise TooLarge(f"the file is larger than {limit} bytes: send it in parts")
            file.write(piece)
        file.seek(0)
        yield cast(BinaryIO, file)


@router.post(
    "",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "queue,interval_start,offered\n999,2026-06-01T00:00:00Z,7\n",
                }
            },
        }
    },
)
def post_calls(
    work: Importing,
    file: Annotated[BinaryIO, Depends(_spooled)],
    dry_run: Annotated[bool, Query(description="Check and report, store nothing.")] = False,
) -> ImportReport:
    """Import history: one row per queue and quarter-hour. The same file twice changes nothing; a file with a
    refused row is not stored at all. Columns ending `_s` are sums of seconds over the interval."""
    return service.store(work.session, work.actor, work.force.id, file, dry_run=dry_run)


@router.get("")
def get_calls(
    work: Reading,
    queue: Literal["999", "101"] | None = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query(alias="to")] = None,
) -> CallsOut:
    """Stored history: the newest week, or the span asked for (at most 100 days)."""
    return service.stored(work.session, work.force.id, queue, since, until)
