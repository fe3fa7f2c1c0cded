"""Calibrations in the database."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.results import one_or_newest
from app.tables import CalibrationRow, IntervalRecordRow


def add(session: Session, row: CalibrationRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, calibration_id: UUID | None) -> CalibrationRow | None:
    """The calibration with this identifier, or the newest."""
    return one_or_newest(session, CalibrationRow, force_id, calibration_id)


def staffed_span(session: Session, force_id: UUID) -> tuple[datetime, datetime] | None:
    """First and last interval start in which handlers of 999 were counted; None where none were."""
    row = IntervalRecordRow
    query = select(func.min(row.interval_start), func.max(row.interval_start)).where(
        row.force_id == force_id, row.queue == "999", row.handlers_staffed.is_not(None)
    )
    first, last = session.execute(query).one()
    return None if first is None else (first, last)
