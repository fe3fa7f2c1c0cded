"""Assessments and decisions in the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, defer

from app.results import one_or_newest
from app.tables import AssessmentDecisionRow, AssessmentRow, RunRow


def add(session: Session, row: AssessmentRow) -> None:
    session.add(row)
    session.flush()


def find(session: Session, force_id: UUID, assessment_id: UUID) -> AssessmentRow | None:
    return one_or_newest(session, AssessmentRow, force_id, assessment_id)


def page(session: Session, force_id: UUID, *, kind: str | None, after: AssessmentRow | None, size: int
         ) -> list[AssessmentRow]:  # fmt: skip
    """Newest first, from the one after `after`, without what they propose."""
    query = select(AssessmentRow).where(AssessmentRow.force_id == force_id)
    if kind is not None:
        query = query.where(AssessmentRow.kind == kind)
    if after is not None:
        query = query.where(tuple_(AssessmentRow.created_at, AssessmentRow.id) < (after.created_at, after.id))
    query = query.options(defer(AssessmentRow.proposed))
    return list(session.scalars(query.order_by(AssessmentRow.created_at.desc(), AssessmentRow.id.desc()).limit(size)))


def received(session: Session, force_id: UUID, handler: str) -> list[date]:
    """Days on which assessed applications of the handler were made."""
    query = select(AssessmentRow.received).where(
        AssessmentRow.force_id == force_id, AssessmentRow.handler == handler, AssessmentRow.received.is_not(None)
    )
    return [day for day in session.scalars(query) if day is not None]


def decisions(session: Session, assessment_ids: Collection[UUID]) -> list[AssessmentDecisionRow]:
    """In order of assessment and number."""
    query = select(AssessmentDecisionRow).where(AssessmentDecisionRow.assessment_id.in_(set(assessment_ids)))
    order = AssessmentDecisionRow.assessment_id, AssessmentDecisionRow.number
    return list(session.scalars(query.order_by(*order)))


def add_decision(session: Session, row: AssessmentDecisionRow) -> None:
    session.add(row)
    session.flush()


def lock(session: Session, row: AssessmentRow) -> None:
    """Let nobody else decide on the assessment until the transaction ends. Its run's row stands for it, since the
    service may not change an assessment and so not lock it."""
    session.execute(select(RunRow.id).where(RunRow.id == row.run_id).with_for_update(key_share=True))
