from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import ResultRow, TenantRow


class AssessmentRow(ResultRow):
    """An immutable assessment of a proposal; `proposed` holds handlers as it, or its alternative, would have them."""

    __tablename__ = "assessments"

    kind: Mapped[str]
    handler: Mapped[str | None]
    received: Mapped[date | None]
    asked: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    proposed: Mapped[dict[str, Any]]


class AssessmentDecisionRow(TenantRow):
    """What a person decided on an assessment, in order; written once."""

    __tablename__ = "assessment_decisions"

    assessment_id: Mapped[UUID] = mapped_column(ForeignKey("assessments.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    body: Mapped[dict[str, Any]]
    applied: Mapped[list[Any]]
