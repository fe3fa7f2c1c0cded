"""Interval records in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from psycopg import sql
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.database import driver_connection
from app.tables import IntervalRecordRow

_KEY = ("queue", "interval_start")


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    inserted: int
    updated: int
    unchanged: int


def upsert(
    session: Session, force_id: UUID, columns: Sequence[str], rows: Iterable[Sequence[object]], given: Sequence[str]
) -> UpsertCounts:
    """Store `rows` (in the order of `columns`); what stands already is replaced only in the columns `given`.

    Staged by COPY in a temporary table, since COPY itself is not allowed under row-level security.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    changing = [column for column in given if column not in _KEY]
    new = sql.SQL(", ").join(sql.SQL("excluded.{}").format(sql.Identifier(c)) for c in changing)
    old = sql.SQL(", ").join(sql.SQL("r.{}").format(sql.Identifier(c)) for c in changing)
    assignments = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in changing)
    with driver_connection(session).cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "create temporary table staged on commit drop as select {} from interval_records with no data"
            ).format(names)
        )
        n_rows = 0
        with cursor.copy(sql.SQL("copy staged ({}) from stdin").format(names)) as copy:
            for row in rows:
                copy.write_row(row)
                n_rows += 1
        cursor.execute(
            sql.SQL(
                "insert into interval_records as r (force_id, {names}) select %s, {names} from staged "
                "on conflict (force_id, queue, interval_start) do update set {assignments} "
                "where ({old}) is distinct from ({new}) returning (xmax = 0)"
            ).format(names=names, assignments=assignments, old=old, new=new),
            (force_id,),
        )
        written = [inserted for (inserted,) in cursor.fetchall()]
        cursor.execute("drop table staged")
    inserted = sum(written)
    return UpsertCounts(inserted, len(written) - inserted, n_rows - len(written))


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
