"""Counterfactuals in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.results import one_or_newest
from app.tables import CounterfactualRow, ForecastRow


def add(session: Session, row: CounterfactualRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, identifier: UUID) -> CounterfactualRow | None:
    return one_or_newest(session, CounterfactualRow, force_id, identifier)


def newest(session: Session, force_id: UUID, size: int) -> Sequence[CounterfactualRow]:
    row = CounterfactualRow
    query = select(row).where(row.force_id == force_id).options(defer(row.figures))
    return session.scalars(query.order_by(row.created_at.desc(), row.id.desc()).limit(size)).all()


def forecast_of_then(
    session: Session, force_id: UUID, kinds: Sequence[str], known_by: datetime, since: datetime, until: datetime
) -> UUID | None:
    """The forecast that knew most of those made by `known_by` that cover the span."""
    row = ForecastRow
    query = (
        select(row.id)
        .where(row.force_id == force_id, row.kind.in_(kinds), row.created_at <= known_by)
        .where(row.origin <= since, row.starts_at <= since, row.ends_at >= until)
        .order_by(row.origin.desc(), row.created_at.desc(), row.id.desc())
    )
    return session.scalars(query.limit(1)).one_or_none()
