"""Call history in: checked as a whole, stored as a whole."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.accuracy import service as accuracy
from app.audit.repository import add_line
from app.calls import repository
from app.calls.parse import COLUMNS, read_calls
from app.calls.schemas import CallsOut, ImportReport, QueueColumns
from app.database import utc_now
from app.errors import NotFound, invalid
from app.findings import refuse_where_faulty
from app.forces import service as forces

INTERVAL = timedelta(minutes=15)
_MOST_READ = timedelta(days=100)


def store(work: Work, file: BinaryIO, *, dry_run: bool) -> ImportReport:
    """Import a history file: all of it or nothing. Raises `Invalid` with the report where a row is refused.

    Forecasts of the time that it tells of are scored anew.
    """
    session, force_id = work.session, work.force.id
    zone = forces.current_settings(session, force_id).settings.zone
    parsed = read_calls(file, zone=zone, now=utc_now())
    report = parsed.report.model_copy(update={"dry_run": dry_run})
    if dry_run:
        return report
    refuse_where_faulty(report)
    counts = repository.store(session, force_id, COLUMNS, parsed.rows, parsed.columns)
    if counts.inserted or counts.updated:
        add_line(
            session,
            force_id=force_id,
            actor_id=work.actor.id,
            action="calls imported",
            subject="call history",
            inserted=counts.inserted,
            updated=counts.updated,
        )
        since, until = min(q.first for q in report.queues), max(q.last for q in report.queues) + INTERVAL
        accuracy.request(work, since, until)
    return report.model_copy(
        update={"inserted": counts.inserted, "updated": counts.updated, "unchanged": counts.unchanged}
    )


def stored(
    session: Session, force_id: UUID, queue: str | None, since: datetime | None, until: datetime | None
) -> CallsOut:
    """Stored history by queue, the newest week where no span is asked for."""
    spans = repository.span(session, force_id)
    if not spans:
        raise NotFound("this force has no call history yet: POST it to /v1/forces/{force}/calls")
    if queue is not None and queue not in spans:
        raise invalid("queue", queue, f"one of {', '.join(sorted(spans))}")
    end = until or max(last for _, last, _ in spans.values()) + INTERVAL
    start = since or end - timedelta(days=7)
    if not start < end <= start + _MOST_READ:
        raise invalid("from", start.isoformat(), f"a time before 'to' ({end.isoformat()}), at most 100 days earlier")
    columns = [column for column in COLUMNS if column not in ("queue", "interval_start")]
    out = {}
    for name in [queue] if queue else sorted(spans):
        starts, values = repository.read(session, force_id, name, columns, since=start, until=end)
        listed = {
            column: [None if v != v else v for v in array.tolist()]
            for column, array in values.items()
            if column == "offered" or not bool((array != array).all())
        }
        first, last, n = spans[name]
        out[name] = QueueColumns(first=first, last=last, intervals=n, start=starts, values=listed)
    return CallsOut(interval_s=int(INTERVAL.total_seconds()), queues=out)
