"""Handling times by call type over HTTP."""

from __future__ import annotations

from app.access import Importing, Reading
from app.edge.routing import Router
from app.handling import service
from app.handling.schemas import HandlingOut, HandlingReport
from app.uploads import CsvBody, DryRun, documented_csv

router = Router(prefix="/v1/forces/{force}/handling", tags=["handling"])

_EXAMPLE = """queue,call_type,interval_start,answered,talk_s,wrap_s
999,domestic abuse,2026-06-01T00:00:00Z,2,1260,840
999,silent,2026-06-01T00:00:00Z,3,75,30
"""


@router.post("", openapi_extra=documented_csv(_EXAMPLE))
def post_handling(work: Importing, file: CsvBody, dry_run: DryRun = False) -> HandlingReport:
    """Import handling times by call type: one row per queue, type and quarter-hour in which a call was answered. The
    same file twice changes nothing; a file with a refused row is not stored at all. Columns ending `_s` are sums of
    seconds over the interval."""
    return service.store(work.session, work.actor, work.force.id, file, dry_run=dry_run)


@router.get("")
def get_handling(work: Reading) -> HandlingOut:
    """What is stored of each call type: calls, share of its queue, mean handling time, last seen."""
    return service.stored(work.session, work.force.id)
