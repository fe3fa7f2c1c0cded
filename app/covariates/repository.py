"""Values of feeds in the database: added, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.tables import CovariateValueRow

_Row = CovariateValueRow


@dataclass(frozen=True, slots=True)
class FeedSpan:
    """What is stored of a feed."""

    name: str
    first: date
    last: date
    n_dates: int
    last_issue: datetime


def add(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, each a mapping of the table's columns."""
    if rows:
        session.execute(insert(_Row), [dict(row) for row in rows])


def of_issues(
    session: Session, force_id: UUID, name: str, issues: Collection[datetime]
) -> dict[tuple[date, datetime], float]:
    """Stored values of the feed by date and issue, for these issues."""
    query = select(_Row.day, _Row.issued_at, _Row.value).where(
        _Row.force_id == force_id, _Row.name == name, _Row.issued_at.in_(issues)
    )
    return {(day, issued_at): value for day, issued_at, value in session.execute(query)}


def spans(session: Session, force_id: UUID) -> list[FeedSpan]:
    """Every feed, by name."""
    query = (
        select(
            _Row.name,
            func.min(_Row.day),
            func.max(_Row.day),
            func.count(_Row.day.distinct()),
            func.max(_Row.issued_at),
        )
        .where(_Row.force_id == force_id)
        .group_by(_Row.name)
        .order_by(_Row.name)
    )
    return [FeedSpan(*row) for row in session.execute(query)]


def dates_from(session: Session, force_id: UUID, name: str, first: date) -> set[date]:
    """Dates from `first` on of which the feed has a value."""
    query = select(_Row.day).where(_Row.force_id == force_id, _Row.name == name, _Row.day >= first)
    return set(session.scalars(query.distinct()))


def known(
    session: Session, force_id: UUID, name: str, known_by: datetime, first: date | None, last: date | None
) -> list[tuple[date, float, datetime]]:
    """Date, value and issue of the latest issue of each date at or before `known_by`, dates `first` to `last`."""
    query = (
        select(_Row.day, _Row.value, _Row.issued_at)
        .ext(distinct_on(_Row.day))
        .where(_Row.force_id == force_id, _Row.name == name, _Row.issued_at <= known_by)
        .order_by(_Row.day, _Row.issued_at.desc())
    )
    if first is not None:
        query = query.where(_Row.day >= first)
    if last is not None:
        query = query.where(_Row.day <= last)
    return [(day, value, issued_at) for day, value, issued_at in session.execute(query)]


def recorded(session: Session, force_id: UUID, recorded_by: datetime) -> dict[str, list[tuple[date, float, datetime]]]:
    """Date, value and issue of every row stored by `recorded_by`, by feed."""
    query = (
        select(_Row.name, _Row.day, _Row.value, _Row.issued_at)
        .where(_Row.force_id == force_id, _Row.recorded_at <= recorded_by)
        .order_by(_Row.name)
    )
    found: dict[str, list[tuple[date, float, datetime]]] = {}
    for name, day, value, issued_at in session.execute(query):
        found.setdefault(name, []).append((day, value, issued_at))
    return found
