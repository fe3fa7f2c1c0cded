from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import ResultRow


class RankingRow(ResultRow):
    """An immutable ranking of the quarter-hours from `data_as_of` to `ends_at` by their chance of missing a target;
    `forecast_id` is the refreshed forecast that it uses."""

    __tablename__ = "rankings"

    forecast_id: Mapped[UUID] = mapped_column(ForeignKey("forecasts.id"))
    data_as_of: Mapped[datetime]
    ends_at: Mapped[datetime]
    description: Mapped[dict[str, Any]]
    columns: Mapped[dict[str, Any]]
