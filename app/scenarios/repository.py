"""Scenarios in the database."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.tables import ScenarioRow


def add(session: Session, row: ScenarioRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, scenario_id: UUID) -> ScenarioRow | None:
    query = select(ScenarioRow).where(ScenarioRow.force_id == force_id, ScenarioRow.id == scenario_id)
    return session.scalars(query).one_or_none()


def newest(session: Session, force_id: UUID, size: int) -> list[ScenarioRow]:
    """At most `size`, newest first, without their figures."""
    query = (
        select(ScenarioRow)
        .where(ScenarioRow.force_id == force_id)
        .options(defer(ScenarioRow.figures))
        .order_by(ScenarioRow.created_at.desc(), ScenarioRow.id.desc())
        .limit(size)
    )
    return list(session.scalars(query))
