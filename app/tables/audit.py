from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class AuditRow(Base):
    """Who changed what, when; the service may add lines but neither change nor remove them.

    `number` within the force and `hash` come from the database when the transaction commits.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index(
            "ix_audit_force_id_number",
            "force_id",
            "number",
            unique=True,
            postgresql_where=text("number IS NOT NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    force_id: Mapped[UUID | None] = mapped_column(ForeignKey("forces.id"), index=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("actors.id"))
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
    number: Mapped[int | None] = mapped_column(BigInteger)
    hash: Mapped[bytes | None]


class AuditHeadRow(Base):
    """The end of a force's chain of audit lines, or of the installation's (`chain` is then nil)."""

    __tablename__ = "audit_heads"

    chain: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
    force_id: Mapped[UUID | None] = mapped_column(ForeignKey("forces.id"))
