from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import TenantRow


class ForecastRow(TenantRow):
    """An immutable forecast; `arrays` holds means, spreads, sample paths and shadows (compressed NumPy archive).

    `kind` is a `ForecastKind`; `based_on` the forecast that was adjusted or refreshed; `inputs` names everything that
    it was made from, by version.
    """

    __tablename__ = "forecasts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    created_at: Mapped[datetime]
    origin: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    settings_version: Mapped[int]
    kind: Mapped[str]
    based_on: Mapped[UUID | None] = mapped_column(ForeignKey("forecasts.id"))
    inputs: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    arrays: Mapped[bytes]


class RequirementRow(TenantRow):
    """An immutable requirement made from a forecast."""

    __tablename__ = "requirements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    forecast_id: Mapped[UUID] = mapped_column(ForeignKey("forecasts.id"))
    created_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    settings_version: Mapped[int]
    description: Mapped[dict[str, Any]]
    columns: Mapped[dict[str, Any]]


class RosterRow(TenantRow):
    """A roster with its certificate."""

    __tablename__ = "rosters"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    requirement_id: Mapped[UUID] = mapped_column(ForeignKey("requirements.id"))
    forecast_id: Mapped[UUID] = mapped_column(ForeignKey("forecasts.id"))
    created_at: Mapped[datetime]
    settings_version: Mapped[int]
    week_start: Mapped[date]
    mode: Mapped[str]
    status: Mapped[str]
    body: Mapped[dict[str, Any]]
    certificate: Mapped[dict[str, Any]]
