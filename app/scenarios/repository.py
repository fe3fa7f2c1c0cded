"""Scenarios in the database."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.pages import rows_of
from app.tables import ScenarioRow


def add(session: Session, row: ScenarioRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, scenario_id: UUID) -> ScenarioRow | None:
    query = select(ScenarioRow).where(ScenarioRow.force_id == force_id, ScenarioRow.id == scenario_id)
    return session.scalars(query).one_or_none()


def page(session: Session, force_id: UUID, cursor: UUID | None, size: int) -> tuple[list[ScenarioRow], UUID | None]:
    """At most `size`, newest first, without their figures; and the cursor of what follows."""
    query = select(ScenarioRow).where(ScenarioRow.force_id == force_id).options(defer(ScenarioRow.figures))
    return rows_of(session, ScenarioRow, query, cursor, size)
