"""Handling records in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.tables import HandlingRecordRow
from app.upsert import UpsertCounts, csv_pieces, upsert


@dataclass(frozen=True, slots=True)
class TypeTotals:
    """Sums over what is stored of one call type of a queue; `wrap_s` None where none is known."""

    queue: str
    call_type: str
    first: datetime
    last: datetime
    calls: int
    talk_s: float
    wrap_s: float | None


@dataclass(frozen=True, slots=True, eq=False)
class TypeHistory:
    """One call type, (n,) each: interval starts [UTC] in order, answered calls, and talk plus wrap-up [s]; `has_wrap`
    where any of the wrap-up is known."""

    starts: list[datetime]
    answered: NDArray[np.float64]
    handled_s: NDArray[np.float64]
    has_wrap: bool


def store(
    session: Session, force_id: UUID, columns: Sequence[str], rows: Iterable[Sequence[object]], given: Sequence[str]
) -> UpsertCounts:
    """Store `rows` (in the order of `columns`); what stands already is replaced only in the columns `given`."""
    key = ("queue", "call_type", "interval_start")
    places = [columns.index(name) for name in given]
    pieces = csv_pieces([row[i] for i in places] for row in rows)
    return upsert(session, "handling_records", key, force_id, given, pieces)


def totals(session: Session, force_id: UUID) -> list[TypeTotals]:
    """By queue, the type with most calls first."""
    row, calls = HandlingRecordRow, func.sum(HandlingRecordRow.answered)
    query = (
        select(
            row.queue,
            row.call_type,
            func.min(row.interval_start),
            func.max(row.interval_start),
            calls,
            func.sum(row.talk_s),
            func.sum(row.wrap_s),
        )
        .where(row.force_id == force_id)
        .group_by(row.queue, row.call_type)
        .order_by(row.queue.desc(), calls.desc(), row.call_type)
    )
    return [TypeTotals(*found) for found in session.execute(query)]


def read(session: Session, force_id: UUID, queue: str, *, since: datetime, until: datetime) -> dict[str, TypeHistory]:
    """History of each call type of a queue, since <= start < until; empty where there is none."""
    row = HandlingRecordRow
    query = (
        select(row.call_type, row.interval_start, row.answered, row.talk_s, row.wrap_s)
        .where(row.force_id == force_id, row.queue == queue)
        .where(row.interval_start >= since, row.interval_start < until)
        .order_by(row.call_type, row.interval_start)
    )
    found: dict[str, list[tuple[datetime, int, float, float | None]]] = {}
    for name, start, answered, talk_s, wrap_s in session.execute(query):
        found.setdefault(name, []).append((start, answered, talk_s, wrap_s))
    histories = {}
    for name, rows in found.items():
        calls, talk, wrap = np.array([values for _, *values in rows], dtype=np.float64).T
        has_wrap = not np.isnan(wrap).all()
        histories[name] = TypeHistory([start for start, *_ in rows], calls, talk + np.nan_to_num(wrap), has_wrap)
    return histories
