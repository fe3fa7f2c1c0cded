"""Handling times by call type in: checked as a whole, stored as a whole."""

from __future__ import annotations

from collections import defaultdict
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from app.audit.repository import add_line
from app.database import utc_now
from app.errors import NotFound
from app.findings import refuse_where_faulty
from app.handling import repository
from app.handling.parse import COLUMNS, check_types, read_handling
from app.handling.schemas import HandlingOut, HandlingReport, TypeOut
from app.identity.service import Actor


def store(session: Session, actor: Actor, force_id: UUID, file: BinaryIO, *, dry_run: bool) -> HandlingReport:
    """Import a file: all of it or nothing. Raises `Invalid` with the report where a row is refused."""
    parsed = read_handling(file, now=utc_now())
    standing = {totals.call_type for totals in repository.totals(session, force_id)}
    check_types(standing | {found.call_type for found in parsed.report.types})
    report = parsed.report.model_copy(update={"dry_run": dry_run})
    if dry_run:
        return report
    refuse_where_faulty(report)
    counts = repository.store(session, force_id, COLUMNS, parsed.rows, parsed.columns)
    if counts.inserted or counts.updated:
        add_line(
            session,
            force_id=force_id,
            actor_id=actor.id,
            action="handling times imported",
            subject="handling times by call type",
            inserted=counts.inserted,
            updated=counts.updated,
        )
    return report.model_copy(
        update={"inserted": counts.inserted, "updated": counts.updated, "unchanged": counts.unchanged}
    )


def stored(session: Session, force_id: UUID) -> HandlingOut:
    """What is stored of each call type."""
    found = repository.totals(session, force_id)
    if not found:
        raise NotFound("this force has no handling times by call type: POST them to /v1/forces/{force}/handling")
    calls: dict[str, int] = defaultdict(int)
    for one in found:
        calls[one.queue] += one.calls
    return HandlingOut(
        types=[
            TypeOut.model_validate(
                {
                    "queue": one.queue,
                    "call_type": one.call_type,
                    "first": one.first,
                    "last": one.last,
                    "calls": one.calls,
                    "share": round(one.calls / max(calls[one.queue], 1), 4),
                    "mean_handling_s": _mean(one.talk_s + (one.wrap_s or 0.0), one.calls),
                    "mean_wrap_s": None if one.wrap_s is None else _mean(one.wrap_s, one.calls),
                }
            )
            for one in found
        ]
    )


def _mean(sum_s: float, calls: int) -> float | None:
    return round(sum_s / calls, 1) if calls else None
