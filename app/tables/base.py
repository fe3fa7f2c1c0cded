"""Base of the ORM classes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.database import UtcDateTime


class Base(DeclarativeBase):
    """Declarative base: instants are UTC, dictionaries are JSONB."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, dict[str, Any]: JSONB, list[Any]: JSONB}


class TenantRow(Base):
    """A row that belongs to one force."""

    __abstract__ = True

    force_id: Mapped[UUID] = mapped_column(ForeignKey("forces.id"), index=True)


class ResultRow(TenantRow):
    """What a run made, written once, with the version of the settings that it used."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"))
    created_at: Mapped[datetime]
    settings_version: Mapped[int]
