"""Call history over HTTP."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated, Literal

from fastapi import Query, Response

from app.access import Importing, Reading
from app.calls import service, take
from app.calls.history import COLUMNS
from app.calls.schemas import CallsOut, ImportReport
from app.edge.routing import Router
from app.mappings.schemas import MappingName
from app.representation import IfNoneMatch, Representation, answer, documented, etag_of, unchanged
from app.schema import Instant
from app.uploads import DryRun, UploadBody, documented_csv

router = Router(prefix="/v1/forces/{force}/calls", tags=["calls"])


@router.post(
    "", openapi_extra=documented_csv("queue,interval_start,offered\n999,2026-06-01T00:00:00Z,7\n", workbooks=True)
)
def post_calls(
    work: Importing,
    upload: UploadBody,
    mapping: Annotated[
        MappingName | None,
        Query(description="Profile that reads the file; absent: it has this service's columns."),
    ] = None,
    dry_run: DryRun = False,
) -> ImportReport:
    """Import history: one row per queue and quarter-hour, or any telephony's CSV file or workbook by a mapping. The
    same file twice changes nothing; a file with a refused row is not stored at all; other values than those stored
    supersede them. Columns ending `_s` are sums of seconds over the interval."""
    return take.take(work, upload, mapping, dry_run=dry_run)


@router.get("", responses=documented(CallsOut, COLUMNS))
def get_calls(
    work: Reading,
    representation: Representation,
    queue: Literal["999", "101"] | None = None,
    since: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query(alias="to")] = None,
    as_of: Annotated[Instant | None, Query(description="As it was known then, without later corrections.")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Stored history: the newest week, or the span asked for (at most 100 days). As CSV it has the columns of an
    import."""
    found = service.stored(work.session, work.force.id, queue, since, until, as_of)
    content = service.as_csv(found) if representation == "csv" else found.model_dump_json().encode()
    etag = etag_of(blake2b(content, digest_size=16).hexdigest(), representation)
    return unchanged(if_none_match, etag) or answer(content, representation, etag)
