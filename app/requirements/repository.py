"""Requirements in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from app.pages import rows_of
from app.results import newest, one_or_newest
from app.tables import IntervalRecordRow, RequirementRow

_INTERVAL = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Abandoned calls, and the summed waits of answered and of abandoned ones [s]; `short` are the calls offered,
    answered within the threshold, and abandoned shortly, None where history does not count the last."""

    abandoned: int
    answered_wait_s: float
    abandoned_wait_s: float
    short: tuple[int, int, int] | None = None


def add(session: Session, row: RequirementRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, requirement_id: UUID | None) -> RequirementRow | None:
    """The requirement with this identifier, or the newest."""
    return one_or_newest(session, RequirementRow, force_id, requirement_id)


def newest_over(session: Session, force_id: UUID, since: datetime, until: datetime) -> RequirementRow | None:
    """The newest requirement that covers the whole span."""
    query = select(RequirementRow).where(
        RequirementRow.force_id == force_id, RequirementRow.starts_at <= since, RequirementRow.ends_at >= until
    )
    return newest(session, RequirementRow, query)


def page(session: Session, force_id: UUID, cursor: UUID | None, size: int) -> tuple[list[RequirementRow], UUID | None]:
    """At most `size`, newest first, without their columns and description; and the cursor of what follows."""
    query = select(RequirementRow).where(RequirementRow.force_id == force_id)
    query = query.options(defer(RequirementRow.columns), defer(RequirementRow.description))
    return rows_of(session, RequirementRow, query, cursor, size)


def waiting_totals(session: Session, force_id: UUID, queue: str, since: datetime) -> Waiting | None:
    """Waiting of all callers since then, over the intervals that count it; None where none does."""
    row = IntervalRecordRow
    query = (
        select(func.sum(row.abandoned), func.sum(row.answered_wait_s), func.sum(row.abandoned_wait_s))
        .where(row.force_id == force_id, row.queue == queue, row.interval_start >= since)
        .where(row.abandoned.is_not(None), row.answered_wait_s.is_not(None), row.abandoned_wait_s.is_not(None))
    )
    abandoned, answered_wait_s, abandoned_wait_s = session.execute(query).one()
    if abandoned is None or answered_wait_s is None or abandoned_wait_s is None:
        return None
    short = (
        select(func.sum(row.offered), func.sum(row.answered_within_threshold), func.sum(row.abandoned_short))
        .where(row.force_id == force_id, row.queue == queue, row.interval_start >= since)
        .where(row.answered_within_threshold.is_not(None), row.abandoned_short.is_not(None))
    )
    offered, within, left = session.execute(short).one()
    counts = None if offered is None or within is None or left is None else (int(offered), int(within), int(left))
    return Waiting(int(abandoned), float(answered_wait_s), float(abandoned_wait_s), counts)


def abandoned_by_hour(
    session: Session, force_id: UUID, queue: str, since: datetime, timezone: str
) -> tuple[np.ndarray, np.ndarray]:
    """Offered and abandoned calls since then by hour of the local week, (168,) from Monday 00:00, over the intervals
    that count abandoned calls."""
    row = IntervalRecordRow
    local = func.timezone(timezone, row.interval_start)
    hour = (func.extract("isodow", local) - 1) * 24 + func.extract("hour", local)
    query = (
        select(hour, func.sum(row.offered), func.sum(row.abandoned))
        .where(row.force_id == force_id, row.queue == queue, row.interval_start >= since)
        .where(row.abandoned.is_not(None))
        .group_by(hour)
    )
    offered, abandoned = np.zeros(168), np.zeros(168)
    for at, calls, given_up in session.execute(query):
        offered[int(at)], abandoned[int(at)] = calls, given_up
    return offered, abandoned


def heads(row: RequirementRow, kind: str) -> np.ndarray:
    """`seats` or `rostered` handlers (2, intervals), 999 first."""
    return np.array([row.columns[kind]["999"], row.columns[kind]["101"]], dtype=np.int64)


def reserve(row: RequirementRow, since: datetime, until: datetime) -> NDArray[np.int64] | None:
    """Idle 999 seats that 101 calls must leave from `since` to `until`, (intervals,); None of an old requirement.

    Seats meet their targets with it, and so whoever simulates them, or a roster made for them, keeps to it too.
    """
    kept = row.columns.get("reserve")
    if kept is None:
        return None
    first, last = ((moment - row.starts_at) // _INTERVAL for moment in (since, until))
    return np.array(kept[first:last], dtype=np.int64)
