"""Pay tables, capacity plans, and what published rosters were short of, in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from app.results import one_or_newest
from app.tables import CapacityRow, IntervalRecordRow, PayTableRow, RequirementRow, RosterRow


def add(session: Session, row: CapacityRow | PayTableRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, plan_id: UUID | None) -> CapacityRow | None:
    """The plan with this identifier, or the newest."""
    return one_or_newest(session, CapacityRow, force_id, plan_id)


def newest(session: Session, force_id: UUID, size: int) -> list[CapacityRow]:
    query = select(CapacityRow).where(CapacityRow.force_id == force_id).options(defer(CapacityRow.figures))
    return list(session.scalars(query.order_by(CapacityRow.created_at.desc(), CapacityRow.id.desc()).limit(size)))


def pay_table(session: Session, force_id: UUID, version: int | None = None) -> PayTableRow | None:
    """The version of the pay table, or the newest."""
    query = select(PayTableRow).where(PayTableRow.force_id == force_id)
    if version is not None:
        query = query.where(PayTableRow.version == version)
    return session.scalars(query.order_by(PayTableRow.version.desc()).limit(1)).one_or_none()


def published(session: Session, force_id: UUID, first: date, until: date) -> Iterator[RosterRow]:
    """Published rosters that share a week with first <= Monday < until, in order of their weeks, one at a time."""
    query = (
        select(RosterRow.id)
        .where(RosterRow.force_id == force_id, RosterRow.status == "published")
        .where(RosterRow.week_start < until, RosterRow.week_start + 7 * RosterRow.weeks > first)
        .order_by(RosterRow.week_start)
    )
    for roster_id in session.scalars(query).all():
        row = session.get_one(RosterRow, roster_id)
        yield row
        session.expunge(row)  # bodies are large


def newest_published_week(session: Session, force_id: UUID, until: date) -> date | None:
    """Monday after the last week of the newest published roster that ends by `until`."""
    end = RosterRow.week_start + 7 * RosterRow.weeks
    query = select(func.max(end)).where(RosterRow.force_id == force_id, RosterRow.status == "published", end <= until)
    return session.scalar(query)


def expected_calls(session: Session, requirement_id: UUID) -> tuple[datetime, dict[str, list[float]]]:
    """Start of a requirement, and the calls that it expected by queue and quarter-hour."""
    query = select(RequirementRow.starts_at, RequirementRow.columns["offered_calls"])
    starts_at, calls = session.execute(query.where(RequirementRow.id == requirement_id)).one()
    return starts_at, calls


def offered_by_month(
    session: Session, force_id: UUID, queue: str, since: datetime, until: datetime, timezone: str
) -> dict[tuple[int, int], tuple[float, int]]:
    """Offered calls of each local month and how many quarter-hours are recorded, by (year, month)."""
    row = IntervalRecordRow
    local = func.timezone(timezone, row.interval_start)
    year, month = func.extract("year", local), func.extract("month", local)
    query = (
        select(year, month, func.sum(row.offered), func.count())
        .where(row.force_id == force_id, row.queue == queue)
        .where(row.interval_start >= since, row.interval_start < until)
        .group_by(year, month)
    )
    return {(int(y), int(m)): (float(calls), int(n)) for y, m, calls, n in session.execute(query)}
