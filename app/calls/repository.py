"""Interval records in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.tables import IntervalRecordRow
from app.upsert import UpsertCounts, upsert


def store(
    session: Session, force_id: UUID, columns: Sequence[str], rows: Iterable[Sequence[object]], given: Sequence[str]
) -> UpsertCounts:
    """Store `rows` (in the order of `columns`); what stands already is replaced only in the columns `given`."""
    return upsert(session, "interval_records", ("queue", "interval_start"), force_id, columns, rows, given)


def span(session: Session, force_id: UUID) -> dict[str, tuple[datetime, datetime, int]]:
    """Per queue: first and last interval start [UTC] and how many intervals are stored."""
    start = IntervalRecordRow.interval_start
    query = (
        select(IntervalRecordRow.queue, func.min(start), func.max(start), func.count())
        .where(IntervalRecordRow.force_id == force_id)
        .group_by(IntervalRecordRow.queue)
    )
    return {queue: (first, last, n) for queue, first, last, n in session.execute(query)}


def read(
    session: Session, force_id: UUID, queue: str, columns: Sequence[str], *, since: datetime, until: datetime
) -> tuple[list[datetime], dict[str, np.ndarray]]:
    """Interval starts (n,) [UTC] and each of `columns` (n,) with NaN where absent, in order, since <= start < until."""
    wanted: list[ColumnElement[object]] = [getattr(IntervalRecordRow, column) for column in columns]
    query = (
        select(IntervalRecordRow.interval_start, *wanted)
        .where(IntervalRecordRow.force_id == force_id, IntervalRecordRow.queue == queue)
        .where(IntervalRecordRow.interval_start >= since, IntervalRecordRow.interval_start < until)
        .order_by(IntervalRecordRow.interval_start)
    )
    rows = session.execute(query).all()
    values = np.array([row[1:] for row in rows], dtype=float).reshape(len(rows), len(columns))
    return [row[0] for row in rows], {column: values[:, i] for i, column in enumerate(columns)}
