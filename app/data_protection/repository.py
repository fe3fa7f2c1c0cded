"""Handlers' names, and rows of every table that name a handler."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, Table, Text, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.tables import (
    Base,
    HandlerNameRow,
    HandlerRow,
    HandlingRecordRow,
    IntervalRecordRow,
    RunEventRow,
    RunRow,
    SessionRow,
    SupersededRecordRow,
)

# What holds nothing of handlers, and so is not searched: some of it is large.
NOT_SEARCHED = {
    "accounts": "people who sign in, by their own identifiers",
    "actors": "people and systems that act",
    "api_keys": "keys of systems",
    "audit_heads": "ends of the audit's chains",
    "calibrations": "figures of a whole room",
    "covariate_values": "feeds such as weather",
    "event_versions": "events of the force",
    "forces": "the force itself",
    "forecast_scores": "accuracy of forecasts",
    "forecasts": "numbers of calls",
    "handling_records": "handling times by call type, of all handlers together",
    "interval_records": "numbers of calls",
    "interval_spans": "from when to when there are numbers of calls",
    "mapping_versions": "how a telephony's files are read",
    "rankings": "forecasts of the rest of a day, compared",
    "replay_files": "calls one by one, emptied after their replay",
    "replays": "figures of a whole room",
    "requirements": "numbers of handlers needed",
    "sessions": "sessions of people who sign in",
    "superseded_records": "numbers of calls, as they were before they were corrected",
    "webhook_deliveries": "messages that name runs and rosters by their identifiers",
    "webhooks": "addresses of systems",
}


def is_handler(session: Session, force_id: UUID, ref: str) -> bool:
    return session.get(HandlerRow, (force_id, ref)) is not None


def refs(session: Session, force_id: UUID) -> set[str]:
    return set(session.scalars(select(HandlerRow.ref).where(HandlerRow.force_id == force_id)))


def name_row(session: Session, force_id: UUID, ref: str) -> HandlerNameRow | None:
    return session.get(HandlerNameRow, (force_id, ref))


def names(session: Session, force_id: UUID) -> dict[str, str]:
    """Names that were given and not erased."""
    query = select(HandlerNameRow.ref, HandlerNameRow.name).where(
        HandlerNameRow.force_id == force_id, HandlerNameRow.name.is_not(None)
    )
    return {ref: name for ref, name in session.execute(query) if name is not None}


def add_name(session: Session, row: HandlerNameRow) -> None:
    session.add(row)
    session.flush()


def searched_tables() -> list[Table]:
    """Every table of a force but those that hold nothing of handlers."""
    return [
        table for name, table in sorted(Base.metadata.tables.items())
        if "force_id" in table.columns and name not in NOT_SEARCHED
    ]  # fmt: skip


def rows_naming(session: Session, table: Table, force_id: UUID, ref: str) -> list[dict[str, Any]]:
    """Rows of `table` in which `ref` stands as a text, or within a document, as JSON; without what is binary."""
    shown = [column for column in table.columns if str(column.type) not in ("BLOB", "BYTEA")]
    escaped = ref.replace("_", "\\_")
    quoted = f'%"{escaped}"%'
    tests: list[ColumnElement[bool]] = [
        column == ref if isinstance(column.type, String | Text) else cast(column, String).like(quoted)
        for column in table.columns
        if isinstance(column.type, String | Text | JSONB)
    ]
    if not tests:
        return []
    pairs = [part for column in shown for part in (literal(column.name), column)]
    query = select(func.jsonb_build_object(*pairs)).where(table.c.force_id == force_id, or_(*tests))
    return [dict(row) for row in session.scalars(query)]


def count_older(session: Session, force_id: UUID, what: str, before: datetime) -> int:
    """Rows that `delete_older` would delete."""
    if what == "calls":
        tables = (IntervalRecordRow, SupersededRecordRow, HandlingRecordRow)
        return sum(_count(session, table.force_id == force_id, table.interval_start < before) for table in tables)
    if what == "run_events":
        of_run = RunEventRow.run_id == RunRow.id
        return _count(session, RunEventRow.force_id == force_id, of_run, RunRow.finished_at < before)
    ended = func.coalesce(SessionRow.ended_at, SessionRow.expires_at)
    return _count(session, SessionRow.force_id == force_id, ended < before)


def delete_older(session: Session, force_id: UUID, what: str, before: datetime) -> int:
    """Delete rows by the database's own function, which refuses what is too young; returns how many."""
    return int(session.scalar(select(func.retain(force_id, what, before))) or 0)


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0
