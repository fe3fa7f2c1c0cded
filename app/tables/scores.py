from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class ForecastScoreRow(Base):
    """Sums from which every measure of a forecast's accuracy follows: one queue, lead week and model.

    Never changed: where the calls of a week were corrected, a newer `scored_at` counts instead of the older one.
    `actuals_digest` tells the calls that were scored. What needs sample paths is absent of models that have none.
    """

    __tablename__ = "forecast_scores"

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), primary_key=True)
    forecast_id: Mapped[UUID] = mapped_column(ForeignKey("forecasts.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(primary_key=True)
    lead_week: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    scored_at: Mapped[datetime] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    actuals_digest: Mapped[str]
    n_intervals: Mapped[int]
    offered: Mapped[float]
    predicted: Mapped[float]
    abs_error: Mapped[float]
    floor_error: Mapped[float]
    floor_calls: Mapped[float]
    n_days: Mapped[int]
    daily_offered: Mapped[float]
    daily_abs_error: Mapped[float]
    crps: Mapped[float | None]
    inside_80: Mapped[int | None]
    inside_95: Mapped[int | None]
    days_inside_80: Mapped[int | None]
