from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import ResultRow


class ForecastRow(ResultRow):
    """An immutable forecast; `arrays` holds means, spreads, sample paths and shadows (compressed NumPy archive).

    `kind` is a `ForecastKind`; `based_on` the forecast that was adjusted or refreshed; `inputs` names everything that
    it was made from, by version.
    """

    __tablename__ = "forecasts"

    origin: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    kind: Mapped[str]
    based_on: Mapped[UUID | None] = mapped_column(ForeignKey("forecasts.id"))
    inputs: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    arrays: Mapped[bytes]


class RequirementRow(ResultRow):
    """An immutable requirement made from a forecast."""

    __tablename__ = "requirements"

    forecast_id: Mapped[UUID] = mapped_column(ForeignKey("forecasts.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    description: Mapped[dict[str, Any]]
    columns: Mapped[dict[str, Any]]
