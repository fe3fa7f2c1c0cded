"""Call history over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from app.access import Importing, Reading
from app.calls import service
from app.calls.schemas import CallsOut, ImportReport
from app.schema import Instant
from app.uploads import CsvBody, DryRun, documented_csv

router = APIRouter(prefix="/v1/forces/{force}/calls", tags=["calls"])


@router.post("", openapi_extra=documented_csv("queue,interval_start,offered\n999,2026-06-01T00:00:00Z,7\n"))
def post_calls(work: Importing, file: CsvBody, dry_run: DryRun = False) -> ImportReport:
    """Import history: one row per queue and quarter-hour. The same file twice changes nothing; a file with a
    refused row is not stored at all. Columns ending `_s` are sums of seconds over the interval."""
    return service.store(work, file, dry_run=dry_run)


@router.get("")
def get_calls(
    work: Reading,
    queue: Literal["999", "101"] | None = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query(alias="to")] = None,
) -> CallsOut:
    """Stored history: the newest week, or the span asked for (at most 100 days)."""
    return service.stored(work.session, work.force.id, queue, since, until)
