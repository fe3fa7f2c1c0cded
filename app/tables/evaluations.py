from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class DecisionRow(TenantRow):
    """A decision as it was made; never changed. Names are kept beside `actor_id`, since an administrator of the
    installation is no actor of the force."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "force_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    actor_name: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    what: Mapped[str]
    reason: Mapped[str | None]
    basis: Mapped[dict[str, Any]]


class PredictionRow(TenantRow):
    """What a decision was expected to do over a span, with its interval; never changed."""

    __tablename__ = "predictions"

    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decisions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    metric: Mapped[str]
    method: Mapped[str]
    source: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    compared_from: Mapped[datetime | None]
    predicted: Mapped[float]
    lower: Mapped[float]
    upper: Mapped[float]
    level: Mapped[float]
    without: Mapped[float | None]


class PredictionScoreRow(TenantRow):
    """What the calls that came say of a prediction; never changed: where calls were corrected, a newer one counts."""

    __tablename__ = "prediction_scores"
    __table_args__ = (
        ForeignKeyConstraint(["decision_id", "number"], ["predictions.decision_id", "predictions.number"]),
    )

    decision_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    scored_at: Mapped[datetime] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    actuals_digest: Mapped[str]
    estimate: Mapped[float]
    lower: Mapped[float | None]
    upper: Mapped[float | None]
    holds: Mapped[bool]
    agrees: Mapped[bool | None]
    details: Mapped[dict[str, Any]]
