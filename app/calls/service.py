"""Call history in: checked as a whole, stored as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.access import Work
from app.accuracy import service as accuracy
from app.audit.repository import add_line
from app.calls import repository
from app.calls.history import COLUMNS, VALUES
from app.calls.parse import ParsedCalls
from app.calls.schemas import CallsOut, CorrectionOut, ImportReport, QueueColumns
from app.database import utc_now
from app.errors import NotFound, invalid
from app.evaluations import service as evaluations
from app.findings import LISTED, refuse_where_faulty
from app.representation import csv_bytes
from app.upsert import UpsertCounts

INTERVAL = timedelta(minutes=15)
_MOST_READ = timedelta(days=100)


def store(work: Work, parsed: ParsedCalls, source: str, *, dry_run: bool) -> ImportReport:
    """Store a history: all of it or nothing. Raises `Invalid` with the report where a row is refused.

    Other values than those stored supersede them, and the report names both. Forecasts of the time that it tells of
    are scored anew, and so are the predictions of decisions.
    """
    session, force_id, at = work.session, work.force.id, utc_now()
    report = parsed.report.model_copy(update={"dry_run": dry_run})
    if dry_run:
        return report if report.issues_total else _tried(work, parsed, report, source, at)
    refuse_where_faulty(report)
    counts, report = _written(work, parsed, report, source, at)
    if counts.inserted or counts.updated:
        add_line(
            session,
            force_id=force_id,
            actor_id=work.actor.id,
            action="calls imported",
            subject="call history",
            source=source,
            inserted=counts.inserted,
            updated=counts.updated,
        )
        since, until = min(q.first for q in report.queues), max(q.last for q in report.queues) + INTERVAL
        accuracy.request(work, since, until)
        evaluations.request_scores(work, since=since, until=until)
    return report.model_copy(
        update={"inserted": counts.inserted, "updated": counts.updated, "unchanged": counts.unchanged}
    )


def _written(
    work: Work, parsed: ParsedCalls, report: ImportReport, source: str, at: datetime
) -> tuple[UpsertCounts, ImportReport]:
    """Counts of what was written, and the report with the corrections that this made."""
    session, force_id = work.session, work.force.id
    counts = repository.store(session, force_id, parsed.history, parsed.columns, source=source, at=at)
    if not counts.updated:
        return counts, report
    total, found = repository.corrections(session, force_id, VALUES, at, LISTED)
    corrections = [
        CorrectionOut.model_validate(
            {
                "queue": one.queue,
                "interval_start": one.interval_start,
                "before": one.before,
                "after": one.after,
                "source_before": one.source,
                "recorded_before": one.recorded_at,
            }
        )
        for one in found
    ]
    return counts, report.model_copy(update={"corrections": corrections, "corrections_total": total})


def _tried(work: Work, parsed: ParsedCalls, report: ImportReport, source: str, at: datetime) -> ImportReport:
    """The report of a file that is written and taken back: what it would correct is what it does."""
    trial = work.session.begin_nested()
    report = _written(work, parsed, report, source, at)[1]
    trial.rollback()
    return report


def stored(
    session: Session,
    force_id: UUID,
    queue: str | None,
    since: datetime | None,
    until: datetime | None,
    as_of: datetime | None = None,
) -> CallsOut:
    """Stored history by queue, the newest week where no span is asked for; as it was known at `as_of`, absent: now."""
    spans = repository.span(session, force_id)
    if not spans:
        raise NotFound("this force has no call history yet: POST it to /v1/forces/{force}/calls")
    if queue is not None and queue not in spans:
        raise invalid("queue", queue, f"one of {', '.join(sorted(spans))}")
    end = until or max(last for _, last, _ in spans.values()) + INTERVAL
    start = since or end - timedelta(days=7)
    if not start < end <= start + _MOST_READ:
        raise invalid("from", start.isoformat(), f"a time before 'to' ({end.isoformat()}), at most 100 days earlier")
    out = {}
    for name in [queue] if queue else sorted(spans):
        starts, values = repository.read(session, force_id, name, VALUES, since=start, until=end, as_of=as_of)
        listed = {
            column: [None if v != v else v for v in array.tolist()]
            for column, array in values.items()
            if column == "offered" or not bool((array != array).all())
        }
        first, last, n = spans[name]
        out[name] = QueueColumns(first=first, last=last, intervals=n, start=starts, values=listed)
    return CallsOut(interval_s=int(INTERVAL.total_seconds()), queues=out)


def as_csv(found: CallsOut) -> bytes:
    """The same as a file that could be imported again: a line for each queue and quarter-hour."""
    rows = (
        (name, instant.isoformat().replace("+00:00", "Z"), *(_cell(queue.values, column, n) for column in VALUES))
        for name, queue in found.queues.items()
        for n, instant in enumerate(queue.start)
    )
    return csv_bytes(COLUMNS, rows)


def _cell(values: Mapping[str, Sequence[float | None]], column: str, n: int) -> float | int | None:
    """What stands in the cell: whole numbers without a point, since counts are."""
    value = values[column][n] if column in values else None
    return int(value) if value is not None and value.is_integer() else value
