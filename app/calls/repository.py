"""Interval records in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.orm import Session

from app.calls.history import COLUMNS, SECONDS, VALUES, History
from app.tables import IntervalRecordRow, IntervalSpanRow, SupersededRecordRow
from app.upsert import Kept, UpsertCounts, upsert

_KEY = ("queue", "interval_start")
_AT_A_TIME = 50_000  # rows that are put as CSV at once


@dataclass(frozen=True, slots=True)
class Correction:
    """Values of an interval that took the place of others; `source` and `recorded_at` are those of the earlier ones."""

    queue: str
    interval_start: datetime
    before: dict[str, float | None]
    after: dict[str, float | None]
    source: str
    recorded_at: datetime


def store(
    session: Session, force_id: UUID, history: History, given: Sequence[str], *, source: str, at: datetime
) -> UpsertCounts:
    """Store `history` as known from `at` on; what stands already is replaced only in the columns `given`, and kept as
    superseded."""
    kept = Kept("superseded_records", COLUMNS, at, {"recorded_at": at, "source": source})
    return upsert(session, "interval_records", _KEY, force_id, given, _pieces(history, given), kept)


def _pieces(history: History, given: Sequence[str]) -> Iterator[bytes]:
    """The columns `given` of each row, as CSV."""
    # Loaded by the first import: an API process starts the sooner.
    import pyarrow as pa
    from pyarrow import csv

    for first in range(0, history.start_s.size, _AT_A_TIME):
        some = slice(first, first + _AT_A_TIME)
        columns = {
            "queue": pa.array(history.queue[some]),
            "interval_start": pa.array(history.start_s[some], pa.timestamp("s", "UTC")),
        }
        for name, values in zip(VALUES, history.values, strict=True):
            numbers = pa.array(values[some], from_pandas=True)  # what is not a number is null
            columns[name] = numbers if name in SECONDS else numbers.cast(pa.int32())
        made = pa.BufferOutputStream()
        csv.write_csv(pa.table({name: columns[name] for name in given}), made, csv.WriteOptions(include_header=False))
        yield made.getvalue().to_pybytes()


def corrections(
    session: Session, force_id: UUID, columns: Sequence[str], at: datetime, most: int
) -> tuple[int, list[Correction]]:
    """How many intervals were corrected at that instant, and the first of them with what differs of `columns`."""
    new, old = IntervalRecordRow, SupersededRecordRow
    is_of_now = (old.force_id == force_id, old.superseded_at == at)
    total = session.scalar(select(func.count()).select_from(old).where(*is_of_now)) or 0
    query = (
        select(old.queue, old.interval_start, old.source, old.recorded_at)
        .add_columns(*(getattr(row, column) for row in (old, new) for column in columns))
        .join(
            new,
            (new.force_id == old.force_id) & (new.queue == old.queue) & (new.interval_start == old.interval_start),
        )
        .where(*is_of_now)
        .order_by(old.interval_start, old.queue)
        .limit(most)
    )
    found = []
    for queue, start, source, recorded_at, *values in session.execute(query):
        before = dict(zip(columns, values[: len(columns)], strict=True))
        after = dict(zip(columns, values[len(columns) :], strict=True))
        differing = [column for column in columns if before[column] != after[column]]
        found.append(
            Correction(
                queue,
                start,
                {column: before[column] for column in differing},
                {column: after[column] for column in differing},
                source,
                recorded_at,
            )
        )
    return total, found


def span(session: Session, force_id: UUID) -> dict[str, tuple[datetime, datetime, int]]:
    """Per queue: first and last interval start [UTC] and how many intervals are stored."""
    row = IntervalSpanRow
    query = select(row.queue, row.first_start, row.last_start, row.intervals).where(row.force_id == force_id)
    return {queue: (first, last, n) for queue, first, last, n in session.execute(query)}


def read(
    session: Session,
    force_id: UUID,
    queue: str,
    columns: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    as_of: datetime | None = None,
) -> tuple[list[datetime], dict[str, np.ndarray]]:
    """Interval starts (n,) [UTC] and each of `columns` (n,) with NaN where absent, in order, since <= start < until.

    `as_of` : as it was known at that instant, later corrections and later rows left out; None: as it is known now.
    """
    query = _selected(IntervalRecordRow, force_id, queue, columns, since, until)
    if as_of is None:
        rows = session.execute(query.order_by(IntervalRecordRow.interval_start)).all()
    else:
        gone = _selected(SupersededRecordRow, force_id, queue, columns, since, until)
        both = union_all(
            query.where(IntervalRecordRow.recorded_at <= as_of),
            gone.where(SupersededRecordRow.recorded_at <= as_of, SupersededRecordRow.superseded_at > as_of),
        ).subquery()
        rows = session.execute(select(both).order_by(both.c.interval_start)).all()
    values = np.array([row[1:] for row in rows], dtype=float).reshape(len(rows), len(columns))
    return [row[0] for row in rows], {column: values[:, i] for i, column in enumerate(columns)}


def totals(
    session: Session, force_id: UUID, queue: str, *, since: datetime, until: datetime, width: str, timezone: str
) -> list[tuple[datetime, int, int]]:
    """Offered calls by hour, or by day, week (from Monday), month or year of the local calendar: start [UTC], calls,
    recorded intervals; spans without a record are absent. Hours are those of UTC, so that the one that the clocks
    repeat stays two."""
    row = IntervalRecordRow
    start = func.date_trunc(width, row.interval_start, "UTC" if width == "hour" else timezone)
    query = (
        select(start.label("start"), func.sum(row.offered), func.count())
        .where(row.force_id == force_id, row.queue == queue)
        .where(row.interval_start >= since, row.interval_start < until)
        .group_by(start)
        .order_by(start)
    )
    return [(at.astimezone(UTC), int(calls), n) for at, calls, n in session.execute(query)]


def _selected(
    row: type[IntervalRecordRow] | type[SupersededRecordRow],
    force_id: UUID,
    queue: str,
    columns: Sequence[str],
    since: datetime,
    until: datetime,
) -> Select[Any]:
    wanted: list[ColumnElement[object]] = [getattr(row, column) for column in columns]
    query: Select[Any] = select(row.interval_start).add_columns(*wanted)
    return query.where(
        row.force_id == force_id, row.queue == queue, row.interval_start >= since, row.interval_start < until
    )
