"""Rankings in the database, and the plans that cover is held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.results import one_or_newest
from app.rosters.states import RosterStatus
from app.tables import RankingRow, RosterRow


@dataclass(frozen=True, slots=True)
class Plan:
    """A published roster's weeks, and the requirement that it was made for."""

    roster_id: UUID
    requirement_id: UUID
    week_start: date
    weeks: int


def add(session: Session, row: RankingRow) -> None:
    session.add(row)
    session.flush()


def newest(session: Session, force_id: UUID, known_by: datetime | None = None) -> RankingRow | None:
    """The newest ranking; of those that know no calls after `known_by`, where it is given."""
    if known_by is None:
        return one_or_newest(session, RankingRow, force_id, None)
    query = select(RankingRow).where(RankingRow.force_id == force_id, RankingRow.data_as_of <= known_by)
    return session.scalars(query.order_by(RankingRow.data_as_of.desc(), RankingRow.id.desc()).limit(1)).one_or_none()


def plans(session: Session, force_id: UUID, first: date, until: date) -> list[Plan]:
    """Published rosters that share a date with first <= date < until, in order of their weeks."""
    query = (
        select(RosterRow.id, RosterRow.requirement_id, RosterRow.week_start, RosterRow.weeks)
        .where(RosterRow.force_id == force_id, RosterRow.status == RosterStatus.PUBLISHED)
        .where(RosterRow.week_start < until, RosterRow.week_start + 7 * RosterRow.weeks > first)
        .order_by(RosterRow.week_start)
    )
    return [Plan(*row) for row in session.execute(query)]
